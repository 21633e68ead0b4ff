//! A superstep's stages on the GPU beside their twins on the CPU.

use sim_kernels::cpu::stages::{first_difference, run};
use sim_kernels::gpu::{GpuBackend, GpuContext, ScatterShape, Trace};
use sim_kernels::job::{Job, Load, StepJob};
use sim_kernels::shader::{KernelId, Resource};

/// What the GPU does in a superstep. The view looks for the tags of several materials.
pub fn trace(context: &GpuContext, shape: ScatterShape, load: &Load, job: &StepJob) -> Trace {
    let mut gpu = GpuBackend::new(context.clone(), shape);
    pollster::block_on(gpu.run_job(Job::Load(load.clone()))).expect("the GPU loads");
    pollster::block_on(gpu.trace(job, 16)).expect("the GPU does the superstep")
}

/// The first stage and element that differ, in words. Each stage begins with what the GPU had.
pub fn first_stage_that_differs(trace: Trace) -> Option<String> {
    let mut twin = trace.start;
    for (k, stage) in trace.stages.into_iter().enumerate() {
        twin.params = stage.params;
        if let Some(terrain) = stage.terrain {
            twin[Resource::Terrain] = terrain;
        }
        let before = twin.clone();
        run(stage.kernel, &mut twin);
        if let Some(found) = first_difference(stage.kernel, &before, &twin, &stage.written) {
            let (name, entry) = (stage.kernel.name(), stage.entry);
            return Some(format!(
                "stage {k}, {name} of entry {entry}: {:?} {}: CPU {:x?}, GPU {:x?}",
                found.resource, found.element, found.cpu, found.gpu
            ));
        }
        for (resource, words) in stage.written {
            twin[resource] = words;
        }
        if stage.kernel == KernelId::Scatter {
            for (now, next) in [(Resource::Particles, Resource::Sorted), (Resource::Words, Resource::SortedWords)] {
                let sorted = std::mem::take(&mut twin[next]);
                twin[next] = std::mem::replace(&mut twin[now], sorted);
            }
        }
    }
    None
}
