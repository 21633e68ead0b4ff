// The most that there is within two texels, along one axis: how thick what is here is, at its thickest.
#import shot
#import runs

@group(0) @binding(4) var source: texture_2d<f32>;

@fragment
fn across(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    let here = vec2<i32>(at.xy);
    let last = i32(shot.near_size.x) - 1;
    var most = 0.0;
    for (var i = -2; i <= 2; i++) {
        most = max(most, textureLoad(source, vec2(clamp(here.x + i, 0, last), here.y), 0).z);
    }
    return vec4(most);
}

@fragment
fn upwards(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    let here = vec2<i32>(at.xy);
    let last = i32(shot.near_size.y) - 1;
    var most = 0.0;
    for (var i = -2; i <= 2; i++) {
        most = max(most, textureLoad(source, vec2(here.x, clamp(here.y + i, 0, last)), 0).x);
    }
    return vec4(most);
}
