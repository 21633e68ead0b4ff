// One pass a pixel, which only reads what the passes before it made: backdrop, gas, what flows, rock. Parts of the world where
// some of these are missing are drawn without.
#import sight
#import runs
#import ramp
#import ground
#import water
#import matter
#import rock
#import beyond
#import modes

// Anything flows or moves here.
override has_fluid: bool = true;
// Rock is here.
override has_rock: bool = true;
// Either is so near that it is seen by mist or shade.
override has_air: bool = true;
// Some of that is water.
override has_water: bool = true;
override has_gas: bool = true;
// What stays where it is, and is not bedrock.
override has_still: bool = true;
// Anything that flows or moves, and is not water.
override has_more: bool = true;
// Colours are measures, or strips are shown.
override is_measured: bool = true;
// The world ends far from here, or may.
override is_beyond: bool = true;
// It may not.
override is_within: bool = true;

@fragment
fn main(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = at.xy;
    let cell = shot.view.xy + vec2(pixel.x, shot.picture.y - pixel.y) * shot.view.z;
    let pixels = shot.world.w;
    var lamp = vec3(0.0);
    if has_lamp {
        let out = cell - clamp(cell, vec2(0.0), shot.world.xy);
        lamp = textureSampleLevel(wide_light, smoothly, far_uv(cell), 0.0).rgb * vec3(2.6, 1.3, 0.8) * shot.effects.w
            * exp(-length(out) / 9.0);
    }

    // The backdrop, trembling above what is hot.
    var c = vec3(0.0);
    if has_lamp && has_gathered {
        let heat = clamp(dot(lamp, vec3(0.6)), 0.0, 1.0) * shot.more.x;
        let now = shot.view.w;
        let wobble = sin(cell.y * 0.9 - 9.0 * now) + sin(cell.y * 2.3 - 13.0 * now + cell.x);
        c = behind_at(pixel + vec2(wobble * heat * 2.5, 0.0)) + lamp * 0.5;
    } else {
        c = behind_at(pixel) + lamp * 0.5;
    }
    let behind = c;

    if is_beyond && (!is_within || any(abs(cell - 0.5 * shot.world.xy) > 0.5 * shot.world.xy + 16.0)) {
        c = beyond(c, cell, pixels);
    } else if has_fluid || has_rock || has_gas || has_air {
        let far = textureSampleLevel(wide, smoothly, far_uv(cell), 0.0);
        var t: Taps;
        var s: Shape;
        if has_fluid || has_rock || has_gas {
            t = taps(cell);
            s = shape_at(cell, t);
        }
        // Rock, by distance to its rounded border.
        var solid = 0.0;
        var into = 0.0;
        var rock_out = vec2(0.0);
        if has_rock {
            let rock_slope = vec2(s.right.y, s.up.y);
            let rock_steep = max(length(rock_slope), 0.05);
            solid = clamp((s.at.y - 0.5) / rock_steep * pixels + 0.5, 0.0, 1.0);
            // Cells within it, by how a straight edge looks that was blurred: about as much as a normal distribution's inverse.
            into = 0.59 * log(max(s.at.y, 0.05) / (1.004 - s.at.y));
            rock_out = -rock_slope / rock_steep;
        }
        var light = Light(0.0, 0.0, 0.0);
        if has_fluid || has_rock {
            // Light on rock is that which arrives before it.
            light = light_at(cell + rock_out * (2.0 * solid));
        }
        // Gas that is thinner than this is eaten away altogether.
        let is_gassy = has_gas && s.at.z > 0.01;
        // What rock hides is not worked out, nor is what it would be where there is none.
        let is_open = solid < 1.0;
        var filled = 0.0;
        var inside = 0.0;
        let rises = vec2(s.right.x, s.up.x);
        // Where there is next to nothing the field is flat, and just below the surface.
        let steep = max(length(rises), 0.03 * shot.near.w);
        if has_fluid && is_open {
            inside = s.at.x / steep;
            filled = clamp(inside * pixels + 0.5, 0.0, 1.0);
        }
        // How much of that is not water.
        var dry = 0.0;
        if has_more && filled > 0.0 {
            dry = 1.0;
            if has_water {
                dry = clamp((s.at.w - 0.5) * 3.2 * pixels + 0.5, 0.0, 1.0);
            }
        }
        // Of gas and of what stays where it is.
        var told = vec4(0.0);
        if (is_gassy && is_open) || (has_still && solid > 0.0) {
            told = textureSampleLevel(parts, smoothly, near_uv(cell), 0.0);
        }
        if has_air {
            c *= 1.0 - 0.45 * smoothstep(0.05, 0.6, far.y);
        }
        if has_gas && is_gassy && is_open {
            c = gas(c, cell, s.at.z * 1.5, textureSampleLevel(gases, smoothly, near_uv(cell), 0.0), told);
        }
        var slope_here = vec2(0.0);
        if has_air && is_open {
            // Air that water closes in is a pocket and not a hole.
            let closed = far.x / max(1.0 - far.y, 0.25) - 0.5 * far.y;
            let pocket = smoothstep(0.48, 0.72, closed);
            c = mix(c, vec3(0.012, 0.085, 0.110), 0.94 * pocket);
            // What is too fine to be drops.
            if has_foam {
                let mist = clamp(1.6 * far.z, 0.0, 1.0) * smoothstep(0.5, 0.15, far.x - far.z) * (1.0 - pocket);
                c = mix(c, vec3(0.62, 0.60, 0.64), 0.22 * mist * shot.effects.y);
            }
        }
        if has_fluid && filled > 0.0 {
            let n = slope_at(t);
            var here: Inside;
            here.cell = cell;
            here.pixel = pixel;
            // Deep within, the field is too flat to tell how far the surface is.
            here.inside = inside + select(0.0, 9.0 * smoothstep(0.86, 0.97, n.z), inside > 0.0);
            here.outward = -rises / steep;
            here.slope = (n.xy - 0.5) / 0.4;
            slope_here = here.slope;
            let bulge = 1.0 - clamp((n.z - 0.25) / 0.7, 0.0, 1.0);
            here.thick = sqrt(max(1.0 - bulge * bulge, 0.0));
            here.around = n.z;
            here.wide = far.w;
            here.speed = n.w;
            // Fast water whirls in air where it is thin, and where holes close.
            here.air = smoothstep(0.16, 0.62, n.w) * smoothstep(0.97, 0.6, n.z) + 0.12 * smoothstep(0.45, 1.0, n.w);
            here.light = light;
            here.behind = behind;
            var body = vec3(0.0);
            var gloss = 10.0;
            var bright = 1.0;
            if has_water && dry < 1.0 {
                // What lies in water whirls up no air by that.
                let whirled = here.air * (1.0 - smoothstep(0.0, 0.3, s.at.w));
                body = foam(water(here), here, whirled);
            }
            if has_more && dry > 0.0 {
                if has_water {
                    // Cells into it from water, where that is what is beside it: as for rock.
                    let from_water = 0.83 * log(max(s.at.w, 0.05) / (1.004 - s.at.w));
                    here.inside = mix(here.inside, min(here.inside, max(from_water, 0.0)), dry);
                    here.wet = dry * (1.0 - smoothstep(0.8, 0.97, s.at.w));
                }
                let m = matter_at(around_at(cell), kin_at(cell));
                let f = finishes[m.material];
                body = mix(body, matter(here, m), dry);
                gloss = mix(gloss, 10.0 + 20.0 * f.extinction.w, dry);
                bright = mix(1.0, f.scatter.w, dry);
            }
            body = skin(body, here, gloss, bright);
            c = mix(c, body, filled);
        }
        var kept = 0.0;
        if has_rock && solid > 0.0 {
            var ground = Ground(vec3(0.0), 0.0, 0.0);
            if has_still {
                ground = ground_of(kin_at(cell) >> STILL_AT, told.z);
            }
            kept = ground.share;
            let near_water = smoothstep(0.10, 0.5, far.x) * exp(-max(into, 0.0) / 2.5);
            let soak = textureSampleLevel(soaked, smoothly, far_uv(cell), 0.0).x;
            let wet = smoothstep(0.06, 0.35, soak) * exp(-max(into, 0.0) / 2.5);
            var stone = rock(cell, ground, into, rock_out, far.y, light);
            stone *= 1.0 - 0.45 * wet * shot.effects.z;
            var gathered = 1.0;
            if has_gathered {
                gathered = pow(max(1.0 + 1.3 * light.focus, 0.0), 1.5);
            }
            stone += vec3(0.10, 0.34, 0.36) * 0.5 * gathered * exp(-0.55 * max(into, 0.0)) * exp(-light.depth / 40.0) * near_water * shot.effects.z;
            if has_still {
                stone += emitted(told.w) * told.z * 0.8 * shot.effects.w;
            }
            stone += lamp * exp(-max(into, 0.0) * 0.10) * (0.25 + 6.0 * min(dot(stone, vec3(0.33)), 0.1));
            c = mix(c, stone, solid);
        }
        if is_measured {
            let measured = mode_colour(cell, shot.more.w) * (0.8 + 0.2 * dot(slope_here, SUNWARDS));
            c = mix(c, measured, shot.more.z * max(filled * (1.0 - solid), solid * kept));
        }
    }
    if is_measured {
        c = with_strips(c, cell);
    }
    // A little dither hides the bands of dark gradients: a step of the screen's, which are finer in the dark.
    c = max(c, vec3(0.0));
    let grain = fract(52.9829189 * fract(dot(pixel, vec2(0.06711056, 0.00583715)))) - 0.5;
    return vec4(max(c + grain * sqrt(c) / 128.0, vec3(0.0)), 1.0);
}
