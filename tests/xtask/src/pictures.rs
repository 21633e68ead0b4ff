//! `pictures`: the pictures of docs/materials, each from a small scene of its own that [`PICTURES`] holds, run on the CPU.
//!
//! All scenes have one frame: a world of 160 x 96 cells with a floor and two walls, four cells thick.

mod scenes;

use crate::{place, step};
use anyhow::{Context, Result, bail};
use clap::Args;
use scenes::PICTURES;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Which pictures to make.
#[derive(Args)]
pub struct Options {
    /// Only those whose name contains this (several: repeat it).
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Write them, and the scenes that they are of, into this folder instead of docs/materials.
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    /// Take the program as it was built before.
    #[arg(long)]
    built: bool,
}

/// Left, lower, right and upper edge, in cells.
type Cells = [i32; 4];

/// A picture, and the scene that it is of.
struct Picture {
    /// Of its page.
    name: &'static str,
    /// The tick that it shows.
    tick: u32,
    /// Bedrock beside the frame.
    walls: &'static [Cells],
    /// What there is at first; of two in a cell the first. With "air", all of the world has air.
    blocks: &'static [(&'static str, Cells)],
    /// Commands as scenes have them, in order of their ticks.
    commands: &'static [&'static str],
}

/// All of the world, for air.
const WORLD: Cells = [0, 0, 160, 96];
/// Its floor and walls.
const FRAME: [Cells; 3] = [[0, 0, 160, 4], [0, 0, 4, 96], [156, 0, 160, 96]];
/// Pixels a cell along each axis.
const PIXELS: &str = "2";

impl Picture {
    /// Its scene's text.
    fn scene(&self) -> String {
        let mut text = format!("// The picture of docs/materials/{}.md, at tick {}.\n(\n", self.name, self.tick);
        let _ = writeln!(
            text,
            "    title: \"{}\",\n    world: (width: 160, height: 96),\n    gravity: (0, -60),",
            self.name
        );
        let cells = |[x0, y0, x1, y1]: Cells| format!("x0: {x0}, y0: {y0}, x1: {x1}, y1: {y1}");
        text += "    terrain: [\n";
        for wall in FRAME.iter().chain(self.walls) {
            let _ = writeln!(text, "        ({}),", cells(*wall));
        }
        text += "    ],\n    blocks: [\n";
        for (material, rect) in self.blocks {
            let _ = writeln!(text, "        ({}, material: \"{material}\"),", cells(*rect));
        }
        text += "    ],\n    commands: [\n";
        for command in self.commands {
            let _ = writeln!(text, "        {command},");
        }
        text + "    ],\n)\n"
    }

    /// Runs its scene, and writes its picture.
    fn make(&self, into: &Path, scene: &Path) -> Result<()> {
        std::fs::write(scene, self.scene()).with_context(|| scene.display().to_string())?;
        let mut run = Command::new(place::program("tidepool-headless", true));
        run.current_dir(place::root()).arg("run").arg("--scene").arg(scene);
        run.args(["--ticks", &self.tick.to_string(), "--backend", "cpu", "--threads", "1", "--pixels", PIXELS]);
        run.arg("--png").arg(into.join(format!("{}.png", self.name)));
        let output = run.output()?;
        if !output.status.success() {
            bail!("{}: {}", self.name, String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }
}

/// Builds the headless program and makes the pictures.
pub fn run(options: &Options) -> Result<ExitCode> {
    if !options.built {
        let mut build = place::cargo();
        build.args(["build", "--release", "--package", "tidepool-headless", "--bin", "tidepool-headless"]);
        step::run("building tidepool-headless (release)", &mut build)?;
    }
    let pages = place::root().join("docs/materials");
    // The program runs in the top folder.
    let into = std::path::absolute(options.into.as_ref().unwrap_or(&pages))?;
    std::fs::create_dir_all(&into)?;
    let is_asked = |name: &str| options.only.is_empty() || options.only.iter().any(|part| name.contains(part.as_str()));
    for picture in PICTURES.iter().filter(|picture| is_asked(picture.name)) {
        let scenes = if options.into.is_some() { into.clone() } else { std::env::temp_dir() };
        let scene = scenes.join(format!("tidepool-picture-{}.ron", picture.name));
        picture.make(&into, &scene)?;
        if options.into.is_none() {
            std::fs::remove_file(&scene)?;
        }
        let bytes = std::fs::metadata(into.join(format!("{}.png", picture.name)))?.len();
        println!("{}.png: {bytes} bytes", picture.name);
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_has_one_picture() {
        let mut pages: Vec<String> = std::fs::read_dir(place::root().join("docs/materials"))
            .expect("the folder is there")
            .flatten()
            .filter_map(|entry| entry.file_name().to_string_lossy().strip_suffix(".md").map(str::to_owned))
            .collect();
        let mut pictures: Vec<&str> = PICTURES.iter().map(|picture| picture.name).collect();
        pages.sort();
        pictures.sort_unstable();
        assert_eq!(pages, pictures);
    }
}
