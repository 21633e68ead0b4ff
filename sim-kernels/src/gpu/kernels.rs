//! The kernels' pipelines on a device. Which kernels there are, and their texts: [`crate::shader`].

use super::ScatterShape;
use crate::materials::Class;
pub(super) use crate::shader::{KernelId, Resource};
use std::sync::OnceLock;

/// A kernel's compiled form.
pub(super) struct Kernel {
    /// What it binds, in the order of [`KernelId::bindings`] behind the parameters.
    pub(super) layout: wgpu::BindGroupLayout,
    /// The program.
    pub(super) pipeline: wgpu::ComputePipeline,
}

/// All kernels of a device.
pub(super) struct Kernels {
    device: wgpu::Device,
    /// In the orders of [`Class::ALL`] and of [`KernelId::ALL`]; each is compiled when it is needed first.
    by_class: [Vec<OnceLock<Kernel>>; Class::ALL.len()],
}

impl Kernels {
    /// Compiles those of the least class.
    pub(super) fn new(device: &wgpu::Device) -> Self {
        let none = || KernelId::ALL.iter().map(|_| OnceLock::new()).collect();
        let kernels = Self { device: device.clone(), by_class: Class::ALL.map(|_| none()) };
        for &id in KernelId::ALL {
            kernels.get(Class::ALL[0], id);
        }
        kernels
    }

    /// One kernel. Where another thread compiles it, this one waits.
    pub(super) fn get(&self, class: Class, id: KernelId) -> &Kernel {
        self.by_class[class as usize][id as usize].get_or_init(|| compile(&self.device, class, id))
    }

    /// Compiles one more kernel of the larger classes, of those that are needed where particles are scattered by this one;
    /// says whether there was one.
    pub(super) fn compile_ahead(&self, scatter: KernelId) -> bool {
        Class::ALL.into_iter().any(|class| self.compile_one(class, scatter))
    }

    /// See [`Self::compile_ahead`].
    fn compile_one(&self, class: Class, scatter: KernelId) -> bool {
        let is_other_scatter = |id: KernelId| ScatterShape::ALL.iter().any(|s| s.kernel() == id) && id != scatter;
        let left = |id: &KernelId| self.by_class[class as usize][*id as usize].get().is_none();
        let next = KernelId::ALL.iter().copied().filter(|&id| !is_other_scatter(id)).find(left);
        next.is_some_and(|id| {
            self.get(class, id);
            true
        })
    }
}

/// Compiles a kernel for a device; what is wrong is reported to the device, not here.
fn compile(device: &wgpu::Device, class: Class, id: KernelId) -> Kernel {
    let entry = |binding: usize, ty| wgpu::BindGroupLayoutEntry {
        binding: binding as u32,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: binding == 0, min_binding_size: None },
        count: None,
    };
    let mut entries = vec![entry(0, wgpu::BufferBindingType::Uniform)];
    for (k, &(resource, write)) in id.bindings(class).iter().enumerate() {
        let storage = wgpu::BufferBindingType::Storage { read_only: !write };
        entries.push(entry(k + 1, if resource.is_uniform() { wgpu::BufferBindingType::Uniform } else { storage }));
    }
    let label = Some(id.name());
    let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label, entries: &entries });
    let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label,
        bind_group_layouts: &[Some(&layout)],
        immediate_size: 0,
    });
    let source = wgpu::ShaderModuleDescriptor { label, source: wgpu::ShaderSource::Wgsl(id.resolved(class).into()) };
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
