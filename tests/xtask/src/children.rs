//! Programs that run beside this one, and end with it.

use anyhow::{Context, Result};
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, OnceLock};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Between two looks at the children.
const LOOK: Duration = Duration::from_millis(100);
/// Time for an orderly end, before a child is killed.
const ORDERLY: Duration = Duration::from_secs(4);

/// Whether the user asked to stop, by Ctrl-C or by ending this program.
#[derive(Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

static LISTENING: OnceLock<Stop> = OnceLock::new();

impl Stop {
    /// Listens from now on; this program then no longer ends by itself on Ctrl-C.
    pub fn listen() -> Result<Self> {
        let stop = LISTENING.get_or_init(Self::default).clone();
        let flag = Arc::clone(&stop.0);
        ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed)).context("listening for Ctrl-C")?;
        Ok(stop)
    }

    /// The one that [`Stop::listen`] returned; one that is never asked for before that.
    pub fn current() -> Self {
        LISTENING.get().cloned().unwrap_or_default()
    }

    /// See [`Stop`].
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The same for somebody who saw a child end: Ctrl-C reaches the child and this program in any order.
    pub fn asked_by_now(&self) -> bool {
        sleep(LOOK);
        self.asked()
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

/// Runs a command, with all that it starts, for at most `limit`, handing over its standard output a line
/// at a time. `None` when the time was over or the user asked to stop: then all of it was killed.
pub fn read_group(command: &mut Command, limit: Duration, mut line: impl FnMut(&str)) -> Result<Option<ExitStatus>> {
    let name = command.get_program().to_string_lossy().into_owned();
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().with_context(|| format!("cannot run {name}"))?;
    let (send, lines) = channel();
    if let Some(out) = child.stdout.take() {
        // Ends with the pipe; what holds the pipe open longest is killed below.
        std::thread::spawn(move || {
            for text in BufReader::new(out).split(b'\n').map_while(Result::ok) {
                if send.send(String::from_utf8_lossy(&text).into_owned()).is_err() {
                    return;
                }
            }
        });
    }
    let (stop, started) = (Stop::current(), Instant::now());
    let mut status = None;
    loop {
        match lines.recv_timeout(LOOK) {
            Ok(text) => line(&text),
            Err(RecvTimeoutError::Disconnected) => {
                status = child.wait().ok();
                break;
            }
            // The program has ended, but something that it left behind keeps the pipe open.
            Err(RecvTimeoutError::Timeout) if child.try_wait().ok().flatten().is_some() => {
                status = child.try_wait().ok().flatten();
                break;
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if stop.asked() || started.elapsed() > limit {
            break;
        }
    }
    // Whatever is left of the group; nothing in the usual case.
    #[cfg(unix)]
    {
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    }
    if status.is_none() {
        let _ = child.kill();
        let _ = child.wait();
        eprintln!("xtask: {name} was ended after {}", crate::step::time(started.elapsed()));
    }
    Ok(status)
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
    fn a_group_ends_whole_and_in_time() {
        let mut lines = Vec::new();
        let script = "sleep 60 & echo $!; wait";
        let started = Instant::now();
        let ended = read_group(Command::new("sh").args(["-c", script]), Duration::from_millis(300), |l| {
            lines.push(l.to_owned());
        });
        assert!(ended.unwrap().is_none() && started.elapsed() < Duration::from_secs(10));
        // The grandchild is gone, or about to be taken by the system's first process.
        sleep(LOOK * 3);
        let state = std::fs::read_to_string(format!("/proc/{}/stat", lines[0])).unwrap_or_default();
        assert!(state.is_empty() || state.contains(") Z "), "{state}");
    }

    #[test]
    fn a_group_is_read_to_its_end() {
        let mut lines = Vec::new();
        let command = &mut Command::new("sh");
        let ended =
            read_group(command.args(["-c", "echo a; echo b; exit 3"]), ORDERLY, |l| lines.push(l.to_owned())).unwrap();
        assert_eq!((ended.unwrap().code(), lines), (Some(3), vec!["a".to_owned(), "b".to_owned()]));
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
