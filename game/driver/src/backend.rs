//! Which kernels compute: choosing, naming, and the one task that owns them.
//!
//! There is never a silent fallback: `gpu` without a GPU is an error in words, and what was chosen is shown.

use crate::notice::{Detail, DriverError};
use room::notice::BackendError;
use sim_kernels::job::{Backend, Job, JobFuture, JobOutput, KernelError};
use std::fmt;
use std::str::FromStr;
use tracing::{Instrument, Span, debug_span};

/// What to compute on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// A real GPU where there is one, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The CPU with so many threads.
    CpuThreads(usize),
    /// A real GPU, or an error.
    Gpu,
    /// A software adapter, for tests.
    Software,
    /// A real GPU, else a software adapter, else an error (headless tests).
    AnyGpu,
    /// The first adapter whose name contains this.
    Named(String),
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "gpu" => Ok(Self::Gpu),
            "software" => Ok(Self::Software),
            "" => Err("write auto, cpu, gpu, software, or a part of the adapter's name".into()),
            _ => Ok(Self::Named(text.into())),
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => write!(f, "auto"),
            Self::Cpu | Self::CpuThreads(_) => write!(f, "cpu"),
            Self::Gpu | Self::AnyGpu => write!(f, "gpu"),
            Self::Software => write!(f, "software"),
            Self::Named(name) => write!(f, "{name}"),
        }
    }
}

/// Makes a backend. `worker` is the page's CPU worker, where there is one.
///
/// # Errors
/// Where a GPU was asked for by name or kind and none of it can be used; `Auto` and the CPU always give one.
pub async fn make(choice: &Choice, worker: Option<&WorkerFactory>) -> Result<Box<dyn Backend>, KernelError> {
    match choice {
        Choice::Cpu => Ok(cpu(None, worker)),
        Choice::CpuThreads(n) => Ok(cpu(Some(*n), worker)),
        Choice::Auto => match gpu(Adapter::Real).await {
            Ok(backend) => Ok(backend),
            Err(why) => {
                log::info!("computing on the CPU: {why}");
                Ok(cpu(None, worker))
            }
        },
        Choice::Gpu => gpu(Adapter::Real).await,
        Choice::Software => gpu(Adapter::Software).await,
        Choice::AnyGpu => match gpu(Adapter::Real).await {
            Ok(backend) => Ok(backend),
            Err(_) => gpu(Adapter::Software).await,
        },
        Choice::Named(name) => gpu(Adapter::Named(name.clone())).await,
    }
}

enum Adapter {
    Real,
    Software,
    Named(String),
}

#[cfg(feature = "gpu")]
async fn gpu(adapter: Adapter) -> Result<Box<dyn Backend>, KernelError> {
    use sim_kernels::gpu::{AdapterChoice, GpuBackend, GpuContext, fastest};
    let choice = match adapter {
        Adapter::Real => AdapterChoice::Real,
        Adapter::Software => AdapterChoice::Software,
        Adapter::Named(name) => AdapterChoice::Named(name),
    };
    let context = GpuContext::new(choice).await?;
    let scatter = fastest(&context).await?;
    Ok(Box::new(GpuBackend::new(context, scatter)))
}

#[cfg(not(feature = "gpu"))]
async fn gpu(adapter: Adapter) -> Result<Box<dyn Backend>, KernelError> {
    let what = match adapter {
        Adapter::Real => "a GPU".to_string(),
        Adapter::Software => "a software adapter".to_string(),
        Adapter::Named(name) => format!("the adapter `{name}`"),
    };
    Err(KernelError::NoAdapter(format!("this program was built without GPU kernels, so {what} cannot be used")))
}

fn cpu(threads: Option<usize>, worker: Option<&WorkerFactory>) -> Box<dyn Backend> {
    match worker {
        Some(factory) => Box::new(factory()),
        None => Box::new(sim_kernels::cpu::CpuBackend::new(threads)),
    }
}

/// Makes another CPU worker for the page.
pub type WorkerFactory = Box<dyn Fn() -> RemoteBackend>;

/// A backend elsewhere (the page's dedicated worker): jobs and answers travel as bytes, one at a time.
///
/// The worker's side is [`serve`].
pub struct RemoteBackend {
    name: String,
    post: Box<dyn Fn(Vec<u8>)>,
    answers: async_channel::Receiver<Vec<u8>>,
}

impl RemoteBackend {
    /// A backend that posts through `post` and whose answers arrive on `answers`.
    pub fn new(name: String, post: Box<dyn Fn(Vec<u8>)>, answers: async_channel::Receiver<Vec<u8>>) -> Self {
        Self { name, post, answers }
    }
}

impl Backend for RemoteBackend {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn is_gpu(&self) -> bool {
        false
    }

    fn run(&mut self, job: Job) -> JobFuture<'_> {
        Box::pin(async move {
            let lost = |why: &str| KernelError::DeviceLost(format!("the CPU worker {why}"));
            // An answer to a job that was given up would be taken for this one's.
            while self.answers.try_recv().is_ok() {}
            (self.post)(codec::encode(&job).map_err(|e| KernelError::BadJob(e.to_string()))?);
            let answer = self.answers.recv().await.map_err(|_| lost("ended"))?;
            let answer: Result<JobOutput, String> = codec::decode(&answer).map_err(|_| lost("answered nonsense"))?;
            answer.map_err(KernelError::BadJob)
        })
    }
}

/// The worker's side of [`RemoteBackend`]: bytes of a job in, bytes of its answer out.
pub fn serve(backend: &mut sim_kernels::cpu::CpuBackend, job: &[u8]) -> Vec<u8> {
    let answer: Result<JobOutput, String> = match codec::decode::<Job>(job) {
        Ok(job) => backend.run_now(job).map_err(|e| e.to_string()),
        Err(e) => Err(format!("the job cannot be read: {e}")),
    };
    codec::encode(&answer).unwrap_or_default()
}

/// Bytes between the page and its own worker: both are this program, of one build. Fixed-width numbers, so
/// that particles are copied rather than packed.
mod codec {
    use serde::{Deserialize, Serialize};

    /// Eight million particles and their view.
    const BYTES_MAX: usize = 512 << 20;

    pub(super) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, bincode::error::EncodeError> {
        bincode::serde::encode_to_vec(value, bincode::config::legacy())
    }

    pub(super) fn decode<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Result<T, bincode::error::DecodeError> {
        let config = bincode::config::legacy().with_limit::<BYTES_MAX>();
        let (value, used) = bincode::serde::decode_from_slice(bytes, config)?;
        if used != bytes.len() {
            return Err(bincode::error::DecodeError::Other("bytes are left over"));
        }
        Ok(value)
    }
}

/// A job on its way to the kernels.
pub struct NumberedJob {
    /// For its answer.
    pub number: u64,
    /// The job.
    pub job: Job,
    /// Within which it is done.
    pub span: Span,
}
/// An answer with its job's number.
pub type NumberedResult = (u64, Result<JobOutput, BackendError>);

/// What the compute task says first.
#[derive(Clone, Debug)]
pub struct Ready {
    /// The backend's name.
    pub name: String,
    /// Whether it is a GPU.
    pub gpu: bool,
    /// Particle-ticks a second, as measured just now.
    pub throughput: u64,
}

/// Owns the backend: makes and measures it, then does jobs one after the other until the channel closes. A lost device
/// is replaced; the job fails, and the room loads its region again.
pub async fn compute(
    choice: Choice,
    worker: Option<WorkerFactory>,
    ready: async_channel::Sender<Result<Ready, DriverError>>,
    jobs: async_channel::Receiver<NumberedJob>,
    results: async_channel::Sender<NumberedResult>,
) {
    let mut backend = match make(&choice, worker.as_ref()).await {
        Ok(backend) => backend,
        Err(why) => {
            let detail = Detail::new(&why.to_string());
            let _ = ready.send(Err(DriverError::NoBackend { why: BackendError::from(&why), detail })).await;
            return;
        }
    };
    let throughput = crate::calibrate::throughput(backend.as_mut()).await;
    let _ = ready.send(Ok(Ready { name: backend.name(), gpu: backend.is_gpu(), throughput })).await;
    while let Ok(NumberedJob { number, job, span }) = jobs.recv().await {
        let kernels = debug_span!(parent: &span, "kernels");
        let mut result = backend.run(job).instrument(kernels).await;
        if let Err(KernelError::DeviceLost(why)) = &result {
            log::warn!("{} was lost: {why}", backend.name());
            match make(&choice, worker.as_ref()).await {
                Ok(new) => backend = new,
                Err(again) => result = Err(KernelError::DeviceLost(format!("{why}; and then: {again}"))),
            }
        }
        // Its words stay on this machine: the room is told the kind of failure.
        let result = result.map_err(|why| {
            log::warn!("{} failed: {why}", backend.name());
            BackendError::from(&why)
        });
        if results.send((number, result)).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::geom::Rect;
    use sim_kernels::job::{Load, StepJob};

    #[test]
    fn a_remote_backend_answers_as_the_local_one() {
        let scene = crate::scene_file::stress(2000);
        let region = scene.world.rect();
        let load = Job::Load(Load { globals: scene.globals(), region, particles: scene.particles(region) });
        let step = Job::Step(StepJob {
            region,
            commands: vec![vec![]; 3],
            extract: vec![Rect::new(0, 0, 32, 64)],
            digest: true,
            view: true,
            ..StepJob::default()
        });
        let (answers, inbox) = async_channel::unbounded();
        let worker = std::cell::RefCell::new(sim_kernels::cpu::CpuBackend::new(Some(1)));
        let post = move |bytes: Vec<u8>| answers.try_send(serve(&mut worker.borrow_mut(), &bytes)).unwrap();
        let mut remote = RemoteBackend::new("worker".into(), Box::new(post), inbox);
        let mut local = sim_kernels::cpu::CpuBackend::new(Some(1));
        for job in [load, step] {
            let here = local.run_now(job.clone()).unwrap();
            let there = pollster::block_on(remote.run(job)).unwrap();
            assert_eq!((here.digest, here.extracts, here.view), (there.digest, there.extracts, there.view));
        }
        let bad: Result<JobOutput, String> = codec::decode(&serve(&mut local, b"junk")).unwrap();
        assert!(bad.is_err());
    }

    #[test]
    fn choices_read_from_text() {
        assert_eq!("auto".parse(), Ok(Choice::Auto));
        assert_eq!("NVIDIA".parse(), Ok(Choice::Named("NVIDIA".into())));
        assert!("".parse::<Choice>().is_err());
    }
}
