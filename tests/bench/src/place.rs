//! Where things lie, which machine this is, and how the project's programs are built and run.

use anyhow::{Context, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The checkout's top folder.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// `CARGO_TARGET_DIR`, or `target` in the checkout.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty()) {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// The processor, and how many of it there are.
pub fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    format!("{}, {cores} cores, {}", model.unwrap_or(std::env::consts::ARCH), std::env::consts::OS)
}

/// How many processes are ready to run, of the last minute, where the system tells.
pub fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}

/// The commit, with `+` where files differ from it.
pub fn commit() -> String {
    let git = |line: &[&str]| {
        let output = Command::new("git").current_dir(root()).args(line).stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let changed = git(&["status", "--porcelain"]).is_some_and(|changes| !changes.is_empty());
    git(&["rev-parse", "--short", "HEAD"]).unwrap_or_default() + if changed { "+" } else { "" }
}

/// Runs cargo with its output shown.
///
/// # Errors
///
/// It fails.
pub fn cargo(line: &[&str]) -> anyhow::Result<()> {
    let status = cargo_command().args(line).status().context("cargo does not start")?;
    ensure!(status.success(), "cargo {}: failed", line.join(" "));
    Ok(())
}

/// Cargo, to be told what to do.
pub fn cargo_command() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    // What `cargo run` tells a program of its package would have some build scripts run again.
    for (variable, _) in std::env::vars_os() {
        let of_a_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        if variable.to_str().is_some_and(of_a_package) {
            command.env_remove(variable);
        }
    }
    command
}

/// The headless program, built.
///
/// # Errors
///
/// It cannot be built.
pub fn headless() -> anyhow::Result<PathBuf> {
    cargo(&["build", "--release", "--package", "tidepool-headless", "--bin", "tidepool-headless"])?;
    Ok(target().join("release").join(format!("tidepool-headless{}", std::env::consts::EXE_SUFFIX)))
}

/// What a program says, its errors shown.
///
/// # Errors
///
/// It cannot be run, or fails.
pub fn said(command: &mut Command) -> anyhow::Result<String> {
    let output = command.current_dir(root()).stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("{command:?}: {}", output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
