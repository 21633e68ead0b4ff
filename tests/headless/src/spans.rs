//! Spans of the driver, written to a file in Chrome's trace format.

use anyhow::Context as _;
use std::fs::File;
use std::path::Path;
use tracing_chrome::{ChromeLayerBuilder, FlushGuard, TraceStyle};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Writes all spans from here on, until the guard is dropped. A superstep begins on the driver's thread and is computed
/// on another, so each span has a line of its own rather than its thread's.
///
/// # Errors
/// When the file cannot be made.
pub fn write_to(file: &Path) -> anyhow::Result<FlushGuard> {
    let writer = File::create(file).with_context(|| format!("--trace {}", file.display()))?;
    let builder = ChromeLayerBuilder::new().writer(writer).include_args(true).trace_style(TraceStyle::Async);
    let (layer, guard) = builder.build();
    // What is logged goes to env_logger, which was there first: that it stays so is no error.
    let _ = tracing_subscriber::registry().with(layer).try_init();
    Ok(guard)
}
