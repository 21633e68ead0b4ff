//! What comes back from the GPU at the end of a job: one mapped buffer, taken apart.

use super::context::GpuContext;
use crate::digest::Digest;
use crate::geom::{Rect, TILE_CELLS};
use crate::job::KernelError;
use crate::materials::Class;
use crate::order;
use crate::particle::{BYTES, Particle};
use crate::shader::layout::*;
use crate::view::ViewTile;

/// The state buffer's words.
pub(super) struct StateWords(pub(super) [u32; STATE_WORDS as usize]);

impl StateWords {
    /// A job's first state: so many particles in the buffer, everything else zero.
    pub(super) fn start(particles: u32) -> Self {
        let mut words = [0; STATE_WORDS as usize];
        words[STATE_PARTICLES as usize] = particles;
        Self(words)
    }

    /// One word.
    pub(super) fn get(&self, word: u32) -> u32 {
        self.0[word as usize]
    }

    /// The region's digest.
    pub(super) fn digest(&self) -> Digest {
        Digest(std::array::from_fn(|lane| self.0[STATE_DIGEST as usize + lane]))
    }

    /// The particles in each tile column of a region.
    pub(super) fn columns(&self, region: Rect) -> Vec<u32> {
        if region.is_empty() {
            return Vec::new();
        }
        let count = (region.x1 - 1) / TILE_CELLS - region.x0 / TILE_CELLS + 1;
        self.0[STATE_COLUMNS as usize..][..count as usize].to_vec()
    }
}

/// Maps a buffer and calls back with its bytes. Natively the GPU is waited for here; on the web the browser
/// calls when it is done.
pub(super) async fn read<T>(
    context: &GpuContext,
    buffer: &wgpu::Buffer,
    bytes: u64,
    take: impl FnOnce(&[u8]) -> T,
) -> Result<T, KernelError> {
    let (done, ready) = futures_channel::oneshot::channel();
    buffer.map_async(wgpu::MapMode::Read, 0..bytes, move |result| {
        // Nobody listens any more when the job was given up.
        let _ = done.send(result);
    });
    #[cfg(not(target_arch = "wasm32"))]
    wait(context)?;
    let mapped = ready.await;
    context.check()?;
    match mapped {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(KernelError::DeviceLost(error.to_string())),
        Err(_) => return Err(KernelError::DeviceLost("the read-back was dropped".into())),
    }
    let taken = take(&buffer.get_mapped_range(0..bytes));
    buffer.unmap();
    Ok(taken)
}

/// A class's particles, each with the words beyond its 16 bytes behind it.
pub(super) fn whole_particles(class: Class, bytes: &[u8]) -> Vec<Particle> {
    let all = bytemuck::pod_collect_to_vec::<u8, u32>(bytes);
    let one = |words: &[u32]| {
        let mut p = Particle::bare(std::array::from_fn(|k| words[k]));
        p.1[..class.words()].copy_from_slice(&words[4..]);
        p
    };
    all.chunks_exact(4 + class.words()).map(one).collect()
}

/// How long the GPU is asked again and again before the thread sleeps until it is done: to be woken takes some 50 us, a sixth of a
/// small superstep.
#[cfg(not(target_arch = "wasm32"))]
const AWAKE: std::time::Duration = std::time::Duration::from_micros(400);

/// Waits until the GPU has done all that it was given.
#[cfg(not(target_arch = "wasm32"))]
fn wait(context: &GpuContext) -> Result<(), KernelError> {
    let poll = |how| context.device().poll(how).map_err(|error| KernelError::DeviceLost(error.to_string()));
    // A driver for a CPU needs the cores itself.
    if !context.is_software() {
        let begin = std::time::Instant::now();
        while begin.elapsed() < AWAKE {
            if poll(wgpu::PollType::Poll)?.is_queue_empty() {
                return Ok(());
            }
            std::thread::yield_now();
        }
    }
    poll(wgpu::PollType::wait_indefinitely()).map(|_| ())
}

/// Deals extracted particles out to the rectangles that want them, each list in canonical order; from their 16 bytes and from the
/// words of their class beyond them. The mapped bytes need not be aligned.
pub(super) fn extracts(class: Class, bits: &[u8], words: &[u8], rects: &[Rect]) -> Vec<Vec<Particle>> {
    let each = 4 * class.words();
    let whole = |i: usize| {
        let mut p = Particle::bare(bytemuck::pod_read_unaligned(&bits[BYTES * i..][..BYTES]));
        bytemuck::bytes_of_mut(&mut p.1)[..each].copy_from_slice(&words[each * i..][..each]);
        p
    };
    rects
        .iter()
        .map(|&rect| order::within(rect, bits.chunks_exact(BYTES).map(bytemuck::pod_read_unaligned), whole))
        .collect()
}

/// The view's tiles, by row and column.
pub(super) fn view_tiles(bytes: &[u8], table_width: u32) -> Vec<ViewTile> {
    let all = bytes.chunks_exact(4 * VIEW_WORDS as usize).map(|tile| tile.split_at(4));
    let mut tiles: Vec<(u32, &[u8])> = all.map(|(index, cells)| (bytemuck::pod_read_unaligned(index), cells)).collect();
    tiles.sort_unstable_by_key(|t| t.0);
    tiles
        .into_iter()
        .map(|(index, cells)| ViewTile {
            tile: [(index % table_width - 1) as u16, (index / table_width - 1) as u16],
            cells: bytemuck::pod_collect_to_vec(cells),
        })
        .collect()
}
