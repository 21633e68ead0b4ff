// Light from the upper left, downwards along slanted rays: a thread a ray, which carries along what lies between it and the
// sky. Rays need nothing of each other, so no thread waits.
#import shot

@group(0) @binding(4) var fine: texture_2d<f32>;
@group(0) @binding(5) var coarse: texture_2d<f32>;
@group(0) @binding(8) var smoothly: sampler;
// A column a ray, a row a row of the far part: in shadow, depth (of 64 cells), light gathered by waves (0.5 is none).
@group(0) @binding(9) var swept: texture_storage_2d<rgba8unorm, write>;

// Cells of depth at 1.
const DEEP: f32 = 64.0;

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let ray = f32(id.x);
    let rows = i32(shot.far_size.y);
    let step = shot.far.z;
    let inside = vec2(-shot.far.x, -shot.far.x + shot.world.x) * shot.far.w;
    var shadow = 0.0;
    var depth = 0.0;
    var focus = 0.0;
    var before = 0.0;
    for (var y = rows - 1; y >= 0; y--) {
        let x = ray - shot.rays.y + shot.rays.z * f32(rows - 1 - y) + 0.5;
        let at = vec2(x, f32(y) + 0.5);
        let uv = at * shot.far_size.zw;
        let one = shot.far_size.zw;
        let here = textureSampleLevel(coarse, smoothly, uv, 0.0);
        let c = textureSampleLevel(fine, smoothly, uv, 0.0);
        let around = textureSampleLevel(fine, smoothly, uv + vec2(2.0 * one.x, 0.0), 0.0).x
            + textureSampleLevel(fine, smoothly, uv - vec2(2.0 * one.x, 0.0), 0.0).x;
        if x < inside.x {
            shadow = 0.0;
            depth = 0.0;
            focus = 0.0;
            before = c.x;
        } else {
            let solid = here.y;
            shadow = max(shadow * pow(0.992, step), solid);
            let water = min(here.x, max(1.6 * c.x - 0.3, 0.0));
            let air = (1.0 - max(water, solid));
            depth = min(depth + step * (water + 0.7 * solid), 62.0);
            depth *= mix(1.0, pow(0.72, step), air * air);
            // A crest gathers light below it, a trough spreads it.
            let rises = max(c.x - before, 0.0);
            let bend = (2.0 * c.x - around) / (4.0 * step * step);
            focus += rises * (bend * 9.0 * 2.5);
            focus *= mix(mix(1.0, pow(0.86, step), solid), pow(0.6, step), air * air);
            before = c.x;
        }
        textureStore(swept, vec2(i32(id.x), y), vec4(shadow, depth / DEEP, clamp(0.5 + 0.5 * focus, 0.0, 1.0), 0.0));
    }
}
