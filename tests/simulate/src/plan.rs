//! What one seed chooses: scene, people, network, and every fault with its moment.

use netsim::{Netem, Odds, Rng};
use room::api::Micros;
use sim_kernels::command::{Command, Stroke};
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::scene::Scene;

/// How long faults go on.
pub const FAULTS_US: Micros = 14_000_000;

/// Something that happens. Peers are meant by place among those alive, so that a plan can be made beforehand.
#[derive(Clone, Debug)]
pub enum Act {
    /// A player does something.
    Command(usize, Command),
    /// A process stops for a while, and then goes on.
    Freeze(usize, Micros),
    /// A process ends without a word.
    Kill(usize),
    /// The leader's process ends without a word.
    KillLeader,
    /// Somebody leaves in order.
    Leave(usize),
    /// Somebody comes.
    Join {
        /// And lends its device.
        lend: bool,
    },
    /// A device computes so many times slower from here on.
    Slow(usize, u64),
    /// Datagrams to and from somebody take so much longer for a while.
    Delay(usize, u64, Micros),
    /// The network is cut between the first so many and the rest.
    Cut(usize, Micros),
    /// The network is cut between these two alone.
    Part(usize, usize, Micros),
    /// Datagrams between these two alone take so much longer, from here on.
    Far(usize, usize, u64),
    /// The whole network changes.
    Netem(Netem),
    /// The world's clock is stopped, and goes on a while later.
    Pause(Micros),
    /// Somebody lends no more, or again.
    Lend(usize, bool),
    /// Somebody saves.
    Save(usize),
    /// Somebody opens the newest save that anybody has.
    Restore(usize),
    /// Somebody is not heard by the first so many, and hears them.
    Mute(usize, usize, Micros),
    /// A bit of a device's memory flips: its replica is another from here on.
    Flip(usize),
}

/// What each kind of act weighs, before a seed's odds.
const USUAL: [(&str, u64); 18] = [
    ("command", 6),
    ("join", 2),
    ("leave", 1),
    ("pause", 1),
    ("lend", 1),
    ("freeze", 3),
    ("kill", 2),
    ("leader kill", 1),
    ("slow", 1),
    ("delay", 2),
    ("cut", 2),
    ("mute", 1),
    ("part", 1),
    ("far", 1),
    ("netem", 1),
    ("save", 1),
    ("restore", 1),
    ("flip", 1),
];

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
    pub acts: Vec<(Micros, Act)>,
    /// After them: a core of participants that stays well goes on while all else goes wrong.
    pub core: bool,
    /// What the acts were drawn from.
    pub odds: Odds,
}

impl Plan {
    /// What a seed chooses, its odds too: see [`Odds`].
    pub fn from_seed(seed: u64) -> Self {
        let mut plan = Self::steady(seed);
        let mut rng = Rng::new(seed, "swarm");
        let mut usual = USUAL.to_vec();
        // A flipped bit makes the room's world another than one machine's, so most runs have none.
        if rng.below(16) > 0 {
            usual.retain(|kind| kind.0 != "flip");
        }
        plan.odds = Odds::draw(&mut rng, &usual);
        plan.people = rng.range(1, 7) as usize;
        let (gap_us, kills_max) = (rng.range(100_000, 1_500_000), rng.range(1, 6));
        let (mut at, mut kills) = (500_000, 0);
        plan.acts.clear();
        while at < FAULTS_US {
            at += rng.below(gap_us);
            let Some(kind) = plan.odds.pick(&mut rng) else { break };
            kills += u64::from(kind.ends_with("kill"));
            if kind.ends_with("kill") && kills > kills_max {
                continue;
            }
            let act = act(&mut rng, kind, plan.scene.world);
            plan.acts.push((at, act));
        }
        plan.netem = netem(&mut rng);
        if rng.below(3) == 0 {
            plan.netem.corrupt_ppm = rng.below(20_000) as u32;
        }
        plan.core = rng.below(2) > 0;
        plan
    }

    /// In a line: what a bad run is recognised by.
    pub fn describe(&self) -> String {
        let core = if self.core { ", then a core" } else { "" };
        format!("{} people, {} acts of [{}]{core}, {:?}", self.people, self.acts.len(), self.odds, self.netem)
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
                0..=4 => Act::Command(who, command(&mut rng, world)),
                5..=6 => Act::Join { lend: rng.below(6) > 0 },
                7 => Act::Leave(who),
                8 => Act::Pause(rng.below(800_000)),
                9 => Act::Lend(who, rng.below(2) > 0),
                10..=12 => Act::Freeze(who, [60_000, 300_000, 1_200_000, 4_000_000, 9_000_000][rng.below(5) as usize]),
                13..=14 if kills < 3 => {
                    kills += 1;
                    Act::Kill(who)
                }
                15 if kills < 3 => {
                    kills += 1;
                    Act::KillLeader
                }
                16 => Act::Slow(who, rng.range(1, 20)),
                17..=18 => Act::Delay(who, rng.range(20_000, 400_000), rng.range(200_000, 5_000_000)),
                19..=20 => Act::Cut(who.max(1), [80_000, 400_000, 1_000_000, 3_500_000][rng.below(4) as usize]),
                21 => Act::Netem(netem(&mut rng)),
                _ => Act::Command(who, command(&mut rng, world)),
            };
            acts.push((at, act));
        }
        // From numbers of their own, so that a seed's faults are what they were before there were saves.
        let mut saves = Rng::new(seed, "saves");
        for _ in 0..saves.below(3) {
            let at = 1_000_000 + saves.below(FAULTS_US / 2);
            acts.push((at, Act::Save(saves.below(8) as usize)));
            if saves.below(3) > 0 {
                acts.push((at + saves.below(FAULTS_US / 3), Act::Restore(saves.below(8) as usize)));
            }
        }
        // The same for single links.
        let mut links = Rng::new(seed, "links");
        for _ in 0..links.below(3) {
            let (at, a, b) = (500_000 + links.below(FAULTS_US), links.below(8) as usize, links.below(8) as usize);
            acts.push((
                at,
                match links.below(4) {
                    0 => Act::Far(a, b, links.range(50_000, 500_000)),
                    n => Act::Part(a, b, [400_000, 3_500_000, 15_000_000][n as usize - 1]),
                },
            ));
        }
        acts.sort_by_key(|act| act.0);
        let blocks = rng.range(1, 4);
        let mut block = || {
            let x = rng.below(world.width as u64 - 12) as i32;
            Rect::new(x, 2, (x + rng.range(2, 14) as i32).min(world.width), rng.range(4, 12) as i32)
        };
        let scene = Scene {
            title: format!("seed {seed}"),
            world,
            gravity: [0, -4],
            terrain: vec![Rect::new(world.width / 2, 0, world.width / 2 + 5, 6)],
            liquid: (0..blocks).map(|_| block()).collect(),
            commands: Vec::new(),
        };
        let mut rng = Rng::new(seed, "room");
        let mut commands: Vec<(u64, Command)> =
            (0..rng.below(12)).map(|_| (rng.below(900), command(&mut rng, world))).collect();
        commands.sort_by_key(|c| c.0);
        Self {
            seed,
            scene: Scene { commands, ..scene },
            superstep_ticks: rng.below(5) as u32,
            equal_strips: rng.below(2) > 0,
            people,
            netem: netem(&mut rng),
            acts,
            core: false,
            odds: Odds::default(),
        }
    }
}

/// One act of a kind.
fn act(rng: &mut Rng, kind: &str, world: WorldSize) -> Act {
    let who = rng.below(8) as usize;
    let cut_us = [80_000, 400_000, 1_000_000, 3_500_000, 8_000_000][rng.below(5) as usize];
    match kind {
        "join" => Act::Join { lend: rng.below(6) > 0 },
        "leave" => Act::Leave(who),
        "pause" => Act::Pause(rng.below(800_000)),
        "lend" => Act::Lend(who, rng.below(2) > 0),
        "freeze" => Act::Freeze(who, [60_000, 300_000, 1_200_000, 4_000_000, 9_000_000][rng.below(5) as usize]),
        "kill" => Act::Kill(who),
        "leader kill" => Act::KillLeader,
        "slow" => Act::Slow(who, rng.range(1, 20)),
        "delay" => Act::Delay(who, rng.range(20_000, 400_000), rng.range(200_000, 5_000_000)),
        "cut" => Act::Cut(who.max(1), cut_us),
        "mute" => Act::Mute(who, rng.range(1, 7) as usize, cut_us),
        "part" => Act::Part(who, rng.below(8) as usize, [400_000, 3_500_000, 15_000_000][rng.below(3) as usize]),
        "far" => Act::Far(who, rng.below(8) as usize, rng.range(50_000, 500_000)),
        "netem" => Act::Netem(netem(rng)),
        "save" => Act::Save(who),
        "restore" => Act::Restore(who),
        "flip" => Act::Flip(who),
        _ => Act::Command(who, command(rng, world)),
    }
}

fn netem(rng: &mut Rng) -> Netem {
    match rng.below(5) {
        0 | 1 => Netem { latency_us: 500, jitter_us: 1_000, ..Netem::default() },
        2 => Netem {
            latency_us: 20_000,
            jitter_us: 8_000,
            loss_ppm: 3_000,
            copy_ppm: 0,
            corrupt_ppm: 0,
            bytes_per_s: 2_500_000,
            inbound_us: 0,
        },
        3 => Netem {
            latency_us: 75_000,
            jitter_us: 20_000,
            loss_ppm: 10_000,
            copy_ppm: 1_000,
            corrupt_ppm: 0,
            bytes_per_s: 0,
            inbound_us: 0,
        },
        _ => Netem {
            latency_us: rng.below(60_000),
            jitter_us: rng.below(60_000),
            loss_ppm: rng.below(50_000) as u32,
            copy_ppm: rng.below(20_000) as u32,
            corrupt_ppm: 0,
            bytes_per_s: 0,
            inbound_us: 0,
        },
    }
}

fn command(rng: &mut Rng, world: WorldSize) -> Command {
    let x = rng.below(world.width as u64) as i32;
    let y = rng.below(28) as i32;
    let by = rng.below(20) as i32 - 10;
    let stroke = Stroke { from: [x, y], to: [x + by, y + by / 4], radius: rng.below(4) as i32 };
    let velocity = [rng.below(2000) as i32 - 1000, rng.below(2000) as i32 - 1000];
    match rng.below(9) {
        0..=3 => Command::Pour { stroke, material: 0, velocity },
        4 => Command::Erase(stroke),
        5 => Command::Wall { stroke, solid: rng.below(3) > 0 },
        6 => Command::Push { stroke, velocity },
        7 => Command::Explode { at: [x, y], radius: 1 + rng.below(12) as i32, speed: 3000 },
        _ => Command::Gravity([rng.below(16) as i32 - 8, rng.below(16) as i32 - 12]),
    }
}
