//! How fast a backend is, measured once before it joins a room: the room sizes a newcomer's strip by it, and
//! measures for itself from then on.

use crate::scene_file;
use sim_kernels::job::{Backend, Job, JobOutput, KernelError, Load, StepJob};

/// Particles of the pools that are tried, smallest first. A GPU's fixed cost a tick hides its speed in small
/// ones; a slow device never gets to the big ones.
const POOLS: [u64; 3] = [4_000, 32_000, 256_000];
/// A pool whose tick takes longer than this shows the speed well enough.
const TICK_US: u64 = 1_500;
/// Steps of a pool: the first ones load caches and, on a GPU, compile.
const STEPS: usize = 4;
/// Measuring ends after about this long, apart from what the first step takes.
const BUDGET_US: u64 = 40_000;
/// Ticks of a step, as in a room.
const TICKS: usize = 2;

/// Particle-ticks a second, or 0 for a backend that cannot even do this; the room then learns of it.
pub(crate) async fn throughput(backend: &mut dyn Backend) -> u64 {
    let mut best = 0;
    let mut spent = 0;
    for particles in POOLS {
        match pool(backend, particles, &mut spent).await {
            Ok((speed, tick_us)) => {
                best = speed.max(best);
                if tick_us >= TICK_US || spent >= BUDGET_US {
                    break;
                }
            }
            Err(why) => {
                log::warn!("{} cannot be measured with {particles} particles: {why}", backend.name());
                break;
            }
        }
    }
    best
}

/// Speed and time of a tick with a pool of water at rest.
async fn pool(backend: &mut dyn Backend, particles: u64, spent: &mut u64) -> Result<(u64, u64), KernelError> {
    let scene = scene_file::stress(particles);
    let region = scene.world.rect();
    let load = Load { globals: scene.globals(), region, particles: scene.particles(region) };
    backend.run(Job::Load(load)).await?;
    let mut fastest = u64::MAX;
    for i in 0..STEPS {
        let step = StepJob { region, commands: vec![Vec::new(); TICKS], digest: true, ..StepJob::default() };
        let JobOutput { compute_us, .. } = backend.run(Job::Step(step)).await?;
        fastest = fastest.min(compute_us.max(1));
        *spent += if i == 0 { 0 } else { compute_us };
        if i > 0 && *spent >= BUDGET_US {
            break;
        }
    }
    Ok((particles * TICKS as u64 * 1_000_000 / fastest, fastest / TICKS as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::cpu::CpuBackend;
    use sim_kernels::job::JobFuture;

    /// A backend that is right, and says that it took a given time for each particle and tick, and for each step.
    struct Clocked {
        backend: CpuBackend,
        particle_ns: u64,
        step_us: u64,
        steps: usize,
    }

    impl Backend for Clocked {
        fn name(&self) -> String {
            "clocked".into()
        }

        fn is_gpu(&self) -> bool {
            true
        }

        fn run(&mut self, job: Job) -> JobFuture<'_> {
            let ticks = if let Job::Step(step) = &job { step.commands.len() as u64 } else { 0 };
            self.steps += usize::from(ticks > 0);
            let result = self.backend.run_now(job).map(|mut output| {
                output.compute_us = output.particles * ticks * self.particle_ns / 1000 + self.step_us;
                output
            });
            Box::pin(std::future::ready(result))
        }
    }

    fn measured(particle_ns: u64, step_us: u64) -> (u64, usize) {
        let mut backend = Clocked { backend: CpuBackend::new(Some(1)), particle_ns, step_us, steps: 0 };
        (pollster::block_on(throughput(&mut backend)), backend.steps)
    }

    #[test]
    fn ten_times_the_speed_is_measured_as_such() {
        let ((fast, _), (slow, steps)) = (measured(400, 20), measured(4_000, 20));
        assert!((9.0..=11.0).contains(&(fast as f64 / slow as f64)), "{fast} {slow}");
        assert!(steps <= STEPS, "a slow device is asked for the small pool only");
        // A millisecond a step, and very fast otherwise: seen with a big pool only.
        let (gpu, _) = measured(5, 1_000);
        assert!(gpu > 100_000_000, "{gpu}");
        // So slow that one step says it.
        assert_eq!(measured(40_000, 0).1, 2);
    }
}
