//! How much of this device the room may have. A share of 40 % makes the device look, and be, 40 % as fast: after each
//! job the kernels rest before the answer is given, and what the job is said to have taken includes the rest. The room
//! needs to know nothing of it: it gives a slower device less.
//!
//! The rest is kept here, beside the room, rather than by the kernels' task: a hidden page's timers are slow, and this
//! is woken by the page's heartbeat, as the room is.

use room::api::Micros;
use room::notice::BackendError;
use sim_kernels::job::JobOutput;
use std::collections::VecDeque;

/// The longest rest after a job: a device that compiles its kernels in the first one need not miss the room for it.
const REST_US_MAX: u64 = 1_000_000;

/// A device's share in percent, 10 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u32);

impl Share {
    /// The least that can be lent; who wants to lend less lends nothing.
    pub const PERCENT_MIN: u32 = 10;
    /// All of it.
    pub const FULL: Self = Self(100);

    /// The nearest share that there is.
    pub fn new(percent: u32) -> Self {
        Self(percent.clamp(Self::PERCENT_MIN, 100))
    }

    /// In percent.
    pub fn percent(self) -> u32 {
        self.0
    }

    /// What is left of a speed.
    pub fn of(self, speed: u64) -> u64 {
        (u128::from(speed) * u128::from(self.0) / 100) as u64
    }

    /// How long to rest after a job.
    fn rest_us(self, job_us: u64) -> u64 {
        (job_us.saturating_mul(u64::from(100 - self.0)) / u64::from(self.0)).min(REST_US_MAX)
    }
}

impl Default for Share {
    fn default() -> Self {
        Self::FULL
    }
}

impl std::str::FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let percent = text.trim().trim_end_matches('%').trim_end().parse().ok();
        percent
            .filter(|p| (Self::PERCENT_MIN..=100).contains(p))
            .map(Self)
            .ok_or_else(|| format!("write a number of percent from {} to 100", Self::PERCENT_MIN))
    }
}

type JobResult = Result<JobOutput, BackendError>;

/// Keeps answers back for as long as the share asks for.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    share: Share,
    /// When the last answer is due, or was.
    free_at: Micros,
    held: VecDeque<(Micros, u64, JobResult)>,
}

impl Throttle {
    /// From the next job on.
    pub(crate) fn set(&mut self, share: Share) {
        self.share = share;
    }

    /// A job is done. Answers keep their order.
    pub(crate) fn done(&mut self, now: Micros, job: u64, mut result: JobResult) {
        let mut due = now;
        if let Ok(output) = &mut result {
            let rest_us = self.share.rest_us(output.compute_us);
            if rest_us > 0 {
                // A job that ran while the one before it rested counts from that one's end on.
                due = now.max(self.free_at + output.compute_us) + rest_us;
                output.compute_us += rest_us;
            }
        }
        self.free_at = due.max(self.free_at);
        self.held.push_back((self.free_at, job, result));
    }

    /// The next answer that is due.
    pub(crate) fn take(&mut self, now: Micros) -> Option<(u64, JobResult)> {
        self.held.pop_front_if(|held| held.0 <= now).map(|(due, job, mut result)| {
            if let Ok(output) = &mut result
                && self.share < Share::FULL
            {
                // A timer that came late is a rest, too.
                output.compute_us += now - due;
            }
            (job, result)
        })
    }

    /// When the next one is.
    pub(crate) fn next_timeout(&self) -> Option<Micros> {
        self.held.front().map(|held| held.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(compute_us: u64) -> JobResult {
        Ok(JobOutput { compute_us, ..JobOutput::default() })
    }

    fn taken(throttle: &mut Throttle, now: Micros) -> Option<(u64, u64)> {
        throttle.take(now).map(|(job, result)| (job, result.unwrap().compute_us))
    }

    #[test]
    fn a_whole_device_answers_at_once() {
        let mut throttle = Throttle::default();
        throttle.done(500, 1, output(400));
        assert_eq!(taken(&mut throttle, 500), Some((1, 400)));
    }

    #[test]
    fn a_quarter_takes_four_times_as_long_and_says_so() {
        let mut throttle = Throttle::default();
        throttle.set(Share::new(25));
        throttle.done(10_000, 1, output(1_000));
        assert_eq!((taken(&mut throttle, 12_999), throttle.next_timeout()), (None, Some(13_000)));
        assert_eq!(taken(&mut throttle, 13_000), Some((1, 4_000)));
        // A timer that is late by 0.5 ms.
        throttle.done(20_000, 2, output(1_000));
        assert_eq!(taken(&mut throttle, 23_500), Some((2, 4_500)));
    }

    #[test]
    fn two_jobs_in_a_row_take_as_long_as_two() {
        let mut throttle = Throttle::default();
        throttle.set(Share::new(50));
        // The second runs while the first rests.
        throttle.done(1_000, 1, output(1_000));
        throttle.done(2_000, 2, output(1_000));
        throttle.done(2_000, 3, Err(BackendError::DeviceLost));
        assert_eq!(taken(&mut throttle, 2_000), Some((1, 2_000)));
        assert_eq!(taken(&mut throttle, 3_999), None);
        assert_eq!(taken(&mut throttle, 4_000), Some((2, 2_000)));
        assert!(throttle.take(4_000).is_some_and(|(job, result)| job == 3 && result.is_err()));
    }

    #[test]
    fn no_rest_is_endless() {
        let mut throttle = Throttle::default();
        throttle.set(Share::new(0));
        throttle.done(0, 1, output(u64::MAX / 200));
        assert!(throttle.next_timeout().is_some_and(|due| due <= REST_US_MAX + u64::MAX / 200));
        assert_eq!(Share::new(0).rest_us(60_000), 540_000);
        assert_eq!(Share::new(10).rest_us(10_000_000), REST_US_MAX);
    }

    #[test]
    fn shares_are_read_from_text() {
        assert_eq!("40".parse(), Ok(Share::new(40)));
        assert_eq!("100 %".parse(), Ok(Share::FULL));
        assert!(["", "9", "101", "-5", "half"].iter().all(|text| text.parse::<Share>().is_err()));
    }
}
