//! Rooms of every material: what lies beside what in their scenes, by the table of reactions, and what players do there.
//! They are small, so that many seeds fit into an hour.

use netsim::Rng;
use sim_kernels::area::Area;
use sim_kernels::command::{Command, Effect, Emitter, Kind, PUSH_MAX, Stroke, WARM_MAX};
use sim_kernels::constants::GRAVITY_DEFAULT;
use sim_kernels::digest::hash4;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::materials::reactions::{TABLE, When};
use sim_kernels::materials::{self, Group};
use sim_kernels::scene::{Block, Scene};

/// The cells of a scene's blocks, at most: each has four particles.
const CELLS_MAX: u64 = 280;
/// Where there are more particles than this, players pour no more. What is poured meanwhile stays below 2,000.
pub(crate) const MANY: u64 = 1_200;

/// The codes of all that a player can meet and pour.
fn met() -> Vec<u8> {
    let poured =
        |code: &u8| materials::is_poured((*code).into()) && !materials::material((*code).into()).is_for_tests();
    (0..materials::COUNT as u8).filter(poured).collect()
}

fn code(name: &str) -> u8 {
    materials::named(name).unwrap_or_default()
}

/// Puts in place of a scene's blocks such as react with each other, on things that drive and warm, and lets its commands be
/// of what there is.
pub(crate) fn mix_scene(scene: &mut Scene, seed: u64) {
    let (mut rng, all) = (Rng::new(seed, "materials"), met());
    let things: Vec<u8> =
        all.iter().copied().filter(|&code| materials::material(code.into()).group == Group::Thing).collect();
    let any = |rng: &mut Rng, of: &[u8]| rng.pick(of).copied().unwrap_or_default();
    let (most, mut cells) = (rng.range(60, CELLS_MAX), 0);
    scene.blocks.clear();
    if rng.below(2) == 0 {
        scene.blocks.push(Block::of(materials::AIR, scene.world.rect()));
    }
    // With the largest pair and what lies below it.
    while cells + 54 <= most
        && let Some(row) = rng.pick(TABLE)
    {
        let other = match row.when {
            // What reacts with nothing is there, too.
            _ if rng.below(4) == 0 => any(&mut rng, &all),
            When::Touching(other) => code(other),
            When::Above(_) | When::Melted | When::Boiled => code(["fire", "lava", "heater"][rng.below(3) as usize]),
            When::Below(_) | When::Condensed | When::Frozen => code(["ice", "cooler"][rng.below(2) as usize]),
            When::Broken | When::Struck => code(["steel", "gunpowder"][rng.below(2) as usize]),
            When::Aging => any(&mut rng, &all),
        };
        let (wide, high) = (rng.range(2, 6) as i32, rng.range(2, 4) as i32);
        let (x, y) = (rng.below((scene.world.width - 2 * wide) as u64) as i32, rng.range(1, 20) as i32);
        let by = if rng.below(2) == 0 { [wide, 0] } else { [0, high] };
        let mut add = |material: u8, rect: Rect| {
            cells += rect.area() as u64;
            scene.blocks.push(Block::of(material.into(), rect));
        };
        add(code(row.of), Rect::new(x, y, x + wide, y + high));
        add(other, Rect::new(x + by[0], y + by[1], x + by[0] + wide, y + by[1] + high));
        if rng.below(3) == 0 {
            add(any(&mut rng, &things), Rect::new(x, y - 1, x + wide, y));
        }
    }
    scene.gravity = [0, -GRAVITY_DEFAULT];
    let world = scene.world;
    for (tick, command) in &mut scene.commands {
        mix(command, world, *tick, 0);
        // Nobody counts what a scene pours.
        if let Command::Pour { stroke, .. } = command {
            stroke.radius = 0;
        }
    }
}

/// Makes of what a player does something that is about materials, in a world that has come to this tick and has so many
/// particles.
pub(crate) fn mix(command: &mut Command, world: WorldSize, tick: u64, particles: u64) {
    match command {
        Command::Pour { stroke, velocity, .. } => {
            let ([x, y], velocity, all) = (stroke.from, *velocity, met());
            let h = hash4([x as u32, y as u32, stroke.to[0] as u32, tick as u32]);
            let material = all[h[0] as usize % all.len()];
            let rect = Rect::new(x, y, x + 3, y + 2).intersect(world.rect());
            let (narrow, by) = (Stroke { radius: stroke.radius.min(1), ..*stroke }, WARM_MAX >> (h[2] % 4));
            *command = match h[1] % 8 {
                0 | 1 => Command::Warm { stroke: *stroke, by: if h[3].is_multiple_of(3) { -by } else { by } },
                _ if particles > MANY => Command::Erase(narrow),
                2 => Command::Emit(Emitter { rect, velocity, material, until: tick + 30 }),
                3 => Command::Fill { rect, material },
                // A stamp is brought by whoever comes first, and pasted wherever it is there.
                4 if h[3].is_multiple_of(2) => Command::sample(Kind::Bring, [x, y]),
                4 => Command::sample(Kind::Paste, [x, y]),
                _ => Command::Pour { stroke: narrow, material, velocity },
            };
        }
        // Of what is there one material goes, or becomes another.
        Command::Erase(stroke) => {
            let [x, y] = stroke.from;
            let (h, all) = (hash4([x as u32, y as u32, stroke.radius as u32, tick as u32]), met());
            let [from, to] = [h[0], h[1]].map(|h| all[h as usize % all.len()]);
            let effect = match h[2] % 4 {
                0 => return,
                1 => Effect::Take { material: from },
                _ if from == to => Effect::Erase,
                _ => Effect::Replace { from, to },
            };
            *command = Command::Apply { area: Area::Square(*stroke), effect };
        }
        Command::Push { stroke, velocity: [speed, _] } if stroke.radius > 1 => {
            *command = Command::Swirl { at: stroke.from, radius: 4 * stroke.radius, speed: 4 * *speed };
        }
        // Whoever pushes a little holds on to one material.
        Command::Push { stroke, .. } => {
            let all = met();
            let (at, radius) = (stroke.from, 5 + 9 * stroke.radius);
            let h = hash4([at[0] as u32, at[1] as u32, radius as u32, tick as u32]);
            let only = (!h[0].is_multiple_of(4)).then_some(all[h[1] as usize % all.len()]);
            *command = Command::Grab { at, radius, only };
        }
        // What stays where it is bears up to 14000.
        Command::Explode { at, speed, .. } => *speed = [3_000, 8_000, PUSH_MAX][at[0].unsigned_abs() as usize % 3],
        Command::Gravity(gravity) => *gravity = gravity.map(|g| 4 * g),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Real;
    use crate::plan::Plan;
    use sim_kernels::job::{Job, Load, StepJob};
    use sim_kernels::particle::Particle;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn scenes_have_all_that_there_is_and_what_it_reacts_with() {
        let (mut seen, mut pairs) = (BTreeSet::new(), BTreeSet::new());
        for seed in 0..400 {
            let scene = Plan::from_seed(seed).mixed().scene;
            assert_eq!(scene.problem(), None, "seed {seed}");
            let parcels = scene.world.rect().area() as u64 / 64;
            assert!(scene.particles(scene.world.rect()).len() as u64 <= 4 * CELLS_MAX + parcels, "seed {seed}");
            seen.extend(scene.blocks.iter().map(|block| block.material));
            let beside = |two: &&[Block]| !two[0].rect().grown(1).intersect(two[1].rect()).is_empty();
            pairs.extend(scene.blocks.windows(2).filter(beside).map(|two| [two[0].material, two[1].material]));
        }
        assert!(met().iter().all(|code| seen.contains(code)));
        for row in TABLE {
            let When::Touching(other) = row.when else { continue };
            assert!(pairs.contains(&[code(row.of), code(other)]), "{row:?}");
        }
    }

    #[test]
    fn scenes_react() {
        let changed = (0..40).filter(|&seed| {
            let scene = Plan::from_seed(seed).mixed().scene;
            let (globals, region) = (scene.globals(), scene.world.rect());
            let (particles, mut kernel) = (scene.particles(region), Real::boxed());
            let kinds = |particles: &[Particle]| -> BTreeMap<u32, usize> {
                let mut kinds = BTreeMap::new();
                particles.iter().for_each(|p| *kinds.entry(p.material()).or_default() += 1);
                kinds
            };
            let before = kinds(&particles);
            kernel.run(Job::Load(Load { globals, region, particles })).unwrap();
            let step = StepJob { region, commands: vec![Vec::new(); 60], extract: vec![region], ..StepJob::default() };
            kinds(&kernel.run(Job::Step(step)).unwrap().extracts[0]) != before
        });
        let changed = changed.count();
        assert!(changed >= 35, "{changed} of 40");
    }
}
