//! Plays a scene into a WAV file, without a window or a device, and tells the most that is heard in each half second: for whoever works
//! on the sound, and to measure what it costs.
//!
//!     cargo run -p sound --example listen -- assets/scenes/waterfall.ron 600 out.wav
//!
//! `--at X,Y --across CELLS` listens to a part of the world instead of the whole.

use sim_kernels::cpu::CpuBackend;
use sim_kernels::job::{Job, Load, StepJob};
use sim_kernels::scene::Scene;
use sound::ear::{Ear, Sight};
use sound::scape::Kind;
use sound::synth::Synth;
use std::time::{Duration, Instant};

const RATE: usize = 48_000;
/// Ticks of the world a step, and samples in these.
const TICKS: u64 = 3;
const FRAMES: usize = RATE / 60 * TICKS as usize;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [scene, ticks, out] = [0, 1, 2].map(|i| args.get(i).cloned().expect("SCENE TICKS OUT"));
    let option = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1)).cloned();
    let scene: Scene = ron::from_str(&std::fs::read_to_string(scene).expect("a scene's file")).expect("a scene");
    let [width, height] = [scene.world.width as f32, scene.world.height as f32];
    let across: f32 = option("--across").map_or(width, |cells| cells.parse().expect("a number"));
    let at = option("--at").map(|at| {
        let (x, y) = at.split_once(',').expect("X,Y");
        [x, y].map(|cell| cell.parse().expect("a number"))
    });
    let sight = Sight { centre: at.unwrap_or([width / 2.0, height / 2.0]), half: [across / 2.0, across * 0.3] };

    let (mut globals, region) = (scene.globals(), scene.world.rect());
    let mut backend = CpuBackend::new(None);
    let load = Load { globals: globals.clone(), region, particles: scene.particles(region) };
    backend.run_now(Job::Load(load)).expect("a load");
    let (mut ear, mut synth) = (Ear::new(scene.world), Synth::new(RATE as f32, 1));
    let (mut samples, mut hearing, mut making) = (Vec::new(), Duration::ZERO, Duration::ZERO);
    let (mut tick, mut most) = (0, [0.0_f32; Kind::ALL.len()]);
    while tick < ticks.parse().expect("a number") {
        let commands: Vec<Vec<_>> = (tick..tick + TICKS).map(|t| scene.commands_at(t).cloned().collect()).collect();
        commands.iter().for_each(|list| globals.pass_tick(list));
        let job = StepJob { region, commands, view: true, ..StepJob::default() };
        let view = backend.run_now(Job::Step(job)).expect("a step").view;
        tick += TICKS;
        let now = tick as f64 / 60.0;
        let from = Instant::now();
        ear.hear(region, &view, &sight, now);
        let scape = ear.listen(&sight, now);
        let heard = Instant::now();
        synth.hear(&scape);
        let mut block = vec![0.0; FRAMES * 2];
        synth.render(&mut block);
        hearing += heard - from;
        making += heard.elapsed();
        samples.extend_from_slice(&block);
        most.iter_mut().zip(scape.voices).for_each(|(most, voice)| *most = most.max(voice.level));
        if tick % 30 == 0 {
            let most = std::mem::take(&mut most);
            let levels = Kind::ALL.map(|kind| format!("{kind:?} {:.2}", most[kind as usize]));
            let last = &samples[samples.len().saturating_sub(RATE)..];
            let loud = (last.iter().map(|s| s * s).sum::<f32>() / last.len() as f32).sqrt();
            println!("{now:5.1} s  {}  loudness {loud:.4}", levels.join("  "));
        }
    }
    let seconds = samples.len() as f64 / 2.0 / RATE as f64;
    println!(
        "a second of the world: {:.2} ms of listening, {:.2} ms of making samples",
        hearing.as_secs_f64() * 1e3 / seconds,
        making.as_secs_f64() * 1e3 / seconds
    );
    std::fs::write(out, wav(&samples)).expect("a file");
}

/// Of 16 bits, as every player reads it.
fn wav(samples: &[f32]) -> Vec<u8> {
    let bytes = samples.len() as u32 * 2;
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    for part in [16, 0x0002_0001, RATE as u32, RATE as u32 * 4, 0x0010_0004] {
        file.extend_from_slice(&u32::to_le_bytes(part));
    }
    file.extend_from_slice(b"data");
    file.extend_from_slice(&bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|s| ((s * 32_767.0) as i16).to_le_bytes()));
    file
}
