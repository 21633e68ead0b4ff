//! The kernels on a GPU, supersteps as a peer runs them. A software driver is none.

use super::lines;
use crate::figure::Figure;
use crate::place;
use anyhow::Context;

pub const NAME: &str = "gpu";

const SIZES: &str = "10000,30000,100000,300000,1000000,4000000";
const QUICK: &str = "10000,100000,1000000";

pub fn measure(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let example = ["--package", "sim-kernels", "--features", "gpu,threads", "--example", "bench_gpu"];
    place::cargo(&[&["build", "--release"][..], &example].concat())?;
    let mut command = place::cargo_command();
    command.args(["run", "--quiet", "--release"]).args(example);
    command.args(["--", "--figures", "--no-check", "--sizes", if quick { QUICK } else { SIZES }]);
    let said = place::said(&mut command).context("no GPU that is one")?;
    Ok(lines::figures(NAME, &said, "particles"))
}
