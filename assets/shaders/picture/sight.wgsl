// What the pixel shader reads, and how: textures of the passes before, smoothed by splines.

#import shot

@group(0) @binding(1) var cells: texture_2d<f32>;
// See surface.wgsl.
@group(0) @binding(4) var shape: texture_2d<f32>;
@group(0) @binding(5) var slope: texture_2d<f32>;
// See sweep.wgsl.
@group(0) @binding(6) var swept: texture_2d<f32>;
// See far.wgsl, blurred widely.
@group(0) @binding(7) var wide: texture_2d<f32>;
@group(0) @binding(8) var smoothly: sampler;
@group(0) @binding(9) var wide_light: texture_2d<f32>;
@group(0) @binding(10) var backdrop: texture_2d<f32>;
// See soak.wgsl.
@group(0) @binding(14) var soaked: texture_2d<f32>;
// See detail.rs: noise, borders, numbers and roundness of what is 16 times on 16 cells.
@group(0) @binding(11) var detail: texture_2d<f32>;
@group(0) @binding(12) var tiling: sampler;
// The same three, and how the relief is lit, of stones, 5 on 16 cells.
@group(0) @binding(15) var stones: texture_2d<f32>;
// See around.wgsl.
@group(0) @binding(16) var kin: texture_2d<u32>;
@group(0) @binding(17) var gases: texture_2d<f32>;
@group(0) @binding(18) var parts: texture_2d<f32>;

// From near, what lies between texels is seen, and there are more taps.
override is_near: bool = true;
// What is seen least: the grain of rock.
override has_fine: bool = true;

// Lines are drawn in cells, but from near not as wide as that.
fn thinner() -> f32 {
    return clamp(inverseSqrt(shot.world.w / 8.0), 0.5, 1.0);
}

// Towards the sun.
const SUNWARDS: vec2<f32> = vec2(-0.48, 0.877);

// Where four taps between texels must lie for a cubic B-spline, and what the lower ones weigh.
struct Taps {
    low: vec2<f32>,
    high: vec2<f32>,
    share_low: vec2<f32>,
    // One over the distance between the taps, in cells.
    apart: vec2<f32>,
    uv: vec2<f32>,
}

fn taps(cell: vec2<f32>) -> Taps {
    let p = (cell - shot.near.xy) * shot.near.w - 0.5;
    let i = floor(p);
    let f = p - i;
    let g = 1.0 - f;
    let w0 = g * g * g / 6.0;
    let w1 = (4.0 - 6.0 * f * f + 3.0 * f * f * f) / 6.0;
    let w3 = f * f * f / 6.0;
    let w2 = 1.0 - w0 - w1 - w3;
    let low = i - 0.5 + w1 / (w0 + w1);
    let high = i + 1.5 + w3 / (w2 + w3);
    var t: Taps;
    t.share_low = w0 + w1;
    t.low = low * shot.near_size.zw;
    t.high = high * shot.near_size.zw;
    t.apart = shot.near.w / (high - low);
    t.uv = (p + 0.5) * shot.near_size.zw;
    return t;
}

struct Shape {
    at: vec4<f32>,
    // A cell's change to the right and upwards, of the first and the second.
    right: vec2<f32>,
    up: vec2<f32>,
}

// A cubic B-spline's weights of the four texels about a point, and the weights of its slope.
struct Weights {
    value: vec4<f32>,
    slope: vec4<f32>,
}

fn spline(f: f32) -> Weights {
    let g = 1.0 - f;
    let outer = vec2(g * g * g, f * f * f) / 6.0;
    let second = (4.0 - 6.0 * f * f + 3.0 * f * f * f) / 6.0;
    let value = vec4(outer.x, second, 1.0 - outer.x - outer.y - second, outer.y);
    let slope = vec4(-0.5 * g * g, 1.5 * f * f - 2.0 * f, 2.0 * g - 1.5 * g * g, 0.5 * f * f);
    return Weights(value, slope);
}

// A row of four texels, added up: values of all, and how the first two change to the right.
struct Line {
    value: vec4<f32>,
    change: vec2<f32>,
}

fn line_at(x: vec4<i32>, y: i32, across: Weights) -> Line {
    let a = textureLoad(shape, vec2(x.x, y), 0);
    let b = textureLoad(shape, vec2(x.y, y), 0);
    let c = textureLoad(shape, vec2(x.z, y), 0);
    let d = textureLoad(shape, vec2(x.w, y), 0);
    let w = across.value;
    let s = across.slope;
    return Line(a * w.x + b * w.y + c * w.z + d * w.w, a.xy * s.x + b.xy * s.y + c.xy * s.z + d.xy * s.w);
}

// From near one would see that the slope is not smooth, and the steps of samplers, which mix in few bits: the sixteen texels
// themselves. Written out, since a loop that indexes vectors stays one.
fn shape_near(cell: vec2<f32>) -> Shape {
    let p = (cell - shot.near.xy) * shot.near.w - 0.5;
    let i = vec2<i32>(floor(p));
    let across = spline(fract(p.x));
    let upwards = spline(fract(p.y));
    let last = vec2<i32>(shot.near_size.xy) - 1;
    let x = clamp(vec4(i.x) + vec4(-1, 0, 1, 2), vec4(0), vec4(last.x));
    let y = clamp(vec4(i.y) + vec4(-1, 0, 1, 2), vec4(0), vec4(last.y));
    let a = line_at(x, y.x, across);
    let b = line_at(x, y.y, across);
    let c = line_at(x, y.z, across);
    let d = line_at(x, y.w, across);
    let w = upwards.value;
    let s = upwards.slope;
    var o: Shape;
    o.at = a.value * w.x + b.value * w.y + c.value * w.z + d.value * w.w;
    o.right = (a.change * w.x + b.change * w.y + c.change * w.z + d.change * w.w) * shot.near.w;
    o.up = (a.value.xy * s.x + b.value.xy * s.y + c.value.xy * s.z + d.value.xy * s.w) * shot.near.w;
    return o;
}

// Value and slope by the same four taps: the difference over their distance is 20 % too steep.
fn shape_at(cell: vec2<f32>, t: Taps) -> Shape {
    if is_near {
        return shape_near(cell);
    }
    let a = textureSampleLevel(shape, smoothly, t.low, 0.0);
    let b = textureSampleLevel(shape, smoothly, vec2(t.high.x, t.low.y), 0.0);
    let c = textureSampleLevel(shape, smoothly, vec2(t.low.x, t.high.y), 0.0);
    let d = textureSampleLevel(shape, smoothly, t.high, 0.0);
    let lower = mix(b, a, t.share_low.x);
    let upper = mix(d, c, t.share_low.x);
    let left = mix(c, a, t.share_low.y);
    let right = mix(d, b, t.share_low.y);
    var s: Shape;
    s.at = mix(upper, lower, t.share_low.y);
    s.right = (right - left).xy * t.apart.x * 0.83;
    s.up = (upper - lower).xy * t.apart.y * 0.83;
    return s;
}

fn slope_at(t: Taps) -> vec4<f32> {
    if !is_near {
        return textureSampleLevel(slope, smoothly, t.uv, 0.0);
    }
    let a = textureSampleLevel(slope, smoothly, t.low, 0.0);
    let b = textureSampleLevel(slope, smoothly, vec2(t.high.x, t.low.y), 0.0);
    let c = textureSampleLevel(slope, smoothly, vec2(t.low.x, t.high.y), 0.0);
    let d = textureSampleLevel(slope, smoothly, t.high, 0.0);
    return mix(mix(d, c, t.share_low.x), mix(b, a, t.share_low.x), t.share_low.y);
}

struct Light {
    // 0 lit to 1.
    shadow: f32,
    // Cells below what is open to the sky, along the light.
    depth: f32,
    // Less than 0 where waves spread the light, more where they gather it.
    focus: f32,
}

// Where a cell lies in what is told of each.
fn near_uv(cell: vec2<f32>) -> vec2<f32> {
    return (cell - shot.near.xy) * shot.near.w * shot.near_size.zw;
}

fn kin_at(cell: vec2<f32>) -> u32 {
    let last = vec2<i32>(shot.near_size.xy) - 1;
    return textureLoad(kin, clamp(vec2<i32>(floor((cell - shot.near.xy) * shot.near.w)), vec2(0), last), 0).r;
}

fn light_at(cell: vec2<f32>) -> Light {
    let p = (cell - shot.far.xy) * shot.far.w - 0.5;
    let ray = p.x + shot.rays.y - shot.rays.z * (shot.far_size.y - 1.0 - p.y);
    let t = textureSampleLevel(swept, smoothly, vec2((ray + 0.5) * shot.rays.w, (p.y + 0.5) * shot.far_size.w), 0.0);
    return Light(t.x, t.y * 64.0, t.z * 2.0 - 1.0);
}

fn far_uv(cell: vec2<f32>) -> vec2<f32> {
    return (cell - shot.far.xy) * shot.far.w * shot.far_size.zw;
}

// The backdrop at a pixel of the picture, of which the first is at the top left.
fn behind_at(pixel: vec2<f32>) -> vec3<f32> {
    let uv = (pixel / shot.picture.xy - 0.5 + shot.picture.zw) / 1.12 + 0.5;
    let root = textureSampleLevel(backdrop, smoothly, uv, 0.0).rgb;
    return root * root;
}

// The detail at a place, `scale` times as fine.
fn detail_at(cell: vec2<f32>, scale: f32) -> vec4<f32> {
    let level = log2(16.0 * scale / shot.world.w);
    return textureSampleLevel(detail, tiling, cell * scale / 16.0, level);
}

// The same of what is coarser.
fn stones_at(cell: vec2<f32>, scale: f32) -> vec4<f32> {
    let level = log2(16.0 * scale / shot.world.w);
    return textureSampleLevel(stones, tiling, cell * scale / 16.0, level);
}
