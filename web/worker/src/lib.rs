//! The CPU kernels in a dedicated web worker: bytes of a job in, bytes of its answer out.
//!
//! This is the far side of the driver's `RemoteBackend`, in a program of its own, so that a worker loads half
//! a megabyte instead of the whole app. Both sides are of one build; the encoding is bincode's fixed-width
//! one, which copies particles rather than packing them.

use sim_kernels::cpu::CpuBackend;
use sim_kernels::golden::ALL;
use sim_kernels::job::{Job, JobOutput};
use wasm_bindgen::prelude::*;

/// Eight million particles and their view.
const BYTES_MAX: usize = 512 << 20;

/// One region's kernels.
#[wasm_bindgen]
pub struct Kernels(CpuBackend);

#[wasm_bindgen]
impl Kernels {
    /// Empty until the first load.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::new_without_default, reason = "a constructor for JavaScript")]
    pub fn new() -> Self {
        Self(CpuBackend::new(Some(1)))
    }

    /// Does one job: the bytes of a [`Job`] in, those of a `Result<JobOutput, String>` out.
    pub fn run(&mut self, job: &[u8]) -> Vec<u8> {
        serve(&mut self.0, job)
    }
}

/// The digests of the kernels' golden scenes, computed here, bytes in and bytes out like any job: every machine
/// must give those that [`golden_digest`] names.
///
/// # Errors
/// Where a job fails, or is not read as it was written; in words.
#[wasm_bindgen]
pub fn golden() -> Result<String, String> {
    let config = bincode::config::legacy();
    let mut kernels = Kernels::new();
    let mut digests = Vec::new();
    for golden in ALL {
        let (jobs, globals) = golden.jobs();
        let mut digest = globals.digest();
        for job in jobs {
            let job = bincode::serde::encode_to_vec(&job, config).map_err(|error| error.to_string())?;
            let (answer, _): (Result<JobOutput, String>, usize) =
                bincode::serde::decode_from_slice(&kernels.run(&job), config).map_err(|error| error.to_string())?;
            digest.add(answer?.digest.unwrap_or_default());
        }
        digests.push(digest.to_string());
    }
    Ok(digests.join(" "))
}

/// What [`golden`] must give.
#[wasm_bindgen(js_name = goldenDigest)]
pub fn golden_digest() -> String {
    ALL.map(|golden| golden.digest.to_string()).join(" ")
}

fn serve(backend: &mut CpuBackend, bytes: &[u8]) -> Vec<u8> {
    let config = bincode::config::legacy();
    let limited = config.with_limit::<BYTES_MAX>();
    let answer: Result<JobOutput, String> = match bincode::serde::decode_from_slice::<Job, _>(bytes, limited) {
        Ok((job, used)) if used == bytes.len() => backend.run_now(job).map_err(|error| error.to_string()),
        Ok(_) => Err("bytes are left over after the job".into()),
        Err(error) => Err(format!("the job cannot be read: {error}")),
    };
    bincode::serde::encode_to_vec(&answer, config).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::geom::{Rect, WorldSize};
    use sim_kernels::globals::Globals;
    use sim_kernels::globals::spawned;
    use sim_kernels::job::{Load, StepJob};

    fn ask(backend: &mut CpuBackend, job: &Job) -> Result<JobOutput, String> {
        let bytes = bincode::serde::encode_to_vec(job, bincode::config::legacy()).unwrap();
        let answer = serve(backend, &bytes);
        bincode::serde::decode_from_slice(&answer, bincode::config::legacy()).unwrap().0
    }

    #[test]
    fn bytes_in_and_out_do_what_the_kernels_do() {
        let size = WorldSize::new(64, 64).unwrap();
        let region = size.rect();
        let particles: Vec<_> = (20..30).map(|x| spawned(x, 12, 0, [90, 0], 0, 7)).collect();
        let jobs = [
            Job::Load(Load { globals: Globals::new(size), region, particles }),
            Job::Step(StepJob { region, commands: vec![vec![]; 3], digest: true, ..StepJob::default() }),
            Job::Extract(vec![Rect::new(0, 0, 64, 64)]),
        ];
        let (mut here, mut there) = (CpuBackend::new(Some(1)), CpuBackend::new(Some(1)));
        for job in jobs {
            let direct = here.run_now(job.clone()).unwrap();
            let answered = ask(&mut there, &job).unwrap();
            assert_eq!((direct.digest, direct.extracts), (answered.digest, answered.extracts));
        }
    }

    #[test]
    fn the_golden_digest() {
        assert_eq!(golden(), Ok(golden_digest()));
    }

    #[test]
    fn nonsense_is_an_error_in_words() {
        let answer = serve(&mut CpuBackend::new(Some(1)), &[255; 40]);
        let answer: Result<JobOutput, String> =
            bincode::serde::decode_from_slice(&answer, bincode::config::legacy()).unwrap().0;
        assert!(answer.unwrap_err().contains("cannot be read"));
    }
}
