//! Draws a scene at some ticks into PNG files, as the game draws it, without a window: for whoever works on the picture, and
//! to measure what it costs.
//!
//!     cargo run -p picture --example stills -- assets/scenes/dam-break.ron 60,120 out/dam --size 1280x800
//!
//! `--zoom Z` pixels a cell about `--at X,Y` instead of the whole world; `--mode 0..4`; `--repeat N` draws N more times and
//! tells the middle time; `--every` draws every tick from the first to the last.

use glam::{UVec2, Vec2};
use picture::field::{Field, Kinds, News, Quarters};
use picture::painter::Painter;
use picture::shot::{Effects, Mode, Shot};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::job::{Job, Load, StepJob};
use sim_kernels::scene::Scene;
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
    let mode = Mode::ALL[option("--mode").map_or(0, |n| n.parse::<usize>().expect("a number"))];

    let scene: Scene = ron::from_str(&std::fs::read_to_string(scene).expect("a scene's file")).expect("a scene");
    let world = Vec2::new(scene.world.width as f32, scene.world.height as f32);
    let zoom =
        option("--zoom").map_or_else(|| (size.as_vec2() / world).min_element(), |z| z.parse().expect("a number"));
    let centre = option("--at").and_then(|s| pair(s, ',')).map_or(world / 2.0, Vec2::from);

    let gpu = Gpu::new();
    let mut painter = Painter::new(&gpu.device, &gpu.queue, wgpu::TextureFormat::Rgba8UnormSrgb);
    painter.set_world(scene.world);
    let mut field = Field::new(scene.world);
    let target = gpu.target(size);
    let view = target.create_view(&wgpu::TextureViewDescriptor::default());

    let mut globals = scene.globals();
    let region = scene.world.rect();
    let mut backend = CpuBackend::new(None);
    let load = Load { globals: globals.clone(), region, particles: scene.particles(region) };
    backend.run_now(Job::Load(load)).expect("a load");
    let mut tick = 0;
    for &wanted in &ticks {
        while tick < wanted {
            let steps = (wanted - tick).min(8);
            let commands: Vec<Vec<_>> = (tick..tick + steps).map(|t| scene.commands_at(t).cloned().collect()).collect();
            for list in &commands {
                globals.pass_tick(list);
            }
            tick += steps;
            let view = tick == wanted || tick + 16 > wanted;
            let job = StepJob { region, commands, view, ..StepJob::default() };
            let output = backend.run_now(Job::Step(job)).expect("a step");
            if view {
                field.frame(tick, region, true, &output.view, tick as f64 / 60.0);
            }
        }
        field.set_terrain(&globals.terrain);
        let now = tick as f64 / 60.0 + 1.0;
        let news = field.take_news(now);
        painter.take(&news);
        let clock = field.shader_seconds(now);
        let world_s = tick as f32 / 60.0;
        let plain = args.iter().any(|a| a == "--plain");
        let shot = Shot { centre, zoom, size, clock, world_s, effects: Effects::ALL, mode, strips: Vec::new(), plain };
        painter.paint(&view, &shot);
        gpu.wait();
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

struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
}

impl Gpu {
    fn new() -> Self {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::PRIMARY;
        let instance = wgpu::Instance::new(descriptor);
        let adapter =
            pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())).expect("an adapter");
        println!("{}", adapter.get_info().name);
        let (device, queue) =
            pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor::default())).expect("a device");
        Self { device, queue }
    }

    fn target(&self, size: UVec2) -> wgpu::Texture {
        self.device.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size: wgpu::Extent3d { width: size.x, height: size.y, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba8UnormSrgb,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        })
    }

    fn wait(&self) {
        self.device.poll(wgpu::PollType::wait_indefinitely()).expect("the device answers");
    }

    fn write(&self, texture: &wgpu::Texture, name: &str) {
        let (width, height) = (texture.width(), texture.height());
        let row = (width * 4).next_multiple_of(256);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: u64::from(row * height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_texture_to_buffer(
            texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &buffer,
                layout: wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row), rows_per_image: None },
            },
            texture.size(),
        );
        self.queue.submit([encoder.finish()]);
        buffer.slice(..).map_async(wgpu::MapMode::Read, |_| {});
        self.wait();
        let mapped = buffer.slice(..).get_mapped_range();
        let lines = mapped.chunks(row as usize).flat_map(|line| &line[..width as usize * 4]).copied();
        let bytes: Vec<u8> = lines.collect();
        if let Some(folder) = std::path::Path::new(name).parent() {
            std::fs::create_dir_all(folder).expect("a folder");
        }
        let file = std::fs::File::create(name).expect("a file");
        let mut encoder = png::Encoder::new(std::io::BufWriter::new(file), width, height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header().and_then(|mut w| w.write_image_data(&bytes)).expect("a picture");
    }
}
