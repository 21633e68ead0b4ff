// What every pass is told of the frame. Lengths are cells, y grows upwards; a texel's row counts from the bottom.

struct Shot {
    // World width and height in cells, the clock by which arrivals are told in seconds, pixels a cell.
    world: vec4<f32>,
    // The picture's left bottom corner in cells, cells a pixel, ticks of the world in seconds.
    view: vec4<f32>,
    // Width and height in pixels, and by how many of its own widths and heights the backdrop is shifted.
    picture: vec4<f32>,
    // The part of the world around the picture, a texel a cell or coarser: its left bottom corner in cells, cells a texel,
    // texels a cell.
    near: vec4<f32>,
    // Its width and height in texels, and one over these.
    near_size: vec4<f32>,
    // The same for the whole world, coarser, for light.
    far: vec4<f32>,
    far_size: vec4<f32>,
    // Rays of light: their number, how many begin left of the far part, cells to the right a cell down, one over their
    // number.
    rays: vec4<f32>,
    // How strong each effect is, 0 to 1: refraction, foam, light in water, glow.
    effects: vec4<f32>,
    // Shimmer, grain, how much of the colour mode is shown, which colour mode.
    more: vec4<f32>,
    // Strips: right of here they are not shown, opacity of the tint.
    strips_shown: vec4<f32>,
    // A bit for each material: what stays where it is (low, high), what is gas (low, high).
    kinds: vec4<u32>,
    // Strips: left edge, right edge in cells (equal where there is none), hue (0 to 1), 1 for this peer's own.
    strips: array<vec4<f32>, 16>,
}

@group(0) @binding(0) var<uniform> shot: Shot;

fn is_in(low: u32, high: u32, material: u32) -> f32 {
    return f32((select(low, high, material > 31u) >> (material & 31u)) & 1u);
}

fn is_still(material: u32) -> f32 {
    return is_in(shot.kinds.x, shot.kinds.y, material);
}

fn is_gas(material: u32) -> f32 {
    return is_in(shot.kinds.z, shot.kinds.w, material);
}

fn material_of(sample: u32) -> u32 {
    return (sample >> 12u) & 63u;
}

// 0 as warm as the air to 1, from 450 degrees above it.
fn glow_of(sample: u32) -> f32 {
    return clamp((f32((sample >> 18u) & 15u) - 7.0) / 8.0, 0.0, 1.0);
}
