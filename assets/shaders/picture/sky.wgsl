// The backdrop: an evening sky with sun, clouds, stars and two ranges of mountains. Drawn once for a size of the picture;
// it hangs on the screen and not on the world, as what is far away does.
#import shot
#import whole
#import noise

// The part of the picture's height beyond each of its borders.
const SPARE: f32 = 0.06;

fn gradient(h: f32) -> vec3<f32> {
    var c = vec3(0.560, 0.315, 0.240);
    c = mix(c, vec3(0.470, 0.245, 0.225), smoothstep(0.30, 0.40, h));
    c = mix(c, vec3(0.195, 0.120, 0.205), smoothstep(0.36, 0.54, h));
    c = mix(c, vec3(0.062, 0.066, 0.175), smoothstep(0.46, 0.68, h));
    c = mix(c, vec3(0.017, 0.028, 0.112), smoothstep(0.60, 0.82, h));
    return mix(c, vec3(0.007, 0.011, 0.045), smoothstep(0.74, 1.05, h));
}

// A range's height at a place.
fn ridge(x: f32, seed: f32) -> f32 {
    let coarse = fbm(vec2(x * 2.4 + seed, seed * 3.1), 3);
    let fine = fbm(vec2(x * 11.0 + seed * 7.0, seed), 4);
    return coarse * 0.8 + fine * 0.2 - 0.5;
}

@fragment
fn main(@builtin(position) at: vec4<f32>, ) -> @location(0) vec4<f32> {
    // In heights of the picture: x from its middle, y from its lower border.
    let size = shot.picture.xy;
    let span = 1.0 + 2.0 * SPARE;
    let halved = select(size, floor(size * 0.5) + 1.0, size.x * size.y > 2.4e6);
    let uv = (at.xy / halved - 0.5) * span + 0.5;
    let aspect = size.x / size.y;
    let x = (uv.x - 0.5) * aspect;
    let sun = vec2(-0.23 * min(aspect / 1.4, 1.0), 0.40);
    let h = 1.0 - uv.y;
    let p = vec2(x, h);
    var c = gradient(h);
    // The sun's light in the haze.
    let to_sun = vec2(p.x - sun.x, (p.y - sun.y) * 1.15);
    let r = length(to_sun);
    let low = smoothstep(1.0, 0.35, h);
    c += vec3(0.34, 0.20, 0.10) * exp(-r * 5.2) + vec3(0.16, 0.075, 0.040) * exp(-r * 1.9) * low;
    c += vec3(0.30, 0.20, 0.10) * exp(-max(r - 0.042, 0.0) * 26.0);

    // Stars.
    let star = floor(p * 90.0);
    let chance = hash(star + 400.0);
    let off = vec2(hash(star + 900.0), hash(star + 1300.0)) * 0.7 + 0.15;
    let near = length(fract(p * 90.0) - off);
    c += vec3(0.75, 0.8, 0.9) * smoothstep(0.09, 0.0, near) * step(0.955, chance) * smoothstep(0.62, 0.95, h)
        * (0.25 + 0.75 * hash(star + 77.0));

    // Clouds: streaks that the wind has drawn out.
    let bent = vec2(fbm(vec2(p.x * 2.6, p.y * 9.0) + 3.0, 4), fbm(vec2(p.x * 3.1, p.y * 12.0) + 41.0, 4)) - 0.5;
    let q = vec2(p.x * 1.9 + 0.7 * p.y, p.y * 10.5) + bent * vec2(1.1, 1.7);
    let streaks = fbm(vec2(q.x * 2.6, q.y * 3.4) + 31.0, 5) - 0.5;
    let cloud = fbm(q + 11.0, 5) + 0.34 * streaks;
    let more = 0.09 * smoothstep(0.6, -0.7, p.x) - 0.10 * smoothstep(0.25, 0.9, p.x) - 0.03;
    let thick = smoothstep(0.50, 0.74, cloud + more) * smoothstep(0.40, 0.60, h) * smoothstep(1.10, 0.84, h);
    let lit = mix(vec3(0.225, 0.112, 0.142), vec3(0.42, 0.225, 0.18), exp(-r * 2.4));
    c = mix(c, lit * (0.85 + 0.5 * streaks), thick * mix(0.82, 0.62, smoothstep(0.5, 0.9, h)));

    // The sun, before the mountains are.
    c = mix(c, vec3(0.98, 0.93, 0.86), smoothstep(0.0425, 0.0405, length(p - sun)));

    let far_top = 0.375 + 0.105 * ridge(p.x * 0.9, 5.0);
    let edge = 1.1 / size.y;
    var range = mix(vec3(0.165, 0.096, 0.155), vec3(0.30, 0.17, 0.19), smoothstep(0.0, 0.16, far_top - h));
    range += vec3(0.16, 0.075, 0.04) * exp(-abs(p.x - sun.x) * 5.0) * 0.6;
    c = mix(c, range, smoothstep(-edge, edge, far_top - h));
    let near_top = 0.285 + 0.17 * ridge(p.x * 1.25 + 0.3, 23.0);
    var hills = mix(vec3(0.052, 0.043, 0.098), vec3(0.105, 0.076, 0.130), smoothstep(0.0, 0.22, near_top - h));
    hills += vec3(0.05, 0.022, 0.015) * exp(-abs(p.x - sun.x) * 4.0);
    c = mix(c, hills, smoothstep(-edge, edge, near_top - h));
    // As its square root, so that eight bits are enough for what is dark.
    return vec4(sqrt(max(c, vec3(0.0))), 1.0);
}
