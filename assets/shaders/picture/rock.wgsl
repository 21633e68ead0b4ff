// Bedrock and what stays where it is: rounded corners, a bevel and a lit line at the top, dark within.

// What is laid: bricks, stripes, or grains, brighter or darker.
fn laid(kind: f32, cell: vec2<f32>, noise: f32) -> f32 {
    let course = floor(cell.y / 4.0);
    let along = fract((cell.x + 4.0 * (course - 2.0 * floor(course * 0.5))) / 8.0) * 8.0;
    let up = fract(cell.y / 4.0) * 4.0;
    let soft = 0.5 / shot.world.w + 0.12;
    let joint = min(smoothstep(0.5 - soft, 0.5 + soft, min(along, 8.0 - along) + 0.25), smoothstep(0.5 - soft, 0.5 + soft, min(up, 4.0 - up) + 0.25));
    let bricks = -0.5 * (1.0 - joint) + 0.4 * (noise - 0.5);
    let stripes = 0.30 * clamp(sin((cell.x + cell.y) * 1.5708) * 2.0, -1.0, 1.0);
    return select(select(select(0.45, 1.3, kind == 9.0) * (noise - 0.5), stripes, kind == 8.0), bricks, kind == 7.0);
}

// `into` is how deep within the rock, in cells; `outward` points into the open; `far` is what there is around.
fn rock(cell: vec2<f32>, ground: Ground, into: f32, outward: vec2<f32>, far: vec4<f32>, light: Light) -> vec3<f32> {
    let pixel = 1.0 / shot.world.w;
    let broad = detail_at(cell + 3.0, 0.23);
    let fine = detail_at(cell, 0.8);
    let grain = shot.more.y;
    var albedo = mix(vec3(0.070, 0.052, 0.050), vec3(0.128, 0.094, 0.080), broad.r * 1.3 - 0.1);
    albedo *= 1.0 + grain * (1.0 * (fine.r - 0.5) + 0.5 * (broad.r - 0.5) - 0.22 * smoothstep(0.10, 0.0, broad.g) * smoothstep(0.4, 0.6, fine.r));
    albedo = mix(albedo, ground.colour * (1.0 + grain * laid(ground.pattern, cell, fine.r)), ground.share);
    let sunny = dot(outward, SUNWARDS);
    let lit = 1.0 - 0.75 * light.shadow;
    let edge = max(into, 0.0);
    // Darker the deeper within.
    let dark = mix(1.0, mix(0.085, 0.45, ground.share), smoothstep(0.50, 0.985, far.y));
    var c = albedo * (0.34 + 0.66 * exp(-0.22 * edge)) * dark;
    // The bevel, and a thin line where the sun falls.
    let wide_line = max(0.55, 0.8 * pixel);
    let bevel = max(exp(-edge / 0.9) - 0.06, 0.0);
    c += albedo * bevel * mix(-0.35, 1.5, smoothstep(-0.35, 0.95, sunny)) * mix(0.4, 1.0, lit);
    let line = exp(-(edge - 0.25) * (edge - 0.25) / (wide_line * wide_line));
    c += (vec3(0.36, 0.225, 0.145) * 0.85 + albedo) * line * smoothstep(0.35, 0.95, sunny) * lit * min(1.0, 0.75 * shot.world.w);
    return max(c, vec3(0.0));
}
