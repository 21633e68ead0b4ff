// The most that there is within two texels, along one axis: how thick what is here is, at its thickest. A drop's top lies between
// texels, and moves: it is found by the parabola through three of them, or a drop would swell and shrink as it crosses cells.
#import shot
#import runs

// Logarithms: see body.wgsl.
@group(0) @binding(4) var source: texture_2d<f32>;

// A hill that is steeper than any drop's is the edge of something else.
const STEEP: f32 = 3.0;

// How high a hill is whose highest texel is the second of three, or that texel.
fn top(before: f32, here: f32, after: f32) -> f32 {
    let bend = 2.0 * here - before - after;
    let rise = after - before;
    let is_hill = here >= max(before, after) && bend < STEEP;
    return here + select(0.0, rise * rise / max(8.0 * bend, 0.001), is_hill);
}

@fragment
fn across(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    let here = vec2<i32>(at.xy);
    let last = i32(shot.near_size.x) - 1;
    var a = textureLoad(source, vec2(max(here.x - 3, 0), here.y), 0).z;
    var b = textureLoad(source, vec2(max(here.x - 2, 0), here.y), 0).z;
    var most = b;
    for (var i = -1; i <= 3; i++) {
        let c = textureLoad(source, vec2(clamp(here.x + i, 0, last), here.y), 0).z;
        most = max(most, top(a, b, c));
        a = b;
        b = c;
    }
    return vec4(most);
}

@fragment
fn upwards(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    let here = vec2<i32>(at.xy);
    let last = i32(shot.near_size.y) - 1;
    var a = textureLoad(source, vec2(here.x, max(here.y - 3, 0)), 0).x;
    var b = textureLoad(source, vec2(here.x, max(here.y - 2, 0)), 0).x;
    var most = b;
    for (var i = -1; i <= 3; i++) {
        let c = textureLoad(source, vec2(here.x, clamp(here.y + i, 0, last)), 0).x;
        most = max(most, top(a, b, c));
        a = b;
        b = c;
    }
    return vec4(min(exp2(most), 1.0));
}
