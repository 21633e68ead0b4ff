//! Several processes of this program in rooms over WebRTC on this machine, each with its own participant, and what they report.

use crate::progress::Progress;
use crate::report::Report;
use anyhow::{Context, bail, ensure};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How often the processes are looked at.
const LOOK: Duration = Duration::from_millis(50);

/// What a process is told: `join`, on the CPU, with these options.
pub struct Line(Vec<OsString>);

impl Line {
    /// The participant of a number in a room of so many that compute, which begins with a scene.
    pub fn of(scene: &str, room: &str, number: u32, peers: u32, threads: u32) -> Self {
        let mut line = Self(vec!["join".into()]);
        line.option("--scene", scene);
        line.option("--room", room);
        line.option("--name", format!("P{number}"));
        line.option("--backend", "cpu");
        line.option("--threads", threads);
        line.option("--wait-for", peers);
        line
    }

    /// Ends at a tick, and is measured from another one on.
    pub fn ticks(&mut self, end: u64, measured_from: u64) {
        self.option("--ticks", end);
        self.option("--measure-from", measured_from);
    }

    /// An option with its value.
    pub fn option(&mut self, name: &str, value: impl ToString) {
        self.0.extend([name.into(), value.to_string().into()]);
    }

    /// An option without one.
    pub fn flag(&mut self, name: &str) {
        self.0.push(name.into());
    }
}

/// Runs a process for each line, with a signaling server of their own, until all have ended, and reads what they report.
///
/// # Errors
///
/// One fails (its last words are told), or they take longer than that.
pub fn joined(lines: Vec<Line>, longest: Duration) -> anyhow::Result<Vec<Report>> {
    let server =
        signaling::Server::start(signaling::Config::loopback()).context("the signaling server does not start")?;
    let url = server.ws_url().context("the signaling server has no plain port")?;
    let program = std::env::current_exe().context("this program does not know where it lies")?;
    let folder = Folder::new()?;
    let count = lines.len();
    let mut all = Vec::new();
    for (i, line) in lines.into_iter().enumerate() {
        let log = std::fs::File::create(folder.0.join(format!("{i}.log")))?;
        let mut command = Command::new(&program);
        command.args(line.0).args(["--signaling", &url]);
        command.arg("--json").arg(folder.0.join(format!("{i}.json")));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        all.push(Process(command.spawn().context("another process of this program does not start")?));
    }
    let (began, mut progress) = (Instant::now(), Progress::of_words());
    loop {
        let mut running = 0;
        for (i, process) in all.iter_mut().enumerate() {
            match process.0.try_wait()? {
                Some(status) if !status.success() => {
                    let log = std::fs::read_to_string(folder.0.join(format!("{i}.log"))).unwrap_or_default();
                    bail!("process {i} failed:\n{}", log.trim_end());
                }
                Some(_) => {}
                None => running += 1,
            }
        }
        if running == 0 {
            break;
        }
        ensure!(began.elapsed() < longest, "not done after {} s", longest.as_secs());
        progress.words(format!("{running} processes run, for {} s", began.elapsed().as_secs()));
        std::thread::sleep(LOOK);
    }
    progress.finish();
    let read = |i: usize| -> anyhow::Result<Report> {
        let text = std::fs::read(folder.0.join(format!("{i}.json")))
            .with_context(|| format!("process {i} wrote no figures"))?;
        Ok(serde_json::from_slice(&text)?)
    };
    (0..count).map(read).collect()
}

/// A process that ends with this program.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}

/// A folder for as long as it is used.
pub struct Folder(pub PathBuf);

impl Folder {
    /// Of this process.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub fn new() -> anyhow::Result<Self> {
        static MADE: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = MADE.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("tidepool-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
