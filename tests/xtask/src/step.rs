//! One step of a task: a heading, the command with its own progress, and how long it took.

use crate::children::{Stop, read_group, run_or_stop};
use anyhow::{Result, bail};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Says what begins.
pub fn heading(text: &str) {
    eprintln!("\n\x1b[1m== {text}\x1b[0m");
}

/// Runs a command with its output shown; an error when it cannot run or fails.
pub fn run(what: &str, command: &mut Command) -> Result<()> {
    heading(what);
    let started = Instant::now();
    let Some(status) = run_or_stop("cargo", command, &Stop::current())? else { bail!("stopped") };
    if !status.success() && Stop::current().asked_by_now() {
        bail!("stopped");
    }
    if !status.success() {
        bail!("{what}: failed ({status}): {}", show(command));
    }
    eprintln!("   done in {}", time(started.elapsed()));
    Ok(())
}

/// Runs a command, showing its standard output line by line and handing each line to `line` too. False
/// when it failed or took longer than `limit`.
pub fn run_reading(command: &mut Command, limit: Duration, mut line: impl FnMut(&str)) -> Result<bool> {
    let ended = read_group(command, limit, |text| {
        println!("{text}");
        line(text);
    })?;
    Ok(ended.is_some_and(|status| status.success()))
}

/// The standard output of a quick command, if it ran and succeeded.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A command as one would type it.
pub fn show(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|w| w.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// `12.3 s`, `4 min 05 s`.
pub fn time(t: Duration) -> String {
    let s = t.as_secs();
    if s < 60 { format!("{:.1} s", t.as_secs_f64()) } else { format!("{} min {:02} s", s / 60, s % 60) }
}

/// `9.4 MB`.
pub fn megabytes(bytes: usize) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(time(Duration::from_millis(1234)), "1.2 s");
        assert_eq!(time(Duration::from_secs(245)), "4 min 05 s");
    }
}
