//! The steps of `test` that look at the text and the tree instead of running anything: lints, documentation, licences,
//! spelling, the workflows, what a program is built from.
//!
//! A step whose tool can neither be found nor fetched here says SKIPPED, aloud and in the summary.

use crate::suite::Count;
use crate::{place, step, wasm};
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Must not be among what the headless program is built from.
const NOT_IN_HEADLESS: [&str; 3] = ["bevy", "winit", "egui"];

/// Tools from PyPI, which ships them as built programs, at the versions that CI uses.
const PYTHON_TOOLS: [&str; 2] = ["typos==1.52.0", "check-jsonschema==0.39.0"];

/// Files of GitHub's, and the schema that each must have.
const SCHEMAS: [(&str, &str); 4] = [
    ("vendor.github-workflows", ".github/workflows"),
    ("vendor.github-issue-forms", ".github/ISSUE_TEMPLATE"),
    ("vendor.github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
    ("vendor.dependabot", ".github/dependabot.yml"),
];

/// All packages at once: nothing is built that could bleed into another, and what they share is looked at once.
pub fn clippy() -> Result<Count> {
    let mut clippy = place::cargo();
    clippy.args(["clippy", "--workspace", "--all-targets", "--no-deps", "--", "-D", "warnings"]);
    Ok(Count::of(clippy.status()?.success()))
}

/// The page's packages for the page's target, with what may not be called there (`web/clippy/clippy.toml`).
pub fn web_clippy() -> Result<Count> {
    let toolchain = wasm::Toolchain::find()?;
    if !toolchain.has_clippy() {
        return Ok(Count::skipped(
            "the compiler for the page has no clippy (rustup component add clippy, or Debian's rust-web-clippy)",
        ));
    }
    let mut count = Count::default();
    for (package, target) in [("tidepool", "--bin=tidepool"), ("web-worker", "--lib"), ("web-sound", "--lib")] {
        count.add(Count::of(toolchain.clippy(package, &[target]).status()?.success()));
    }
    Ok(count)
}

/// Everybody's documentation can be made, and no link in it leads nowhere.
pub fn doc() -> Result<Count> {
    let mut doc = place::cargo();
    doc.args(["doc", "--workspace", "--no-deps", "--document-private-items"]).env("RUSTDOCFLAGS", "-D warnings");
    Ok(Count::of(doc.status()?.success()))
}

/// The headless program is built without a window, a renderer or a user interface.
pub fn tree() -> Result<Count> {
    let args = ["tree", "--package", "tidepool-headless", "--edges", "normal", "--prefix", "none", "--format", "{p}"];
    let output = place::cargo().args(args).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let bad: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| NOT_IN_HEADLESS.iter().any(|n| name == n || name.starts_with(&format!("{n}_"))))
        .collect();
    if !bad.is_empty() {
        eprintln!("tidepool-headless is built from {}", bad.join(", "));
    }
    Ok(Count::of(output.status.success() && bad.is_empty()))
}

/// Spelling.
pub fn typos() -> Result<Count> {
    let Some(tool) = python_tool("typos") else { return Ok(Count::skipped("typos could not be installed")) };
    Ok(Count::of(Command::new(tool).current_dir(place::root()).status()?.success()))
}

/// GitHub's files have the shape that GitHub reads.
pub fn workflows() -> Result<Count> {
    let Some(tool) = python_tool("check-jsonschema") else {
        return Ok(Count::skipped("check-jsonschema could not be installed"));
    };
    let mut count = Count::default();
    for (schema, place) in SCHEMAS {
        let place = place::root().join(place);
        let mut files = if place.is_dir() { files(&place)? } else { vec![place] };
        // The forms' folder has the configuration in it, whose schema is another.
        files.retain(|file| schema != "vendor.github-issue-forms" || !file.ends_with("config.yml"));
        let mut check = Command::new(&tool);
        check.args(["--builtin-schema", schema]).args(&files);
        count.add(Count::of(check.status()?.success()));
    }
    Ok(count)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    Ok(files)
}

/// A tool of [`PYTHON_TOOLS`], installed into the target folder where it is missing; its version is the named one.
fn python_tool(name: &str) -> Option<PathBuf> {
    let folder = place::target().join("tools").join("python");
    let bin = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let stamp = folder.join("tools.txt");
    let wanted = PYTHON_TOOLS.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|has| has == wanted) {
        return Some(bin.join(name));
    }
    let python = ["python3", "python"].into_iter().find(|p| place::on_path(p).is_some())?;
    step::run("making a place for tools", Command::new(python).args(["-m", "venv"]).arg(&folder)).ok()?;
    let mut pip = Command::new(bin.join("pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]).args(PYTHON_TOOLS);
    // Where there is no PyPI, that is soon known.
    pip.args(["--retries", "1", "--timeout", "10"]);
    step::run("installing tools (once)", &mut pip).ok()?;
    std::fs::write(&stamp, wanted).ok()?;
    Some(bin.join(name))
}

/// Licences, sources, duplicates, and advisories where their list can be fetched.
pub fn deny() -> Result<Count> {
    let Some(tool) = deny_tool() else { return Ok(Count::skipped("cargo-deny could not be installed")) };
    let check = |what: &[&str]| {
        let mut command = Command::new(&tool);
        command.current_dir(place::root()).args(["--workspace", "--all-features", "check"]).args(what);
        command
    };
    let mut count = Count::of(check(&["licenses", "bans", "sources"]).status()?.success());
    let advisories = check(&["advisories"]).output()?;
    let words = String::from_utf8_lossy(&advisories.stderr).into_owned();
    eprintln!("{words}");
    if advisories.status.success() {
        count.add(Count::of(true));
    } else if ["failed to fetch", "failed to clone", "failed to open", "unable to load", "network", "offline"]
        .iter()
        .any(|sign| words.contains(sign))
    {
        count.add(Count::skipped("advisories: their list cannot be fetched here"));
    } else {
        count.add(Count::of(false));
    }
    Ok(count)
}

fn deny_tool() -> Option<PathBuf> {
    let runs = |program: &Path| step::answer(Command::new(program).arg("--version")).is_some();
    if let Some(found) = place::on_path("cargo-deny").filter(|p| runs(p)) {
        return Some(found);
    }
    let tools = place::target().join("tools");
    let own = tools.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if !runs(&own) {
        let mut install = place::cargo();
        install.args(["install", "cargo-deny", "--locked", "--debug", "--root"]).arg(&tools);
        install.env("CARGO_TARGET_DIR", place::target().join("tools-build")).env("CARGO_PROFILE_DEV_DEBUG", "0");
        step::run("installing cargo-deny (once)", &mut install).ok()?;
    }
    runs(&own).then_some(own)
}
