// The view field as it came, a sample a cell, and what lies beyond the world's borders: rock beside and below it, air above.
#import beyond

// Coverage at the previous frame and at the newest (128 of 255 is rest density), speed, and 1 where bedrock is.
@group(0) @binding(1) var cells: texture_2d<f32>;
// The newest sample; see `sim-kernels/src/view.rs`.
@group(0) @binding(2) var samples: texture_2d<u32>;
// A tile's newest frame: when it came, and over how many seconds it is eased in.
@group(0) @binding(3) var arrivals: texture_2d<f32>;

struct Cell {
    // Of what flows or moves, 1 at rest density or above.
    cover: f32,
    // 0 still to 1 fast.
    speed: f32,
    // 1 for bedrock and for what stays where it is.
    solid: f32,
    // Of gas, 1 at rest density.
    gas: f32,
    // 0 to 1.
    glow: f32,
    material: u32,
}

// How far the tile's newest frame has come in, 0 to 1.
fn eased(cell: vec2<i32>) -> f32 {
    let a = textureLoad(arrivals, cell >> vec2(4u), 0);
    return clamp((shot.world.z - a.x) / max(a.y, 0.001), 0.0, 1.0);
}

fn cell_at(at: vec2<i32>) -> Cell {
    let size = vec2<i32>(shot.world.xy);
    let k = clamp(at, vec2(0), size - 1);
    let texel = textureLoad(cells, k, 0);
    let sample = textureLoad(samples, k, 0).r;
    let material = material_of(sample);
    let cover = mix(texel.r, texel.g, eased(k)) * (255.0 / 128.0);
    let still = is_still(material) * step(0.5, cover);
    let gas = is_gas(material);
    var c: Cell;
    c.solid = max(texel.a, still);
    c.cover = min(cover, 1.0) * (1.0 - gas) * (1.0 - c.solid);
    c.gas = min(cover, 1.5) * gas * (1.0 - c.solid);
    c.speed = texel.b;
    c.glow = glow_of(sample) * step(0.05, cover);
    c.material = material;
    let outside = any(k != at);
    if outside {
        let beside = select(0.0, clamp(ground_top(f32(at.x) + 0.5) - f32(at.y), 0.0, 1.0), at.x != k.x);
        c.solid = select(beside, 1.0, at.y < 0);
        c.cover = 0.0;
        c.gas = 0.0;
        c.speed = 0.0;
        c.glow = 0.0;
        c.material = 63u;
    }
    return c;
}
