// What light does in water and in whatever else lets some through.

// All that is known of a point within what flows.
struct Inside {
    cell: vec2<f32>,
    pixel: vec2<f32>,
    // Cells to the surface, and the direction out of it.
    inside: f32,
    outward: vec2<f32>,
    // Shape in the large, and how thick it is there, 0 to 1.
    slope: vec2<f32>,
    thick: f32,
    // How much there is around, by 3 and by 7 cells.
    around: f32,
    wide: f32,
    // Air in it.
    air: f32,
    speed: f32,
    // Water is beside it: no sun falls on its border there.
    wet: f32,
    light: Light,
    // What is behind it where nothing bends it.
    behind: vec3<f32>,
}

// What lies behind is bent.
override has_bend: bool = true;
// Waves gather light, and air trembles.
override has_gathered: bool = true;
override has_foam: bool = true;

const EXTINCTION: vec3<f32> = vec3(0.42, 0.115, 0.06);

// By how many pixels what lies behind is shifted by the shape.
fn bent(at: Inside) -> vec2<f32> {
    let reach = min(9.0 * shot.world.w, 0.05 * shot.picture.y) * shot.effects.x;
    return at.slope * at.thick * vec2(-1.0, 0.8) * reach;
}

fn water(at: Inside) -> vec3<f32> {
    let depth = at.light.depth;
    let full = smoothstep(0.25, 1.0, at.wide);
    let path = 0.45 + 3.4 * at.thick * full + 0.26 * depth;
    var shafts = 1.0;
    if has_gathered {
        shafts += shot.effects.z * 0.8 * at.light.focus * exp(-depth / 45.0);
    }
    let lit = 1.0 - 0.30 * at.light.shadow;
    var c = at.behind;
    if has_bend {
        c = behind_at(at.pixel + bent(at));
    }
    c *= exp(-path * EXTINCTION);
    let much = 1.0 - exp(-0.55 * path);
    c += vec3(0.007, 0.150, 0.172) * exp(-depth * vec3(0.085, 0.03, 0.017)) * shafts * lit * much;
    c += vec3(0.03, 0.16, 0.16) * exp(-depth / 4.5) * lit * full;
    return c;
}

// The surface itself: a thin bright line, a dark one within it, the sun's line, and gloss.
fn skin(c0: vec3<f32>, at: Inside, gloss: f32, bright: f32) -> vec3<f32> {
    let pixel = 1.0 / shot.world.w;
    let d = max(at.inside, 0.0);
    let fine = max(0.34 * thinner(), 0.7 * pixel);
    let thin = min(0.34 / fine, 1.0);
    let sunny = smoothstep(0.35, 0.95, dot(at.outward, SUNWARDS)) * (1.0 - 0.6 * at.light.shadow) * (1.0 - at.wet);
    let rim = exp(-(d / fine) * (d / fine)) * thin * (1.0 - 0.7 * at.wet);
    let dark = exp(-((d - 1.0) / 0.6) * ((d - 1.0) / 0.6));
    let line_wide = max(0.22 * thinner(), 0.5 * pixel);
    let off = (d - 0.3 * thinner()) / line_wide;
    let line = exp(-off * off) * min(0.22 / line_wide, 1.0);
    var c = c0 * (1.0 - 0.22 * dark * min(bright, 1.0));
    c = mix(c, vec3(0.40, 0.42, 0.46), 0.55 * rim * bright);
    c += vec3(2.3, 1.75, 1.2) * line * sunny * 0.62 * bright;
    // A round body's highlight, where its shape faces the sun.
    let n = normalize(vec3(at.slope * 1.1, 0.75));
    let half = normalize(vec3(SUNWARDS * 0.8, 1.0));
    let shine = pow(max(dot(n, half), 0.0), gloss);
    let small = smoothstep(0.95, 0.55, at.wide);
    c += vec3(1.0, 0.92, 0.80) * shine * (0.08 + 0.30 * small) * bright * (1.0 - 0.7 * at.light.shadow)
        * smoothstep(0.02, 0.25, length(at.slope));
    return c;
}

// 0 to 1 and back, once in the time of 1.
fn swell(phase: f32) -> f32 {
    return clamp(1.7 * (1.0 - abs(2.0 * fract(phase) - 1.0)), 0.0, 1.0);
}

// Foam is lace: round holes in white, which close the more air there is. Nothing tells which way water flows, so lace cannot
// ride along: two sheets come and go in turn, each in another place every time, by the world's own clock.
fn foam(c: vec3<f32>, at: Inside, air: f32) -> vec3<f32> {
    if !has_foam {
        return c;
    }
    let wide = 1.45 * air - 0.25;
    let turn = shot.view.w * 1.1;
    let a = detail_at(at.cell + at.slope * 2.0 + 3.7 * floor(turn), 0.48);
    let b = detail_at(at.cell + 7.3 - at.slope * 2.0 + 5.3 * floor(turn + 0.5), 0.72);
    let soft = 0.10 + 0.25 / shot.world.w;
    // No two holes are as wide.
    let hole = 0.74 - 0.80 * wide;
    let first = hole + 0.34 * (a.b - 0.5);
    let second = hole + 0.34 * (b.b - 0.5);
    let lace = max(swell(turn) * smoothstep(first - soft, first + soft, a.a),
        swell(turn + 0.5) * smoothstep(second - soft, second + soft, b.a));
    let much = lace * smoothstep(0.0, 0.25, wide + 0.12) * mix(0.28, 1.0, smoothstep(0.40, 0.75, at.wide));
    let shade = mix(vec3(0.52, 0.60, 0.64), vec3(0.86, 0.85, 0.83), 0.5 + 0.5 * dot(at.slope, SUNWARDS))
        * exp(-at.light.depth * vec3(0.05, 0.022, 0.015)) * (1.0 - 0.35 * at.light.shadow);
    return mix(c, shade, clamp(much, 0.0, 1.0) * 0.92 * shot.effects.y);
}
