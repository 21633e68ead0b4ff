// Blurs of several widths in one pass, along one axis. Twice makes them round.
#import shot
#import runs

// Cover, speed, solid, gas; in the second pass the first target of the first.
@group(0) @binding(4) var first: texture_2d<f32>;
// The second target of the first pass.
@group(0) @binding(5) var second: texture_2d<f32>;

struct Blurred {
    // Cover by 2 cells, all that is filled by 1.3 and by 3.2, speed by 2.
    @location(0) a: vec4<f32>,
    // Open by 2, solid by 0.75, solid by 3.2, gas by 1.2.
    @location(1) b: vec4<f32>,
}

const REACH: i32 = 8;
// By distance: sigma 2, 1.3, 3.2.
const WIDE = array<vec3<f32>, 9>(
    vec3(0.1995, 0.3071, 0.1255), vec3(0.1761, 0.2284, 0.1195), vec3(0.1210, 0.0940, 0.1032),
    vec3(0.0648, 0.0214, 0.0808), vec3(0.0270, 0.0027, 0.0574), vec3(0.0088, 0.0, 0.0370),
    vec3(0.0022, 0.0, 0.0216), vec3(0.0004, 0.0, 0.0114), vec3(0.0, 0.0, 0.0055));
// By distance: sigma 0.75.
const SHARP = array<f32, 9>(0.5318, 0.2187, 0.0152, 0.0002, 0.0, 0.0, 0.0, 0.0, 0.0);

@fragment
fn across(@builtin(position) at: vec4<f32>) -> Blurred {
    let here = vec2<i32>(at.xy);
    let last = i32(shot.near_size.x) - 1;
    var o = weighed(textureLoad(first, here, 0), 0);
    for (var i = 1; i <= REACH; i++) {
        let right = weighed(textureLoad(first, vec2(min(here.x + i, last), here.y), 0), i);
        let left = weighed(textureLoad(first, vec2(max(here.x - i, 0), here.y), 0), i);
        o.a += right.a + left.a;
        o.b += right.b + left.b;
    }
    return o;
}

fn weighed(t: vec4<f32>, away: i32) -> Blurred {
    let w = WIDE[away];
    let filled = max(t.x, t.z);
    return Blurred(vec4(t.x, filled, filled, t.y) * w.xyzx, vec4(1.0 - t.z, t.z, t.z, t.w) * vec4(w.x, SHARP[away], w.z, w.y));
}

@fragment
fn upwards(@builtin(position) at: vec4<f32>) -> Blurred {
    let here = vec2<i32>(at.xy);
    let last = i32(shot.near_size.y) - 1;
    var o: Blurred;
    o.a = textureLoad(first, here, 0) * WIDE[0].xyzx;
    o.b = textureLoad(second, here, 0) * vec4(WIDE[0].x, SHARP[0], WIDE[0].z, WIDE[0].y);
    for (var i = 1; i <= REACH; i++) {
        let above = vec2(here.x, min(here.y + i, last));
        let below = vec2(here.x, max(here.y - i, 0));
        let w = WIDE[i];
        o.a += (textureLoad(first, above, 0) + textureLoad(first, below, 0)) * w.xyzx;
        o.b += (textureLoad(second, above, 0) + textureLoad(second, below, 0)) * vec4(w.x, SHARP[i], w.z, w.y);
    }
    return o;
}
