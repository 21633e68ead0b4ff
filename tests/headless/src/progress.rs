//! How far a run is, on standard error: a bar on a terminal, elsewhere a line now and then.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::{Duration, Instant};

/// Where standard error is no terminal, a line comes this often.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// What is shown while something runs.
pub struct Progress {
    bar: ProgressBar,
    said: Instant,
}

impl Progress {
    /// Of so many ticks.
    pub fn of_ticks(ticks: u64) -> Self {
        let bar = ProgressBar::new(ticks);
        let style = ProgressStyle::with_template("{elapsed_precise} [{bar:40}] {pos}/{len} ticks, {per_sec} {msg}");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar, said: Instant::now() }
    }

    /// Without a known end, with words.
    pub fn of_words() -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{elapsed_precise} {spinner} {msg}") {
            bar.set_style(style);
        }
        Self { bar, said: Instant::now() }
    }

    /// So many ticks are done.
    pub fn at(&mut self, tick: u64) {
        let length = self.bar.length().unwrap_or(0);
        self.bar.set_position(tick.min(length));
        if self.line_is_due() {
            eprintln!("{} of {length} ticks after {:.0} s", tick.min(length), self.bar.elapsed().as_secs_f64());
        }
    }

    /// What it does now.
    pub fn words(&mut self, words: String) {
        if self.line_is_due() {
            eprintln!("{words}");
        }
        self.bar.set_message(words);
        self.bar.tick();
    }

    /// A line that stays.
    pub fn say(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }

    /// It is over.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn line_is_due(&mut self) -> bool {
        let due = self.bar.is_hidden() && self.said.elapsed() >= LINE_EVERY;
        if due {
            self.said = Instant::now();
        }
        due
    }
}
