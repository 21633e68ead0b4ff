//! Threads natively, tasks on the web.

use crate::backend::{self, NumberedJob, NumberedResult, Ready};
use crate::config::DriverConfig;
#[cfg(not(target_arch = "wasm32"))]
use crate::notice::Detail;
use crate::notice::DriverError;

/// Runs something short beside the driver.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn spawn_short(task: impl Future<Output = ()> + Send + 'static) {
    let _ = std::thread::Builder::new().name("tidepool-ask".into()).spawn(move || pollster::block_on(task));
}

/// Runs something short beside the driver.
#[cfg(target_arch = "wasm32")]
pub(crate) fn spawn_short(task: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(task);
}

/// Runs the kernels.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn spawn_compute(
    config: &mut DriverConfig,
    ready: async_channel::Sender<Result<Ready, DriverError>>,
    jobs: async_channel::Receiver<NumberedJob>,
    results: async_channel::Sender<NumberedResult>,
) -> Result<(), DriverError> {
    let choice = config.backend.clone();
    let thread = std::thread::Builder::new().name("tidepool-compute".into());
    thread
        .spawn(move || pollster::block_on(backend::compute(choice, None, ready, jobs, results)))
        .map(drop)
        .map_err(|e| DriverError::NoThread(Detail::new(&e.to_string())))
}

/// Runs the kernels.
#[cfg(target_arch = "wasm32")]
pub(crate) fn spawn_compute(
    config: &mut DriverConfig,
    ready: async_channel::Sender<Result<Ready, DriverError>>,
    jobs: async_channel::Receiver<NumberedJob>,
    results: async_channel::Sender<NumberedResult>,
) -> Result<(), DriverError> {
    let task = backend::compute(config.backend.clone(), config.worker.take(), ready, jobs, results);
    wasm_bindgen_futures::spawn_local(task);
    Ok(())
}
