//! The kernels on one processor thread: all that a tick takes, digest and view included.

use super::lines;
use crate::figure::Figure;
use crate::place;

pub const NAME: &str = "kernels";

/// Water's sizes, and the one at which other materials are measured.
const SIZES: [&str; 4] = ["5000", "20000", "80000", "200000"];
const OTHERS: &str = "20000";
const MATERIALS: [&str; 7] = ["sand", "snow", "jelly", "oil", "honey", "lava", "steam"];

pub fn measure(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let example = ["--package", "sim-kernels", "--no-default-features", "--features", "threads", "--example", "bench"];
    place::cargo(&[&["build", "--release"][..], &example].concat())?;
    let mut found = Vec::new();
    let sizes = &SIZES[..if quick { 2 } else { SIZES.len() }];
    let runs =
        [[&["1"], sizes].concat(), [&["1", OTHERS], &MATERIALS[..if quick { 3 } else { MATERIALS.len() }]].concat()];
    for run in runs {
        let mut command = place::cargo_command();
        command.args(["run", "--quiet", "--release"]).args(example).args(["--", "--figures"]).args(run);
        found.extend(lines::figures(NAME, &place::said(&mut command)?, "particles"));
    }
    Ok(found)
}
