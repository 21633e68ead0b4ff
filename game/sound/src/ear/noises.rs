//! What noise each material makes, and how much of it a tile's samples say.

use crate::scape::{KINDS, Kind};
use sim_kernels::geom::TILE_CELLS;
use sim_kernels::materials::{self, Group, Material};
use sim_kernels::view::Sample;

/// At so much, of each kind, it is half as loud as it can get: by trial with the scenes that come along.
pub(super) const FULL: [f32; KINDS] = [1500.0, 150.0, 60.0, 60.0, 900.0, 900.0, 500.0];

/// As fast as what rests may seem, in the view's steps.
const REST: u8 = 1;
/// What falls in is at least so fast, and so much faster than what it meets.
const FALLS: u8 = 5;
/// See [`FALLS`].
const FASTER: u8 = 3;
/// What is warmer than this glows, and makes what boils boil.
const GLOWS_ABOVE: u8 = 7;
/// Filled at least so much a cell is something to fall on.
const FILLED: u8 = 64;
/// How often what burns is counted for a cell of it.
const BURNS: f32 = 1.0;

/// How a material sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Noise {
    /// Not at all.
    None,
    /// As it flows, and as something falls into it.
    Liquid,
    /// A liquid, or what becomes one, that boils where it is touched by what glows.
    Boils,
    /// As it moves.
    Grains,
    /// As it moves, softly.
    Gas,
    /// The same; more of it than before is something that boils.
    Steam,
    /// By being there.
    Fire,
    /// By being there, and more as it moves.
    Molten,
    /// By being there, most of all.
    Blast,
}

/// Of one tile.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Made {
    /// By kind.
    pub(super) of: [f32; KINDS],
    /// How much steam there is, in cells.
    pub(super) steam: f32,
}

/// By code.
#[derive(Clone, Debug)]
pub(super) struct Noises([Noise; 64]);

impl Noises {
    pub(super) fn new() -> Self {
        let mut all = [Noise::None; 64];
        for (noise, material) in all.iter_mut().zip(materials::ALL) {
            *noise = noise_of(material);
        }
        Self(all)
    }

    /// Listens to every second cell of every second row, and to what is two below, so that no border is missed.
    pub(super) fn of(&self, cells: &[u32]) -> Made {
        const TILE: usize = TILE_CELLS as usize;
        // Each stands for four.
        const STANDS_FOR: f32 = 4.0;
        let mut made = Made::default();
        for row in (1..TILE).step_by(2) {
            for column in (row / 2 % 2..TILE).step_by(2) {
                let word = cells[row * TILE + column];
                if word as u8 == 0 {
                    continue;
                }
                let here = Sample::unpack(word);
                let below = Sample::unpack(cells[row.saturating_sub(2) * TILE + column]);
                self.add(&mut made, here, below);
            }
        }
        made.of = made.of.map(|sum| sum * STANDS_FOR);
        made.steam *= STANDS_FOR;
        made
    }

    fn add(&self, made: &mut Made, here: Sample, below: Sample) {
        let noise = self.0[usize::from(here.material & 63)];
        let amount = f32::from(here.coverage) / 128.0;
        let square = |speed: u8| f32::from(speed) * f32::from(speed);
        // As in nature what moves twice as fast sounds four times as loud, and more.
        let moves = amount * square(here.speed.saturating_sub(REST)) / 64.0;
        let mut add = |kind: Kind, by: f32| made.of[kind as usize] += by;
        match noise {
            Noise::None => {}
            Noise::Liquid | Noise::Boils => {
                add(Kind::Flow, moves);
                if here.speed >= FALLS && below.coverage >= FILLED && here.speed >= below.speed + FASTER {
                    let falls = amount * square(here.speed - below.speed) / 32.0;
                    add(Kind::Splash, falls);
                    add(Kind::Flow, 2.0 * falls);
                }
                let heats = |sample: Sample| sample.coverage > 0 && sample.warmth > GLOWS_ABOVE;
                if noise == Noise::Boils && heats(below) {
                    add(Kind::Sizzle, amount);
                }
            }
            Noise::Grains => add(Kind::Crumble, moves),
            Noise::Gas => add(Kind::Wind, moves),
            Noise::Steam => {
                add(Kind::Wind, moves);
                made.steam += amount.min(1.0);
            }
            Noise::Fire => add(Kind::Fire, BURNS * amount.min(1.0)),
            Noise::Molten => {
                add(Kind::Rumble, 0.05 * amount + 4.0 * moves);
                let meets = below.coverage > 0 && self.0[usize::from(below.material & 63)] == Noise::Boils;
                add(Kind::Sizzle, if meets { amount } else { 0.0 });
            }
            Noise::Blast => add(Kind::Rumble, 6.0 * amount + 4.0 * moves),
        }
    }
}

fn noise_of(material: &Material) -> Noise {
    match material.name {
        "water" | "acid" | "mud" | "snow" | "ice" | "frost" => Noise::Boils,
        "lava" => Noise::Molten,
        "blast" => Noise::Blast,
        "fire" | "spark" => Noise::Fire,
        "steam" => Noise::Steam,
        _ => match material.group {
            Group::Liquid => Noise::Liquid,
            Group::Powder => Noise::Grains,
            Group::Gas => Noise::Gas,
            Group::Body | Group::Ground | Group::Thing | Group::Passing => Noise::None,
        },
    }
}
