//! The fixed-point primitives and the stages' bounds against 64- and 128-bit integers, at the extremes.

#![allow(clippy::needless_range_loop, reason = "several arrays share the lane")]

use proptest::prelude::*;
use sim_kernels::constants::*;
use sim_kernels::cpu::p2g::{Scatter, scatter};
use sim_kernels::cpu::{g2p, grid, walls, weights};
use sim_kernels::fixed::*;
use sim_kernels::materials::Class;
use sim_kernels::particle::{Fields, Particle};

/// Anything that 16 bytes can hold, the ends of each range often.
fn any_fields() -> impl Strategy<Value = Fields> {
    let word = prop_oneof![Just(0u32), Just(u32::MAX), Just(0x8000_8000), Just(0x7fff_7fff), any::<u32>()];
    [word.clone(), word.clone(), word.clone(), word].prop_map(|words| Particle::bare(words).unpack())
}

fn any_solid() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0u32), 0u32..512]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn rounding_is_floor_of_half_up(v in -(1i32 << 30)..(1 << 30), s in 1u32..31) {
        let exact = (i128::from(v) + (1i128 << (s - 1))).div_euclid(1i128 << s);
        prop_assert_eq!(i128::from(rs(v, s)), exact);
    }

    #[test]
    fn division_rounds_half_away(n in -i32::MAX..=i32::MAX, d in 1..=i32::MAX) {
        let (n128, d128) = (i128::from(n), i128::from(d));
        let size = (n128.abs() + d128 / 2) / d128;
        prop_assert_eq!(i128::from(div_round(n, d)), size * n128.signum());
        // Half away: never further than half a divisor off.
        prop_assert!((i128::from(div_round(n, d)) * d128 - n128).abs() * 2 <= d128);
    }

    #[test]
    fn roots_by_doubles_are_exact(v in any::<u32>(), near in 0u64..1 << 16, off in 0u64..3) {
        // Just below, at and just above a square, too.
        for v in [u64::from(v), (near * near).saturating_sub(off), near * near + off] {
            let root = u64::try_from(root(v.min(u64::from(u32::MAX)) as u32));
            prop_assert_eq!(root, Ok(v.min(u64::from(u32::MAX)).isqrt()));
        }
    }

    #[test]
    fn quotients_by_doubles_are_exact(n in 0u64..1 << 41, near in 0u64..1 << 21, d in 1..=i32::MAX, off in 0u64..3) {
        // Just below, at and just above a multiple, too, where a rounded quotient would show.
        for n in [n, (near * d as u64).saturating_sub(off), near * d as u64 + off] {
            let exact = (n / d as u64).min(i32::MAX as u64);
            prop_assert_eq!(quotient(n as f64, d) as u64, exact);
        }
    }

    #[test]
    fn node_velocity_is_what_a_gpu_makes_of_it(momentum in any::<i32>(), mass in prop_oneof![1..1000, 1..=MASS_MAX]) {
        // As `shader/shared/fixed.wgsl` has it.
        let (size, mass_u) = (momentum.unsigned_abs(), mass as u32);
        let whole = size / mass_u;
        let part = (((size - whole * mass_u) << 9) + (mass_u >> 1)) / mass_u;
        let v = if whole > 0x3f_ffff { i32::MAX } else { ((whole << 9) + part).min(i32::MAX as u32) as i32 };
        prop_assert_eq!(velocity_of(momentum, mass), if momentum < 0 { -v } else { v });
    }

    #[test]
    fn node_velocity_is_the_rounded_quotient(mass in 1..=MASS_MAX, share in -98_303i64..=98_303, odd in -4096i32..4096) {
        // Momentum of that mass at up to the scatter's clamp, and a little beside.
        let momentum = (i64::from(mass) * share / 512) as i32;
        let momentum = momentum.saturating_add(odd.min(mass / 2));
        let size = (i128::from(momentum).abs() * 512 + i128::from(mass) / 2) / i128::from(mass);
        let exact = size * i128::from(momentum).signum();
        prop_assert_eq!(i128::from(velocity_of(momentum, mass)), exact);
    }

    #[test]
    fn overfull_shift_bounds_a_cell(count in 1u32..8_000_000) {
        let s = overfull_shift(count);
        prop_assert!(count.div_ceil(1 << s) <= OVERFULL as u32);
        prop_assert!(s == 0 || count.div_ceil(1 << (s - 1)) > OVERFULL as u32);
    }

    #[test]
    fn weights_sum_to_one_and_are_the_spline(fx in 0..4096i32, fy in 0..4096i32) {
        let w = weights::stencil(weights::axis(fx), weights::axis(fy));
        prop_assert_eq!(w.iter().sum::<i32>(), WEIGHT_ONE);
        prop_assert!(w.iter().all(|&w| (0..=9224).contains(&w)));
        let axis = |f: i32| {
            let f = f64::from(f) / 4096.0;
            [0.5 * (1.0 - f).powi(2), 0.75 - (f - 0.5).powi(2), 0.5 * f * f]
        };
        let (x, y) = (axis(fx), axis(fy));
        for k in 0..9 {
            prop_assert!((f64::from(w[k]) - 16384.0 * x[k % 3] * y[k / 3]).abs() < 10.0, "{} of {:?}", k, w);
        }
    }

    #[test]
    fn a_scatter_is_what_wide_integers_say(f in any_fields(), shift in 0u32..17, solid in any_solid()) {
        let s: Scatter = scatter(Class::Water, &f);
        let mut mass = 0;
        for k in 0..9 {
            let (ox, oy) = (k as i64 % 3 - 1, k as i64 / 3 - 1);
            let node = s.node(Class::Water, k, shift);
            let w = i64::from(s.w[k] >> shift);
            for l in 0..2 {
                let u = i64::from(s.u[l]) + i64::from(s.d[0][l]) * ox + i64::from(s.d[1][l]) * oy;
                let u = u.clamp(-i64::from(SCATTER_SPEED_MAX), i64::from(SCATTER_SPEED_MAX));
                prop_assert_eq!(i64::from(node[l]), (w * u + 256) >> 9);
            }
            prop_assert_eq!(i64::from(node[2]), w);
            let (to, [mx, my, m, _]) = s.node_mirrored(Class::Water, k, shift, solid);
            prop_assert!(to < 9 && m == node[2] && mx.abs() == node[0].abs() && my.abs() == node[1].abs());
            mass += m;
        }
        prop_assert!(mass <= WEIGHT_ONE && (shift > 0 || mass == WEIGHT_ONE));
    }

    #[test]
    fn a_mirrored_weight_never_lands_in_a_solid_cell_beside_an_open_one(solid in 0u32..512) {
        let solid = solid & !walls::OWN;
        for k in 0..9 {
            let image = walls::image(k, solid);
            let open_corner = solid >> k & 1 != 0 && image.k == k;
            prop_assert!(open_corner || solid >> image.k & 1 == 0);
            prop_assert!(!open_corner || k % 2 == 0, "a face is always mirrored");
        }
    }

    #[test]
    fn nodes_stay_in_their_formats(mass in any::<i32>(), mx in any::<i32>(), my in any::<i32>(), g in -512..=512i32, solid in 0u32..512) {
        let [vx, vy, density, _] = grid::node([mx, my, mass, mass], [g, -g], solid);
        prop_assert!(vx.abs() <= NODE_SPEED_MAX + 1 && vy.abs() <= NODE_SPEED_MAX + 1);
        prop_assert!((0..=DENSITY_MAX).contains(&density));
    }

    #[test]
    fn an_advance_stays_in_its_formats_and_out_of_walls(
        f in any_fields(),
        v in proptest::array::uniform9((-NODE_SPEED_MAX..=NODE_SPEED_MAX, -NODE_SPEED_MAX..=NODE_SPEED_MAX, 0..=DENSITY_MAX)),
        extreme in 0..3,
        solid in any_solid(),
    ) {
        // Keep the cell away from the format's border, as the world's border does.
        let f = Fields { x: f.x.clamp(8192, (1 << 24) - 8193), y: f.y.clamp(8192, (1 << 22) - 8193), ..f };
        let solid = solid & !walls::OWN;
        let nodes = v.map(|(x, y, d)| match extreme {
            0 => [x, y, d, 0],
            1 => [x.signum() * NODE_SPEED_MAX, y.signum() * NODE_SPEED_MAX, DENSITY_MAX, 0],
            _ => [NODE_SPEED_MAX, -NODE_SPEED_MAX, d, 0],
        });
        let nodes: [[i32; 4]; 9] = std::array::from_fn(|k| g2p::mirrored(|k| nodes[k], solid, (k, walls::image(k, solid)), false));
        let g = g2p::Gather::of(&f, |k| nodes[k]);
        let w = weights::stencil(weights::axis(f.x & 4095), weights::axis(f.y & 4095));
        for l in 0..3 {
            let sum = |factor: fn(i64) -> i64| (0..9).map(|k| i64::from(w[k]) * i64::from(nodes[k][l]) * factor(k as i64)).sum::<i64>();
            prop_assert_eq!(i64::from(g.sum[l]), sum(|_| 1));
            prop_assert_eq!(i64::from(g.x[l]), sum(|k| k % 3 - 1));
            prop_assert_eq!(i64::from(g.y[l]), sum(|k| k / 3 - 1));
        }
        let (cx, cy) = (f.x >> 12, f.y >> 12);
        let is_solid = |x: i32, y: i32| solid >> (3 * (y - cy + 1) + x - cx + 1) & 1 != 0;
        let next = g2p::advance(Class::Water, &f, &g, is_solid, true, g2p::Substep::default());
        prop_assert_eq!(Particle::pack(next).unpack(), next);
        prop_assert!(((next.x >> 12) - cx).abs() <= 1 && ((next.y >> 12) - cy).abs() <= 1);
        prop_assert!(!is_solid(next.x >> 12, next.y >> 12));
    }
}

#[test]
fn the_fullest_node_fits() {
    // A particle a cell's worth for each of the nine cells around one node, all at the scatter's clamp and
    // as near to the node as their cells allow, 128 of each, and a wall on every side that folds into it.
    let mut mass = 0i64;
    for (cx, cy) in (-1..=1).flat_map(|y| (-1..=1).map(move |x| (x, y))) {
        let near = |c: i32| [4095, 2048, 0][(c + 1) as usize];
        let f =
            Fields { x: 4096 * 100 + near(cx), y: 4096 * 100 + near(cy), vx: 32767, vy: 32767, ..Fields::default() };
        let s = scatter(Class::Water, &f);
        // The worst mask: whatever folds most onto the node at (-cx, -cy).
        let target = ((1 - cy) * 3 + 1 - cx) as usize;
        let fold = |mask: u32| {
            (0..9)
                .map(|k| s.node_mirrored(Class::Water, k, 0, mask))
                .filter(|(to, _)| *to == target)
                .map(|(_, n)| i64::from(n[2]))
                .sum::<i64>()
        };
        mass += 128 * (0..512).map(fold).max().unwrap();
    }
    assert!(mass <= 4 * 128 * 16384 + 9 * 128 * 8, "{mass}");
    let momentum = (mass * i64::from(SCATTER_SPEED_MAX)) >> 9;
    assert!(momentum + (1 << 26) < 1 << 31, "{momentum}");
}

#[test]
fn the_header_names_every_constant_once() {
    let header = wgsl_header();
    for (name, value) in ALL {
        assert_eq!(header.matches(&format!("const {name}: i32 = {value};")).count(), 1, "{name}");
    }
}

/// By the masses of its nodes the CPU tells that no cell of a tile is overfull.
#[test]
fn a_particle_gives_its_own_node_a_quarter_of_its_mass_at_least() {
    for (x, y) in (0..4096).flat_map(|a| [(a, 0), (0, a), (a, 4095), (4095, a), (a, a)]) {
        let own = weights::stencil(weights::axis(x), weights::axis(y))[4];
        assert!(own >= WEIGHT_ONE / 4, "{own} at {x}, {y}");
    }
    assert!((0..4096).all(|f| weights::axis(f)[1] >= WEIGHT_ONE / 2));
    assert!((0..512).all(|solid| walls::image(4, solid).k == 4));
}
