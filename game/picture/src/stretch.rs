//! The picture in another size, made by the GPU: stretched over the window, or a small one of it. To read a window's worth of
//! pixels back and to average them takes milliseconds of whoever draws the frames; of a small one next to none.

use glam::UVec2;
use wgpu::util::{TextureBlitter, TextureBlitterBuilder};

/// Fills a texture with all of another one.
pub struct Stretcher {
    device: wgpu::Device,
    blitter: TextureBlitter,
}

impl Stretcher {
    /// Into textures of this format.
    pub fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        let blitter = TextureBlitterBuilder::new(device, format).sample_type(wgpu::FilterMode::Linear).build();
        Self { device: device.clone(), blitter }
    }

    /// Fills `into` with all of `whole`: between its pixels where it is larger; where it is smaller, by one of those that a pixel stands for.
    pub fn stretch(&self, encoder: &mut wgpu::CommandEncoder, whole: &wgpu::TextureView, into: &wgpu::TextureView) {
        self.blitter.copy(&self.device, encoder, whole, into);
    }

    /// The same, and handed to the GPU at once.
    pub fn stretch_now(&self, queue: &wgpu::Queue, whole: &wgpu::TextureView, into: &wgpu::TextureView) {
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.stretch(&mut encoder, whole, into);
        queue.submit([encoder.finish()]);
    }
}

/// The size of a small picture of one of this size that is at most so large, in pixels, in its own proportions.
pub fn size_within(whole: UVec2, most: UVec2) -> UVec2 {
    let scale = (most.as_vec2() / whole.max(UVec2::ONE).as_vec2()).min_element().min(1.0);
    (whole.as_vec2() * scale).round().as_uvec2().max(UVec2::ONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_picture_has_the_proportions_of_the_whole() {
        for (whole, small) in [
            ([1920, 1080], [400, 225]),
            ([1080, 1920], [141, 250]),
            ([400, 250], [400, 250]),
            ([320, 200], [320, 200]),
            ([4000, 1], [400, 1]),
            ([0, 0], [1, 1]),
        ] {
            assert_eq!(size_within(whole.into(), UVec2::new(400, 250)), UVec2::from(small));
        }
    }
}
