//! Draws a scene at some ticks into PNG files, as the game draws it, without a window: for whoever works on the picture, and
//! to measure what it costs.
//!
//!     cargo run -p picture --example stills -- assets/scenes/dam-break.ron 60,120 out/dam --size 1280x800
//!
//! `--zoom Z` pixels a cell about `--at X,Y` instead of the whole world; `--mode 0..3`; `--spared 0..4`; `--repeat N` draws N more times and
//! tells the middle time; `--every` draws every tick from the first to the last; `--shares` tells how much of the picture has what in it.

mod common;

use common::{Gpu, Played};
use glam::{UVec2, Vec2};
use picture::field::{Kinds, News, Quarters};
use picture::painter::Painter;
use picture::shot::{Effects, Mode, Shot, Spared};
use std::time::Instant;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [scene, ticks, out] = [0, 1, 2].map(|i| args.get(i).cloned().expect("SCENE TICKS OUT"));
    let option = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1)).cloned();
    let pair = |text: String, by: char| -> Option<[f32; 2]> {
        let (a, b) = text.split_once(by)?;
        Some([a.parse().ok()?, b.parse().ok()?])
    };
    let size = option("--size")
        .and_then(|s| pair(s, 'x'))
        .map_or(UVec2::new(1280, 800), |[w, h]| UVec2::new(w as u32, h as u32));
    let mut ticks: Vec<u64> = ticks.split(',').map(|t| t.parse().expect("a tick")).collect();
    if args.iter().any(|a| a == "--every") {
        ticks = (ticks[0]..=*ticks.last().expect("a tick")).collect();
    }
    let repeat: usize = option("--repeat").map_or(0, |n| n.parse().expect("a number"));
    let spared = Spared::ALL[option("--spared").map_or(0, |n| n.parse::<usize>().expect("a number"))];
    let mode = Mode::ALL[option("--mode").map_or(0, |n| n.parse::<usize>().expect("a number"))];

    let mut played = Played::new(&scene);
    let world = Vec2::new(played.size().width as f32, played.size().height as f32);
    let zoom =
        option("--zoom").map_or_else(|| (size.as_vec2() / world).min_element(), |z| z.parse().expect("a number"));
    let centre = option("--at").and_then(|s| pair(s, ',')).map_or(world / 2.0, Vec2::from);

    let gpu = Gpu::new();
    let mut painter = Painter::new(&gpu.device, &gpu.queue, wgpu::TextureFormat::Rgba8UnormSrgb);
    painter.set_world(played.size());
    let target = gpu.target(size);
    let view = target.create_view(&wgpu::TextureViewDescriptor::default());
    for &tick in &ticks {
        played.to(tick);
        let news = played.news();
        painter.take(&news);
        let (clock, world_s) = (played.seconds() as f32 + 1.0, played.seconds() as f32);
        let shot = Shot { centre, zoom, size, clock, world_s, effects: Effects::ALL, mode, strips: Vec::new(), spared };
        painter.paint(&view, &shot);
        if painter.settle() {
            painter.forget();
            painter.paint(&view, &shot);
        }
        gpu.wait();
        if args.iter().any(|a| a == "--shares") {
            painter.shares(&shot).iter().for_each(|(what, share)| println!("{:6.2} % {what}", share * 100.0));
        }
        for fields in [true, false].into_iter().filter(|_| repeat > 0) {
            // As if all that is not at rest had moved.
            let moves = |(_, quarters): &&(u32, Quarters)| quarters.iter().any(|kinds| kinds.has(Kinds::FLUID));
            let moving = News { patches: Vec::new(), tiles: news.tiles.iter().filter(moves).copied().collect() };
            let before = computed_ms();
            let mut times: Vec<f64> = (0..repeat)
                .map(|i| {
                    let from = Instant::now();
                    let shot = Shot { world_s: world_s + i as f32 * 1e-4, ..shot.clone() };
                    if fields {
                        painter.take(&moving);
                    }
                    painter.paint(&view, &shot);
                    gpu.wait();
                    from.elapsed().as_secs_f64() * 1e3
                })
                .collect();
            times.sort_by(f64::total_cmp);
            let computed = (computed_ms() - before) / repeat as f64;
            println!(
                "tick {tick}, fields {fields}: {:.1} ms, least {:.1}, computing {computed:.1}",
                times[repeat / 2],
                times[0]
            );
        }
        let name = if ticks.len() == 1 { format!("{out}.png") } else { format!("{out}-{tick:05}.png") };
        gpu.write(&target, &name);
    }
}

/// What all threads of this program have computed so far, in milliseconds: what other programs do does not blur it.
fn computed_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ').skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * 10.0
}
