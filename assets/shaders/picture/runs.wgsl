// Rectangles of the world, in cells (left, bottom, right, top): passes run only where something changed, and a pixel is drawn
// by the cheapest shader that has all that is there.
#import shot

fn corner(i: u32, run: vec4<f32>) -> vec2<f32> {
    return vec2(select(run.x, run.z, (i & 1u) != 0u), select(run.y, run.w, (i & 2u) != 0u));
}

// On the near part, whose rows count from the bottom.
@vertex
fn near_runs(@builtin(vertex_index) i: u32, @location(0) run: vec4<f32>) -> @builtin(position) vec4<f32> {
    let at = (corner(i, run) - shot.near.xy) * shot.near.w * shot.near_size.zw;
    return vec4(at.x * 2.0 - 1.0, 1.0 - at.y * 2.0, 0.0, 1.0);
}

// On the picture, whose rows count from the top.
@vertex
fn picture_runs(@builtin(vertex_index) i: u32, @location(0) run: vec4<f32>) -> @builtin(position) vec4<f32> {
    let at = (corner(i, run) - shot.view.xy) * shot.world.w / shot.picture.xy;
    return vec4(at * 2.0 - 1.0, 0.0, 1.0);
}
