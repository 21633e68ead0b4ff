//! Tidepool's desktop program.

fn main() -> std::process::ExitCode {
    #[cfg(not(target_arch = "wasm32"))]
    return tidepool::cli::main();
    #[cfg(target_arch = "wasm32")]
    std::process::ExitCode::SUCCESS
}
