// The field whose zero is the surface, and what the picture asks beside it. The threshold is lower where what is here is
// thin, so that drops and films keep their area.
#import shot
#import runs

@group(0) @binding(4) var body: texture_2d<f32>;
@group(0) @binding(5) var blurred: texture_2d<f32>;
@group(0) @binding(6) var blurred_more: texture_2d<f32>;
@group(0) @binding(7) var peaks: texture_2d<f32>;
@group(0) @binding(9) var dry: texture_2d<f32>;
@group(0) @binding(8) var smoothly: sampler;

struct Surface {
    // Surface field (0 at the surface, more within), rock, gas, how much of what flows or moves is not water.
    @location(0) shape: vec4<f32>,
    // Slope of the shape in the large (0.5 is none), how much is around, speed (where a hole closes, more).
    @location(1) slope: vec4<f32>,
}

@fragment
fn main(@builtin(position) at: vec4<f32>) -> Surface {
    let here = vec2<i32>(at.xy);
    let last = vec2<i32>(shot.near_size.xy) - 1;
    let uv = at.xy * shot.near_size.zw;
    // Sigma 1.2 by nine taps between texels.
    var p = 0.0;
    var parts = vec2(0.0001);
    for (var i = 0; i < 9; i++) {
        let d = vec2(i % 3 - 1, i / 3 - 1);
        let w = select(select(0.1076, 0.1128, d.x == 0 || d.y == 0), 0.1183, d.x == 0 && d.y == 0);
        let there = uv + vec2<f32>(d) * 1.26 * shot.near_size.zw;
        p += w * textureSampleLevel(peaks, smoothly, there, 0.0).x;
        parts += w * textureSampleLevel(dry, smoothly, there, 0.0).xy;
    }
    p = min(p, 1.0);
    let threshold = max((p - 0.5 * p * p) * (0.65 + 0.35 * p), 0.022);
    let b = textureLoad(body, here, 0);
    let q = textureLoad(blurred, here, 0);
    let m = textureLoad(blurred_more, here, 0);
    let left = textureLoad(blurred, max(here - vec2(1, 0), vec2(0)), 0).yz;
    let right = textureLoad(blurred, min(here + vec2(1, 0), last), 0).yz;
    let below = textureLoad(blurred, max(here - vec2(0, 1), vec2(0)), 0).yz;
    let above = textureLoad(blurred, min(here + vec2(0, 1), last), 0).yz;
    let along = (right - left) * 0.5 * shot.near.w;
    let up = (above - below) * 0.5 * shot.near.w;
    let slope = -vec2(dot(along, vec2(1.5, 2.6)), dot(up, vec2(1.5, 2.6)));
    var o: Surface;
    o.shape = vec4(b.x - threshold, m.y, m.w, parts.x / parts.y);
    o.slope = vec4(0.5 + 0.4 * slope, q.z, min(b.w + 0.9 * b.y, 1.0));
    return o;
}
