//! A superstep from the moment when it is given to the kernels until it was answered and its bands were sent: as a span
//! of `tracing`, which programs can write to a file, and as figures for those who measure several programs at a time.
//!
//! The span `superstep` holds `kernels` (on the kernels' thread) and `answer` (what the room makes of it); other jobs
//! are spans named `job`. Without a subscriber a span costs a comparison. Times are whatever clock's the caller reads.

use crate::handle::Step;
use room::api::Micros;
use sim_kernels::geom::Rect;
use sim_kernels::job::Job;
use std::collections::{BTreeMap, VecDeque};
use tracing::{Span, debug_span};

/// Follows the jobs of one backend.
#[derive(Debug, Default)]
pub(crate) struct Supersteps {
    /// Whether figures are kept.
    measures: bool,
    /// The tick of each of the backend's states.
    ticks: BTreeMap<u8, u64>,
    slot: u8,
    borders: u64,
    bands_us: u64,
    /// What is computed of each state's next step: when it began, and was over.
    inside_us: BTreeMap<u8, [Micros; 2]>,
    under_way: VecDeque<UnderWay>,
}

#[derive(Debug)]
struct UnderWay {
    number: u64,
    span: Span,
    step: Option<Step>,
    /// The state of which an inside is computed.
    inside: Option<u8>,
}

impl Supersteps {
    /// `measures`: figures are kept, too.
    pub(crate) fn new(measures: bool) -> Self {
        Self { measures, ..Self::default() }
    }

    /// So many bands of this peer's own strips have come so far.
    pub(crate) fn borders(&mut self, count: u64, now: impl FnOnce() -> Micros) {
        if self.measures && std::mem::replace(&mut self.borders, count) != count {
            self.bands_us = now();
        }
    }

    /// A job is given to the backend; its span.
    pub(crate) fn begins(
        &mut self,
        number: u64,
        job: &Job,
        now: impl FnOnce() -> Micros,
        executes: impl FnOnce(Rect) -> bool,
    ) -> Span {
        let (mut step, mut inside) = (None, None);
        let span = match job {
            Job::Select(slot) => {
                self.slot = *slot;
                debug_span!("job", kind = "select", slot = *slot)
            }
            Job::Copy(from) => {
                let tick = self.ticks.get(from).copied().unwrap_or(0);
                self.ticks.insert(self.slot, tick);
                debug_span!("job", kind = "copy", from = *from, tick)
            }
            Job::Load(load) => {
                self.ticks.insert(self.slot, load.globals.tick);
                debug_span!("job", kind = "load", tick = load.globals.tick, x0 = load.region.x0)
            }
            Job::Begin(job) => {
                if self.measures && executes(job.region) {
                    self.inside_us.insert(self.slot, [now(); 2]);
                    inside = Some(self.slot);
                }
                debug_span!("begin", x0 = job.region.x0, x1 = job.region.x1)
            }
            Job::Step(job) => {
                let inside_us = self.inside_us.remove(&self.slot).unwrap_or_default();
                let tick = self.ticks.entry(self.slot).or_default();
                *tick += job.commands.len() as u64;
                // What is computed in another's shadow is not this peer's step, nor is a window computed ahead.
                let own = executes(job.region);
                let (tick, x0, bands_us) = (*tick, job.region.x0, self.bands_us);
                step = (own && self.measures).then(|| Step {
                    tick,
                    x0,
                    bands_us,
                    inside_us,
                    began_us: now(),
                    ended_us: 0,
                });
                debug_span!("superstep", tick, x0, x1 = job.region.x1, own)
            }
            _ => debug_span!("job", kind = "other"),
        };
        self.under_way.push_back(UnderWay { number, span: span.clone(), step, inside });
        span
    }

    /// The span of a job that is under way.
    pub(crate) fn span(&self, number: u64) -> Span {
        self.under_way.iter().find(|job| job.number == number).map_or_else(Span::none, |job| job.span.clone())
    }

    /// A job was answered, and what follows was sent. Its figures, if it was a step of this peer's own.
    pub(crate) fn ended(&mut self, number: u64, now: impl FnOnce() -> Micros) -> Option<Step> {
        let at = self.under_way.iter().position(|job| job.number == number)?;
        let job = self.under_way.remove(at)?;
        if let Some(us) = job.inside.and_then(|slot| self.inside_us.get_mut(&slot)) {
            us[1] = now();
            return None;
        }
        let step = job.step?;
        Some(Step { ended_us: now(), ..step })
    }
}

/// Microseconds of the machine's wall clock.
pub(crate) fn wall_us() -> Micros {
    let since = web_time::SystemTime::now().duration_since(web_time::UNIX_EPOCH);
    since.map_or(0, |d| d.as_micros() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::job::StepJob;

    fn step(x0: i32) -> Job {
        Job::Step(StepJob { region: Rect::new(x0, 0, x0 + 64, 64), commands: vec![vec![]; 4], ..StepJob::default() })
    }

    #[test]
    fn steps_are_measured_slot_by_slot_and_only_ones_own() {
        let mut steps = Supersteps::new(true);
        let own = |region: Rect| region.x0 == 0;
        for (number, job) in
            [(1, step(0)), (2, Job::Select(1)), (3, Job::Copy(0)), (4, step(64)), (5, step(0)), (6, Job::Select(0))]
        {
            steps.begins(number, &job, || 0, own);
        }
        steps.begins(7, &step(0), || 0, own);
        let ticks: Vec<_> = (1..=7).map(|number| steps.ended(number, || 0).map(|step| step.tick)).collect();
        assert_eq!(ticks, [Some(4), None, None, None, Some(12), None, Some(8)]);
        assert!(steps.under_way.is_empty() && steps.ended(1, || 0).is_none());
    }

    #[test]
    fn what_is_computed_before_the_bands_are_there_counts() {
        let mut steps = Supersteps::new(true);
        let begin = Job::Begin(StepJob { region: Rect::new(0, 0, 64, 64), ..StepJob::default() });
        steps.begins(1, &begin, || 10, |_| true);
        assert_eq!(steps.ended(1, || 30), None);
        steps.begins(2, &step(0), || 35, |_| true);
        let step = steps.ended(2, || 40).expect("its own");
        assert_eq!((step.inside_us, step.computing_us()), ([10, 30], 25));
        let before = Step { inside_us: [0; 2], ended_us: 8, ..step };
        assert_eq!((step.idle_us(&before), Step { inside_us: [0; 2], ..step }.idle_us(&before)), (30, 8));
    }

    #[test]
    fn nothing_is_kept_for_those_who_do_not_measure() {
        let mut steps = Supersteps::new(false);
        steps.begins(1, &step(0), || 0, |_| true);
        assert_eq!(steps.ended(1, || 0), None);
    }
}
