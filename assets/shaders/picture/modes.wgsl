// Colours for what is measured: speed, pressure, heat, and who computes what.

fn hue(h: f32) -> vec3<f32> {
    let k = abs(fract(vec3(h, h + 0.667, h + 0.333)) * 6.0 - 3.0) - 1.0;
    return mix(vec3(1.0), clamp(k, vec3(0.0), vec3(1.0)), 0.75);
}

// Dark blue, teal, green, yellow, nearly white: brighter the more.
fn scale_colour(v: f32) -> vec3<f32> {
    var c = mix(vec3(0.010, 0.016, 0.075), vec3(0.012, 0.16, 0.28), smoothstep(0.0, 0.25, v));
    c = mix(c, vec3(0.03, 0.42, 0.27), smoothstep(0.2, 0.5, v));
    c = mix(c, vec3(0.72, 0.62, 0.06), smoothstep(0.45, 0.78, v));
    return mix(c, vec3(1.0, 0.93, 0.72), smoothstep(0.75, 1.0, v));
}

// Colder than the air blue, as warm grey, warmer red to white.
fn heat_colour(warmth: f32) -> vec3<f32> {
    let cold = mix(vec3(0.10, 0.11, 0.13), vec3(0.05, 0.25, 0.9), clamp(warmth / 3.0, 0.0, 1.0));
    let warm = emitted(clamp((warmth - 2.0) / 12.0, 0.0, 1.1)) + vec3(0.12, 0.06, 0.05);
    return select(warm, cold, warmth < 3.5);
}

fn mode_colour(cell: vec2<f32>, mode: f32) -> vec3<f32> {
    let size = vec2<i32>(shot.world.xy);
    let p = cell - 0.5;
    let i = floor(p);
    let f = p - i;
    var speed = 0.0;
    var cover = 0.0;
    var heat = vec3(0.0);
    var sum = 0.0001;
    for (var k = 0; k < 4; k++) {
        let d = vec2(k & 1, k >> 1u);
        let at = clamp(vec2<i32>(i) + d, vec2(0), size - 1);
        let w = mix(1.0 - f.x, f.x, f32(d.x)) * mix(1.0 - f.y, f.y, f32(d.y));
        let t = textureLoad(cells, at, 0);
        let s = textureLoad(samples, at, 0).r;
        let filled = w * min(t.y * 4.0, 1.0);
        speed += t.z * filled;
        cover += t.y * 255.0 / 128.0 * filled;
        heat += heat_colour(f32((s >> 18u) & 15u)) * filled;
        sum += filled;
    }
    let by_speed = scale_colour(sqrt(speed / sum));
    let by_pressure = scale_colour(clamp((cover / sum - 0.75) * 1.6, 0.0, 1.0));
    return select(select(heat / sum, by_pressure, mode < 2.5), by_speed, mode < 1.5);
}

// A tint and a thin line for who computes what.
fn with_strips(c0: vec3<f32>, cell: vec2<f32>) -> vec3<f32> {
    var c = c0;
    for (var i = 0; i < 16; i++) {
        let strip = shot.strips[i];
        let within = step(strip.x, cell.x) * step(cell.x, strip.y) * step(cell.x, shot.strips_shown.x) * step(0.0, cell.x);
        let from_edge = min(cell.x - strip.x, strip.y - cell.x) * shot.world.w;
        let border = exp(-max(from_edge, 0.0) * 0.09) * 0.30 + (1.0 - smoothstep(1.0, 2.0, from_edge)) * 0.6;
        c = mix(c, hue(strip.z), within * (0.05 + border) * shot.strips_shown.y);
    }
    return c;
}
