// Draws a whole room on one quad: sky, terrain, water and the other materials, from the view field.
//
// The view field has one sample a cell; a cubic B-spline makes a smooth surface of it (a box where a pixel
// spans more than a cell, so that far water does not flicker), and dividing by the share of open cells below
// lets water touch walls. Floats are free here: nothing that is drawn feeds back into the simulation.
//
// Texture taps are what a pixel costs, above all on a CPU, which takes both sides of every branch: so slopes
// come from the neighbouring pixels, and one texel says all of a cell. And no branch depends on uniforms alone: Mesa's
// driver for CPUs would compile the shader again in every frame, for the values that it finds there.

#import bevy_sprite::mesh2d_vertex_output::VertexOutput

struct Scene {
    // World width and height in cells, the clock by which arrivals are told in seconds, pixels a cell.
    world: vec4<f32>,
    // Strips: right of here they are not shown, opacity of the tint, seconds for what moves by itself, and one unused.
    strips_shown: vec4<f32>,
    // Gravity's direction, for the depth tint; z is 0 without gravity.
    down: vec4<f32>,
    // Strips: left edge, right edge in cells (equal where there is none), hue (0 to 1), 1 for this peer's own.
    strips: array<vec4<f32>, 16>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> scene: Scene;
// Of each cell: coverage at the previous frame and at the newest, speed, and 1 where it is solid.
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var field: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var field_sampler: sampler;
// A tile's newest frame: when it came, and over how many seconds it is eased in.
@group(#{MATERIAL_BIND_GROUP}) @binding(3) var arrivals: texture_2d<f32>;
// The colour of what is in each cell, and how much of that is not water.
@group(#{MATERIAL_BIND_GROUP}) @binding(4) var tints: texture_2d<f32>;
// How brightly each cell glows.
@group(#{MATERIAL_BIND_GROUP}) @binding(5) var glows: texture_2d<f32>;

// Coverage, in units of rest density, at which the surface lies.
const SURFACE: f32 = 0.42;
// Coverage above which a point counts as well within water.
const WITHIN: f32 = 0.97;
// Coverage below which there is no water overhead.
const DRY: f32 = 0.35;
// How far to either side light comes from, a cell upwards.
const SLANT: f32 = 0.5;
// Coverage is stored with 128 for rest density.
const COVERAGE_SCALE: f32 = 255.0 / 128.0;

// What one pixel sees of the world, smoothed.
struct Sight {
    // Rest density is 1.
    coverage: f32,
    // 0 still to 1 fast.
    speed: f32,
    // 0 open to 1 solid.
    solid: f32,
}

// Where four bilinear taps must lie, and what the lower ones weigh.
struct Taps {
    low: vec2<f32>,
    high: vec2<f32>,
    share_low: vec2<f32>,
}

fn taps(cell: vec2<f32>) -> Taps {
    let span = 1.0 / scene.world.w;
    // Four taps between texels make a cubic B-spline of 16.
    let p = cell - 0.5;
    let i = floor(p);
    let f = p - i;
    let g = 1.0 - f;
    let w0 = g * g * g / 6.0;
    let w1 = (4.0 - 6.0 * f * f + 3.0 * f * f * f) / 6.0;
    let w3 = f * f * f / 6.0;
    let w2 = 1.0 - w0 - w1 - w3;
    var t: Taps;
    let wide = span > 1.1;
    t.share_low = select(w0 + w1, vec2(0.5), wide);
    t.low = select(i - 0.5 + w1 / (w0 + w1), cell - 0.25 * span, wide) / scene.world.xy;
    t.high = select(i + 1.5 + w3 / (w2 + w3), cell + 0.25 * span, wide) / scene.world.xy;
    return t;
}

fn at_point(uv: vec2<f32>) -> vec4<f32> {
    return textureSampleLevel(field, field_sampler, uv, 0.0);
}

fn mixed(t: Taps) -> vec4<f32> {
    let a = at_point(t.low);
    let b = at_point(vec2(t.high.x, t.low.y));
    let c = at_point(vec2(t.low.x, t.high.y));
    let d = at_point(t.high);
    return mix(mix(d, c, t.share_low.x), mix(b, a, t.share_low.x), t.share_low.y);
}

// How far the tile's newest frame has come in, 0 to 1.
fn eased(cell: vec2<f32>) -> f32 {
    let size = vec2<i32>(textureDimensions(arrivals));
    let tile = clamp(vec2<i32>(floor(cell / 16.0)), vec2(0), size - 1);
    let a = textureLoad(arrivals, tile, 0);
    return clamp((scene.world.z - a.x) / max(a.y, 0.001), 0.0, 1.0);
}

fn look(cell: vec2<f32>) -> Sight {
    let f = mixed(taps(cell));
    let open = max(1.0 - f.a, 0.2);
    return Sight(mix(f.r, f.g, eased(cell)) * COVERAGE_SCALE / open, f.b / open, f.a);
}

// Coverage alone, by one tap: for what is far away or blurred anyway. Rock counts as
// water, or the light would shine through it.
fn covered(cell: vec2<f32>) -> f32 {
    let f = at_point(cell / scene.world.xy);
    return max(0.5 * (f.r + f.g) * COVERAGE_SCALE, f.a);
}

// The least coverage so far above a point, straight up and to either side.
fn overhead(cell: vec2<f32>, high: f32) -> f32 {
    let up = -scene.down.xy * high;
    let across = vec2(up.y, -up.x) * SLANT;
    return min(covered(cell + up), min(covered(cell + up + across), covered(cell + up - across)));
}

fn solid_near(cell: vec2<f32>) -> f32 {
    return at_point(cell / scene.world.xy).a;
}

fn hash(p: vec2<f32>) -> f32 {
    var h = vec2<u32>(vec2<i32>(floor(p)));
    h = h * 1664525u + 1013904223u;
    h.x += h.y * 1664525u;
    h.y += h.x * 1664525u;
    h ^= h >> vec2(16u);
    h.x += h.y * 1664525u;
    h.x ^= h.x >> 15u;
    return f32(h.x & 0xffffffu) / 16777216.0;
}

fn noise(p: vec2<f32>) -> f32 {
    let i = floor(p);
    let f = fract(p);
    let u = f * f * (3.0 - 2.0 * f);
    return mix(
        mix(hash(i), hash(i + vec2(1.0, 0.0)), u.x),
        mix(hash(i + vec2(0.0, 1.0)), hash(i + vec2(1.0, 1.0)), u.x),
        u.y,
    );
}

fn clouds(p: vec2<f32>) -> f32 {
    return 0.5 * noise(p) + 0.3 * noise(p * 2.1 + 7.0) + 0.2 * noise(p * 4.3 + 19.0);
}

// Evenly spread over neighbouring pixels, so that what it shifts shows no grain.
fn spread(pixel: vec2<f32>) -> f32 {
    return fract(52.9829189 * fract(dot(pixel, vec2(0.06711056, 0.00583715))));
}

fn hue(h: f32) -> vec3<f32> {
    let k = abs(fract(vec3(h, h + 0.667, h + 0.333)) * 6.0 - 3.0) - 1.0;
    return mix(vec3(1.0), clamp(k, vec3(0.0), vec3(1.0)), 0.75);
}

// Evening sky: warm at the horizon, deep above.
fn sky(cell: vec2<f32>) -> vec3<f32> {
    let h = clamp(cell.y / scene.world.y, 0.0, 1.0);
    let low = vec3(0.23, 0.145, 0.15);
    let middle = vec3(0.065, 0.088, 0.165);
    let high = vec3(0.012, 0.02, 0.052);
    var c = mix(low, middle, smoothstep(0.0, 0.45, h));
    c = mix(c, high, smoothstep(0.35, 1.0, h));
    let drift = vec2(cell.x / scene.world.y * 2.2 + scene.strips_shown.z * 0.004, h * 5.0);
    c += vec3(0.05, 0.035, 0.04) * smoothstep(0.45, 0.85, clouds(drift)) * (1.0 - h);
    return c;
}

// Layered ground: lit at its rim, grainy below, darker the deeper it lies. `outward` points into the open.
fn rock(cell: vec2<f32>, solid: f32, outward: vec2<f32>) -> vec3<f32> {
    let buried = 0.25 * (solid_near(cell + vec2(3.0, 2.0)) + solid_near(cell + vec2(-2.0, 3.0))
        + solid_near(cell + vec2(-3.0, -2.0)) + solid_near(cell + vec2(2.0, -3.0)));
    let bend = 5.0 * noise(cell * 0.045 + 3.0);
    let layers = noise(vec2(cell.x * 0.02, cell.y * 0.30 + bend));
    let grain = clouds(cell * 0.31);
    var c = mix(vec3(0.040, 0.037, 0.046), vec3(0.125, 0.104, 0.092), 0.5 * layers + 0.5 * grain);
    // Cracks, and from near the single grains.
    c *= 1.0 - 0.35 * smoothstep(0.035, 0.0, abs(noise(cell * 0.13 + 60.0) - 0.5)) * smoothstep(0.5, 2.0, scene.world.w);
    c *= 1.0 + (0.5 * noise(cell * 2.7) - 0.25) * smoothstep(3.0, 9.0, scene.world.w);
    c *= mix(1.25, 0.62, smoothstep(0.45, 1.0, buried));
    // The rim takes the evening light from above.
    let rim = 1.0 - smoothstep(0.5, 0.98, solid);
    let light = clamp(dot(outward, vec2(-0.35, 0.94)), 0.0, 1.0);
    c += rim * mix(vec3(0.035, 0.032, 0.038), vec3(0.34, 0.23, 0.16), light);
    return c;
}

// Depth against gravity: how far it is to the surface, above or to either side of that, so that what falls into water
// lies no heavier on it than what is beside. Steps that grow find it, halving them pins it down, and the rest of the
// error is spread over neighbouring pixels.
fn depth_of(cell: vec2<f32>, at: vec2<f32>) -> f32 {
    var low = 0.0;
    var high = 0.4;
    for (var i = 0; i < 9; i++) {
        if overhead(cell, high) < DRY {
            break;
        }
        low = high;
        high += 0.7 + 0.6 * high;
    }
    for (var i = 0; i < 4; i++) {
        let middle = 0.5 * (low + high);
        if overhead(cell, middle) < DRY {
            high = middle;
        } else {
            low = middle;
        }
    }
    return mix(low, high, spread(at));
}

// Water in front of `behind`: `inside` cells below its surface, which rises against `slope` by `steep` a cell, `depth` below
// what is above it.
fn water_body(cell: vec2<f32>, depth: f32, here: Sight, slope: vec2<f32>, steep: f32, inside: f32, behind: vec3<f32>) -> vec3<f32> {
    let deep = 1.0 - exp(-depth / 26.0);
    let t = scene.strips_shown.z;

    var body = mix(vec3(0.050, 0.345, 0.44), vec3(0.006, 0.060, 0.165), deep);
    // Light that the waves gather: a fine net near the surface, and slanted shafts into the depth.
    let below = smoothstep(0.8, 4.0, depth) * (1.0 - deep);
    if below > 0.02 {
        let net = abs(noise(cell * vec2(0.30, 0.19) + vec2(t * 0.45, -t * 0.28))
            - noise(cell * vec2(0.25, 0.16) + vec2(-t * 0.34, t * 0.24) + 11.0));
        body += vec3(0.045, 0.10, 0.105) * smoothstep(0.14, 0.0, net) * below * below;
        let shafts = noise(vec2((cell.x + 0.45 * cell.y) * 0.11 + t * 0.12, t * 0.21));
        body += vec3(0.020, 0.055, 0.060) * smoothstep(0.45, 0.9, shafts) * below;
    }
    // Bubbles brighten fast water.
    let fast = smoothstep(0.16, 0.75, here.speed);
    var streaks = 0.5;
    if fast > 0.0 {
        streaks = clouds(cell * 0.55 + vec2(t * 0.9, t * 1.3));
        body = mix(body, vec3(0.52, 0.72, 0.79), fast * 0.55 * (0.3 + 0.7 * streaks));
    }

    // The lit surface: a thin bright line where it faces the light, and a glow below it.
    let normal = -slope / steep;
    let light = clamp(dot(normal, vec2(-0.35, 0.94)), 0.0, 1.0);
    let open = min(depth, mix(8.0, max(inside, 0.0), 1.0 - smoothstep(0.80, WITHIN, here.coverage)));
    let edge = exp(-open * 1.6) * smoothstep(0.05, 0.2, steep);
    body += vec3(0.42, 0.52, 0.55) * edge * (0.06 + 0.94 * light * light) * (1.0 - 0.6 * here.solid);
    body += vec3(0.10, 0.17, 0.18) * exp(-open * 0.35) * light * (1.0 - deep * 0.5);

    // Foam where the surface is fast.
    let crest = exp(-open * 0.4) * smoothstep(0.16, 0.6, here.speed) * 0.9;
    body = mix(body, vec3(0.90, 0.95, 0.97), crest * smoothstep(0.25, 0.7, streaks + 0.35 * fast));
    return mix(behind, body, mix(0.84, 0.985, deep));
}

// What is not water, in its own colour: a body lit from above, darker the deeper it lies, with grains that are seen from near.
fn matter(cell: vec2<f32>, colour: vec3<f32>, depth: f32, here: Sight, slope: vec2<f32>, steep: f32, inside: f32) -> vec3<f32> {
    let normal = -slope / steep;
    let light = clamp(dot(normal, vec2(-0.35, 0.94)), 0.0, 1.0);
    let deep = 1.0 - exp(-depth / 18.0);
    let grain = hash(cell * 2.0) * smoothstep(1.5, 5.0, scene.world.w);
    var c = colour * mix(0.72, 0.36, deep) * (0.92 + 0.16 * grain);
    let edge = exp(-max(inside, 0.0) * 0.9) * smoothstep(0.05, 0.2, steep);
    c += (colour * 0.55 + 0.10) * edge * (0.10 + 0.90 * light) * (1.0 - 0.6 * here.solid);
    return c + colour * 0.10 * smoothstep(0.16, 0.75, here.speed);
}

// The light of what is hot: red, then yellow, then white.
fn light_of(glow: f32) -> vec3<f32> {
    return vec3(2.0 * smoothstep(0.0, 0.7, glow), 1.1 * smoothstep(0.2, 1.2, glow), 0.7 * smoothstep(0.7, 1.5, glow));
}

// Everything within the world's borders.
fn world_color(cell: vec2<f32>, at: vec2<f32>, here: Sight, slope: vec2<f32>, solid_slope: vec2<f32>) -> vec3<f32> {
    let pixel = 1.0 / scene.world.w;
    let solid = clamp((here.solid - 0.5) / max(length(solid_slope), 0.05) / pixel * 0.8 + 0.5, 0.0, 1.0);
    var color = vec3(0.0);
    if solid < 1.0 {
        let steep = max(length(slope), 0.02);
        // Signed distance to the surface in cells, from coverage and its slope.
        let inside = (here.coverage - SURFACE) / steep;
        let water = clamp(inside / pixel * 0.8 + 0.5, 0.0, 1.0);
        color = sky(cell);
        let tint = textureSampleLevel(tints, field_sampler, cell / scene.world.xy, 0.0);
        let colour = pow(tint.rgb / max(tint.a, 0.01), vec3(2.2));
        // Spray: too thin to be a surface, seen as a haze of drops where it flies.
        let flying = 0.06 + 0.85 * smoothstep(0.06, 0.4, here.speed);
        let spray = mix(vec3(0.62, 0.74, 0.84), colour, tint.a);
        color = mix(color, spray, smoothstep(0.02, SURFACE, here.coverage) * mix(flying, 0.9, tint.a) * 0.6);
        if water > 0.0 {
            let depth = depth_of(cell, at);
            let body = water_body(cell, depth, here, slope, steep, inside, color);
            color = mix(color, mix(body, matter(cell, colour, depth, here, slope, steep, inside), tint.a), water);
        }
        let glow = textureSampleLevel(glows, field_sampler, cell / scene.world.xy, 0.0).r;
        if glow > 0.0 {
            // Unevenly, as crust that cracks does.
            color += light_of(glow * (0.75 + 0.4 * clouds(cell * 0.35))) * max(water, 0.25 * glow);
        }
    }
    if solid > 0.0 {
        let outward = -solid_slope / max(length(solid_slope), 0.02);
        color = mix(color, rock(cell, here.solid, outward), solid);
    }
    // A tint and a thin line for who computes what.
    if cell.x < scene.strips_shown.x {
        for (var i = 0; i < 16; i++) {
            let strip = scene.strips[i];
            if cell.x >= strip.x && cell.x < strip.y {
                let from_edge = min(cell.x - strip.x, strip.y - cell.x) * scene.world.w;
                let border = exp(-from_edge * 0.09) * 0.30 + (1.0 - smoothstep(1.0, 2.0, from_edge)) * 0.6;
                color = mix(color, hue(strip.z), (0.05 + border) * scene.strips_shown.y);
            }
        }
    }
    return color;
}

@fragment
fn fragment(mesh: VertexOutput) -> @location(0) vec4<f32> {
    let cell = mesh.world_position.xy;
    let pixel = 1.0 / scene.world.w;
    let here = look(cell);
    // A cell's change in coverage and solidity, up and to the right; rows of pixels run downwards.
    let slope = vec2(dpdx(here.coverage), -dpdy(here.coverage)) * scene.world.w;
    let solid_slope = vec2(dpdx(here.solid), -dpdy(here.solid)) * scene.world.w;
    // Outside there is only the dark.
    let bounds = max(max(-cell.x, cell.x - scene.world.x), max(-cell.y, cell.y - scene.world.y));
    let outside = smoothstep(-pixel, pixel, bounds);
    var color = vec3(0.022, 0.023, 0.032) * (1.0 - 0.5 * smoothstep(0.0, 40.0, bounds));
    if outside < 1.0 {
        color = mix(world_color(cell, mesh.position.xy, here, slope, solid_slope), color, outside);
    }

    // A little dither hides the bands of dark gradients.
    color += (hash(mesh.position.xy) - 0.5) / 255.0;
    return vec4(max(color, vec3(0.0)), 1.0);
}
