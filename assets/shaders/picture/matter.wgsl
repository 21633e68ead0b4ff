// What is not water, each by its finish.

const CLEAR: f32 = 0.0;
const GRAINS: f32 = 1.0;
const BODY: f32 = 2.0;
const MOLTEN: f32 = 3.0;
const MIRROR: f32 = 4.0;
const SNOW: f32 = 5.0;

// The light of the hour.
const EVENING: vec3<f32> = vec3(1.04, 0.90, 0.80);

// A body's pattern: by how much it is brighter, from coarse and fine detail at its place. The numbers are those of
// `finish.rs`.
fn pattern(kind: f32, place: vec2<f32>, coarse: vec4<f32>, fine: vec4<f32>) -> f32 {
    // Seven rings on 16 cells.
    let rings = sin(place.y * 2.749 + 2.2 * coarse.r + 0.8 * sin(place.x * 0.3927)) * 0.30 + 0.5 * (fine.r - 0.5);
    let brushed = 0.7 * (fine.r - 0.5);
    let specks = 0.6 * (fine.r - 0.5) + 0.5 * (coarse.r - 0.5) + 1.2 * (coarse.a - 0.5) - 0.25 * smoothstep(0.08, 0.0, coarse.g);
    let cracks = 0.9 * smoothstep(0.05, 0.0, coarse.g) * smoothstep(0.45, 0.6, fine.r) + 0.25 * (fine.r - 0.5);
    let bubbles = 0.9 * smoothstep(0.42, 0.32, fine.a) * smoothstep(0.16, 0.28, fine.a) * step(0.86, fine.b);
    let dots = abs(fract(place * 0.25 + 0.5) - 0.5) * 4.0;
    let studs = 0.55 * smoothstep(0.75, 0.55, length(dots));
    var by = 0.0;
    by = select(by, rings, kind == 1.0);
    by = select(by, brushed, kind == 2.0);
    by = select(by, specks, kind == 3.0);
    by = select(by, cracks, kind == 4.0);
    by = select(by, bubbles, kind == 5.0);
    by = select(by, studs, kind == 6.0);
    return by * shot.more.y;
}

fn matter(at: Inside, m: Matter) -> vec3<f32> {
    let f = finishes[m.material];
    let kind = f.body.w;
    let depth = at.light.depth;
    let lit = 1.0 - 0.45 * at.light.shadow;
    let full = smoothstep(0.25, 1.0, at.wide);
    let sunny = dot(at.outward, SUNWARDS);
    let facing = dot(at.slope, SUNWARDS);
    let d = max(at.inside, 0.0);

    // Two looks at the detail, coarse and fine, where the material has its grain: in its body, of which places are told modulo
    // 16 cells and all must tile with these, or in the world.
    let in_body = kind == BODY || kind == CLEAR;
    var g: vec4<f32>;
    var h: vec4<f32>;
    if in_body {
        let drawn = select(vec2(1.0), vec2(0.0, 2.0), f.grain.w == 2.0);
        g = stones_at(m.place, 1.0);
        h = detail_at(m.place * drawn + vec2(0.0, 5.0), 1.0);
    } else {
        h = detail_at(at.cell + 5.0, f.grain.x * 2.3);
        // Plates of crust are no polygons.
        let wobble = select(vec2(0.0), at.slope + 1.6 * (vec2(h.r, h.b) - 0.5) * vec2(1.0, 0.4), kind == MOLTEN);
        g = detail_at(at.cell + wobble, f.grain.x);
    }
    let marks = pattern(f.grain.w, m.place, g, h);

    // What lies behind: bent, or in a mirror.
    let up = at.slope * vec2(1.3, -1.3);
    let mirror_off = up * 0.28 * shot.picture.y - vec2(0.0, 0.30 * shot.picture.y);
    var seen = at.behind;
    if has_bend {
        seen = behind_at(at.pixel + select(bent(at), mirror_off, kind == MIRROR));
    }

    // What lets light through: as water, by its own colours.
    let path = 0.6 + 2.6 * at.thick * full + 0.16 * min(depth, 14.0);
    let through = exp(-path * f.extinction.rgb);
    // What is thrown back from deep within has lost more of its colours.
    let deep = exp(-0.045 * min(depth, 30.0) * f.extinction.rgb);
    var clear = seen * through + f.scatter.rgb * deep * (1.0 - exp(-0.7 * path)) * mix(1.0, 0.62, 1.0 - exp(-depth / 14.0)) * lit;
    // Light that comes in at the far side.
    clear += f.scatter.rgb * 0.65 * exp(-((d - 1.8) * (d - 1.8))) * smoothstep(0.1, 0.9, -sunny);
    clear *= 1.0 + marks;

    // What has no shape has its grain in the world: where it moves that fades, or it would seem to move behind a grille.
    // Grains: each its own brightness, round from near, some glint.
    let still = 1.0 - smoothstep(0.04, 0.26, at.speed);
    let near = smoothstep(1.2, 3.5, shot.world.w / f.grain.x);
    let glint = step(1.0 - f.grain.z, g.b) * smoothstep(0.45, 0.2, g.a) * near;
    let apart = smoothstep(0.8, 2.5, shot.world.w);
    let own = apart * (0.75 * (m.grain - 0.5) - 0.20 * smoothstep(0.16 + 0.5 / shot.world.w, 0.0, m.border));
    let bumps = f.grain.y * (own + (0.45 * (g.b - 0.5) + 0.5 * (h.r - 0.5) - 0.20 * smoothstep(0.25, 0.0, g.g)) * mix(0.15, 1.0, still)) * shot.more.y;
    let shade = mix(0.50, 1.12, smoothstep(-0.9, 0.9, facing * 1.2)) * mix(1.0, 0.34, 1.0 - exp(-depth / 16.0)) * lit;
    let grains = f.body.rgb * EVENING * (shade * (1.0 + bumps) + 0.22 * exp(-d / 0.9) * smoothstep(0.0, 0.9, sunny)) + vec3(0.5, 0.42, 0.3) * glint * lit * still;

    // Bodies: a bevel, and their pattern.
    let bevel = exp(-d / 0.8);
    let solid = f.body.rgb * EVENING * (mix(0.62, 1.05, smoothstep(-0.7, 0.9, facing)) * mix(1.0, 0.55, 1.0 - exp(-depth / 20.0)) * lit
        * (1.0 + marks) + bevel * mix(-0.40, 0.75, smoothstep(-0.3, 0.9, sunny)));

    // Snow: light goes around in it, and it is blue where that is little.
    let snow = mix(vec3(0.36, 0.43, 0.66), f.body.rgb * vec3(1.12, 1.05, 1.0), smoothstep(-0.55, 0.7, facing + 0.12) * mix(1.0, 0.45, 1.0 - exp(-depth / 7.0)))
        * (0.55 + 0.45 * lit + 0.16 * (g.r - 0.5)) + vec3(0.5) * step(0.965, g.b) * smoothstep(0.4, 0.2, g.a) * near * still;

    // Quicksilver: the sky in a mirror, bright above, dark where the ground would be seen in it.
    let grey = vec3(dot(seen, vec3(0.3, 0.5, 0.2)));
    let tilt = clamp(0.41 + 0.85 * facing + 0.22 * exp(-d / 2.2) * sunny, 0.0, 1.0);
    let under = min(depth, 1.6 * d);
    let dip = (under - 3.0) / 1.8;
    let horizon = 0.62 + 0.85 * exp(-under / 1.2) - 0.30 * exp(-dip * dip);
    let mirror = f.body.rgb * mix(0.06, 1.25, smoothstep(0.30, 1.0, tilt)) * lit + 0.85 * mix(grey, seen, 0.5) * smoothstep(0.15, 0.6, tilt) * horizon;

    // Lava: plates of crust where it has cooled, the light of what is hot between them.
    let heat = m.glow * 0.92 + 0.30 * (h.r - 0.5) - 0.25 * smoothstep(1.6, 0.0, d);
    let crust = mix(0.42, 0.95, smoothstep(0.92, 0.50, heat)) * mix(0.55, smoothstep(0.05, 0.30, g.g), still) * mix(0.7, 1.0, g.b);
    let molten = emitted(heat * (1.0 - 0.45 * crust)) * (1.0 - 0.75 * crust * crust) * mix(0.75, 1.1, h.r) + f.body.rgb * 0.12 * shade + vec3(0.05, 0.02, 0.015);

    var c = clear;
    c = select(c, grains, kind == GRAINS);
    c = select(c, solid, kind == BODY);
    c = select(c, mirror, kind == MIRROR);
    c = select(c, snow, kind == SNOW);
    let other = finishes[m.second];
    let blend = 0.5 * (1.0 - clamp(m.lead * 1.3 * shot.world.w, 0.0, 1.0));
    c = mix(c, other.body.rgb * lit, select(blend, 0.0, m.second == 63u || m.second == 0u));
    c = select(c, molten, kind == MOLTEN);
    // Whatever is hot glows.
    let glows = select(m.glow, 0.0, kind == MOLTEN);
    return c * (1.0 - 0.55 * glows) + emitted(glows * 0.85) * shot.effects.w;
}

// Gas before what is behind it; eaten away by noise that rises.
fn gas(behind: vec3<f32>, cell: vec2<f32>, density: f32, m: Matter) -> vec3<f32> {
    let t = shot.view.w;
    let a = detail_at(cell + vec2(0.3 * t, -1.1 * t), 0.31).r;
    let b = detail_at(cell * 1.0 + vec2(-0.4 * t, -1.9 * t) + 5.0, 0.83).r;
    let eaten = density * clamp(1.9 * (0.62 * a + 0.38 * b), 0.2, 2.0);
    let alpha = 1.0 - exp(-m.gas_density * max(eaten - 0.03, 0.0));
    let burning = m.gas.w;
    let hot = clamp(eaten * 0.66, 0.0, 1.0);
    let flame = vec3(1.9, 0.62, 0.10) * smoothstep(0.05, 0.5, hot) + vec3(0.4, 0.75, 0.35) * smoothstep(0.45, 1.0, hot);
    var c = mix(behind, m.gas.rgb * mix(0.75, 1.15, b), alpha * (1.0 - 0.75 * burning));
    c += flame * burning * alpha * shot.effects.w;
    return c + emitted(m.gas_glow) * (1.0 - burning) * alpha * 0.35 * shot.effects.w;
}
