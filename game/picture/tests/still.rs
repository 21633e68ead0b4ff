//! What stands still is drawn once: a picture of a paused world is the one before, to the last pixel. Wants an adapter, a
//! software one will do.

use glam::{UVec2, Vec2};
use picture::field::Field;
use picture::painter::{Painted, Painter};
use picture::shot::{Effects, Mode, Shot, Spared};
use picture::stretch::{Stretcher, size_within};
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::terrain::Terrain;
use sim_kernels::view::{Sample, ViewTile};

const SIZE: UVec2 = UVec2::new(256, 128);

/// A pool with a drop above it, and, if it is mixed, lava and steam.
fn field(mixed: bool) -> Field {
    let size = WorldSize::new(64, 32).unwrap();
    let mut field = Field::new(size);
    let mut terrain = Terrain::new(size);
    terrain.fill(Rect::new(0, 0, 64, 4), true);
    field.set_terrain(&terrain);
    let lava = if mixed { 13 } else { 0 };
    let pool = |x: u16| ViewTile {
        tile: [x, 0],
        cells: (0..256)
            .map(|i| match i / 16 {
                4..9 => Sample { warmth: lava, ..Sample::of(120, 6, if x == 1 { lava } else { 0 }) }.pack(),
                13 if i % 16 == 5 => Sample::of(90, 12, 0).pack(),
                _ => 0,
            })
            .collect(),
    };
    field.frame(1, size.rect(), true, &[pool(0), pool(1), pool(2), pool(3)], 1.0);
    field
}

fn shot(clock: f32) -> Shot {
    let (effects, strips) = (Effects::ALL, Vec::new());
    let (centre, mode) = (Vec2::new(32.0, 16.0), Mode::Material);
    Shot { centre, zoom: 4.0, size: SIZE, clock, world_s: 3.0, effects, mode, strips, spared: Spared::Nothing }
}

struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    target: wgpu::Texture,
}

impl Gpu {
    fn new() -> Option<Self> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::PRIMARY;
        let instance = wgpu::Instance::new(descriptor);
        let adapter = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())).ok()?;
        let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor::default())).ok()?;
        let target = device.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size: wgpu::Extent3d { width: SIZE.x, height: SIZE.y, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba8UnormSrgb,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT
                | wgpu::TextureUsages::COPY_SRC
                | wgpu::TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        });
        Some(Self { device, queue, target })
    }

    fn painter(&self, field: &Field) -> Painter {
        let mut painter = Painter::new(&self.device, &self.queue, self.target.format());
        painter.set_world(field.size());
        painter
    }

    fn paint(&self, painter: &mut Painter, field: &mut Field, now: f64) -> Painted {
        let shot = shot(field.shader_seconds(now));
        self.paint_shot(painter, field, now, &shot)
    }

    fn paint_shot(&self, painter: &mut Painter, field: &mut Field, now: f64, shot: &Shot) -> Painted {
        painter.take(&field.take_news(now));
        let view = self.target.create_view(&wgpu::TextureViewDescriptor::default());
        let painted = painter.paint(&view, shot);
        if painter.settle() {
            // By the shaders that are meant for it.
            painter.forget();
            painter.paint(&view, shot);
        }
        painted
    }

    fn pixels(&self) -> Vec<u8> {
        self.pixels_of(&self.target)
    }

    fn pixels_of(&self, texture: &wgpu::Texture) -> Vec<u8> {
        let row = texture.width() * 4;
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: u64::from(row * texture.height()),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row), rows_per_image: None };
        let to = wgpu::TexelCopyBufferInfo { buffer: &buffer, layout };
        encoder.copy_texture_to_buffer(texture.as_image_copy(), to, texture.size());
        self.queue.submit([encoder.finish()]);
        buffer.slice(..).map_async(wgpu::MapMode::Read, |_| {});
        self.device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
        buffer.slice(..).get_mapped_range().to_vec()
    }
}

#[test]
fn a_paused_picture_is_the_one_before() {
    let Some(gpu) = Gpu::new() else { return println!("SKIPPED: no adapter") };
    for mixed in [false, true] {
        let mut field = field(mixed);
        let mut painter = gpu.painter(&field);
        assert_eq!(gpu.paint(&mut painter, &mut field, 1.01), Painted { fields: true, picture: true });
        // It has come in.
        gpu.paint(&mut painter, &mut field, 2.0);
        let before = gpu.pixels();
        assert!(before.chunks(4).any(|pixel| pixel != &before[..4]), "something is drawn");
        assert_eq!(gpu.paint(&mut painter, &mut field, 2.5), Painted::default(), "nothing to do");
        // Drawn anew from nothing it is the same, too.
        let mut anew = gpu.painter(&field);
        field.mark_all();
        gpu.paint(&mut anew, &mut field, 3.0);
        let (after, largest) = (gpu.pixels(), |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max());
        assert_eq!(largest(&before, &after), Some(0));
    }
}

/// The small picture is of all of the picture, the right way up, and nowhere of another brightness.
#[test]
fn a_small_picture_shows_what_the_whole_does() {
    let Some(gpu) = Gpu::new() else { return println!("SKIPPED: no adapter") };
    let (mut field, size) = (field(true), size_within(SIZE, UVec2::new(64, 64)));
    gpu.paint(&mut gpu.painter(&field), &mut field, 2.0);
    let small = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: wgpu::Extent3d { width: size.x, height: size.y, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: gpu.target.format(),
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    });
    let view = |texture: &wgpu::Texture| texture.create_view(&wgpu::TextureViewDescriptor::default());
    Stretcher::new(&gpu.device, small.format()).stretch_now(&gpu.queue, &view(&gpu.target), &view(&small));
    let (whole, small) = (gpu.pixels(), gpu.pixels_of(&small));
    // Of each half of a half the mean brightness.
    let mean = |pixels: &[u8], size: UVec2, quarter: UVec2| {
        let half = size / 2;
        let at = |x: u32, y: u32| ((quarter.y * half.y + y) * size.x + quarter.x * half.x + x) as usize * 4;
        let all = (0..half.y).flat_map(|y| (0..half.x).map(move |x| (x, y)));
        let sum: u32 = all.map(|(x, y)| pixels[at(x, y)..][..3].iter().map(|&byte| u32::from(byte)).sum::<u32>()).sum();
        sum / (3 * half.x * half.y)
    };
    let quarters = [[0, 0], [1, 0], [0, 1], [1, 1]].map(UVec2::from);
    let [whole, small] = [(&whole, SIZE), (&small, size)].map(|(pixels, size)| quarters.map(|q| mean(pixels, size, q)));
    assert!(whole.iter().zip(small).all(|(a, b)| a.abs_diff(b) <= 8), "{whole:?} {small:?}");
    assert!(whole[0].abs_diff(whole[2]) > 16, "what is above is another than what is below: {whole:?}");
}

/// A world at rest is told of again and again, and its clock goes on as long as anything in it is warm.
#[test]
fn a_world_at_rest_does_not_flicker() {
    let Some(gpu) = Gpu::new() else { return println!("SKIPPED: no adapter") };
    let mut field = field(false);
    let mut painter = gpu.painter(&field);
    gpu.paint(&mut painter, &mut field, 2.0);
    let pool = |speed| ViewTile {
        tile: [1, 0],
        cells: (0..256)
            .map(|i| if (4..9).contains(&(i / 16)) { Sample::of(120, speed, 0).pack() } else { 0 })
            .collect(),
    };
    // What was fast comes to rest.
    for tick in 0..60_u64 {
        let now = 2.0 + tick as f64 / 60.0;
        field.frame(tick + 2, Rect::new(16, 0, 32, 32), true, &[pool(0)], now);
        gpu.paint(&mut painter, &mut field, now);
    }
    let before = gpu.pixels();
    for tick in 60..90_u64 {
        let now = 2.0 + tick as f64 / 60.0;
        field.frame(tick + 2, Rect::new(16, 0, 32, 32), true, &[pool(0)], now);
        gpu.paint(&mut painter, &mut field, now);
        let after = gpu.pixels();
        assert_eq!(before.iter().zip(&after).map(|(a, b)| a.abs_diff(*b)).max(), Some(0), "tick {tick}");
    }
}

/// Until the shaders that are meant for a picture are made, it is drawn by one that has all: it must look the same.
#[test]
fn a_picture_does_not_change_when_its_shaders_come() {
    let Some(gpu) = Gpu::new() else { return println!("SKIPPED: no adapter") };
    for mixed in [false, true] {
        let mut field = field(mixed);
        let mut painter = gpu.painter(&field);
        painter.take(&field.take_news(2.0));
        let view = gpu.target.create_view(&wgpu::TextureViewDescriptor::default());
        let shot = shot(field.shader_seconds(2.0));
        painter.paint(&view, &shot);
        let before = gpu.pixels();
        painter.settle();
        painter.forget();
        painter.paint(&view, &shot);
        let after = gpu.pixels();
        // Sums in another order differ by a rounding.
        let largest = before.iter().zip(&after).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(largest <= Some(2), "{largest:?}");
    }
}

#[test]
fn a_part_that_changed_is_drawn_as_if_all_had() {
    let Some(gpu) = Gpu::new() else { return println!("SKIPPED: no adapter") };
    let mut field = field(true);
    let mut painter = gpu.painter(&field);
    gpu.paint(&mut painter, &mut field, 2.0);
    let puddle = ViewTile { tile: [2, 1], cells: vec![Sample::of(100, 2, 0).pack(); 256] };
    field.frame(3, field.size().rect(), false, &[puddle], 2.0);
    gpu.paint(&mut painter, &mut field, 3.0);
    let before = gpu.pixels();
    let mut anew = gpu.painter(&field);
    field.mark_all();
    gpu.paint(&mut anew, &mut field, 4.0);
    let different = before.chunks(4).zip(gpu.pixels().chunks(4)).filter(|(a, b)| a != b).count();
    assert_eq!(different, 0, "of {} pixels", before.len() / 4);
}

/// What a view tells of one particle of water at a place: a quarter of a cell, by the weights of the kernels.
fn lone(at: Vec2) -> ViewTile {
    let weights = |at: f32| {
        let f = at.fract();
        [(1.0 - f).powi(2) / 2.0, 0.75 - (f - 0.5).powi(2), f * f / 2.0]
    };
    let (x, y) = (weights(at.x), weights(at.y));
    let [left, bottom] = [at.x, at.y].map(|v| v as usize - 1);
    let mut cells = vec![0; 256];
    for (j, i) in (0..3).flat_map(|j| (0..3).map(move |i| (j, i))) {
        let coverage = (32.0 * x[i] * y[j]) as u8;
        if coverage > 0 {
            cells[(bottom + j) * 16 + left + i] = Sample::of(coverage, 12, 0).pack();
        }
    }
    ViewTile { tile: [1, 0], cells }
}

/// A drop that falls alone is as large in each picture, wherever it is within its cell.
#[test]
fn a_falling_drop_does_not_pulse() {
    let Some(gpu) = Gpu::new() else { return println!("SKIPPED: no adapter") };
    let size = WorldSize::new(64, 32).unwrap();
    let mut field = Field::new(size);
    let mut painter = gpu.painter(&field);
    let near =
        |field: &mut Field, now| Shot { zoom: 8.0, centre: Vec2::new(24.0, 8.0), ..shot(field.shader_seconds(now)) };
    let first = near(&mut field, 1.0);
    gpu.paint_shot(&mut painter, &mut field, 1.0, &first);
    let sky = gpu.pixels();
    let areas: Vec<usize> = (0..30_u16)
        .map(|frame| {
            let at = Vec2::new(4.0 + f32::from(frame) * 0.27, 13.0 - f32::from(frame) * 0.37);
            let now = 2.0 + f64::from(frame);
            field.frame(u64::from(frame) + 1, size.rect(), true, &[lone(at)], now);
            let shot = near(&mut field, now + 0.5);
            gpu.paint_shot(&mut painter, &mut field, now + 0.5, &shot);
            let differs = |(a, b): (&[u8], &[u8])| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > 12);
            gpu.pixels().chunks(4).zip(sky.chunks(4)).filter(|pair| differs(*pair)).count()
        })
        .collect();
    let (least, most) = (areas.iter().min().unwrap(), areas.iter().max().unwrap());
    assert!(*least > 64 && most * 100 < least * 135, "pixels: {areas:?}");
}
