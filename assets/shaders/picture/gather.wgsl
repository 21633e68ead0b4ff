// The part of the world around the picture, in texels: the mean of their cells.
#import shot
#import cells
#import runs

struct Gathered {
    // Cover, speed, solid, gas.
    @location(0) all: vec4<f32>,
    // Cover of what is not water, and cover.
    @location(1) dry: vec4<f32>,
}

@fragment
fn main(@builtin(position) at: vec4<f32>) -> Gathered {
    let step = i32(shot.near.z);
    let first = vec2<i32>(shot.near.xy) + vec2<i32>(at.xy) * step;
    var o: Gathered;
    for (var y = 0; y < step; y++) {
        for (var x = 0; x < step; x++) {
            let c = cell_at(first + vec2(x, y));
            o.all += vec4(c.cover, select(0.0, c.speed, c.cover > 0.02), c.solid, c.gas / 1.5);
            o.dry += vec4(select(c.cover, 0.0, c.material == 0u), c.cover, 0.0, 0.0);
        }
    }
    o.all /= f32(step * step);
    o.dry /= f32(step * step);
    return o;
}
