//! Prints what each pass takes on the GPU, by the GPU's own clock, at three sizes and in four scenes: the middle and the
//! 95th of a hundred of pictures. *moving* has every tile that holds anything changed, as in the midst of a splash; *panned*
//! only the place.
//!
//!     cargo run -p picture --release --example timings -- [--repeat N] [--sizes 1280x800,1920x1080] [--scenes waterfall,volcano] [--spared 0..4]
//!
//! Run it at the root of the repository. Adapters that tell no time are named, and measured by the clock of the CPU.

mod common;

use common::{Gpu, Played, WORLD_TICKS};
use glam::{UVec2, Vec2};
use picture::field::{Kinds, News, Quarters};
use picture::painter::Painter;
use picture::shot::{Effects, Mode, Shot, Spared};
use std::time::{Duration, Instant};

const SIZES: &str = "1280x800,1920x1080,3840x2160";

/// Pictures are drawn for so long before any is measured.
const WARM_UP: Duration = Duration::from_millis(500);

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1)).cloned();
    let repeat: usize = option("--repeat").map_or(100, |n| n.parse().expect("a number"));
    let sizes: Vec<UVec2> = option("--sizes").unwrap_or(SIZES.to_owned()).split(',').map(size).collect();
    let wanted = option("--scenes");
    let spared = Spared::ALL[option("--spared").map_or(0, |n| n.parse::<usize>().expect("a number"))];
    let gpu = Gpu::new();
    for (scene, tick) in WORLD_TICKS {
        if wanted.as_ref().is_some_and(|wanted| !wanted.split(',').any(|name| name == scene)) {
            continue;
        }
        let mut played = Played::new(&format!("assets/scenes/{scene}.ron"));
        played.to(tick);
        let news = played.news();
        for &size in &sizes {
            measure(&gpu, &played, &news, (scene, size), (repeat, spared));
        }
    }
}

fn size(text: &str) -> UVec2 {
    let (width, height) = text.split_once('x').expect("a size as 1280x800");
    UVec2::new(width.parse().expect("a width"), height.parse().expect("a height"))
}

fn measure(gpu: &Gpu, played: &Played, news: &News, (scene, size): (&str, UVec2), (repeat, spared): (usize, Spared)) {
    let mut painter = Painter::new(&gpu.device, &gpu.queue, wgpu::TextureFormat::Rgba8UnormSrgb);
    let by_gpu = painter.measure();
    painter.set_world(played.size());
    painter.take(news);
    let target = gpu.target(size);
    let view = target.create_view(&wgpu::TextureViewDescriptor::default());
    let world = Vec2::new(played.size().width as f32, played.size().height as f32);
    let mut shot = Shot {
        centre: world / 2.0,
        zoom: (size.as_vec2() / world).min_element(),
        size,
        clock: played.seconds() as f32 + 1.0,
        world_s: played.seconds() as f32,
        effects: Effects::ALL,
        mode: Mode::Material,
        strips: Vec::new(),
        spared,
    };
    // What is made or compiled for the first pictures is not measured.
    painter.paint(&view, &shot);
    painter.settle();
    painter.forget();
    painter.paint(&view, &shot);
    gpu.wait();
    // A chip that had nothing to do for long is slow at first.
    let from = Instant::now();
    while from.elapsed() < WARM_UP {
        shot.world_s += 1e-3;
        painter.paint(&view, &shot);
        gpu.wait();
    }
    let moves = |(_, quarters): &&(u32, Quarters)| quarters.iter().any(|kinds| kinds.has(Kinds::FLUID));
    let moving = News { patches: Vec::new(), tiles: news.tiles.iter().filter(moves).copied().collect() };
    for (what, fields) in [("moving", true), ("panned", false)] {
        let mut passes: Vec<(&str, Vec<f64>)> = Vec::new();
        for _ in 0..repeat.max(1) {
            shot.world_s += 1e-3;
            if fields {
                painter.take(&moving);
            }
            let from = Instant::now();
            painter.paint(&view, &shot);
            gpu.wait();
            let whole = from.elapsed().as_secs_f64() * 1e3;
            let measured = if by_gpu { painter.measured() } else { Vec::new() };
            let sum: f64 = measured.iter().map(|(_, ms)| ms).sum();
            let all = if by_gpu { sum } else { whole };
            for (pass, ms) in measured.into_iter().chain([("all", all)]) {
                match passes.iter_mut().find(|(name, _)| *name == pass) {
                    Some((_, times)) => times.push(ms),
                    None => passes.push((pass, vec![ms])),
                }
            }
        }
        println!("{scene} {}x{} {what}{}", size.x, size.y, if by_gpu { "" } else { " (by the clock of the CPU)" });
        for (pass, times) in &mut passes {
            times.sort_by(f64::total_cmp);
            println!(
                "  {pass:14} {:9.3} ms, p95 {:9.3}",
                times[times.len() / 2],
                times[(times.len() * 95 / 100).min(times.len() - 1)]
            );
        }
    }
}
