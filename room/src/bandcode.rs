//! The code for bulk particles, on the wire and in snapshots (first form: plain words).
use sim_kernels::particle::Particle;

/// The version byte of the code.
pub const VERSION: u8 = 1;
/// The most particles in one piece.
pub const PARTICLES_MAX: usize = 1 << 22;

/// Encodes particles, in any order.
pub fn encode(particles: &[Particle]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + particles.len() * 16);
    out.push(VERSION);
    out.extend(particles.iter().flat_map(|p| p.0).flat_map(u32::to_le_bytes));
    out
}

/// Decodes what [`encode`] made, or nothing.
pub fn decode(bytes: &[u8]) -> Option<Vec<Particle>> {
    let (&version, rest) = bytes.split_first()?;
    if version != VERSION || rest.len() % 16 != 0 || rest.len() / 16 > PARTICLES_MAX {
        return None;
    }
    let word = |b: &[u8]| u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    Some(rest.chunks_exact(16).map(|c| Particle([word(&c[0..]), word(&c[4..]), word(&c[8..]), word(&c[12..])])).collect())
}
