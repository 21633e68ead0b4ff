//! What can be measured: a file for each group.

mod capacity;
mod codec;
mod exchange;
mod gpu;
mod kernels;
mod lines;
mod memory;
mod page;

use crate::figure::Figure;
use clap::ValueEnum;

/// A group of figures that one program finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Group {
    /// Kernels on one processor thread, by size and material.
    Kernels,
    /// Kernels on a GPU, by size.
    Gpu,
    /// Codes of bands and messages.
    Codec,
    /// What a superstep's exchange takes between processes over WebRTC.
    Exchange,
    /// The largest world that rooms of several sizes hold in real time.
    Capacity,
    /// What a process takes of the machine's memory.
    Memory,
    /// The page: its size, and how soon it shows water. Needs a built page (`cargo xtask web --release`), and is measured only
    /// by its name.
    Page,
}

impl Group {
    /// Those that need nothing but this checkout.
    pub const USUAL: &[Self] = &[Self::Kernels, Self::Gpu, Self::Codec, Self::Exchange, Self::Capacity, Self::Memory];

    /// As it is named in figures.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kernels => kernels::NAME,
            Self::Gpu => gpu::NAME,
            Self::Codec => codec::NAME,
            Self::Exchange => exchange::NAME,
            Self::Capacity => capacity::NAME,
            Self::Memory => memory::NAME,
            Self::Page => page::NAME,
        }
    }

    /// Measures.
    ///
    /// # Errors
    ///
    /// Its program cannot be built, or fails; or this machine lacks what it needs.
    pub fn measure(self, quick: bool) -> anyhow::Result<Vec<Figure>> {
        match self {
            Self::Kernels => kernels::measure(quick),
            Self::Gpu => gpu::measure(quick),
            Self::Codec => codec::measure(),
            Self::Exchange => exchange::measure(quick),
            Self::Capacity => capacity::measure(quick),
            Self::Memory => memory::measure(quick),
            Self::Page => page::measure(quick),
        }
    }
}
