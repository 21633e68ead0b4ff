//! Tidepool: the desktop program, and the program of the page.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    tidepool::cli::main()
}

#[cfg(target_arch = "wasm32")]
fn main() {
    tidepool::web::start();
}
