//! Runs the passes: owns the textures and pipelines, and draws a [`Shot`] into a target.

mod passes;
mod regions;
mod uniform;

use crate::field::{Layer, News, Patch};
use crate::shot::{Mode, Shot};
use crate::{detail, finish, shaders};
use glam::UVec2;
use passes::{Extent, Made, PASSES, PICTURE, Read, SWEEP, When};
use regions::{Content, Run, Tiles};
use sim_kernels::geom::WorldSize;
use std::collections::HashMap;
use uniform::{Part, Uniform};

/// Cells a side of a tile.
const TILE: i32 = 16;
/// How far the passes of the near part together reach, in texels.
const BLURS_REACH: i32 = 14;
/// Larger pictures have a backdrop of half their size.
const BACKDROP_PIXELS_MAX: u32 = 2_400_000;
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
    drawn: wgpu::ShaderModule,
    format: wgpu::TextureFormat,
    /// Made when they are needed first.
    drawers: HashMap<Drawer, wgpu::RenderPipeline>,
    /// Where passes run: as vertices.
    runs: Runs,
    kinds: [u32; 4],
    world: Option<World>,
    /// What was drawn last.
    last: Option<Uniform>,
}

/// What a shader of the picture can draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Drawer {
    content: Content,
    /// Something in the world is hot.
    lamp: bool,
    /// Colours are measures, or strips are shown.
    measured: bool,
    /// What lies between texels is seen.
    near: bool,
}

/// A buffer of rectangles.
struct Runs {
    buffer: wgpu::Buffer,
    room: usize,
}

/// From this many pixels a texel on, slopes are smoothed between texels.
const NEAR_PIXELS: f32 = 6.0;

/// What never changes.
struct Fixed {
    shot: wgpu::Buffer,
    finishes: wgpu::Buffer,
    detail: wgpu::TextureView,
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
            let vertex = if pass.when == When::Near { "near_runs" } else { "whole" };
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
        let (drawn, picture) = (module("picture"), group_layout(device, PICTURE, wgpu::ShaderStages::FRAGMENT));
        Self {
            fixed: Fixed::new(device, queue),
            device: device.clone(),
            queue: queue.clone(),
            passes,
            sweep,
            picture,
            drawn,
            format,
            drawers: HashMap::new(),
            runs: Runs::new(device, 64),
            kinds: finish::kinds(),
            world: None,
            last: None,
        }
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
        let tiles = Tiles::new([size[0] / TILE, size[1] / TILE]);
        let (moved, bare) = (true, true);
        self.world =
            Some(World { size, cells, samples, arrivals, far, near, picture, made, groups, tiles, moved, bare });
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
        let mut uniform = Uniform::new(shot, world.size, near, world.far, self.kinds);
        let fields = world.moved || world.tiles.is_stale();
        if !fields && let Some(last) = &self.last {
            // Nothing follows the clock.
            uniform.world[2] = last.world[2];
        }
        let painted = Painted { fields, picture: fields || self.last != Some(uniform) };
        if painted.picture {
            self.queue.write_buffer(&self.fixed.shot, 0, bytemuck::bytes_of(&uniform));
            self.run(&world, target, shot, fields);
            self.last = Some(uniform);
            world.tiles.freshen();
            (world.moved, world.bare) = (false, false);
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
        let half = shot.size.as_vec2() / shot.zoom / 2.0;
        let (low, high) = (shot.centre - half, shot.centre + half);
        let mut contents = world.tiles.contents([low.x, low.y, high.x, high.y]);
        contents.sort_by_key(|(content, _)| *content);
        let (lamp, near) = (world.tiles.is_hot(), shot.zoom * world.near.step as f32 >= NEAR_PIXELS && !shot.plain);
        let measured = shot.mode != Mode::Material || !shot.strips.is_empty();
        let mut draws: Vec<(Drawer, std::ops::Range<u32>)> = Vec::new();
        for (content, run) in contents {
            let drawer = Drawer { content, lamp, measured, near };
            runs.push(run);
            let end = runs.len() as u32;
            match draws.last_mut().filter(|(last, _)| *last == drawer) {
                Some((_, range)) => range.end = end,
                None => draws.push((drawer, end - 1..end)),
            }
        }
        for (drawer, _) in &draws {
            if !self.drawers.contains_key(drawer) {
                let made = self.drawer(*drawer);
                self.drawers.insert(*drawer, made);
            }
        }
        self.runs.write(&self.device, &self.queue, &runs);
        let all = self.runs.buffer.slice(..);

        let mut encoder =
            self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("picture") });
        let mut swept = false;
        for ((pass, pipeline), group) in PASSES.iter().zip(&self.passes).zip(&world.groups.passes) {
            let wanted = match pass.when {
                When::Resized => world.bare,
                When::Far => world.tiles.is_stale(),
                When::Near => fields,
            };
            if !wanted {
                continue;
            }
            let is_near = pass.when == When::Near;
            // Once what it reads is there.
            if is_near && world.tiles.is_stale() && !std::mem::replace(&mut swept, true) {
                let mut sweep = encoder
                    .begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some("sweep"), timestamp_writes: None });
                sweep.set_pipeline(&self.sweep.1);
                sweep.set_bind_group(0, &world.groups.sweep, &[]);
                sweep.dispatch_workgroups(world.far.rays()[0].div_ceil(SWEEP_THREADS), 1, 1);
            }
            let views: Vec<_> = pass.writes.iter().map(|&made| &world.made[made as usize]).collect();
            let keeps = is_near && !world.moved || pass.blend().is_some();
            let mut render = begin(&mut encoder, pass.file, &views, keeps);
            render.set_pipeline(&pipeline.1);
            render.set_bind_group(0, group, &[]);
            if is_near {
                render.set_vertex_buffer(0, all);
                render.draw(0..4, 0..near_runs);
            } else {
                render.draw(0..3, 0..1);
            }
        }
        let mut render = begin(&mut encoder, "picture", &[target], false);
        render.set_bind_group(0, &world.groups.picture, &[]);
        render.set_vertex_buffer(0, all);
        for (drawer, range) in draws {
            render.set_pipeline(&self.drawers[&drawer]);
            render.draw(0..4, range);
        }
        drop(render);
        self.queue.submit([encoder.finish()]);
    }

    fn drawer(&self, drawer: Drawer) -> wgpu::RenderPipeline {
        let Drawer { content, lamp, measured, near } = drawer;
        let constants = [
            ("has_fluid", content.fluid),
            ("has_water", content.water),
            ("has_rock", content.rock),
            ("has_gas", content.gas),
            ("has_still", content.still),
            ("has_more", content.more),
            ("has_lamp", lamp),
            ("is_measured", measured),
            ("is_near", near),
        ];
        let constants = constants.map(|(name, on)| (name, f64::from(u8::from(on))));
        pipeline(
            &self.device,
            &self.picture,
            &self.drawn,
            ["picture", "picture_runs", "main"],
            &[self.format],
            None,
            &constants,
        )
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

/// The backdrop's texels for a picture: it is smooth, and large pictures have one of half their size.
fn backdrop_size(picture: UVec2) -> UVec2 {
    if picture.x * picture.y > BACKDROP_PIXELS_MAX { picture / 2 + 1 } else { picture }
}

/// A group of the shot and what is read.
fn group_layout(device: &wgpu::Device, reads: &[(u32, Read)], visibility: wgpu::ShaderStages) -> wgpu::BindGroupLayout {
    let texture = |sample_type| wgpu::BindingType::Texture {
        sample_type,
        view_dimension: wgpu::TextureViewDimension::D2,
        multisampled: false,
    };
    let uniform = wgpu::BindingType::Buffer {
        ty: wgpu::BufferBindingType::Uniform,
        has_dynamic_offset: false,
        min_binding_size: None,
    };
    let kind = |read| match read {
        Read::Samples => texture(wgpu::TextureSampleType::Uint),
        Read::Arrivals => texture(wgpu::TextureSampleType::Float { filterable: false }),
        Read::Cells | Read::Made(_) | Read::Detail => texture(wgpu::TextureSampleType::Float { filterable: true }),
        Read::Smoothly | Read::Tiling => wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
        Read::Finishes => uniform,
        Read::Swept => wgpu::BindingType::StorageTexture {
            access: wgpu::StorageTextureAccess::WriteOnly,
            format: format_of(Made::Swept),
            view_dimension: wgpu::TextureViewDimension::D2,
        },
    };
    let entry = |binding, ty| wgpu::BindGroupLayoutEntry { binding, visibility, ty, count: None };
    let read = reads.iter().map(|&(binding, read)| entry(binding, kind(read)));
    let shot = wgpu::BindGroupLayoutEntry {
        // Runs are placed by it.
        visibility: visibility | wgpu::ShaderStages::VERTEX,
        ..entry(0, uniform)
    };
    let entries: Vec<_> = std::iter::once(shot).chain(read).collect();
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries })
}

fn pipeline_layout(device: &wgpu::Device, groups: &wgpu::BindGroupLayout) -> wgpu::PipelineLayout {
    device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &[Some(groups)],
        immediate_size: 0,
    })
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
        let sampler = |mode: wgpu::AddressMode| {
            device.create_sampler(&wgpu::SamplerDescriptor {
                address_mode_u: mode,
                address_mode_v: mode,
                mag_filter: wgpu::FilterMode::Linear,
                min_filter: wgpu::FilterMode::Linear,
                mipmap_filter: wgpu::MipmapFilterMode::Linear,
                ..Default::default()
            })
        };
        Self {
            shot: buffer(bytemuck::bytes_of(&Uniform::default())),
            finishes: buffer(bytemuck::cast_slice(&finish::all())),
            detail: detail_texture(device, queue),
            smoothly: sampler(wgpu::AddressMode::ClampToEdge),
            tiling: sampler(wgpu::AddressMode::Repeat),
        }
    }
}

fn detail_texture(device: &wgpu::Device, queue: &wgpu::Queue) -> wgpu::TextureView {
    let side = |level: usize| (detail::SIZE >> level) as u32;
    let extent = |level: usize| wgpu::Extent3d { width: side(level), height: side(level), depth_or_array_layers: 1 };
    let usage = wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST;
    let format = wgpu::TextureFormat::Rgba8Unorm;
    let texture = texture(device, extent(0), detail::LEVELS as u32, format, usage);
    for (level, bytes) in detail::bake().iter().enumerate() {
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

fn format_of(made: Made) -> wgpu::TextureFormat {
    match made.bytes() {
        1 => wgpu::TextureFormat::R8Unorm,
        2 => wgpu::TextureFormat::Rg8Unorm,
        _ => wgpu::TextureFormat::Rgba8Unorm,
    }
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

fn pipeline(
    device: &wgpu::Device,
    groups: &wgpu::BindGroupLayout,
    module: &wgpu::ShaderModule,
    [file, vertex, entry]: [&str; 3],
    formats: &[wgpu::TextureFormat],
    blend: Option<wgpu::BlendState>,
    constants: &[(&str, f64)],
) -> wgpu::RenderPipeline {
    let run = wgpu::VertexBufferLayout {
        array_stride: size_of::<Run>() as u64,
        step_mode: wgpu::VertexStepMode::Instance,
        attributes: &wgpu::vertex_attr_array![0 => Float32x4],
    };
    let in_runs = vertex != "whole";
    let targets: Vec<_> =
        formats.iter().map(|&format| Some(wgpu::ColorTargetState { blend, ..format.into() })).collect();
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(file),
        layout: Some(&pipeline_layout(device, groups)),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some(vertex),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: if in_runs { std::slice::from_ref(&run) } else { &[] },
        },
        primitive: wgpu::PrimitiveState {
            topology: if in_runs {
                wgpu::PrimitiveTopology::TriangleStrip
            } else {
                wgpu::PrimitiveTopology::TriangleList
            },
            ..Default::default()
        },
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some(entry),
            compilation_options: wgpu::PipelineCompilationOptions { constants, ..Default::default() },
            targets: &targets,
        }),
        multiview_mask: None,
        cache: None,
    })
}

/// Begins a pass that draws into textures; what it does not draw stays as it was if it `keeps`.
fn begin<'a>(
    encoder: &'a mut wgpu::CommandEncoder,
    label: &str,
    targets: &[&wgpu::TextureView],
    keeps: bool,
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
        timestamp_writes: None,
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
