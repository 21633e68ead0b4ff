//! Runs the passes: owns the textures and pipelines, and draws a [`Shot`] into a target.

mod clock;
mod drawers;
mod passes;
mod pipelines;
mod regions;
mod uniform;

use crate::field::{Layer, News, Patch};
use crate::shot::{Mode, Shot};
use crate::{detail, finish, shaders};
use clock::Clock;
use drawers::{Drawer, Drawers};
use glam::UVec2;
use passes::{Extent, Made, PASSES, PICTURE, Read, SWEEP, When};
use pipelines::{format_of, group_layout, pipeline, pipeline_layout};
use regions::{Run, Tiles};
use sim_kernels::geom::WorldSize;
use uniform::{Part, Uniform};

/// Cells a side of a tile.
const TILE: i32 = 16;
/// How far the passes of the near part together reach, in texels.
const BLURS_REACH: i32 = 15;
/// Larger pictures have a backdrop of half their size.
const BACKDROP_PIXELS_MAX: u32 = 2_400_000;
/// From this many pixels a texel on, slopes are smoothed between texels.
const NEAR_PIXELS: f32 = 4.5;
/// Threads of a workgroup of the sweep.
const SWEEP_THREADS: u32 = 32;

/// See the module.
pub struct Painter {
    device: wgpu::Device,
    queue: wgpu::Queue,
    fixed: Fixed,
    passes: Vec<(wgpu::BindGroupLayout, wgpu::RenderPipeline)>,
    sweep: (wgpu::BindGroupLayout, wgpu::ComputePipeline),
    picture: wgpu::BindGroupLayout,
    drawers: Drawers,
    /// Where passes run: as vertices.
    runs: Runs,
    kinds: [u32; 4],
    world: Option<World>,
    /// What was drawn last.
    last: Option<Uniform>,
    clock: Option<Clock>,
}

/// A buffer of rectangles.
struct Runs {
    buffer: wgpu::Buffer,
    room: usize,
}

/// What never changes.
struct Fixed {
    shot: wgpu::Buffer,
    finishes: wgpu::Buffer,
    detail: wgpu::TextureView,
    stones: wgpu::TextureView,
    smoothly: wgpu::Sampler,
    tiling: wgpu::Sampler,
}

/// What is made anew for another world.
struct World {
    size: [i32; 2],
    cells: wgpu::Texture,
    samples: wgpu::Texture,
    arrivals: wgpu::Texture,
    far: Part,
    near: Part,
    picture: UVec2,
    made: Vec<wgpu::TextureView>,
    groups: Groups,
    tiles: Tiles,
    /// The near part is another one: all of it must be made.
    moved: bool,
    /// There was anything but water and bedrock in this picture or the last one.
    mixed: bool,
    /// The backdrop is not drawn yet.
    bare: bool,
}

struct Groups {
    passes: Vec<wgpu::BindGroup>,
    sweep: wgpu::BindGroup,
    picture: wgpu::BindGroup,
}

/// What drawing a picture took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Painted {
    /// The passes a cell ran.
    pub fields: bool,
    /// The pass a pixel ran: something differs from the last picture.
    pub picture: bool,
}

impl Painter {
    /// Makes the pipelines, for targets of a format.
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue, format: wgpu::TextureFormat) -> Self {
        let module = |file: &str| {
            device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(file),
                source: wgpu::ShaderSource::Wgsl(shaders::text(file).into()),
            })
        };
        let mut modules: Vec<(&str, wgpu::ShaderModule)> = Vec::new();
        let mut passes = Vec::new();
        for pass in PASSES {
            if !modules.iter().any(|(file, _)| *file == pass.file) {
                modules.push((pass.file, module(pass.file)));
            }
            let Some((_, module)) = modules.iter().find(|(file, _)| *file == pass.file) else { continue };
            let formats: Vec<_> = pass.writes.iter().map(|&made| format_of(made)).collect();
            let groups = group_layout(device, pass.reads, wgpu::ShaderStages::FRAGMENT);
            let vertex = if pass.is_near() { "near_runs" } else { "whole" };
            let pipeline =
                pipeline(device, &groups, module, [pass.file, vertex, pass.entry], &formats, pass.blend(), &[]);
            passes.push((groups, pipeline));
        }
        let groups = group_layout(device, SWEEP, wgpu::ShaderStages::COMPUTE);
        let sweep = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("sweep"),
            layout: Some(&pipeline_layout(device, &groups)),
            module: &module("sweep"),
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        let sweep = (groups, sweep);
        let picture = group_layout(device, PICTURE, wgpu::ShaderStages::FRAGMENT);
        let drawers = Drawers::new(device, module("picture"), &picture, format);
        Self {
            fixed: Fixed::new(device, queue),
            device: device.clone(),
            queue: queue.clone(),
            passes,
            sweep,
            picture,
            drawers,
            runs: Runs::new(device, 64),
            kinds: finish::kinds(),
            world: None,
            last: None,
            clock: None,
        }
    }

    /// Waits for the shaders that pictures so far asked for, and says whether there was anything to wait for: until they are
    /// made, parts of a picture are drawn by slower ones.
    pub fn settle(&mut self) -> bool {
        self.drawers.settle()
    }

    /// From here on the time that each pass takes is measured; says whether the device can, for which it needs
    /// [`wgpu::Features::TIMESTAMP_QUERY`].
    pub fn measure(&mut self) -> bool {
        self.clock = Clock::new(&self.device, &self.queue);
        self.clock.is_some()
    }

    /// The passes of the last picture and how long each took, in milliseconds. Waits for the device.
    pub fn measured(&self) -> Vec<(&'static str, f64)> {
        self.clock.as_ref().map_or_else(Vec::new, |clock| clock.read(&self.device))
    }

    /// How much of a picture has what in it, of 1, the most first: each of these parts is drawn by a shader of its own.
    pub fn shares(&self, shot: &Shot) -> Vec<(String, f32)> {
        let Some(world) = &self.world else { return Vec::new() };
        let [left, bottom, right, top] = edges(shot);
        let mut shares: Vec<(String, f32)> = Vec::new();
        for (content, run) in world.tiles.contents([left, bottom, right, top], world.near.step) {
            let part = (run[2].min(right) - run[0].max(left)) * (run[3].min(top) - run[1].max(bottom));
            let (name, share) = (content.to_string(), part.max(0.0) / ((right - left) * (top - bottom)));
            match shares.iter_mut().find(|(known, _)| *known == name) {
                Some((_, sum)) => *sum += share,
                None => shares.push((name, share)),
            }
        }
        shares.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        shares
    }

    /// From here on a world of this size is drawn: an empty one, until patches come.
    pub fn set_world(&mut self, size: WorldSize) {
        let texture = |width: i32, height: i32, format| {
            let size = wgpu::Extent3d { width: width as u32, height: height as u32, depth_or_array_layers: 1 };
            let usage = wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST;
            texture(&self.device, size, 1, format, usage)
        };
        let cells = texture(size.width, size.height, wgpu::TextureFormat::Rgba8Unorm);
        let samples = texture(size.width, size.height, wgpu::TextureFormat::R32Uint);
        let arrivals = texture(size.tiles_x(), size.tiles_y(), wgpu::TextureFormat::Rg32Float);
        let (size, picture) = ([size.width, size.height], UVec2::ONE);
        let far = Part::far(size);
        let near = Part { origin: [0; 2], step: 1, size: [16; 2] };
        let made = self.make(far, near, picture, &[]);
        let groups = self.groups([&cells, &samples, &arrivals], &made);
        let tiles = Tiles::new([size[0] / TILE, size[1] / TILE], far.light_reach());
        let (moved, mixed, bare) = (true, false, true);
        self.world =
            Some(World { size, cells, samples, arrivals, far, near, picture, made, groups, tiles, moved, mixed, bare });
        self.last = None;
    }

    /// The target is another one: the next picture is drawn whatever it shows.
    pub fn forget(&mut self) {
        self.last = None;
    }

    /// Takes in what changed of the field.
    pub fn take(&mut self, news: &News) {
        for patch in &news.patches {
            self.write(patch);
        }
        if let Some(world) = &mut self.world {
            news.tiles.iter().for_each(|&(index, kinds)| world.tiles.set(index, kinds));
            if !news.tiles.is_empty() {
                world.tiles.light();
            }
        }
    }

    fn write(&self, patch: &Patch) {
        let Some(world) = &self.world else { return };
        let texture = match patch.layer {
            Layer::Cells => &world.cells,
            Layer::Samples => &world.samples,
            Layer::Arrivals => &world.arrivals,
        };
        self.queue.write_texture(
            wgpu::TexelCopyTextureInfo {
                texture,
                mip_level: 0,
                origin: wgpu::Origin3d { x: patch.origin[0], y: patch.origin[1], z: 0 },
                aspect: wgpu::TextureAspect::All,
            },
            &patch.bytes,
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(patch.bytes.len() as u32 / patch.size[1]),
                rows_per_image: None,
            },
            wgpu::Extent3d { width: patch.size[0], height: patch.size[1], depth_or_array_layers: 1 },
        );
    }

    /// Draws a picture, unless it is the same as the last one.
    pub fn paint(&mut self, target: &wgpu::TextureView, shot: &Shot) -> Painted {
        let Some(mut world) = self.world.take() else { return Painted::default() };
        let near = Part::near(shot, world.size);
        if near != world.near || shot.size != world.picture {
            world.bare |= shot.size != world.picture;
            (world.near, world.picture, world.moved) = (near, shot.size, true);
            world.made = self.make(world.far, near, shot.size, &world.made);
            world.groups = self.groups([&world.cells, &world.samples, &world.arrivals], &world.made);
        }
        // What is made in mixed worlds alone is of an older picture where there was none since.
        let mixed = world.tiles.is_mixed();
        world.moved |= mixed && !world.mixed;
        world.mixed |= mixed;
        let mut uniform = Uniform::new(shot, world.size, near, world.far, self.kinds);
        let fields = world.moved || world.tiles.is_stale();
        if !fields && let Some(last) = &self.last {
            // Nothing follows the clock.
            uniform.world[2] = last.world[2];
        }
        let better = self.drawers.collect();
        let painted = Painted { fields, picture: fields || better || self.last != Some(uniform) };
        if painted.picture {
            self.queue.write_buffer(&self.fixed.shot, 0, bytemuck::bytes_of(&uniform));
            self.run(&world, target, shot, fields);
            self.last = Some(uniform);
            world.tiles.freshen();
            (world.moved, world.mixed, world.bare) = (false, mixed, false);
        }
        self.world = Some(world);
        painted
    }

    fn run(&mut self, world: &World, target: &wgpu::TextureView, shot: &Shot, fields: bool) {
        // Where the near part is to be made, and then what of the picture has the same content.
        let mut runs: Vec<Run> = Vec::new();
        if world.moved {
            let end = [0, 1].map(|axis| world.near.origin[axis] + world.near.size[axis] as i32 * world.near.step);
            runs.push([world.near.origin[0], world.near.origin[1], end[0], end[1]].map(|cells| cells as f32));
        } else if fields {
            // As far as all blurs together reach.
            runs = world.tiles.stale_runs((BLURS_REACH * world.near.step + TILE - 1) / TILE);
        }
        let near_runs = runs.len() as u32;
        let mut contents = world.tiles.contents(edges(shot), world.near.step);
        contents.sort_by_key(|(content, _)| *content);
        let near = shot.zoom * world.near.step as f32 >= NEAR_PIXELS;
        let measured = shot.mode != Mode::Material || !shot.strips.is_empty();
        let spared = shot.spared;
        let mut draws: Vec<(Drawer, std::ops::Range<u32>)> = Vec::new();
        for (content, run) in contents {
            let drawer = Drawer { content, measured, near, spared };
            runs.push(run);
            let end = runs.len() as u32;
            match draws.last_mut().filter(|(last, _)| *last == drawer) {
                Some((_, range)) => range.end = end,
                None => draws.push((drawer, end - 1..end)),
            }
        }
        self.drawers.ask(draws.iter().map(|(drawer, _)| *drawer));
        self.runs.write(&self.device, &self.queue, &runs);
        let all = self.runs.buffer.slice(..);

        let mut encoder =
            self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("picture") });
        let mut swept = false;
        if let Some(clock) = &mut self.clock {
            clock.restart();
        }
        for ((pass, pipeline), group) in PASSES.iter().zip(&self.passes).zip(&world.groups.passes) {
            let wanted = match pass.when {
                When::Resized => world.bare,
                When::Far => world.tiles.is_stale(),
                When::Near => fields,
                When::Mixed => fields && world.mixed,
            };
            if !wanted {
                continue;
            }
            let is_near = pass.is_near();
            // Once what it reads is there.
            if is_near && world.tiles.is_stale() && !std::mem::replace(&mut swept, true) {
                let times = self.clock.as_mut().map(|clock| clock.begin("sweep"));
                let mut sweep = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                    label: Some("sweep"),
                    timestamp_writes: times.as_ref().map(|times| times.compute()),
                });
                sweep.set_pipeline(&self.sweep.1);
                sweep.set_bind_group(0, &world.groups.sweep, &[]);
                sweep.dispatch_workgroups(world.far.rays()[0].div_ceil(SWEEP_THREADS), 1, 1);
            }
            let views: Vec<_> = pass.writes.iter().map(|&made| &world.made[made as usize]).collect();
            let keeps = is_near && !world.moved || pass.blend().is_some();
            let times = self.clock.as_mut().map(|clock| clock.begin(pass.label()));
            let mut render = begin(&mut encoder, pass.file, &views, keeps, times.as_ref());
            render.set_pipeline(&pipeline.1);
            render.set_bind_group(0, group, &[]);
            if is_near {
                render.set_vertex_buffer(0, all);
                render.draw(0..4, 0..near_runs);
            } else {
                render.draw(0..3, 0..1);
            }
        }
        let times = self.clock.as_mut().map(|clock| clock.begin("picture"));
        let mut render = begin(&mut encoder, "picture", &[target], false, times.as_ref());
        render.set_bind_group(0, &world.groups.picture, &[]);
        render.set_vertex_buffer(0, all);
        for (drawer, range) in draws {
            render.set_pipeline(self.drawers.get(&drawer));
            render.draw(0..4, range);
        }
        drop(render);
        if let Some(clock) = &self.clock {
            clock.end(&mut encoder);
        }
        self.queue.submit([encoder.finish()]);
    }

    /// The textures that passes write, in the order of [`Made::ALL`]; those of the right size stay.
    fn make(&self, far: Part, near: Part, picture: UVec2, known: &[wgpu::TextureView]) -> Vec<wgpu::TextureView> {
        let view = |made: &Made| {
            let [width, height] = match made.extent() {
                Extent::Near => near.size,
                Extent::Far => far.size,
                Extent::Quarter => far.size.map(|texels| texels / 4),
                Extent::Rays => [far.rays()[0], far.size[1]],
                Extent::Backdrop => backdrop_size(picture).to_array(),
            };
            let usage = match made {
                Made::Swept => wgpu::TextureUsages::STORAGE_BINDING,
                _ => wgpu::TextureUsages::RENDER_ATTACHMENT,
            };
            let size = wgpu::Extent3d { width, height, depth_or_array_layers: 1 };
            let usage = usage | wgpu::TextureUsages::TEXTURE_BINDING;
            let same = known.get(*made as usize).filter(|view| view.texture().size() == size);
            if let Some(same) = same {
                return same.clone();
            }
            texture(&self.device, size, 1, format_of(*made), usage).create_view(&wgpu::TextureViewDescriptor::default())
        };
        Made::ALL.iter().map(view).collect()
    }

    fn groups(&self, field: [&wgpu::Texture; 3], made: &[wgpu::TextureView]) -> Groups {
        let [cells, samples, arrivals] =
            field.map(|texture| texture.create_view(&wgpu::TextureViewDescriptor::default()));
        let resource = |read: Read| match read {
            Read::Cells => wgpu::BindingResource::TextureView(&cells),
            Read::Samples => wgpu::BindingResource::TextureView(&samples),
            Read::Arrivals => wgpu::BindingResource::TextureView(&arrivals),
            Read::Made(which) => wgpu::BindingResource::TextureView(&made[which as usize]),
            Read::Smoothly => wgpu::BindingResource::Sampler(&self.fixed.smoothly),
            Read::Detail => wgpu::BindingResource::TextureView(&self.fixed.detail),
            Read::Stones => wgpu::BindingResource::TextureView(&self.fixed.stones),
            Read::Tiling => wgpu::BindingResource::Sampler(&self.fixed.tiling),
            Read::Finishes => self.fixed.finishes.as_entire_binding(),
            Read::Swept => wgpu::BindingResource::TextureView(&made[Made::Swept as usize]),
        };
        let group = |layout: &wgpu::BindGroupLayout, reads: &[(u32, Read)]| {
            let shot = wgpu::BindGroupEntry { binding: 0, resource: self.fixed.shot.as_entire_binding() };
            let read = reads.iter().map(|&(binding, read)| wgpu::BindGroupEntry { binding, resource: resource(read) });
            let entries: Vec<_> = std::iter::once(shot).chain(read).collect();
            self.device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries })
        };
        Groups {
            passes: PASSES.iter().zip(&self.passes).map(|(pass, (layout, _))| group(layout, pass.reads)).collect(),
            sweep: group(&self.sweep.0, SWEEP),
            picture: group(&self.picture, PICTURE),
        }
    }
}

/// What part of the world a picture shows, in cells: left, bottom, right, top.
fn edges(shot: &Shot) -> Run {
    let half = shot.size.as_vec2() / shot.zoom / 2.0;
    let (low, high) = (shot.centre - half, shot.centre + half);
    [low.x, low.y, high.x, high.y]
}

/// The backdrop's texels for a picture: it is smooth, and large pictures have one of half their size.
fn backdrop_size(picture: UVec2) -> UVec2 {
    if picture.x * picture.y > BACKDROP_PIXELS_MAX { picture / 2 + 1 } else { picture }
}

impl Fixed {
    fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        let buffer = |bytes: &[u8]| {
            let usage = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
            let buffer = device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size: bytes.len() as u64,
                usage,
                mapped_at_creation: false,
            });
            queue.write_buffer(&buffer, 0, bytes);
            buffer
        };
        // Of levels the nearest: two for each read are half of what it costs, and are seen only while the zoom changes.
        let sampler = |mode: wgpu::AddressMode| {
            device.create_sampler(&wgpu::SamplerDescriptor {
                address_mode_u: mode,
                address_mode_v: mode,
                mag_filter: wgpu::FilterMode::Linear,
                min_filter: wgpu::FilterMode::Linear,
                mipmap_filter: wgpu::MipmapFilterMode::Nearest,
                ..Default::default()
            })
        };
        Self {
            shot: buffer(bytemuck::bytes_of(&Uniform::default())),
            finishes: buffer(bytemuck::cast_slice(&finish::all())),
            detail: baked_texture(device, queue, &detail::bake()),
            stones: baked_texture(device, queue, &detail::bake_stones()),
            smoothly: sampler(wgpu::AddressMode::ClampToEdge),
            tiling: sampler(wgpu::AddressMode::Repeat),
        }
    }
}

fn baked_texture(device: &wgpu::Device, queue: &wgpu::Queue, levels: &[Vec<u8>]) -> wgpu::TextureView {
    let side = |level: usize| (detail::SIZE >> level) as u32;
    let extent = |level: usize| wgpu::Extent3d { width: side(level), height: side(level), depth_or_array_layers: 1 };
    let usage = wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST;
    let format = wgpu::TextureFormat::Rgba8Unorm;
    let texture = texture(device, extent(0), detail::LEVELS as u32, format, usage);
    for (level, bytes) in levels.iter().enumerate() {
        let to = wgpu::TexelCopyTextureInfo {
            texture: &texture,
            mip_level: level as u32,
            origin: wgpu::Origin3d::ZERO,
            aspect: wgpu::TextureAspect::All,
        };
        let layout =
            wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(side(level) * 4), rows_per_image: None };
        queue.write_texture(to, bytes, layout, extent(level));
    }
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

fn texture(
    device: &wgpu::Device,
    size: wgpu::Extent3d,
    levels: u32,
    format: wgpu::TextureFormat,
    usage: wgpu::TextureUsages,
) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size,
        mip_level_count: levels,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage,
        view_formats: &[],
    })
}

/// Begins a pass that draws into textures; what it does not draw stays as it was if it `keeps`.
fn begin<'a>(
    encoder: &'a mut wgpu::CommandEncoder,
    label: &str,
    targets: &[&wgpu::TextureView],
    keeps: bool,
    times: Option<&clock::Times>,
) -> wgpu::RenderPass<'a> {
    let load = if keeps { wgpu::LoadOp::Load } else { wgpu::LoadOp::Clear(wgpu::Color::BLACK) };
    let ops = wgpu::Operations { load, store: wgpu::StoreOp::Store };
    let attachment =
        |view| Some(wgpu::RenderPassColorAttachment { view, depth_slice: None, resolve_target: None, ops });
    let attachments: Vec<_> = targets.iter().copied().map(attachment).collect();
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some(label),
        color_attachments: &attachments,
        depth_stencil_attachment: None,
        timestamp_writes: times.map(|times| times.render()),
        occlusion_query_set: None,
        multiview_mask: None,
    })
}

impl Runs {
    fn new(device: &wgpu::Device, room: usize) -> Self {
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("runs"),
            size: (room * size_of::<Run>()) as u64,
            usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Self { buffer, room }
    }

    fn write(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, runs: &[Run]) {
        if runs.len() > self.room {
            *self = Self::new(device, runs.len().next_power_of_two());
        }
        queue.write_buffer(&self.buffer, 0, bytemuck::cast_slice(runs));
    }
}
