// Draws a whole room on one quad: sky, terrain, water and the brush, from the view field.
//
// The view field has one sample a cell; a cubic B-spline makes a smooth surface of it, and dividing by the
// share of open cells under the spline lets water touch walls. Floats are free here: nothing that is drawn
// feeds back into the simulation.

#import bevy_sprite::mesh2d_vertex_output::VertexOutput

struct Scene {
    // World width and height in cells, seconds, pixels a cell.
    world: vec4<f32>,
    // Brush: centre in cells, radius in cells, 0 hidden / 1 adds / 2 removes / 3 pushes.
    brush: vec4<f32>,
    // Strips: how many are valid, opacity of the tint, and two unused.
    strips_shown: vec4<f32>,
    // Gravity's direction, for the depth tint; z is 0 without gravity.
    down: vec4<f32>,
    // Strips: left edge, right edge in cells, hue (0 to 1), 1 for this peer's own.
    strips: array<vec4<f32>, 16>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> scene: Scene;
// Coverage and speed: at the previous frame (r, b), at the newest (g, a).
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var field: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var field_sampler: sampler;
// 1 where a cell is solid.
@group(#{MATERIAL_BIND_GROUP}) @binding(3) var terrain: texture_2d<f32>;
// A tile's newest frame: when it came, and over how many seconds it is eased in.
@group(#{MATERIAL_BIND_GROUP}) @binding(4) var arrivals: texture_2d<f32>;

// Coverage, in units of rest density, at which the surface lies.
const SURFACE: f32 = 0.42;
// Coverage is stored with 128 for rest density.
const COVERAGE_SCALE: f32 = 255.0 / 128.0;

// Where four bilinear taps must lie, and what they weigh, to make a cubic B-spline of 16 texels.
struct Spline {
    low: vec2<f32>,
    high: vec2<f32>,
    share_low: vec2<f32>,
}

fn spline(cell: vec2<f32>) -> Spline {
    let p = cell - 0.5;
    let i = floor(p);
    let f = p - i;
    let g = 1.0 - f;
    let w0 = g * g * g / 6.0;
    let w1 = (4.0 - 6.0 * f * f + 3.0 * f * f * f) / 6.0;
    let w3 = f * f * f / 6.0;
    let w2 = 1.0 - w0 - w1 - w3;
    var s: Spline;
    s.share_low = w0 + w1;
    s.low = i - 0.5 + w1 / (w0 + w1);
    s.high = i + 1.5 + w3 / (w2 + w3);
    s.low = (s.low) / scene.world.xy;
    s.high = (s.high) / scene.world.xy;
    return s;
}

fn mixed(s: Spline, image: texture_2d<f32>) -> vec4<f32> {
    let a = textureSampleLevel(image, field_sampler, vec2(s.low.x, s.low.y), 0.0);
    let b = textureSampleLevel(image, field_sampler, vec2(s.high.x, s.low.y), 0.0);
    let c = textureSampleLevel(image, field_sampler, vec2(s.low.x, s.high.y), 0.0);
    let d = textureSampleLevel(image, field_sampler, vec2(s.high.x, s.high.y), 0.0);
    return mix(mix(d, c, s.share_low.x), mix(b, a, s.share_low.x), s.share_low.y);
}

// How far the tile's newest frame has come in, 0 to 1.
fn eased(cell: vec2<f32>) -> f32 {
    let size = vec2<i32>(textureDimensions(arrivals));
    let tile = clamp(vec2<i32>(floor(cell / 16.0)), vec2(0), size - 1);
    let a = textureLoad(arrivals, tile, 0);
    return clamp((scene.world.z - a.x) / max(a.y, 0.001), 0.0, 1.0);
}

// Coverage (rest density is 1), speed (0 to 1) and solidity (0 to 1), smoothed.
fn sample_world(cell: vec2<f32>) -> vec3<f32> {
    let s = spline(cell);
    let f = mixed(s, field);
    let solid = mixed(s, terrain).r;
    let e = eased(cell);
    let open = max(1.0 - solid, 0.2);
    return vec3(mix(f.r, f.g, e) * COVERAGE_SCALE / open, mix(f.b, f.a, e) / open, solid);
}

// Coverage alone, by one bilinear tap: for what is far away or blurred anyway.
fn coverage_near(cell: vec2<f32>) -> f32 {
    let f = textureSampleLevel(field, field_sampler, cell / scene.world.xy, 0.0);
    let solid = textureSampleLevel(terrain, field_sampler, cell / scene.world.xy, 0.0).r;
    return max(clamp(mix(f.r, f.g, eased(cell)) * COVERAGE_SCALE, 0.0, 1.0), solid);
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
    let drift = vec2(cell.x / scene.world.y * 2.2 + scene.world.z * 0.004, h * 5.0);
    c += vec3(0.05, 0.035, 0.04) * smoothstep(0.45, 0.85, clouds(drift)) * (1.0 - h);
    return c;
}

fn rock(cell: vec2<f32>, solid: f32) -> vec3<f32> {
    let grain = clouds(cell * 0.31) * 0.6 + clouds(cell * 0.07 + 40.0) * 0.4;
    var c = mix(vec3(0.045, 0.042, 0.052), vec3(0.10, 0.088, 0.085), grain);
    // A lighter rim where the rock meets the open, warmer when it faces up.
    let up = textureSampleLevel(terrain, field_sampler, (cell + vec2(0.0, 1.6)) / scene.world.xy, 0.0).r;
    let rim = 1.0 - smoothstep(0.5, 0.98, solid);
    c += rim * mix(vec3(0.05, 0.045, 0.05), vec3(0.30, 0.21, 0.15), 1.0 - up);
    return c;
}

@fragment
fn fragment(mesh: VertexOutput) -> @location(0) vec4<f32> {
    let cell = mesh.world_position.xy;
    let pixel = 1.0 / scene.world.w;
    let here = sample_world(cell);
    let right = sample_world(cell + vec2(0.75, 0.0));
    let above = sample_world(cell + vec2(0.0, 0.75));
    let slope = vec2(right.x - here.x, above.x - here.x) / 0.75;
    let steep = max(length(slope), 0.02);

    var color = sky(cell);

    // Spray: too thin to be a surface, seen as a haze of drops.
    let spray = smoothstep(0.02, SURFACE, here.x) * (0.35 + 0.5 * here.y);
    color = mix(color, vec3(0.62, 0.74, 0.84), spray * 0.55);

    // Water: signed distance to the surface in cells, from coverage and its slope.
    let inside = (here.x - SURFACE) / steep;
    let water = clamp(inside / pixel * 0.8 + 0.5, 0.0, 1.0);
    if water > 0.0 {
        // Depth, against gravity: how much water lies over this point. The taps lie ever wider apart, and
        // a different shift at each pixel hides that there are few.
        let up = -scene.down.xy;
        var depth = 0.0;
        var reach = 0.5;
        var unbroken = 1.0;
        let shift = 0.3 + 0.4 * hash(mesh.position.xy);
        for (var i = 0; i < 14; i++) {
            let gap = 0.6 + 0.27 * reach;
            let over = coverage_near(cell + up * (reach + gap * shift));
            unbroken *= mix(1.0, smoothstep(0.15, 0.55, over), 0.8);
            depth += gap * unbroken;
            reach += gap;
        }
        let deep = 1.0 - exp(-depth / 26.0);

        var body = mix(vec3(0.055, 0.35, 0.46), vec3(0.008, 0.075, 0.19), deep);
        // Light that the waves gather, fading with depth.
        let t = scene.world.z;
        let web = abs(noise(cell * vec2(0.16, 0.10) + vec2(t * 0.35, -t * 0.22))
            - noise(cell * vec2(0.13, 0.085) + vec2(-t * 0.27, t * 0.19) + 11.0));
        body += vec3(0.06, 0.13, 0.14) * smoothstep(0.16, 0.0, web) * (1.0 - deep) * smoothstep(1.0, 5.0, inside);
        // Bubbles and motion brighten fast water.
        let fast = smoothstep(0.16, 0.75, here.y);
        let streaks = clouds(cell * 0.42 + vec2(t * 0.9, t * 1.3));
        body = mix(body, vec3(0.55, 0.74, 0.80), fast * 0.55 * (0.35 + 0.65 * streaks));

        // The lit edge: a thin bright line, brighter where the surface faces the light.
        let normal = -slope / steep;
        let light = clamp(dot(normal, normalize(vec2(-0.35, 0.94))), 0.0, 1.0);
        let edge = exp(-max(inside, 0.0) * 1.5) * smoothstep(0.05, 0.2, steep);
        body += vec3(0.42, 0.52, 0.55) * edge * (0.06 + 0.94 * light * light) * (1.0 - 0.6 * here.z);
        body += vec3(0.10, 0.17, 0.18) * exp(-max(inside, 0.0) * 0.35) * light * (1.0 - deep * 0.5);

        // Foam where the surface is fast.
        let crest = exp(-max(inside, 0.0) * 0.4) * smoothstep(0.16, 0.6, here.y) * 0.85;
        body = mix(body, vec3(0.90, 0.95, 0.97), crest * smoothstep(0.25, 0.7, streaks + 0.35 * fast));

        let clear = mix(0.86, 0.985, deep);
        color = mix(color, body, water * clear);
    }

    // Terrain over all, its edge smoothed; outside the world there is only rock in the dark.
    let bounds = max(max(-cell.x, cell.x - scene.world.x), max(-cell.y, cell.y - scene.world.y));
    let outside = smoothstep(-pixel, pixel, bounds);
    let solid_slope = max(length(vec2(right.z - here.z, above.z - here.z)) / 0.75, 0.05);
    let solid = clamp((here.z - 0.5) / solid_slope / pixel * 0.8 + 0.5, 0.0, 1.0);
    color = mix(color, rock(cell, here.z), solid);
    color = mix(color, vec3(0.022, 0.023, 0.032) * (1.0 - 0.5 * smoothstep(0.0, 40.0, bounds)), outside);

    // Strips: a tint and a thin line for who computes what.
    let shown = i32(scene.strips_shown.x);
    for (var i = 0; i < min(shown, 16); i++) {
        let strip = scene.strips[i];
        if cell.x >= strip.x && cell.x < strip.y && outside < 1.0 {
            let tint = hue(strip.z);
            let from_edge = min(cell.x - strip.x, strip.y - cell.x) * scene.world.w;
            let border = exp(-from_edge * 0.09) * 0.30 + (1.0 - smoothstep(1.0, 2.0, from_edge)) * 0.6;
            color = mix(color, tint, (0.05 + border) * scene.strips_shown.y);
        }
    }

    // The brush: a ring with a faint fill.
    if scene.brush.w > 0.0 {
        let away = (distance(cell, scene.brush.xy) - scene.brush.z) * scene.world.w;
        var ink = vec3(0.75, 0.92, 1.0);
        if scene.brush.w > 1.5 { ink = vec3(1.0, 0.62, 0.50); }
        if scene.brush.w > 2.5 { ink = vec3(1.0, 0.90, 0.60); }
        color = mix(color, ink, 0.07 * clamp(0.5 - away, 0.0, 1.0));
        color = mix(color, vec3(0.0), 0.35 * (1.0 - smoothstep(0.8, 2.6, abs(away))));
        color = mix(color, ink, 0.9 * (1.0 - smoothstep(0.4, 1.4, abs(away))));
    }

    // A little dither hides the bands of dark gradients.
    color += (hash(mesh.position.xy) - 0.5) / 255.0;
    return vec4(max(color, vec3(0.0)), 1.0);
}
