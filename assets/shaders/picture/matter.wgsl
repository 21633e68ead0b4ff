// What is not water, each by its finish.

// The light of the hour.
const EVENING: vec3<f32> = vec3(1.04, 0.90, 0.80);

// A body's pattern: by how much it is brighter, from coarse and fine detail at its place. The numbers are those of
// `finish.rs`.
fn pattern(kind: f32, place: vec2<f32>, coarse: vec4<f32>, fine: vec4<f32>, d: f32) -> f32 {
    var by = 0.0;
    switch i32(kind) {
        // Seven rings on 16 cells.
        case 1: {
            by = sin(place.y * 2.749 + 2.2 * coarse.r + 0.8 * sin(place.x * 0.3927)) * 0.30 + 0.5 * (fine.r - 0.5);
        }
        // Brushed.
        case 2: {
            by = 0.7 * (fine.r - 0.5);
        }
        // Specks.
        case 3: {
            by = 0.6 * (fine.r - 0.5) + 0.5 * (coarse.r - 0.5) + 1.2 * (coarse.a - 0.5) - 0.25 * smoothstep(0.08, 0.0, coarse.g);
        }
        // Cracks.
        case 4: {
            by = 0.9 * smoothstep(0.05, 0.0, coarse.g) * smoothstep(0.45, 0.6, fine.r) + 0.25 * (fine.r - 0.5);
        }
        // Bubbles.
        case 5: {
            by = 0.9 * smoothstep(0.42, 0.32, fine.a) * smoothstep(0.16, 0.28, fine.a) * step(0.86, fine.b);
        }
        // Studs.
        case 6: {
            let dots = abs(fract(place * 0.25 + 0.5) - 0.5) * 4.0;
            by = 0.55 * smoothstep(0.75, 0.55, length(dots));
        }
        // A groove along its border: what turns or slides as told has no places.
        case 10: {
            let off = (d - 1.15) / max(0.22, 0.6 / shot.world.w);
            by = 0.16 * smoothstep(1.0, 1.5, d) - 0.55 * exp(-off * off);
        }
        default: {}
    }
    return by * shot.more.y;
}

// What all kinds are lit by.
struct Lit {
    // Less in shadow.
    lit: f32,
    // How much it is turned to the sun: its border, and its shape in the large.
    sunny: f32,
    facing: f32,
    // Cells to its border.
    d: f32,
    // What has no shape has its grain in the world: where it moves that fades, or it would seem to move behind a grille.
    still: f32,
    // What sparkles is seen from near.
    near: f32,
}

// What lets light through: as water, by its own colours; and bodies, with a bevel. Both have their pattern at their place, of
// which 16 cells tile with the detail.
fn body(at: Inside, m: Matter, f: Finish, l: Lit) -> vec3<f32> {
    let drawn = select(vec2(1.0), vec2(0.0, 2.0), f.grain.w == 2.0);
    let coarse = stones_at(m.place, 1.0);
    let fine = detail_at(m.place * drawn + vec2(0.0, 5.0), 1.0);
    let marks = pattern(f.grain.w, m.place, coarse, fine, l.d);
    let depth = at.light.depth;
    if f.body.w == BODY {
        let bevel = exp(-l.d / 0.8);
        return f.body.rgb * EVENING * (mix(0.62, 1.05, smoothstep(-0.7, 0.9, l.facing)) * mix(1.0, 0.55, 1.0 - exp(-depth / 20.0)) * l.lit
            * (1.0 + marks) + bevel * mix(-0.40, 0.75, smoothstep(-0.3, 0.9, l.sunny)));
    }
    var seen = at.behind;
    if has_bend {
        seen = behind_at(at.pixel + bent(at));
    }
    let full = smoothstep(0.25, 1.0, at.wide);
    let path = 0.6 + 2.6 * at.thick * full + 0.16 * min(depth, 14.0);
    let through = exp(-path * f.extinction.rgb);
    // What is thrown back from deep within has lost more of its colours.
    let deep = exp(-0.045 * min(depth, 30.0) * f.extinction.rgb);
    var clear = seen * through + f.scatter.rgb * deep * (1.0 - exp(-0.7 * path)) * mix(1.0, 0.62, 1.0 - exp(-depth / 14.0)) * l.lit;
    // Light that comes in at the far side.
    clear += f.scatter.rgb * 0.65 * exp(-((l.d - 1.8) * (l.d - 1.8))) * smoothstep(0.1, 0.9, -l.sunny);
    return clear * (1.0 + marks);
}

// Grains: each its own brightness, round from near, some glint.
fn grains(at: Inside, m: Matter, f: Finish, l: Lit, g: vec4<f32>, h: vec4<f32>) -> vec3<f32> {
    let glint = step(1.0 - f.grain.z, g.b) * smoothstep(0.45, 0.2, g.a) * l.near;
    let apart = smoothstep(0.8, 2.5, shot.world.w);
    let own = apart * (0.75 * (m.grain - 0.5) - 0.20 * smoothstep(0.16 + 0.5 / shot.world.w, 0.0, m.border));
    let bumps = f.grain.y * (own + (0.45 * (g.b - 0.5) + 0.5 * (h.r - 0.5) - 0.20 * smoothstep(0.25, 0.0, g.g)) * mix(0.15, 1.0, l.still)) * shot.more.y;
    return f.body.rgb * EVENING * (shade(at, l) * (1.0 + bumps) + 0.22 * exp(-l.d / 0.9) * smoothstep(0.0, 0.9, l.sunny))
        + vec3(0.5, 0.42, 0.3) * glint * l.lit * l.still;
}

fn shade(at: Inside, l: Lit) -> f32 {
    return mix(0.50, 1.12, smoothstep(-0.9, 0.9, l.facing * 1.2)) * mix(1.0, 0.34, 1.0 - exp(-at.light.depth / 16.0)) * l.lit;
}

// Snow: light goes around in it, and it is blue where that is little.
fn snow(at: Inside, f: Finish, l: Lit, g: vec4<f32>) -> vec3<f32> {
    return mix(vec3(0.36, 0.43, 0.66), f.body.rgb * vec3(1.12, 1.05, 1.0), smoothstep(-0.55, 0.7, l.facing + 0.12) * mix(1.0, 0.45, 1.0 - exp(-at.light.depth / 7.0)))
        * (0.55 + 0.45 * l.lit + 0.16 * (g.r - 0.5)) + vec3(0.5) * step(0.965, g.b) * smoothstep(0.4, 0.2, g.a) * l.near * l.still;
}

// Quicksilver: the sky in a mirror, bright above, dark where the ground would be seen in it.
fn mirror(at: Inside, f: Finish, l: Lit) -> vec3<f32> {
    var seen = at.behind;
    if has_bend {
        seen = behind_at(at.pixel + at.slope * vec2(1.3, -1.3) * 0.28 * shot.picture.y - vec2(0.0, 0.30 * shot.picture.y));
    }
    let grey = vec3(dot(seen, vec3(0.3, 0.5, 0.2)));
    let tilt = clamp(0.41 + 0.85 * l.facing + 0.22 * exp(-l.d / 2.2) * l.sunny, 0.0, 1.0);
    let under = min(at.light.depth, 1.6 * l.d);
    let dip = (under - 3.0) / 1.8;
    let horizon = 0.62 + 0.85 * exp(-under / 1.2) - 0.30 * exp(-dip * dip);
    return f.body.rgb * mix(0.06, 1.25, smoothstep(0.30, 1.0, tilt)) * l.lit + 0.85 * mix(grey, seen, 0.5) * smoothstep(0.15, 0.6, tilt) * horizon;
}

// Lava: plates of crust where it has cooled, the light of what is hot between them.
fn molten(at: Inside, m: Matter, f: Finish, l: Lit, g: vec4<f32>, h: vec4<f32>) -> vec3<f32> {
    let heat = m.glow * 0.92 + 0.30 * (h.r - 0.5) - 0.25 * smoothstep(1.6, 0.0, l.d);
    let crust = mix(0.42, 0.95, smoothstep(0.92, 0.50, heat)) * mix(0.55, smoothstep(0.05, 0.30, g.g), l.still) * mix(0.7, 1.0, g.b);
    return emitted(heat * (1.0 - 0.45 * crust)) * (1.0 - 0.75 * crust * crust) * mix(0.75, 1.1, h.r) + f.body.rgb * 0.12 * shade(at, l) + vec3(0.05, 0.02, 0.015);
}

// Pixels of one kind are side by side: they branch together, and each works out its own kind alone.
fn matter(at: Inside, m: Matter) -> vec3<f32> {
    let f = finishes[m.material];
    let kind = f.body.w;
    var l: Lit;
    l.lit = 1.0 - 0.45 * at.light.shadow;
    l.sunny = dot(at.outward, SUNWARDS);
    l.facing = dot(at.slope, SUNWARDS);
    l.d = max(at.inside, 0.0);
    l.still = 1.0 - smoothstep(0.04, 0.26, at.speed);
    l.near = smoothstep(1.2, 3.5, shot.world.w / f.grain.x);
    var c: vec3<f32>;
    if kind == BODY || kind == CLEAR {
        c = body(at, m, f, l);
    } else if kind == MIRROR {
        c = mirror(at, f, l);
    } else {
        // Two looks at the detail, coarse and fine, in the world.
        let h = detail_at(at.cell + 5.0, f.grain.x * 2.3);
        if kind == MOLTEN {
            // Plates of crust are no polygons.
            let wobble = at.slope + 1.6 * (vec2(h.r, h.b) - 0.5) * vec2(1.0, 0.4);
            return molten(at, m, f, l, detail_at(at.cell + wobble, f.grain.x), h);
        }
        let g = detail_at(at.cell, f.grain.x);
        if kind == GRAINS {
            c = grains(at, m, f, l, g, h);
        } else {
            c = snow(at, f, l, g);
        }
    }
    let blend = 0.5 * (1.0 - clamp(m.lead * 1.3 * shot.world.w, 0.0, 1.0));
    if blend > 0.0 && m.second != 63u && m.second != 0u {
        c = mix(c, finishes[m.second].body.rgb * l.lit, blend);
    }
    // Whatever is hot glows.
    if m.glow > 0.0 {
        c = c * (1.0 - 0.55 * m.glow) + emitted(m.glow * 0.85) * shot.effects.w;
    }
    return c;
}

// Gas before what is behind it; eaten away by noise that rises. Its colour and how much it burns, and how dense and how hot
// it is, come as `around.wgsl` tells them.
fn gas(behind: vec3<f32>, cell: vec2<f32>, much: f32, looks: vec4<f32>, parts: vec4<f32>) -> vec3<f32> {
    let t = shot.view.w;
    let a = detail_at(cell + vec2(0.3 * t, -1.1 * t), 0.31).r;
    let b = detail_at(cell * 1.0 + vec2(-0.4 * t, -1.9 * t) + 5.0, 0.83).r;
    let eaten = much * clamp(1.9 * (0.62 * a + 0.38 * b), 0.2, 2.0);
    let alpha = 1.0 - exp(-4.0 * parts.x * max(eaten - 0.03, 0.0));
    let burning = looks.w;
    let hot = clamp(eaten * 0.66, 0.0, 1.0);
    let flame = vec3(1.9, 0.62, 0.10) * smoothstep(0.05, 0.5, hot) + vec3(0.4, 0.75, 0.35) * smoothstep(0.45, 1.0, hot);
    var c = mix(behind, looks.rgb * looks.rgb * mix(0.75, 1.15, b), alpha * (1.0 - 0.75 * burning));
    c += flame * burning * alpha * shot.effects.w;
    return c + emitted(parts.y) * (1.0 - burning) * alpha * 0.35 * shot.effects.w;
}
