//! The built page: what is downloaded, and how soon a browser shows water.

use crate::figure::Figure;
use crate::place;
use anyhow::{Context, ensure};
use serde_json::Value;
use std::process::Command;

pub const NAME: &str = "page";

pub fn measure(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let page = place::target().join("web-dist");
    ensure!(page.join("index.html").is_file(), "build the page first: cargo xtask web --release");
    let (mut plain, mut packed) = (0, 0);
    for entry in std::fs::read_dir(&page)? {
        let entry = entry?;
        let bytes = entry.metadata()?.len();
        match entry.file_name().to_string_lossy().as_ref() {
            name if name.ends_with(".wasm") => plain += bytes,
            name if name.ends_with(".wasm.br") => packed += bytes,
            _ => {}
        }
    }
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let mut found = vec![Figure::new(NAME, "programs", megabytes(plain), "MB")];
    if packed > 0 {
        found.push(Figure::new(NAME, "programs, brotli", megabytes(packed), "MB"));
    }
    place::cargo(&["build", "--package", "signaling"])?;
    let mut command = Command::new("node");
    command.args(["tests/browser/start.mjs", if quick { "2" } else { "7" }]);
    let said = place::said(&mut command).context("a browser")?;
    let json: Value = serde_json::from_str(said.lines().last().unwrap_or(""))?;
    for (name, series) in [
        ("program_ms", "the program runs"),
        ("frame_ms", "the cover is gone: a frame is shown"),
        ("tick_ms", "water moves"),
    ] {
        let ms = json[name].as_f64().with_context(|| format!("no {name}"))?;
        found.push(Figure::new(NAME, format!("from the address: {series}"), ms, "ms"));
    }
    Ok(found)
}
