//! What bands cost in other codes, beside the room's own: raw, and zstd over columns.

use serde::{Deserialize, Serialize};
use sim_kernels::particle::Particle;

/// Bytes of all bands, in three codes, without headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BandSizes {
    /// Particles.
    pub particles: u64,
    /// 16 bytes each, the words of its material, and that of its heat where any has heat.
    pub raw: u64,
    /// zstd, level 3, over the columns of these bytes.
    pub zstd: u64,
    /// The room's code.
    pub ours: u64,
}

impl BandSizes {
    /// Counts a band.
    pub fn add(&mut self, particles: &[Particle]) {
        if particles.is_empty() {
            return;
        }
        let columns = columns(particles);
        self.particles += particles.len() as u64;
        self.raw += columns.len() as u64;
        self.zstd += zstd::bulk::compress(&columns, 3).map_or(columns.len(), |z| z.len()) as u64;
        self.ours += room::bandcode::encode(particles).len() as u64;
    }

    /// Raw, zstd and ours, a particle.
    pub fn per_particle(&self) -> [f64; 3] {
        let n = self.particles.max(1) as f64;
        [self.raw as f64 / n, self.zstd as f64 / n, self.ours as f64 / n]
    }
}

/// The first byte of all, the second byte of all, and so on; then those of the words that some have.
fn columns(particles: &[Particle]) -> Vec<u8> {
    let heat = particles.iter().any(|p| p.heat() != 0);
    let own = |p: &Particle| p.words().to_vec().into_iter().chain(heat.then_some(p.heat()));
    let of = |p: &Particle| p.0.into_iter().chain(own(p)).flat_map(u32::to_le_bytes).collect::<Vec<u8>>();
    let rows: Vec<Vec<u8>> = particles.iter().map(of).collect();
    let most = rows.iter().map(Vec::len).max().unwrap_or(0);
    (0..most).flat_map(|c| rows.iter().filter_map(move |row| row.get(c)).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_of_resting_water_is_smaller_than_raw() {
        let scene = driver::scene_file::named("dam-break").unwrap();
        let mut sizes = BandSizes::default();
        sizes.add(&scene.particles(scene.world.rect()));
        let [raw, zstd, ours] = sizes.per_particle();
        assert_eq!(raw, 16.0);
        assert!(zstd < 12.0 && ours < 12.0, "{zstd} {ours}");
    }
}
