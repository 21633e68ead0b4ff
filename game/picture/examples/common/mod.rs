//! What examples have in common: a device without a window, and pictures as files.

#![allow(dead_code, reason = "no example uses all of it")]

use glam::UVec2;
use picture::field::{Field, News};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::geom::WorldSize;
use sim_kernels::globals::Globals;
use sim_kernels::job::{Job, Load, StepJob};
use sim_kernels::scene::Scene;

/// Scenes in which much is to be drawn, and the ticks at which it is.
pub const WORLD_TICKS: [(&str, u64); 4] = [("waterfall", 400), ("materials", 400), ("volcano", 900), ("workshop", 500)];
/// So many ticks before the one that is drawn, the field is told of each: what lasts in the picture comes from these.
const TOLD: u64 = 16;

/// A scene that is played without a window.
pub struct Played {
    scene: Scene,
    globals: Globals,
    backend: CpuBackend,
    field: Field,
    tick: u64,
}

impl Played {
    /// Reads a scene's file.
    pub fn new(path: &str) -> Self {
        let text = std::fs::read_to_string(path).expect("a scene's file");
        let scene: Scene = ron::from_str(&text).expect("a scene");
        let globals = scene.globals();
        let region = scene.world.rect();
        let mut backend = CpuBackend::new(None);
        let load = Load { globals: globals.clone(), region, particles: scene.particles(region) };
        backend.run_now(Job::Load(load)).expect("a load");
        let field = Field::new(scene.world);
        Self { scene, globals, backend, field, tick: 0 }
    }

    /// Plays on until a tick.
    pub fn to(&mut self, wanted: u64) {
        let region = self.scene.world.rect();
        while self.tick < wanted {
            let tells = self.tick + TOLD >= wanted;
            let steps = if tells { 1 } else { (wanted - TOLD - self.tick).min(8) };
            let ticks = self.tick..self.tick + steps;
            let commands: Vec<Vec<_>> = ticks.map(|t| self.scene.commands_at(t).cloned().collect()).collect();
            commands.iter().for_each(|list| self.globals.pass_tick(list));
            self.tick += steps;
            let job = StepJob { region, commands, view: tells, ..StepJob::default() };
            let output = self.backend.run_now(Job::Step(job)).expect("a step");
            if tells {
                self.field.frame(self.tick, region, true, &output.view, self.seconds());
            }
        }
        self.field.set_terrain(&self.globals.terrain);
    }

    /// What changed, once it has come in.
    pub fn news(&mut self) -> News {
        self.field.take_news(self.seconds() + 1.0)
    }

    /// Since the beginning.
    pub fn seconds(&self) -> f64 {
        self.tick as f64 / 60.0
    }

    /// The world's size.
    pub fn size(&self) -> WorldSize {
        self.scene.world
    }
}

/// A device, its queue, and nothing to show pictures on.
pub struct Gpu {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
}

impl Gpu {
    pub fn new() -> Self {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::PRIMARY;
        let instance = wgpu::Instance::new(descriptor);
        let adapter =
            pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())).expect("an adapter");
        println!("{}", adapter.get_info().name);
        let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            required_features: adapter.features() & wgpu::Features::TIMESTAMP_QUERY,
            ..Default::default()
        }))
        .expect("a device");
        Self { device, queue }
    }

    pub fn target(&self, size: UVec2) -> wgpu::Texture {
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

    pub fn wait(&self) {
        self.device.poll(wgpu::PollType::wait_indefinitely()).expect("the device answers");
    }

    pub fn write(&self, texture: &wgpu::Texture, name: &str) {
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
