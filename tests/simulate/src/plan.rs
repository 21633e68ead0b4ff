//! What one seed chooses: scene, people, network, and every fault with its moment.

use crate::faults::{
    Draw, FAULTS, Fault, Planned, command, cut, delay, far, freeze, join, kill, kill_leader, leave, lend, named, netem,
    network_of, part, pause, restore, save, slow, stroke_of,
};
use crate::mixed::mix_scene;
use crate::stage::Begins;
use netsim::{Netem, Odds, Rng};
use room::api::Micros;
use sim_kernels::command::Command;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::scene::{Block, Scene};

/// How long faults go on.
pub const FAULTS_US: Micros = 14_000_000;
/// How long the network is cut.
const CUTS: [Micros; 5] = [80_000, 400_000, 1_000_000, 3_500_000, 8_000_000];

/// A run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What it came from.
    pub seed: u64,
    /// The scene.
    pub scene: Scene,
    /// Ticks a superstep; 0: the room chooses.
    pub superstep_ticks: u32,
    /// Strips of one width, or by throughput.
    pub equal_strips: bool,
    /// Who is there at the start; the first founds the room.
    pub people: usize,
    /// The network at first.
    pub netem: Netem,
    /// In the order of time.
    pub acts: Vec<(Micros, Planned)>,
    /// After them: a core of participants that stays well goes on while all else goes wrong.
    pub core: bool,
    /// What the acts were drawn from.
    pub odds: Odds,
    /// What players do is about every material: see [`Plan::mixed`].
    pub mixes: bool,
}

impl Plan {
    /// What a seed chooses, its odds too: see [`Odds`].
    pub fn from_seed(seed: u64) -> Self {
        Self::of(seed, FAULTS)
    }

    /// What a seed chose when these were all faults that there were: each new one changes what every seed draws, and a
    /// seed that once found something is to go on meaning it.
    pub fn of(seed: u64, faults: &[&Fault]) -> Self {
        let mut plan = Self::steady(seed);
        let mut rng = Rng::new(seed, "swarm");
        let spoils = rng.below(16) == 0;
        let usual: Vec<(&str, u64)> =
            faults.iter().filter(|fault| spoils || !fault.spoils).map(|fault| (fault.name, fault.weight)).collect();
        plan.odds = Odds::draw(&mut rng, &usual);
        plan.people = rng.range(1, 7) as usize;
        let (gap_us, kills_max) = (rng.range(100_000, 1_500_000), rng.range(1, 6));
        let (mut at, mut kills) = (500_000, 0);
        plan.acts.clear();
        while at < FAULTS_US {
            at += rng.below(gap_us);
            let Some(fault) = plan.odds.pick(&mut rng).and_then(named) else { break };
            kills += u64::from(fault.kills);
            if fault.kills && kills > kills_max {
                continue;
            }
            let (who, cut_us) = (rng.below(8) as usize, CUTS[rng.below(5) as usize]);
            let act = (fault.draw)(&mut Draw { rng: &mut rng, world: plan.scene.world, who, cut_us });
            plan.acts.push((at, act));
        }
        plan.netem = network_of(&mut rng);
        if rng.below(3) == 0 {
            plan.netem.corrupt_ppm = rng.below(20_000) as u32;
        }
        plan.core = rng.below(2) > 0;
        plan
    }

    /// What the room begins with.
    pub(crate) fn begins(&self) -> Begins {
        let &Self { superstep_ticks, equal_strips, .. } = self;
        Begins { scene: self.scene.clone(), superstep_ticks, equal_strips, mixes: self.mixes }
    }

    /// In a line: what a bad run is recognised by.
    pub fn describe(&self) -> String {
        let core = if self.core { ", then a core" } else { "" };
        let mixes = if self.mixes { ", of any material" } else { "" };
        format!("{} people{mixes}, {} acts of [{}]{core}, {:?}", self.people, self.acts.len(), self.odds, self.netem)
    }

    /// What a seed chooses with odds that are the same for all seeds: traces of one build are held against another's,
    /// so this does not change.
    pub fn steady(seed: u64) -> Self {
        let mut rng = Rng::new(seed, "plan");
        let world = WorldSize::new(16 * rng.range(6, 24) as i32, 32).expect("a small world");
        let people = rng.range(1, 6) as usize;
        let mut acts = Vec::new();
        let mut at = 500_000;
        let mut kills = 0;
        let violent = rng.below(4) > 0;
        while at < FAULTS_US {
            at += rng.below(900_000);
            let who = rng.below(8) as usize;
            let act = match rng.below(if violent { 24 } else { 10 }) {
                0..=4 => command(who, stroke_of(&mut rng, world)),
                5..=6 => join(rng.below(6) > 0),
                7 => leave(who),
                8 => pause(rng.below(800_000)),
                9 => lend(who, rng.below(2) > 0),
                10..=12 => freeze(who, [60_000, 300_000, 1_200_000, 4_000_000, 9_000_000][rng.below(5) as usize]),
                13..=14 if kills < 3 => {
                    kills += 1;
                    kill(who)
                }
                15 if kills < 3 => {
                    kills += 1;
                    kill_leader()
                }
                16 => slow(who, rng.range(1, 20)),
                17..=18 => delay(who, rng.range(20_000, 400_000), rng.range(200_000, 5_000_000)),
                19..=20 => cut(who.max(1), [80_000, 400_000, 1_000_000, 3_500_000][rng.below(4) as usize]),
                21 => netem(network_of(&mut rng)),
                _ => command(who, stroke_of(&mut rng, world)),
            };
            acts.push((at, act));
        }
        // From numbers of their own, so that a seed's faults are what they were before there were saves.
        let mut saves = Rng::new(seed, "saves");
        for _ in 0..saves.below(3) {
            let at = 1_000_000 + saves.below(FAULTS_US / 2);
            acts.push((at, save(saves.below(8) as usize)));
            if saves.below(3) > 0 {
                acts.push((at + saves.below(FAULTS_US / 3), restore(saves.below(8) as usize)));
            }
        }
        // The same for single links.
        let mut links = Rng::new(seed, "links");
        for _ in 0..links.below(3) {
            let (at, a, b) = (500_000 + links.below(FAULTS_US), links.below(8) as usize, links.below(8) as usize);
            acts.push((
                at,
                match links.below(4) {
                    0 => far(a, b, links.range(50_000, 500_000)),
                    n => part(a, b, [400_000, 3_500_000, 15_000_000][n as usize - 1]),
                },
            ));
        }
        acts.sort_by_key(|act| act.0);
        let blocks = rng.range(1, 4);
        let mut block = || {
            let x = rng.below(world.width as u64 - 12) as i32;
            Block::water(Rect::new(x, 2, (x + rng.range(2, 14) as i32).min(world.width), rng.range(4, 12) as i32))
        };
        let scene = Scene {
            title: format!("seed {seed}"),
            world,
            gravity: [0, -4],
            terrain: vec![Rect::new(world.width / 2, 0, world.width / 2 + 5, 6)],
            blocks: (0..blocks).map(|_| block()).collect(),
            commands: Vec::new(),
        };
        let mut rng = Rng::new(seed, "room");
        let mut commands: Vec<(u64, Command)> =
            (0..rng.below(12)).map(|_| (rng.below(900), stroke_of(&mut rng, world))).collect();
        commands.sort_by_key(|c| c.0);
        Self {
            seed,
            scene: Scene { commands, ..scene },
            superstep_ticks: rng.below(5) as u32,
            equal_strips: rng.below(2) > 0,
            people,
            netem: network_of(&mut rng),
            acts,
            core: false,
            odds: Odds::default(),
            mixes: false,
        }
    }

    /// The same with every material: what lies in the scene, and what players do.
    pub fn mixed(mut self) -> Self {
        mix_scene(&mut self.scene, self.seed);
        self.mixes = true;
        self
    }
}
