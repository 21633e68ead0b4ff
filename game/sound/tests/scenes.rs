//! The scenes that come along, listened to as the game does it, offline: still water is silent, a waterfall is louder than a
//! fountain, lava rumbles, and what was paused is soon silent.

use sim_kernels::cpu::CpuBackend;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::job::{Job, Load, StepJob};
use sim_kernels::scene::{Block, Scene};
use sound::ear::{Ear, Sight};
use sound::scape::{KINDS, Kind, Scape};
use sound::synth::Synth;

const RATE: usize = 24_000;
const TICKS: u64 = 3;

/// What was heard of a scene.
struct Heard {
    /// The mean of each kind's level over its last part.
    levels: [f32; KINDS],
    /// The most that each was ever.
    most: [f32; KINDS],
    /// The mean loudness of its last part, and of 0.1 s after a pause of two seconds.
    loudness: [f32; 2],
}

impl Heard {
    fn level(&self, kind: Kind) -> f32 {
        self.levels[kind as usize]
    }
}

fn scene(name: &str) -> Scene {
    let file = format!("{}/../../assets/scenes/{name}.ron", env!("CARGO_MANIFEST_DIR"));
    ron::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// Listens to a scene, the whole of it in sight, for so many ticks; the last `part` of them are measured.
fn listen(scene: &Scene, ticks: u64, part: u64) -> Heard {
    let [width, height] = [scene.world.width as f32 / 2.0, scene.world.height as f32 / 2.0];
    let sight = Sight { centre: [width, height], half: [width, height] };
    let (mut globals, region) = (scene.globals(), scene.world.rect());
    let mut backend = CpuBackend::new(None);
    let load = Load { globals: globals.clone(), region, particles: scene.particles(region) };
    backend.run_now(Job::Load(load)).unwrap();
    let (mut ear, mut synth) = (Ear::new(scene.world), Synth::new(RATE as f32, 1));
    let (mut sums, mut most, mut samples, mut times) = ([0.0; KINDS], [0.0_f32; KINDS], Vec::new(), 0.0);
    for step in 0..ticks / TICKS {
        let tick = step * TICKS;
        let commands: Vec<Vec<_>> = (tick..tick + TICKS).map(|t| scene.commands_at(t).cloned().collect()).collect();
        commands.iter().for_each(|list| globals.pass_tick(list));
        let job = StepJob { region, commands, view: true, ..StepJob::default() };
        let view = backend.run_now(Job::Step(job)).unwrap().view;
        let now = 1.0 + tick as f64 / 60.0;
        ear.hear(region, &view, &sight, now);
        let scape = ear.listen(&sight, now);
        let block = play(&mut synth, &scape);
        if tick + part >= ticks {
            samples.extend(block);
            times += 1.0;
            sums.iter_mut().zip(scape.voices).for_each(|(sum, voice)| *sum += voice.level);
        }
        most.iter_mut().zip(scape.voices).for_each(|(most, voice)| *most = most.max(voice.level));
    }
    let end = 1.0 + ticks as f64 / 60.0;
    let mut last = Vec::new();
    for step in 0..42 {
        let block = play(&mut synth, &ear.listen(&sight, end + f64::from(step) * 0.05));
        last = if step < 40 { Vec::new() } else { [last, block].concat() };
    }
    Heard { levels: sums.map(|sum| sum / times), most, loudness: [loudness(&samples), loudness(&last)] }
}

fn play(synth: &mut Synth, scape: &Scape) -> Vec<f32> {
    synth.hear(scape);
    let mut block = vec![0.0; RATE / 20 * 2];
    synth.render(&mut block);
    assert!(block.iter().all(|s| s.is_finite() && s.abs() < 1.0));
    block
}

fn loudness(samples: &[f32]) -> f32 {
    (samples.iter().map(|s| s * s).sum::<f32>() / samples.len().max(1) as f32).sqrt()
}

#[test]
fn still_water_is_silent() {
    let pool = Scene {
        title: "pool".into(),
        world: WorldSize { width: 192, height: 96 },
        gravity: [0, -66],
        terrain: vec![Rect::new(0, 0, 192, 4)],
        blocks: vec![Block::water(Rect::new(0, 4, 192, 40))],
        commands: Vec::new(),
    };
    let heard = listen(&pool, 480, 120);
    assert!(heard.levels.iter().all(|level| *level < 0.01), "{:?}", heard.levels);
    assert!(heard.loudness[0] < 2e-3, "{:?}", heard.loudness);
}

#[test]
fn a_waterfall_is_louder_than_a_fountain_and_that_than_a_quiet_tube() {
    let [fall, fountain] = ["waterfall", "fountain"].map(|name| listen(&scene(name), 600, 240));
    let tube = listen(&scene("u-tube"), 900, 240);
    let all = [&fall, &fountain, &tube].map(|heard| (heard.level(Kind::Flow), heard.loudness[0]));
    assert!(all[0] > all[1] && all[1] > all[2], "{all:?}");
    assert!(all[0].1 > 1.3 * all[1].1, "{all:?}");
    for heard in [fall, fountain, tube] {
        assert!(heard.loudness[1] < 0.02 * heard.loudness[0].max(0.01), "a pause: {:?}", heard.loudness);
        let others = [Kind::Sizzle, Kind::Fire, Kind::Crumble, Kind::Wind, Kind::Rumble];
        assert!(others.iter().all(|kind| heard.most[*kind as usize] == 0.0), "{:?}", heard.most);
    }
}

#[test]
fn a_breaking_dam_splashes_and_lava_in_the_sea_rumbles_and_hisses() {
    let dam = listen(&scene("dam-break"), 240, 120);
    assert!(dam.most[Kind::Splash as usize] > 0.1 && dam.most[Kind::Flow as usize] > 0.4, "{:?}", dam.most);
    let volcano = listen(&scene("volcano"), 480, 120);
    assert!(volcano.level(Kind::Rumble) > 0.1 && volcano.level(Kind::Sizzle) > 0.1, "{:?}", volcano.levels);
}
