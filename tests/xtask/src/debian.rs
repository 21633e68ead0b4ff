//! What a bare Debian (or Ubuntu) lacks, as one apt line.

use crate::{place, step};
use anyhow::{Result, bail};
use std::path::Path;
use std::process::Command;

/// What must be there, how that is recognised, and the package that brings it.
struct Need {
    package: &'static str,
    found: fn() -> bool,
    /// Without it there is no building at all; otherwise something works less well.
    hard: bool,
    why: &'static str,
}

/// For building and opening a window.
const PLAY: &[Need] = &[
    Need { package: "build-essential", found: || program("cc"), hard: true, why: "links programs" },
    Need { package: "libvulkan1", found: || library("libvulkan.so.1"), hard: false, why: "GPU" },
    Need { package: "mesa-vulkan-drivers", found: vulkan_driver, hard: false, why: "GPU drivers" },
    Need { package: "libx11-6", found: || library("libX11.so.6"), hard: false, why: "window" },
    Need { package: "libx11-xcb1", found: || library("libX11-xcb.so.1"), hard: false, why: "window" },
    Need { package: "libxcursor1", found: || library("libXcursor.so.1"), hard: false, why: "window" },
    Need { package: "libxi6", found: || library("libXi.so.6"), hard: false, why: "window" },
    Need { package: "libxrandr2", found: || library("libXrandr.so.2"), hard: false, why: "window" },
    Need { package: "libxkbcommon-x11-0", found: || library("libxkbcommon-x11.so.0"), hard: false, why: "window" },
];

/// For the tests, beside that.
const TEST: &[Need] = &[
    Need { package: "chromium", found: || program("chromium"), hard: true, why: "browser tests" },
    Need { package: "nodejs", found: || program("node"), hard: true, why: "browser tests" },
    Need { package: "npm", found: || program("npm"), hard: true, why: "browser tests" },
    Need { package: "xvfb", found: || program("Xvfb"), hard: true, why: "windows in tests" },
    Need { package: "dbus-daemon", found: || program("dbus-daemon"), hard: false, why: "windows read in tests" },
];

/// For a small page, beside that.
const RELEASE_PAGE: &[Need] = &[
    Need { package: "binaryen", found: || program("wasm-opt"), hard: true, why: "optimises the page" },
    Need { package: "brotli", found: || program("brotli"), hard: true, why: "compresses the page" },
];

/// What a task needs.
#[derive(Clone, Copy, PartialEq)]
pub enum For {
    /// `play`
    Play,
    /// `test`
    Test,
    /// `web --release`
    ReleasePage,
}

/// Prints the one apt line for what is missing; runs it when told to (`yes`), or as root in CI. An error
/// when something is missing without which it makes no sense to go on.
pub fn check(task: For, yes: bool) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let lists: &[&[Need]] = match task {
        For::Play => &[PLAY],
        For::Test => &[PLAY, TEST],
        For::ReleasePage => &[RELEASE_PAGE],
    };
    let missing = || lists.iter().copied().flatten().filter(|need| !(need.found)()).collect::<Vec<_>>();
    let lacking = missing();
    if lacking.is_empty() {
        return Ok(());
    }
    let is_debian = program("apt-get");
    let root = step::answer(Command::new("id").arg("-u")).as_deref() == Some("0");
    let packages: Vec<&str> = lacking.iter().map(|need| need.package).collect();
    let line =
        format!("{}apt-get install -y --no-install-recommends {}", if root { "" } else { "sudo " }, packages.join(" "));
    eprintln!(
        "Missing here: {}.",
        lacking.iter().map(|n| format!("{} ({})", n.package, n.why)).collect::<Vec<_>>().join(", ")
    );
    if is_debian {
        eprintln!("This installs it:\n\n    {line}\n");
    } else {
        eprintln!("(These are Debian's names; install what your system calls them.)");
    }
    let in_ci = std::env::var_os("CI").is_some_and(|v| !v.is_empty());
    if is_debian && (yes || (root && in_ci)) {
        let sudo = if root { "" } else { "sudo " };
        let script = format!("{sudo}apt-get update -q && {line}");
        step::run("installing", Command::new("sh").arg("-c").arg(script).env("DEBIAN_FRONTEND", "noninteractive"))?;
    }
    let hard: Vec<&str> = missing().iter().filter(|n| n.hard).map(|n| n.package).collect();
    if !hard.is_empty() {
        bail!("cannot go on without {}", hard.join(", "));
    }
    Ok(())
}

fn program(name: &str) -> bool {
    place::on_path(name).is_some()
}

/// Whether the loader knows this library, or it lies in one of the usual folders.
fn library(name: &str) -> bool {
    let folders =
        ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/lib", "/usr/local/lib"];
    if folders.iter().any(|folder| Path::new(folder).join(name).exists()) {
        return true;
    }
    ["/sbin/ldconfig", "ldconfig"]
        .iter()
        .any(|ldconfig| step::answer(Command::new(ldconfig).arg("-p")).is_some_and(|list| list.contains(name)))
}

fn vulkan_driver() -> bool {
    let folders = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"];
    let listed = |folder: &&str| std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    folders.iter().any(listed) || std::env::var_os("VK_DRIVER_FILES").is_some()
}
