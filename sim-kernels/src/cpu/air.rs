//! Air: parcels of [`AIR_CELLS`] squared cells that push each other, and pull at what is light. Twin: `shader/shared/air.wgsl`.
//!
//! Each parcel has the velocity across its left and its lower edge, and a pressure: the staggered grid of F. Harlow and
//! J. Welch, "Numerical Calculation of Time-Dependent Viscous Incompressible Flow of Fluid with Free Surface", Physics of
//! Fluids 8(12), 1965. Once a tick, all from what there was as the tick began:
//! - the pressure takes what flows in over the four edges and gives what flows out: what an edge lets through is the same to
//!   both of its sides, so the sum of all pressures never changes;
//! - an edge's velocity is carried along (first-order upwind), driven by the difference of the new pressures, by warmth and
//!   by what pulls within its two parcels, and slowed.
//!
//! Sound goes half a parcel a tick, which is stable below 1 / sqrt 2 (Courant), so wind that is much slower flows around
//! what stands in its way. An edge is open as far as the fuller of its two parcels is, and its velocity is that of the whole
//! edge: what is partly closed is driven by less, and bears less wind. What is not there is closed.

use crate::constants::{
    AIR_BITS, AIR_CELLS, AIR_CLOSED, AIR_SIDE, AIR_SPEED_MAX, AIR_TILE_WORDS, AIR_WORDS, ONE, POS_Q,
};
use crate::fixed::{clamp, clamp_abs, rs};
use crate::materials::{AIR, Winds, air::LAW, heat, lift, thermal, winds};
use crate::particle::Fields;

/// Cells of a parcel.
const AIR_AREA: i32 = AIR_CELLS * AIR_CELLS;

/// The words of a tile's parcels in the buffer of air.
pub type TileAir = [i32; AIR_TILE_WORDS as usize];

/// The place of the word that says how many cells are open.
const OPEN: usize = 5;

/// A parcel as the tick began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parcel {
    /// Whether there is air.
    pub here: bool,
    /// Across the left edge, and across the lower one, Q15 cells a substep.
    pub v: [i32; 2],
    /// Q18: 16 of it more than before an edge drives what crosses it by 1 in a tick.
    pub pressure: i32,
    /// Sixteenths of a degree above the air's temperature elsewhere.
    pub warm: i32,
    /// Cells that are not closed.
    pub open: i32,
    /// How strongly it is pulled.
    pub pull: i32,
    /// That times the velocity of what pulls, over 8.
    pub toward: [i32; 2],
}

impl Parcel {
    /// Of its words. Two particles of air in one parcel, which nothing but a forged band brings, count as one that has what
    /// both have.
    pub fn of(words: &[i32]) -> Self {
        let [count, vx, vy, pressure, warm, open, pull, tx, ty] = std::array::from_fn(|k| words[k]);
        Self {
            here: count != 0,
            v: [vx, vy].map(|v| clamp_abs(v, AIR_SPEED_MAX)),
            pressure: clamp_abs(pressure, 1 << 24),
            warm: clamp_abs(warm, 1 << 13),
            open,
            pull,
            toward: [tx, ty],
        }
    }
}

/// The words of a tile that a particle's parcel has there.
pub fn place((x, y): (i32, i32)) -> usize {
    let at = |v: i32| (v >> AIR_BITS) & (AIR_SIDE - 1);
    ((at(y) * AIR_SIDE + at(x)) * AIR_WORDS) as usize
}

/// Whether a particle of air is that of a parcel: it lies in the middle of one. Elsewhere, where nothing but a forged band puts
/// it, it does nothing, or it would reach farther than a tick may.
#[inline(always)]
pub fn is_parcel(f: &Fields) -> bool {
    let is_middle = |v: i32| (v >> POS_Q) & (AIR_CELLS - 1) == AIR_CELLS / 2;
    is_middle(f.x) && is_middle(f.y)
}

/// What a particle adds to its parcel's words, if anything.
#[inline(always)]
pub fn given(f: &Fields) -> Option<[i32; AIR_WORDS as usize]> {
    if f.material == AIR {
        if !is_parcel(f) {
            return None;
        }
        let warm = thermal(AIR).temperature(heat::enthalpy(f));
        return Some([1, f.vx, f.vy, f.words[0] as i32, warm, 0, 0, 0, 0]);
    }
    let (pull, [vx, vy]) = match *winds(f.material) {
        Winds { carried, blows: 0, .. } => (carried, [f.vx, f.vy]),
        Winds { blows, x, y, .. } => (blows, [x, y]),
    };
    // Below 2^8 x 2^12: what 2,000 of them pull fits.
    (pull != 0).then(|| [0, 0, 0, 0, 0, 0, pull, pull * (vx >> 3), pull * (vy >> 3)])
}

/// Adds it.
pub fn add(words: &mut [i32], given: [i32; AIR_WORDS as usize]) {
    words.iter_mut().zip(given).for_each(|(word, add)| *word = word.wrapping_add(add));
}

/// Notes how many of a parcel's cells are open; `closed` tells of the one at an offset from its lowest left. Whoever notes it
/// notes the same.
pub fn note_open(words: &mut [i32], closed: impl Fn(i32, i32) -> bool) {
    let cells = (0..AIR_CELLS).flat_map(|y| (0..AIR_CELLS).map(move |x| (x, y)));
    words[OPEN] = cells.filter(|&(x, y)| !closed(x, y)).count() as i32;
}

/// Whether a cell with so much mass is closed.
pub fn is_closed(crowd: u32) -> bool {
    crowd >= AIR_CLOSED as u32
}

/// How much of the edge between two parcels is open, of 64.
fn edge(a: &Parcel, b: &Parcel) -> i32 {
    if a.here && b.here { a.open.min(b.open) } else { 0 }
}

/// What flows over a parcel's left (0) or lower edge (1): its velocity there, which is that of the whole edge, below 2^14. What is
/// solid of the edge is in how the velocity came about, so that no flux hangs on a parcel that is out of reach.
fn flux(axis: usize, before: &Parcel, own: &Parcel) -> i32 {
    if edge(before, own) > 0 { own.v[axis] } else { 0 }
}

/// What flows into a parcel in a tick, as its pressure takes it: below 2^19.
fn inflow(near: &impl Fn(i32, i32) -> Parcel, x: i32, y: i32) -> i32 {
    let own = near(x, y);
    let along = flux(0, &near(x - 1, y), &own) - flux(0, &own, &near(x + 1, y));
    4 * (along + flux(1, &near(x, y - 1), &own) - flux(1, &own, &near(x, y + 1)))
}

/// The next velocities of a parcel, and how its pressure changes. `near` has those around it by offset, from -1 to 1.
pub fn next(near: impl Fn(i32, i32) -> Parcel, gravity: [i32; 2]) -> ([i32; 2], i32) {
    // What lies two parcels away is out of reach: beyond the far edges of the two before, all counts as open.
    let open = Parcel { here: true, open: AIR_AREA, ..Parcel::default() };
    let near = |x: i32, y: i32| if x < -1 || y < -1 { open } else { near(x, y) };
    let (own, change) = (near(0, 0), inflow(&near, 0, 0));
    let v = std::array::from_fn(|axis| {
        let [x, y] = if axis == 0 { [-1, 0] } else { [0, -1] };
        let before = near(x, y);
        let drop = own.pressure + change - before.pressure - inflow(&near, x, y);
        across(axis, &near, &before, drop, gravity[axis])
    });
    (v, change)
}

/// The next velocity across the left (0) or the lower edge (1) of the parcel in the middle. `before` is the one on its other
/// side, `drop` by how much the pressure of the middle is higher.
fn across(axis: usize, near: &impl Fn(i32, i32) -> Parcel, before: &Parcel, drop: i32, gravity: i32) -> i32 {
    let own = near(0, 0);
    let open = edge(before, &own);
    if open == 0 {
        return 0;
    }
    let (v, other) = (own.v[axis], 1 - axis);
    // Along the axis and across it, from the edge's point of view.
    let at = |along: i32, aside: i32| if axis == 0 { near(along, aside) } else { near(aside, along) };
    let wind = rs(own.v[other] + at(0, 1).v[other] + before.v[other] + at(-1, 1).v[other], 2);
    let upwind = |wind: i32, from: Parcel| rs(wind.abs() * (v - from.v[axis]), 16);
    let carried = v - upwind(v, at(-v.signum(), 0)) - upwind(wind, at(0, -wind.signum()));
    // Toward zero, so that what is left in the end is rest.
    let driven = carried - clamp_abs(drop, 1 << 20) / 16 * open / AIR_AREA;
    // Below 2^2 x 2^12 x 2^13.
    let risen = driven - rs(4 * gravity * ((before.warm + own.warm) / 2), LAW.buoyancy as u32);
    // Pulls, at most by the whole of the difference: 2^14 x 2^16.
    let pull = own.pull.wrapping_add(before.pull);
    let toward = own.toward[axis].wrapping_add(before.toward[axis]) / pull.max(1);
    let by = clamp(pull, 0, 1 << LAW.inertia);
    let pulled = risen + rs(by * (clamp_abs(toward, ONE / 8) * 8 - clamp_abs(risen, ONE)), LAW.inertia as u32);
    // One 256th a tick, and at least 1.
    clamp_abs(pulled - (pulled + 255 * pulled.signum()) / 256, AIR_SPEED_MAX * open / AIR_AREA)
}

/// The air's velocity at a place (Q12 cells): of the four edges around it that it flows across along each axis, by how near
/// they are. `near` has the parcels around the place's own by offset.
pub fn wind(near: impl Fn(i32, i32) -> Parcel, at: [i32; 2]) -> [i32; 2] {
    let part = |v: i32| (v >> (POS_Q as u32 + AIR_BITS as u32 - 8)) & 255;
    std::array::from_fn(|axis| {
        // Edges lie on the lines between parcels along the axis, and in the parcels' middle across it.
        let (along, aside) = (part(at[axis]), part(at[1 - axis]) - 128);
        let low = if aside < 0 { -1 } else { 0 };
        let aside = aside & 255;
        let v = |a: i32, b: i32| if axis == 0 { near(a, low + b).v[0] } else { near(low + b, a).v[1] };
        // The weights sum to 2^16: below 2^30.
        let row = |b: i32| v(0, b) * (256 - along) + v(1, b) * along;
        rs(rs(row(0), 4) * (256 - aside) + rs(row(1), 4) * aside, 12)
    })
}

/// What the air adds to a particle's velocity in a tick: a share of the difference. Of a fluid's velocity its law takes that
/// share anyway, in the four substeps, so for it the air's is all that is added.
pub fn blown(f: &Fields, near: impl Fn(i32, i32) -> Parcel) -> [i32; 2] {
    let share = winds(f.material).carried;
    if share == 0 || !near(0, 0).here {
        return [0; 2];
    }
    let own = if lift(f.material)[1] == 0 { [f.vx, f.vy] } else { [0; 2] };
    let wind = wind(near, [f.x, f.y]);
    // 2^16 x 2^8.
    std::array::from_fn(|axis| rs((wind[axis] - own[axis]) * share, 8))
}
