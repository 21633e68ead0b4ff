//! Where things are: the checkout, the target folder, the programs that a build left.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The checkout's top folder: where this was built; where it was carried to another machine, the folder that it is
/// run in.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let top = here.ancestors().nth(2).unwrap_or(here);
    if top.is_dir() { top.to_owned() } else { std::env::current_dir().unwrap_or_else(|_| top.to_owned()) }
}

/// `CARGO_TARGET_DIR`, or `target` in the checkout.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR").filter(|v| !v.is_empty()) {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// Where the page's builds lie: another compiler may make them, so they keep apart from the others.
pub fn web_target() -> PathBuf {
    target().join("web")
}

/// The built page.
pub fn web_dist() -> PathBuf {
    target().join("web-dist")
}

/// A program that a native build left.
pub fn program(name: &str, release: bool) -> PathBuf {
    let folder = if release { "release" } else { "debug" };
    target().join(folder).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// The cargo that runs this.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    forget_this_package(&mut command);
    command
}

/// Takes from a command what `cargo run` tells a program about its package. Some build scripts ask to run again
/// when these change: with them, builds by `cargo xtask` and by `cargo build` would undo each other.
pub fn forget_this_package(command: &mut Command) {
    for (variable, _) in std::env::vars_os() {
        if variable.to_str().is_some_and(is_about_a_package) {
            command.env_remove(variable);
        }
    }
}

fn is_about_a_package(variable: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
        .iter()
        .any(|start| variable.starts_with(start))
}

/// The first program of this name on PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(&file)).find(|p| p.is_file())
}

/// The version of a package in Cargo.lock; the newest where there are several.
pub fn locked_version(package: &str) -> Option<String> {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).ok()?;
    find_version(&lock, package)
}

fn find_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let lines: Vec<&str> = lock.lines().collect();
    let mut versions = lines.windows(2).filter(|w| w[0] == name).filter_map(|w| w[1].strip_prefix("version = \""));
    versions.next_back().map(|v| v.trim_end_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables() {
        assert!(is_about_a_package("CARGO_PKG_NAME") && is_about_a_package("CARGO_MANIFEST_DIR"));
        assert!(!is_about_a_package("CARGO_TARGET_DIR") && !is_about_a_package("CARGO_HOME"));
    }

    #[test]
    fn versions() {
        let lock = "name = \"a\"\nversion = \"1.0.0\"\n\nname = \"a-b\"\nversion = \"2.0.0\"\nname = \"a\"\nversion = \"1.2.3\"\n";
        assert_eq!(find_version(lock, "a").as_deref(), Some("1.2.3"));
        assert_eq!(find_version(lock, "b"), None);
        assert!(locked_version("wasm-bindgen").is_some(), "the page needs it");
        assert!(root().join("rust-toolchain.toml").is_file());
    }
}
