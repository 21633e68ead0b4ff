// How wet it is, which outlasts the water: each time that the far part is made a little is taken away (by blending), and then
// where there is more water than that, that counts (again).
#import shot
#import whole

@group(0) @binding(4) var wide: texture_2d<f32>;

@fragment
fn dries() -> @location(0) vec4<f32> {
    return vec4(1.0 / 255.0);
}

@fragment
fn soaks(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    return vec4(textureLoad(wide, vec2<i32>(at.xy), 0).x);
}
