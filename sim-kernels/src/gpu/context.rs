//! The GPU device that backends share: which adapter, its limits, its compiled kernels.
//!
//! A software adapter counts as none unless it is asked for: silently computing a room on a software
//! rasteriser would slow everybody down. There is never a fallback here; the caller is told what was found.

use super::kernels::Kernels;
use crate::job::KernelError;
use std::sync::{Arc, Mutex};

/// Which adapter to compute on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdapterChoice {
    /// A real GPU; software adapters count as none.
    Real,
    /// A software adapter, for tests.
    Software,
    /// The first adapter whose name contains this text, whatever its letter case; software or not.
    Named(String),
}

/// A device, its queue and its kernels. Clones share them.
#[derive(Clone)]
pub struct GpuContext {
    /// Shared by all clones.
    inner: Arc<Inner>,
}

/// What clones share.
struct Inner {
    /// With its API, for people.
    name: String,
    /// See [`GpuContext::is_software`].
    software: bool,
    /// As wgpu has it.
    device: wgpu::Device,
    /// The device's only one.
    queue: wgpu::Queue,
    /// Compiled once, for all backends on the device.
    kernels: Kernels,
    /// The first error that the device reported.
    fault: Arc<Mutex<Option<String>>>,
}

impl GpuContext {
    /// Finds an adapter, opens it and compiles the kernels.
    ///
    /// # Errors
    /// There is no such adapter (the error names those that there are), or it cannot be opened.
    pub async fn new(choice: AdapterChoice) -> Result<Self, KernelError> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::PRIMARY;
        // The kernels are validated by tests; the layers of a driver's debug build cost a lot.
        descriptor.flags = wgpu::InstanceFlags::empty();
        let instance = wgpu::Instance::new(descriptor);
        let adapter = choose(&instance, &choice).await?;
        let (name, software) = describe(&adapter).await;

        let offered = adapter.limits();
        let limits = wgpu::Limits {
            max_buffer_size: offered.max_buffer_size,
            max_storage_buffer_binding_size: offered.max_storage_buffer_binding_size,
            ..wgpu::Limits::default()
        };
        // For profiles, where the device has it.
        let clock = adapter.features() & wgpu::Features::TIMESTAMP_QUERY;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("tidepool kernels"),
            required_features: if cfg!(target_arch = "wasm32") { wgpu::Features::empty() } else { clock },
            required_limits: limits.or_worse_values_from(&offered),
            memory_hints: wgpu::MemoryHints::Performance,
            ..Default::default()
        };
        let (device, queue) = adapter
            .request_device(&descriptor)
            .await
            .map_err(|error| KernelError::NoAdapter(format!("{name} cannot be opened: {error}")))?;

        let fault = Arc::new(Mutex::new(None));
        let report = fault.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| note(&report, error.to_string())));
        let report = fault.clone();
        device.set_device_lost_callback(move |reason, message| {
            if reason != wgpu::DeviceLostReason::Destroyed {
                note(&report, format!("{reason:?}: {message}"));
            }
        });

        let kernels = Kernels::new(&device);
        let inner = Arc::new(Inner { name, software, device, queue, kernels, fault });
        let context = Self { inner };
        context.check()?;
        Ok(context)
    }

    /// What to call the adapter: "NVIDIA H200 (Vulkan)".
    pub fn adapter_name(&self) -> &str {
        &self.inner.name
    }

    /// Whether a CPU plays the GPU.
    pub fn is_software(&self) -> bool {
        self.inner.software
    }

    /// Whether the device is usable: it is not after the first error that it reports.
    ///
    /// # Errors
    /// [`KernelError::DeviceLost`] with that first error's words.
    ///
    /// # Panics
    /// Another thread panicked while it noted an error.
    pub fn check(&self) -> Result<(), KernelError> {
        match &*self.inner.fault.lock().expect("no holder of this lock panics") {
            Some(message) => Err(KernelError::DeviceLost(message.clone())),
            None => Ok(()),
        }
    }

    /// The device, to make buffers and encoders.
    pub(super) fn device(&self) -> &wgpu::Device {
        &self.inner.device
    }

    /// Where work is handed in.
    pub(super) fn queue(&self) -> &wgpu::Queue {
        &self.inner.queue
    }

    /// The compiled kernels.
    pub(super) fn kernels(&self) -> &Kernels {
        &self.inner.kernels
    }

    /// The largest storage buffer that can be bound, in bytes.
    pub(super) fn binding_max(&self) -> u64 {
        let limits = self.inner.device.limits();
        limits.max_storage_buffer_binding_size.min(limits.max_buffer_size)
    }
}

/// The first error is the cause; what follows are its consequences.
fn note(fault: &Mutex<Option<String>>, message: String) {
    log::error!("GPU: {message}");
    fault.lock().expect("no holder of this lock panics").get_or_insert(message);
}

/// The first adapter that is wanted, or an error that names all that there are.
async fn choose(instance: &wgpu::Instance, choice: &AdapterChoice) -> Result<wgpu::Adapter, KernelError> {
    let mut found = Vec::new();
    for adapter in instance.enumerate_adapters(wgpu::Backends::PRIMARY).await {
        let (name, software) = describe(&adapter).await;
        found.push((rank(&adapter), name, software, adapter));
    }
    // A discrete GPU before an integrated one; otherwise the order of the system.
    found.sort_by_key(|(rank, ..)| *rank);
    let names: Vec<String> = found
        .iter()
        .map(|(_, name, software, _)| if *software { format!("{name} [software]") } else { name.clone() })
        .collect();
    let wanted = |name: &str, software: bool| match choice {
        AdapterChoice::Real => !software,
        AdapterChoice::Software => software,
        AdapterChoice::Named(part) => name.to_lowercase().contains(&part.to_lowercase()),
    };
    if let Some((_, _, _, adapter)) = found.into_iter().find(|(_, name, software, _)| wanted(name, *software)) {
        return Ok(adapter);
    }
    let missing = match choice {
        AdapterChoice::Real => "no GPU found (a software adapter does not count)".to_owned(),
        AdapterChoice::Software => "no software adapter found".to_owned(),
        AdapterChoice::Named(part) => format!("no adapter named \"{part}\" found"),
    };
    let list =
        if names.is_empty() { "there is no adapter at all".to_owned() } else { format!("found: {}", names.join(", ")) };
    Err(KernelError::NoAdapter(format!("{missing}; {list}")))
}

/// Lower is better.
fn rank(adapter: &wgpu::Adapter) -> u8 {
    match adapter.get_info().device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    }
}

/// The adapter's name with its API, and whether it is software. Browsers report no device type, so the
/// known software rasterisers are also told by name.
async fn describe(adapter: &wgpu::Adapter) -> (String, bool) {
    let info = adapter.get_info();
    #[cfg(target_arch = "wasm32")]
    let (name, fallback) = super::web::adapter_name(&info.name).await;
    #[cfg(not(target_arch = "wasm32"))]
    let (name, fallback) = (info.name.clone(), false);
    let lower = name.to_lowercase();
    let known = ["swiftshader", "llvmpipe", "lavapipe", "softpipe", "basic render"];
    let software = fallback || info.device_type == wgpu::DeviceType::Cpu || known.iter().any(|k| lower.contains(k));
    let api = match info.backend {
        wgpu::Backend::Vulkan => "Vulkan",
        wgpu::Backend::Metal => "Metal",
        wgpu::Backend::Dx12 => "DirectX 12",
        wgpu::Backend::BrowserWebGpu => "WebGPU",
        _ => "other",
    };
    (format!("{name} ({api})"), software)
}
