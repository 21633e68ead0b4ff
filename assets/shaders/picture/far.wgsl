// The whole world, coarsely: for what spreads far. First the mean of its cells, then the same blurred along each axis.
#import shot
#import cells
#import whole
#import ramp

struct Far {
    // Cover, solid, spray (what is fast), and all that is filled.
    @location(0) filled: vec4<f32>,
    // Light that it gives off.
    @location(1) light: vec4<f32>,
}

@fragment
fn gather(@builtin(position) at: vec4<f32>) -> Far {
    let step = i32(shot.far.z);
    let first = vec2<i32>(shot.far.xy) + vec2<i32>(at.xy) * step;
    var o: Far;
    for (var y = 0; y < step; y++) {
        for (var x = 0; x < step; x++) {
            let c = cell_at(first + vec2(x, y));
            o.filled += vec4(c.cover, c.solid, c.cover * smoothstep(0.2, 0.8, c.speed), max(c.cover, c.solid));
            o.light += vec4(emitted(c.glow), 0.0) * min(c.cover + c.gas + c.solid, 1.0);
        }
    }
    o.filled /= f32(step * step);
    o.light *= 0.5 / f32(step * step);
    return o;
}
