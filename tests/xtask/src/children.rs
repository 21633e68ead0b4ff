//! Programs that run beside this one, and end with it.

use anyhow::{Context, Result};
use std::process::{Child, ChildStdout, Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Between two looks at the children.
const LOOK: Duration = Duration::from_millis(100);
/// Time for an orderly end, before a child is killed.
const ORDERLY: Duration = Duration::from_secs(4);

/// Whether the user asked to stop, by Ctrl-C or by ending this program.
#[derive(Clone)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens from now on; this program then no longer ends by itself on Ctrl-C.
    pub fn listen() -> Result<Self> {
        let stop = Self(Arc::default());
        let flag = Arc::clone(&stop.0);
        ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed)).context("listening for Ctrl-C")?;
        Ok(stop)
    }

    /// See [`Stop`].
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A program that is ended, in order where it can be, when this value goes.
pub struct Running {
    name: &'static str,
    child: Child,
}

impl Running {
    /// Starts it.
    pub fn start(name: &'static str, command: &mut Command) -> Result<Self> {
        let child = command.spawn().with_context(|| format!("starting {name}"))?;
        Ok(Self { name, child })
    }

    /// Its standard output, when that was asked to be a pipe; once.
    pub fn output(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Waits until it ends (its status) or the user asks to stop (`None`).
    pub fn wait(&mut self, stop: &Stop) -> Option<ExitStatus> {
        loop {
            if let Some(status) = self.ended() {
                return Some(status);
            }
            if stop.asked() {
                return None;
            }
            sleep(LOOK);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.ended().is_some() {
            return;
        }
        // After Ctrl-C in a terminal it has been told already; when only this program was ended it has not.
        #[cfg(unix)]
        {
            let _ = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
            let started = Instant::now();
            while started.elapsed() < ORDERLY {
                if self.ended().is_some() {
                    return;
                }
                sleep(LOOK / 4);
            }
        }
        eprintln!("xtask: {} does not end: killing it", self.name);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command to its end, unless the user asks to stop.
pub fn run_or_stop(name: &'static str, command: &mut Command, stop: &Stop) -> Result<Option<ExitStatus>> {
    let mut running = Running::start(name, command)?;
    Ok(running.wait(stop))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_child_ends_with_its_owner() {
        let child = Running::start("sleep", Command::new("sleep").arg("60")).unwrap();
        let id = child.child.id();
        let started = Instant::now();
        drop(child);
        assert!(started.elapsed() < ORDERLY);
        let alive = Command::new("kill").arg("-0").arg(id.to_string()).stderr(std::process::Stdio::null()).status();
        assert!(!alive.unwrap().success());
    }

    #[test]
    fn waiting_ends_with_the_child_or_the_wish() {
        let stop = Stop(Arc::default());
        let status = run_or_stop("true", &mut Command::new("true"), &stop).unwrap();
        assert!(status.unwrap().success());
        stop.0.store(true, Ordering::Relaxed);
        assert!(run_or_stop("sleep", Command::new("sleep").arg("60"), &stop).unwrap().is_none());
    }
}
