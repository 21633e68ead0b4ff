//! One substep of the CPU's stage functions beside the GPU's, named by stage and place where they differ.

use sim_kernels::cpu::{g2p, grid, p2g};
use sim_kernels::fixed::overfull_shift;
use sim_kernels::globals::Globals;
use sim_kernels::gpu::Probe;
use sim_kernels::particle::Particle;
use std::collections::HashMap;

/// The first stage and element that differ in a substep from `particles`, in words.
pub fn first_difference(globals: &Globals, particles: &[Particle], probe: &Probe) -> Option<String> {
    let solid = |x: i32, y: i32| globals.terrain.solid(x, y);
    let mask = |x: i32, y: i32| (0..9).fold(0, |m, k| m | u32::from(solid(x + k % 3 - 1, y + k / 3 - 1)) << k);
    let mut counts: HashMap<(i32, i32), i32> = HashMap::new();
    for p in particles {
        *counts.entry(p.cell()).or_default() += 1;
    }
    let mut nodes: HashMap<(i32, i32), [i32; 3]> = HashMap::new();
    for p in particles {
        let (x, y) = p.cell();
        let scatter = p2g::scatter(&p.unpack());
        for k in 0..9 {
            let shift = overfull_shift(counts[&(x, y)] as u32);
            let (k, [mx, my, mass, _]) = scatter.node_mirrored(k, shift, mask(x, y));
            let node = nodes.entry((x + k as i32 % 3 - 1, y + k as i32 / 3 - 1)).or_default();
            *node = [node[0] + mass, node[1] + mx, node[2] + my];
        }
    }
    let gpu_tiles: HashMap<[i32; 2], usize> = probe.tiles.iter().enumerate().map(|(i, t)| (t.at, i)).collect();
    let lookup = |x: i32, y: i32| gpu_tiles.get(&[x >> 4, y >> 4]).map(|&i| (i, ((y & 15) * 16 + (x & 15)) as usize));
    let mut cells: Vec<_> = nodes.keys().copied().collect();
    cells.sort_unstable_by_key(|&(x, y)| (y, x));
    let mut velocities: HashMap<(i32, i32), [i32; 3]> = HashMap::new();
    for &(x, y) in &cells {
        let Some((tile, at)) = lookup(x, y) else { return Some(format!("sort: cell {x},{y} has no slot")) };
        let count = counts.get(&(x, y)).copied().unwrap_or(0);
        let [mass, mx, my] = nodes[&(x, y)];
        let (cpu, gpu) = ([mass, mx, my, count], probe.tiles[tile].nodes[at]);
        if cpu != gpu {
            return Some(format!("p2g: node {x},{y}: CPU {cpu:?}, GPU {gpu:?}"));
        }
        velocities.insert((x, y), grid::node(mass, mx, my, globals.gravity, mask(x, y)));
    }
    for &(x, y) in &cells {
        let (tile, at) = lookup(x, y)?;
        let (cpu, gpu) = (velocities[&(x, y)], probe.tiles[tile].velocities[at]);
        if cpu[..] != gpu[..3] {
            return Some(format!("grid: node {x},{y}: CPU {cpu:?}, GPU {gpu:?}"));
        }
    }
    let mut cpu: Vec<(Particle, Particle)> = particles.iter().map(|p| (gathered(*p, &velocities, &mask), *p)).collect();
    let mut gpu = probe.particles.clone();
    cpu.sort_unstable();
    gpu.sort_unstable();
    if cpu.iter().map(|c| c.0).eq(gpu.iter().copied()) {
        return None;
    }
    // Of the particles that only one side has, those that lie closest together belong together.
    let (only_cpu, only_gpu) = one_sided(&cpu, &gpu);
    let Some((made, from)) = only_cpu.first() else {
        return Some(format!("g2p: the GPU has {} particles too many", only_gpu.len()));
    };
    let made = made.unpack();
    let far = |p: &&Particle| (p.unpack().x - made.x).abs() + (p.unpack().y - made.y).abs();
    let close = only_gpu.iter().min_by_key(far).map(|p| p.unpack());
    let (n, from) = (only_cpu.len(), from.unpack());
    Some(format!("g2p: {n} particles differ; the first one:\nfrom {from:?}\nCPU {made:?}\nGPU {close:?}"))
}

/// What only the first, or only the second, of two sorted lists has.
fn one_sided(cpu: &[(Particle, Particle)], gpu: &[Particle]) -> (Vec<(Particle, Particle)>, Vec<Particle>) {
    let (mut only_cpu, mut only_gpu, mut i, mut j) = (Vec::new(), Vec::new(), 0, 0);
    while i < cpu.len() || j < gpu.len() {
        match (cpu.get(i), gpu.get(j)) {
            (Some(a), Some(b)) if a.0 == *b => (i, j) = (i + 1, j + 1),
            (Some(a), b) if b.is_none_or(|b| a.0 < *b) => {
                only_cpu.push(*a);
                i += 1;
            }
            (_, b) => {
                only_gpu.extend(b);
                j += 1;
            }
        }
    }
    (only_cpu, only_gpu)
}

fn gathered(p: Particle, velocities: &HashMap<(i32, i32), [i32; 3]>, mask: &impl Fn(i32, i32) -> u32) -> Particle {
    let (f, (x, y)) = (p.unpack(), p.cell());
    let around = mask(x, y);
    let node = |k: usize| velocities.get(&(x + k as i32 % 3 - 1, y + k as i32 / 3 - 1)).copied().unwrap_or_default();
    let nodes: [[i32; 4]; 9] = std::array::from_fn(|k| [node(k)[0], node(k)[1], node(k)[2], 0]);
    let sums = g2p::Gather::of(&f, |k| g2p::mirrored(|k| nodes[k], around, k));
    let solid = |sx: i32, sy: i32| around >> (3 * (sy - y + 1) + sx - x + 1) & 1 != 0;
    Particle::pack(g2p::advance(&f, &sums, solid))
}
