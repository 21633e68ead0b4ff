// What flows, ready for its surface: bodies smooth, drops sharp, small holes closed; into walls it goes on as it is beside them.
#import shot
#import runs

@group(0) @binding(4) var gathered: texture_2d<f32>;
@group(0) @binding(5) var blurred: texture_2d<f32>;
@group(0) @binding(6) var blurred_more: texture_2d<f32>;

// So little is next to nothing: what is less has this logarithm.
const THIN: f32 = 1.0 / 1024.0;

@fragment
fn main(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    let here = vec2<i32>(at.xy);
    let last = vec2<i32>(shot.near_size.xy) - 1;
    var sharp = vec2(0.0);
    var smooth_ = vec2(0.0);
    var peak = vec2(0.0);
    for (var i = 0; i < 9; i++) {
        let d = vec2(i % 3 - 1, i / 3 - 1);
        let t = textureLoad(gathered, clamp(here + d, vec2(0), last), 0);
        let pair = vec2(t.x, 1.0 - t.z);
        let corners = abs(d.x) + abs(d.y);
        sharp += pair * select(select(0.0065, 0.0675, corners == 1), 0.7040, corners == 0);
        smooth_ += pair * select(select(0.0720, 0.1230, corners == 1), 0.2200, corners == 0);
        peak += pair * select(select(0.0440, 0.1320, corners == 1), 0.2960, corners == 0);
    }
    let q = textureLoad(blurred, here, 0);
    let open = textureLoad(blurred_more, here, 0).x;
    // Of what is open around here, so that a wall makes nothing thinner.
    let share = q.x / max(open, 0.04);
    let most = smoothstep(0.45, 0.75, share);
    let cover = mix(sharp.x / max(sharp.y, 0.03), smooth_.x / max(smooth_.y, 0.03), most);
    let closed = smoothstep(0.66, 0.9, share) * step(0.03, peak.y);
    let hole = max(closed - cover, 0.0);
    // Fading where there is next to nothing.
    let speed = q.w / max(q.x, 0.12);
    // By its logarithm, in which a drop's hill is a parabola (peak.wgsl).
    let thick = log2(min(max(peak.x / max(peak.y, 0.03), closed), 1.0) + THIN);
    return vec4(max(cover, closed), hole, thick, speed);
}
