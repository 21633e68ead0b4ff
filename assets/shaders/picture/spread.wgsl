// Blurs of the far part, along one axis; the second pass of each also makes its texels four times as wide.
#import shot
#import whole

@group(0) @binding(4) var filled: texture_2d<f32>;
@group(0) @binding(5) var light: texture_2d<f32>;

struct Spread {
    @location(0) filled: vec4<f32>,
    @location(1) light: vec4<f32>,
}

// `wide` is sigma in texels.
fn blurred(here: vec2<i32>, axis: vec2<i32>, wide: f32, reach: i32) -> Spread {
    let last = vec2<i32>(textureDimensions(filled)) - 1;
    let k = -0.5 / (wide * wide);
    var o: Spread;
    var sum = 0.0;
    for (var i = -reach; i <= reach; i++) {
        let at = clamp(here + axis * i, vec2(0), last);
        let w = exp(f32(i * i) * k);
        o.filled += textureLoad(filled, at, 0) * w;
        o.light += textureLoad(light, at, 0) * w;
        sum += w;
    }
    o.filled /= sum;
    o.light /= sum;
    return o;
}

// Sigma 2.5 cells, for the light that falls into water.
@fragment
fn fine_across(@builtin(position) at: vec4<f32>) -> Spread {
    let wide = 2.5 * shot.far.w;
    return blurred(vec2<i32>(at.xy), vec2(1, 0), wide, i32(ceil(2.2 * wide)));
}

@fragment
fn fine_upwards(@builtin(position) at: vec4<f32>) -> Spread {
    let wide = 2.5 * shot.far.w;
    return blurred(vec2<i32>(at.xy), vec2(0, 1), wide, i32(ceil(2.2 * wide)));
}

// To a quarter.
@fragment
fn coarse(@builtin(position) at: vec4<f32>) -> Spread {
    let last = vec2<i32>(textureDimensions(filled)) - 1;
    let first = vec2<i32>(at.xy) * 4;
    var o: Spread;
    for (var i = 0; i < 16; i++) {
        let k = min(first + vec2(i & 3, i >> 2u), last);
        o.filled += textureLoad(filled, k, 0) / 16.0;
        o.light += textureLoad(light, k, 0) / 16.0;
    }
    return o;
}

// Sigma 7 cells.
@fragment
fn wide_across(@builtin(position) at: vec4<f32>) -> Spread {
    let wide = max(7.0 * shot.far.w * 0.25, 0.6);
    return blurred(vec2<i32>(at.xy), vec2(1, 0), wide, i32(ceil(2.5 * wide)));
}

@fragment
fn wide_upwards(@builtin(position) at: vec4<f32>) -> Spread {
    let wide = max(7.0 * shot.far.w * 0.25, 0.6);
    return blurred(vec2<i32>(at.xy), vec2(0, 1), wide, i32(ceil(2.5 * wide)));
}
