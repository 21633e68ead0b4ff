//! The software drivers to run tests on, or with `TIDEPOOL_TEST_GPU=1` the real GPU that there is, and the comparison of two
//! backends' answers.

use sim_kernels::gpu::{AdapterChoice, GpuContext};
use sim_kernels::job::{JobOutput, KernelError};
use sim_kernels::particle::Particle;
use std::path::PathBuf;
use std::process::Command as Process;
use std::sync::OnceLock;

const SWIFTSHADER: &[&str] = &[
    "/usr/lib/chromium/vk_swiftshader_icd.json",
    "/usr/lib64/chromium-browser/vk_swiftshader_icd.json",
    "/usr/share/vulkan/icd.d/vk_swiftshader_icd.json",
];

/// Whether tests are to run on a real GPU: they fail where there is none.
fn wants_real() -> bool {
    std::env::var_os("TIDEPOOL_TEST_GPU").is_some()
}

/// Which adapter tests run on.
pub fn choice() -> AdapterChoice {
    if wants_real() { AdapterChoice::Real } else { AdapterChoice::Software }
}

/// The adapter of this process, a software one if nothing else is asked for, or nothing (said aloud) where there is none.
pub fn context() -> Option<GpuContext> {
    static CONTEXT: OnceLock<Option<GpuContext>> = OnceLock::new();
    let make = || match pollster::block_on(GpuContext::new(choice())) {
        Ok(context) => Some(context),
        Err(error) if wants_real() => panic!("{error}"),
        Err(error @ KernelError::NoAdapter(_)) => {
            eprintln!("SKIPPED, no software GPU driver: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    };
    CONTEXT.get_or_init(make).clone()
}

/// Runs a test here on the default software driver, and again in a process of its own with SwiftShader.
pub fn on_each_driver(test: &str, run: impl Fn(GpuContext)) {
    let Some(context) = context() else { return };
    eprintln!("on {}", context.adapter_name());
    run(context);
    if wants_real() || std::env::var_os("VK_DRIVER_FILES").is_some() {
        return;
    }
    let Some(icd) = SWIFTSHADER.iter().map(PathBuf::from).find(|p| p.exists()) else {
        eprintln!("SKIPPED on SwiftShader: no vk_swiftshader_icd.json found");
        return;
    };
    let output = Process::new(std::env::current_exe().expect("a test binary has a path"))
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env("VK_DRIVER_FILES", icd)
        .output()
        .expect("the test binary starts again");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "on SwiftShader: {said}");
    assert!(said.contains("SwiftShader"), "the child ran on another driver: {said}");
}

/// The first difference between everything that two backends answer, in words.
pub fn difference(cpu: &JobOutput, gpu: &JobOutput) -> Option<String> {
    let lists = cpu.extracts.len().max(gpu.extracts.len());
    for i in 0..lists {
        let (Some(a), Some(b)) = (cpu.extracts.get(i), gpu.extracts.get(i)) else {
            return Some(format!("{} and {} extracts", cpu.extracts.len(), gpu.extracts.len()));
        };
        if let Some(k) = (0..a.len().max(b.len())).find(|&k| a.get(k) != b.get(k)) {
            let show = |list: &[Particle]| list.get(k).map(|p| p.unpack());
            return Some(format!(
                "extract {i}: particle {k} of {} and {}\nCPU {:?}\nGPU {:?}",
                a.len(),
                b.len(),
                show(a),
                show(b)
            ));
        }
    }
    if cpu.digest != gpu.digest {
        return Some(format!("digest: CPU {:?}, GPU {:?}", cpu.digest, gpu.digest));
    }
    if cpu.tile_digests != gpu.tile_digests {
        return Some(format!("tile digests: CPU {:?}, GPU {:?}", cpu.tile_digests, gpu.tile_digests));
    }
    if (cpu.particles, &cpu.columns) != (gpu.particles, &gpu.columns) {
        return Some(format!("columns: CPU {:?}, GPU {:?}", cpu.columns, gpu.columns));
    }
    let tiles = cpu.view.len().max(gpu.view.len());
    let k = (0..tiles).find(|&k| cpu.view.get(k) != gpu.view.get(k))?;
    Some(format!(
        "view tile {k} of {} and {}\nCPU {:?}\nGPU {:?}",
        cpu.view.len(),
        gpu.view.len(),
        cpu.view.get(k),
        gpu.view.get(k)
    ))
}
