//! The largest load at which rooms of several sizes hold 60 ticks a second, one thread a peer.

use crate::figure::Figure;
use crate::place;
use anyhow::Context;
use serde_json::Value;
use std::process::Command;

pub const NAME: &str = "capacity";

/// Rooms of at most so many peers: one for each processor, since each has a thread that computes.
const PEERS: [usize; 5] = [1, 2, 4, 8, 16];

pub fn measure(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let program = place::headless()?;
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let peers: Vec<String> = PEERS.iter().filter(|&&peers| peers <= cores).map(usize::to_string).collect();
    let mut found = Vec::new();
    for water in if quick { &["wide"][..] } else { &["wide", "deep", "calm"] } {
        let file = place::target().join("capacity.json");
        let mut command = Command::new(&program);
        command.args(["capacity", "--water", water, "--peers", &peers.join(",")]);
        if quick {
            command.args(["--precision", "10", "--runs", "1", "--seconds", "10", "--from", "3"]);
        }
        command.arg("--json").arg(&file);
        place::said(&mut command)?;
        let json: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
        for room in json["rooms"].as_array().context("no rooms")? {
            let number = |name: &str| room[name].as_f64().with_context(|| format!("no {name}"));
            let at = number("peers")?;
            let mut more = |series: String, value: f64, unit: &str| {
                found.push(Figure::new(NAME, series, value, unit).at(at, "peers").more_is_better());
            };
            more((*water).into(), number("carries")?, "particles a peer");
            more(format!("{water}, of what each carries alone"), 100.0 * number("efficiency")?, "%");
        }
    }
    Ok(found)
}
