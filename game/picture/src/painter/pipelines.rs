//! How pipelines and the groups that they read are put together.

use super::passes::{Made, Read};
use super::regions::Run;

/// A group of the shot and what is read.
pub(super) fn group_layout(
    device: &wgpu::Device,
    reads: &[(u32, Read)],
    visibility: wgpu::ShaderStages,
) -> wgpu::BindGroupLayout {
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
        Read::Samples | Read::Made(Made::Kin) => texture(wgpu::TextureSampleType::Uint),
        Read::Arrivals => texture(wgpu::TextureSampleType::Float { filterable: false }),
        Read::Cells | Read::Made(_) | Read::Detail | Read::Stones => {
            texture(wgpu::TextureSampleType::Float { filterable: true })
        }
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

pub(super) fn pipeline_layout(device: &wgpu::Device, groups: &wgpu::BindGroupLayout) -> wgpu::PipelineLayout {
    device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &[Some(groups)],
        immediate_size: 0,
    })
}

pub(super) fn format_of(made: Made) -> wgpu::TextureFormat {
    match made.bytes() {
        _ if made == Made::Kin => wgpu::TextureFormat::R32Uint,
        // A lone drop is so flat that in bytes it would come and go.
        _ if matches!(made, Made::PeakAcross | Made::Peak) => wgpu::TextureFormat::R16Float,
        8 => wgpu::TextureFormat::Rgba16Float,
        1 => wgpu::TextureFormat::R8Unorm,
        2 => wgpu::TextureFormat::Rg8Unorm,
        _ => wgpu::TextureFormat::Rgba8Unorm,
    }
}

pub(super) fn pipeline(
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
