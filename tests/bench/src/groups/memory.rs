//! The most memory that a process of the headless program has had (Linux tells).

use crate::figure::Figure;
use crate::place;
use anyhow::{Context, ensure};
use std::process::{Command, Stdio};
use std::time::Duration;

pub const NAME: &str = "memory";

pub fn measure(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let program = place::headless()?;
    let mut found = Vec::new();
    for particles in if quick { &[20_000][..] } else { &[20_000, 100_000, 400_000] } {
        let scene = format!("stress:{particles}");
        let mut command = Command::new(&program);
        command.args(["run", "--scene", &scene, "--ticks", "60", "--net", "virtual", "--threads", "1"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let mut most = 0;
        let status = loop {
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            most = most.max(peak_kib(&status).unwrap_or(0));
            match child.try_wait()? {
                Some(status) => break status,
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        ensure!(status.success(), "a run of {scene} failed: {status}");
        ensure!(most > 0, "the system does not tell what a process takes");
        let figure = Figure::new(NAME, "a room of one, 60 ticks", most as f64 / 1024.0, "MiB");
        found.push(figure.at(f64::from(*particles), "particles"));
    }
    found.first().context("nothing was run")?;
    Ok(found)
}

/// The most that a process has had, by Linux' `/proc/PID/status`.
fn peak_kib(status: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_is_read() {
        assert_eq!(peak_kib("Name:\tx\nVmHWM:\t  123456 kB\nVmRSS:\t 1 kB\n"), Some(123_456));
        assert_eq!(peak_kib(""), None);
    }
}
