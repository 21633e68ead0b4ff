// Bedrock and what stays where it is: rounded corners, a bevel and a lit line at the top, beds and stones within.

// What is laid: bricks, stripes, or grains, brighter or darker.
fn laid(kind: f32, cell: vec2<f32>, fine: vec4<f32>, small: vec4<f32>) -> f32 {
    let course = floor(cell.y / 4.0);
    let along = fract((cell.x + 4.0 * (course - 2.0 * floor(course * 0.5))) / 8.0) * 8.0;
    let up = fract(cell.y / 4.0) * 4.0;
    let soft = 0.5 / shot.world.w + 0.12;
    let joint = min(smoothstep(0.5 - soft, 0.5 + soft, min(along, 8.0 - along) + 0.25), smoothstep(0.5 - soft, 0.5 + soft, min(up, 4.0 - up) + 0.25));
    // Each brick is lit from above, and none is as its neighbour.
    let own = fract(sin(dot(vec2(floor((cell.x + 4.0 * (course - 2.0 * floor(course * 0.5))) / 8.0), course), vec2(12.99, 78.23))) * 437.5);
    let bricks = -0.5 * (1.0 - joint) + 0.4 * (fine.r - 0.5) + 0.30 * (own - 0.5) + 0.14 * (up - 2.0) / 2.0;
    let stripes = 0.30 * clamp(sin((cell.x + cell.y) * 1.5708) * 2.0, -1.0, 1.0);
    let grains = 0.80 * (small.b - 0.5) - 0.25 * smoothstep(0.25, 0.0, small.g) + 0.9 * (fine.r - 0.5) + 0.3 * (fine.b - 0.5);
    return select(select(select(0.45 * (fine.r - 0.5), grains, kind == 9.0), stripes, kind == 8.0), bricks, kind == 7.0);
}

// `into` is how deep within the rock, in cells; `outward` points into the open; `around` is how much rock there is.
fn rock(cell: vec2<f32>, ground: Ground, into: f32, outward: vec2<f32>, around: f32, light: Light) -> vec3<f32> {
    let pixel = 1.0 / shot.world.w;
    // From afar what is small is only noise, and what repeats would be seen.
    let grain = shot.more.y * smoothstep(0.3, 2.0, shot.world.w);
    let turned = vec2(0.94 * cell.x - 0.34 * cell.y, 0.34 * cell.x + 0.94 * cell.y);
    let stone = stones_at(turned, 0.36);
    var fine = vec4(0.5);
    if has_fine {
        fine = detail_at(cell, 0.8);
    }
    // Beds, which were laid one on another and bent since: of soil, of rubble, of whole rock with clefts.
    let bent = sin(cell.x * 0.031 + 1.4 * sin(cell.y * 0.012)) + 0.6 * sin(cell.x * 0.083 - cell.y * 0.021);
    let bed = cell.y + 5.0 * bent + 9.0 * (stone.r - 0.5) + 0.12 * cell.x;
    let band = sin(bed * 0.13) + 0.35 * grain * sin(bed * 0.61 + 1.0);
    var albedo = mix(vec3(0.070, 0.055, 0.060), vec3(0.158, 0.106, 0.078), 0.5 + 0.4 * band);
    let rubble = smoothstep(-0.35, 0.35, band) * smoothstep(0.30, 0.50, stone.b + 0.25 * band) * smoothstep(0.02, 0.14, stone.g);
    albedo = mix(albedo, vec3(0.135, 0.118, 0.112) * (0.6 + 0.6 * stone.b), 0.75 * rubble * grain);
    let relief = mix(0.5, 2.0, rubble) * (stone.a - 0.5);
    let clefts = 0.45 * smoothstep(0.06, 0.0, stone.g) * smoothstep(0.42, 0.58, stone.r) * (1.0 - rubble);
    albedo *= max(1.0 + grain * (0.9 * (fine.r - 0.5) + 0.5 * (fine.b - 0.5) * (1.0 - rubble) + relief - clefts), 0.1);
    if has_still {
        var grains = vec4(0.5);
        if ground.pattern == 9.0 {
            grains = detail_at(cell * vec2(1.0, 1.15), 1.7);
        }
        albedo = mix(albedo, ground.colour * (1.0 + grain * laid(ground.pattern, cell, fine, grains)), ground.share);
    }
    let sunny = dot(outward, SUNWARDS);
    let lit = 1.0 - 0.75 * light.shadow;
    let edge = max(into, 0.0);
    // Darker the deeper within.
    let dark = mix(1.0, mix(0.24, 0.45, ground.share), smoothstep(0.50, 0.985, around));
    var c = albedo * (0.34 + 0.66 * exp(-0.22 * edge)) * dark;
    // The bevel, and a thin line where the sun falls.
    let wide_line = max(0.55 * thinner(), 0.8 * pixel);
    let bevel = max(exp(-edge / 0.9) - 0.06, 0.0);
    c += albedo * bevel * mix(-0.35, 1.5, smoothstep(-0.35, 0.95, sunny)) * mix(0.4, 1.0, lit);
    let line = exp(-(edge - 0.25) * (edge - 0.25) / (wide_line * wide_line));
    c += (vec3(0.36, 0.225, 0.145) * 0.85 + albedo) * line * smoothstep(0.35, 0.95, sunny) * lit * min(1.0, 0.75 * shot.world.w);
    return max(c, vec3(0.0));
}

// What is further beyond the world's borders than textures reach. `c` is what lies behind.
fn beyond(c: vec3<f32>, cell: vec2<f32>, pixels: f32) -> vec3<f32> {
    let top = ground_top(cell.x);
    let outward = normalize(vec2(ground_top(cell.x - 0.5) - ground_top(cell.x + 0.5), 1.0));
    // Below the world all is rock, and above it there is none.
    let below = select((top - cell.y) * outward.y, select(100.0, -100.0, cell.y > 0.0), cell.x > 0.0 && cell.x < shot.world.x);
    // As much as a blur by 7 cells has.
    let around = 1.0 / (1.0 + exp(-0.243 * below));
    let air = c * (1.0 - 0.45 * smoothstep(0.05, 0.6, around));
    let ground = Ground(vec3(0.0), 0.0, 0.0);
    let stone = rock(cell, ground, min(below, 3.3), outward, around, Light(0.0, 0.0, 0.0));
    return mix(air, stone, clamp(below * pixels + 0.5, 0.0, 1.0));
}
