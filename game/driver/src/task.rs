//! Threads natively, tasks on the web.

use crate::backend::{self, NumberedJob, NumberedResult, Ready};
use crate::config::DriverConfig;
#[cfg(not(target_arch = "wasm32"))]
use crate::notice::Detail;
use crate::notice::DriverError;
#[cfg(not(target_arch = "wasm32"))]
use std::{
    sync::{Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// The threads that run kernels and have not been joined yet.
#[cfg(not(target_arch = "wasm32"))]
static COMPUTING: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

/// Runs something short beside the driver.
#[cfg(not(target_arch = "wasm32"))]
pub fn spawn_short(task: impl Future<Output = ()> + Send + 'static) {
    let _ = std::thread::Builder::new().name("tidepool-ask".into()).spawn(move || pollster::block_on(task));
}

/// Runs something short beside the driver.
#[cfg(target_arch = "wasm32")]
pub fn spawn_short(task: impl Future<Output = ()> + 'static) {
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
    spawn_kernels(move || pollster::block_on(backend::compute(choice, None, ready, jobs, results)))
        .map_err(|e| DriverError::NoThread(Detail::new(&e.to_string())))
}

#[cfg(not(target_arch = "wasm32"))]
fn spawn_kernels(work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let thread = std::thread::Builder::new().name("tidepool-compute".into()).spawn(work)?;
    let mut computing = COMPUTING.lock().unwrap_or_else(PoisonError::into_inner);
    computing.retain(|thread| !thread.is_finished());
    computing.push(thread);
    Ok(())
}

/// Waits until the kernels' threads have ended, for at most `limit`; answers whether they have.
///
/// A program calls this last of all, once its handles are dropped. A GPU's driver frees what it shares in handlers
/// that run when the program exits: a thread that is still inside the driver then crashes, or the device that it
/// drops frees memory a second time.
#[cfg(not(target_arch = "wasm32"))]
pub fn join_kernels(limit: Duration) -> bool {
    let until = Instant::now() + limit;
    loop {
        let next = COMPUTING.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some(thread) = next else { return true };
        while !thread.is_finished() {
            if Instant::now() >= until {
                COMPUTING.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        // Joined, because a thread's own destructors run after it counts as finished. A panic was told already.
        let _ = thread.join();
    }
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

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// A device that takes its time to go.
    struct Device;

    static GONE: AtomicBool = AtomicBool::new(false);

    impl Drop for Device {
        fn drop(&mut self) {
            std::thread::sleep(Duration::from_millis(150));
            GONE.store(true, Ordering::SeqCst);
        }
    }

    #[test]
    fn the_kernels_have_dropped_their_device_when_they_are_joined() {
        let (jobs, queue) = async_channel::bounded::<()>(1);
        let device = Device;
        spawn_kernels(move || {
            let _device = device;
            while queue.recv_blocking().is_ok() {}
        })
        .expect("a thread");
        assert!(!join_kernels(Duration::from_millis(20)), "jobs may still come");
        drop(jobs);
        assert!(join_kernels(Duration::from_secs(20)));
        assert!(GONE.load(Ordering::SeqCst), "the program would exit under the device");
    }
}
