//! A superstep's exchange between processes on this machine over WebRTC.

use crate::figure::Figure;
use crate::place;
use anyhow::Context;
use serde_json::Value;
use std::process::Command;

pub const NAME: &str = "exchange";

pub fn measure(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let program = place::headless()?;
    let mut found = Vec::new();
    for peers in if quick { &[2][..] } else { &[2, 3, 4] } {
        let file = place::target().join("exchange.json");
        let mut command = Command::new(&program);
        command.args(["exchange", "--shards", &peers.to_string(), "--ticks", if quick { "240" } else { "600" }]);
        command.arg("--json").arg(&file);
        place::said(&mut command)?;
        let json: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
        let number = |path: &str| json.pointer(path).and_then(Value::as_f64).with_context(|| format!("no {path}"));
        let mut figure = |series: &str, value: f64, unit: &str| {
            found.push(Figure::new(NAME, series, value, unit).at(f64::from(*peers), "peers"));
        };
        figure("p50", number("/exchange_us/p50")? / 1e3, "ms");
        figure("p99", number("/exchange_us/p99")? / 1e3, "ms");
        figure("bands, with headers and what is sent again", number("/bands/bytes_per_particle")?, "bytes a particle");
        figure("datagrams lost", number("/datagrams/lost")?, "datagrams");
    }
    Ok(found)
}
