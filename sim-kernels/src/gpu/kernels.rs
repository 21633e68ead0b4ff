//! The kernels' pipelines on a device. Which kernels there are, and their texts: [`crate::shader`].

pub(super) use crate::shader::{KernelId, Resource};

/// A kernel's compiled form.
pub(super) struct Kernel {
    /// What it binds, in the order of [`KernelId::bindings`] behind the parameters.
    pub(super) layout: wgpu::BindGroupLayout,
    /// The program.
    pub(super) pipeline: wgpu::ComputePipeline,
}

/// All kernels of a device.
pub(super) struct Kernels {
    /// In the order of [`KernelId::ALL`].
    by_id: Vec<Kernel>,
}

impl Kernels {
    /// Compiles all kernels.
    pub(super) fn new(device: &wgpu::Device) -> Self {
        Self { by_id: KernelId::ALL.iter().map(|&id| compile(device, id)).collect() }
    }

    /// One kernel.
    pub(super) fn get(&self, id: KernelId) -> &Kernel {
        &self.by_id[id as usize]
    }
}

/// Compiles a kernel for a device; what is wrong is reported to the device, not here.
fn compile(device: &wgpu::Device, id: KernelId) -> Kernel {
    let entry = |binding: usize, ty| wgpu::BindGroupLayoutEntry {
        binding: binding as u32,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: binding == 0, min_binding_size: None },
        count: None,
    };
    let mut entries = vec![entry(0, wgpu::BufferBindingType::Uniform)];
    for (k, &(_, write)) in id.bindings().iter().enumerate() {
        entries.push(entry(k + 1, wgpu::BufferBindingType::Storage { read_only: !write }));
    }
    let label = Some(id.name());
    let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label, entries: &entries });
    let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label,
        bind_group_layouts: &[Some(&layout)],
        immediate_size: 0,
    });
    let source = wgpu::ShaderModuleDescriptor { label, source: wgpu::ShaderSource::Wgsl(id.resolved().into()) };
    let checks = wgpu::ShaderRuntimeChecks { force_loop_bounding: false, ..wgpu::ShaderRuntimeChecks::checked() };
    // SAFETY: bounds are checked as ever; only the counters that bound loops are left out, and every loop of
    // these shaders counts up to a limit that its body does not change.
    let module = unsafe { device.create_shader_module_trusted(source, checks) };
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label,
        layout: Some(&pipeline_layout),
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions {
            // No kernel reads workgroup memory that it has not written, but for the counters of `finish`,
            // `tile_digests` and `view`, which count on zeroes. `p2g_tile` has much of it, and a driver may
            // leave the zeroes to a single lane.
            zero_initialize_workgroup_memory: id != KernelId::P2gTile,
            ..Default::default()
        },
        cache: None,
    });
    Kernel { layout, pipeline }
}
