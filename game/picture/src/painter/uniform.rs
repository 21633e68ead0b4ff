//! What passes are told of a picture: which parts of the world they work on, and the uniform buffer that all of them read.

use crate::shot::{Mode, STRIPS_MAX, Shot};
use bytemuck::{Pod, Zeroable};
use glam::Vec2;

/// As `shot.wgsl` has it; see there.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(super) struct Uniform {
    pub(super) world: [f32; 4],
    pub(super) view: [f32; 4],
    pub(super) picture: [f32; 4],
    pub(super) near: [f32; 4],
    pub(super) near_size: [f32; 4],
    pub(super) far: [f32; 4],
    pub(super) far_size: [f32; 4],
    pub(super) rays: [f32; 4],
    pub(super) effects: [f32; 4],
    pub(super) more: [f32; 4],
    pub(super) strips_shown: [f32; 4],
    pub(super) kinds: [u32; 4],
    pub(super) strips: [[f32; 4]; STRIPS_MAX],
}

/// A rectangle of the world as a texture has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Left bottom corner, cells.
    pub(super) origin: [i32; 2],
    /// Cells a texel.
    pub(super) step: i32,
    /// Texels.
    pub(super) size: [u32; 2],
}

/// Texels of the near part beyond the picture's border: as far as blurs reach.
const SPARE: i32 = 20;
/// Texels of the far part beyond the world's border.
const FAR_SPARE: i32 = 8;
/// The most texels of the far part, about.
const FAR_TEXELS: i32 = 24_000;
/// Cells to the right that light goes, a cell down.
pub(super) const SLANT: f32 = 0.55;

impl Part {
    /// What is around a picture. It lies on whole multiples of its texels, so that nothing swims as the picture moves.
    pub(super) fn near(shot: &Shot, world: [i32; 2]) -> Self {
        let mut step = 1;
        while step as f32 * shot.zoom < 1.0 && step < 16 {
            step *= 2;
        }
        let half = shot.size.as_vec2() / shot.zoom / 2.0;
        let spare = SPARE * step;
        let grid = 16 * step;
        let span = |axis: usize| {
            let low = (shot.centre[axis] - half[axis]).floor() as i32 - spare;
            let high = (shot.centre[axis] + half[axis]).ceil() as i32 + spare;
            // Beyond the world nothing changes any more.
            let (low, high) = (low.max(-spare).min(world[axis]), high.min(world[axis] + spare).max(0));
            let origin = low.div_euclid(grid) * grid;
            (origin, ((high - origin).max(grid) + grid - 1) / grid * 16)
        };
        let (x, y) = (span(0), span(1));
        Self { origin: [x.0, y.0], step, size: [x.1 as u32, y.1 as u32] }
    }

    /// The whole world.
    pub(super) fn far(world: [i32; 2]) -> Self {
        let mut step = 1;
        while (world[0] / step) * (world[1] / step) > FAR_TEXELS {
            step *= 2;
        }
        let size = world.map(|cells| (((cells + step - 1) / step + 2 * FAR_SPARE) as u32).next_multiple_of(4));
        Self { origin: [-FAR_SPARE * step; 2], step, size }
    }

    /// Rays of light through it: how many, and how many begin left of it.
    pub(super) fn rays(&self) -> [u32; 2] {
        let left = (SLANT * self.size[1] as f32).ceil() as u32;
        [self.size[0] + left, left]
    }

    /// How far the light of what is hot is spread over it, in cells: by the blurs of spread.wgsl, and by what is read
    /// between their texels.
    pub(super) fn light_reach(&self) -> i32 {
        let step = self.step as f32;
        let (fine, wide) = (2.5 / step, (7.0 / step / 4.0).max(0.6));
        (step * ((2.2 * fine).ceil() + 4.0 * ((2.5 * wide).ceil() + 2.0))) as i32
    }

    fn told(&self) -> [f32; 4] {
        [self.origin[0] as f32, self.origin[1] as f32, self.step as f32, 1.0 / self.step as f32]
    }

    fn told_size(&self) -> [f32; 4] {
        let [w, h] = self.size.map(|v| v as f32);
        [w, h, 1.0 / w, 1.0 / h]
    }
}

impl Uniform {
    pub(super) fn new(shot: &Shot, world: [i32; 2], near: Part, far: Part, kinds: [u32; 4]) -> Self {
        let size = shot.size.as_vec2();
        let extent = Vec2::new(world[0] as f32, world[1] as f32);
        let corner = shot.centre - size / shot.zoom / 2.0;
        // The backdrop is far away: it moves little, and not with the zoom.
        let aside =
            ((shot.centre / extent - 0.5) * Vec2::new(0.05, -0.03)).clamp(Vec2::splat(-0.05), Vec2::splat(0.05));
        let [rays, left] = far.rays();
        let e = shot.effects;
        let measured = shot.mode != Mode::Material;
        let mut strips = [[0.0; 4]; STRIPS_MAX];
        for (slot, strip) in strips.iter_mut().zip(&shot.strips) {
            *slot = [strip.edges[0], strip.edges[1], strip.hue, f32::from(u8::from(strip.own))];
        }
        Self {
            world: [extent.x, extent.y, shot.clock, shot.zoom],
            view: [corner.x, corner.y, 1.0 / shot.zoom, shot.world_s],
            picture: [size.x, size.y, aside.x, aside.y],
            near: near.told(),
            near_size: near.told_size(),
            far: far.told(),
            far_size: far.told_size(),
            rays: [rays as f32, left as f32, SLANT, 1.0 / rays as f32],
            effects: [e.refraction, e.foam, e.light, e.glow],
            more: [e.shimmer, e.grain, f32::from(u8::from(measured)), shot.mode as u8 as f32],
            strips_shown: [if shot.strips.is_empty() { -1.0 } else { extent.x }, 1.0, 0.0, 0.0],
            kinds,
            strips,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shot::{Effects, Spared};
    use glam::UVec2;

    fn shot(zoom: f32, centre: Vec2) -> Shot {
        let size = UVec2::new(1280, 800);
        Shot {
            centre,
            zoom,
            size,
            clock: 0.0,
            world_s: 0.0,
            effects: Effects::ALL,
            mode: Mode::Material,
            strips: Vec::new(),
            spared: Spared::Nothing,
        }
    }

    #[test]
    fn the_near_part_covers_the_picture_and_no_more_than_that() {
        for zoom in [0.5, 1.0, 4.0, 32.0] {
            for world in [[4096, 1024], [320, 200]] {
                let at = Vec2::new(world[0] as f32, world[1] as f32) * 0.4;
                let shot = shot(zoom, at);
                let part = Part::near(&shot, world);
                let end = [0, 1].map(|i| part.origin[i] + part.size[i] as i32 * part.step);
                for axis in 0..2 {
                    let half = shot.size.as_vec2()[axis] / zoom / 2.0;
                    assert!(part.origin[axis] as f32 <= (at[axis] - half).max(0.0), "{zoom} {part:?}");
                    assert!(end[axis] as f32 >= (at[axis] + half).min(world[axis] as f32), "{zoom} {part:?}");
                }
                let pixels = shot.size.x * shot.size.y;
                assert!(part.size[0] * part.size[1] < 2 * pixels, "{zoom} {part:?}");
                assert!(part.origin.iter().all(|v| v % part.step == 0));
            }
        }
    }
}
