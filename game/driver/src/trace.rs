//! When supersteps begin and end, for measuring.

use crate::handle::Step;
use sim_kernels::geom::Rect;
use sim_kernels::job::Job;
use std::collections::{BTreeMap, VecDeque};

/// Follows the jobs of one backend.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// Of each of the backend's states.
    ticks: BTreeMap<u8, u64>,
    slot: u8,
    borders: u64,
    bands_us: u64,
    under_way: VecDeque<(u64, Step)>,
}

impl Trace {
    /// So many messages with bands have come so far.
    pub(crate) fn borders(&mut self, count: u64) {
        if std::mem::replace(&mut self.borders, count) != count {
            self.bands_us = wall_us();
        }
    }

    /// A job is given to the backend.
    pub(crate) fn begins(&mut self, number: u64, job: &Job, executes: impl Fn(Rect) -> bool) {
        match job {
            Job::Select(slot) => self.slot = *slot,
            Job::Copy(from) => {
                let tick = self.ticks.get(from).copied().unwrap_or(0);
                self.ticks.insert(self.slot, tick);
            }
            Job::Load(load) => {
                self.ticks.insert(self.slot, load.globals.tick);
            }
            Job::Step(step) => {
                let tick = self.ticks.entry(self.slot).or_default();
                *tick += step.commands.len() as u64;
                // What is computed in another's shadow is not this peer's step, nor a guess's window.
                if !executes(step.region) {
                    return;
                }
                let (x0, bands_us) = (step.region.x0, self.bands_us);
                let step = Step { tick: *tick, x0, bands_us, began_us: wall_us(), ended_us: 0 };
                self.under_way.push_back((number, step));
            }
            _ => {}
        }
    }

    /// A job was answered, and what follows was sent.
    pub(crate) fn ended(&mut self, number: u64) -> Option<Step> {
        let (_, step) = self.under_way.pop_front_if(|(n, _)| *n == number)?;
        Some(Step { ended_us: wall_us(), ..step })
    }
}

fn wall_us() -> u64 {
    let since = web_time::SystemTime::now().duration_since(web_time::UNIX_EPOCH);
    since.map_or(0, |d| d.as_micros() as u64)
}
