// Where what is carried is, and how it is set going (with `fixed`). Of a material `carriage` says: 0 is not carried, 1 turns, 2
// slides. Twin: carried.rs.

fn carriage(material: u32) -> i32 {
    return traits_of(material).carriage;
}

struct Pose {
    at: vec2<i32>,
    velocity: vec2<i32>,
}

fn sine(angle: i32) -> i32 {
    let part = angle & 0x3fff;
    let x = select((0x4000 - part) << 1u, part << 1u, (angle & 0x4000) == 0);
    let x2 = rs(x * x, 15u);
    let s = rs(x * (51473 - rs(x2 * (21170 - rs(x2 * (2611 - rs(x2 * 146, 15u)), 15u)), 15u)), 15u);
    return select(-s, s, (angle & 0x8000) == 0);
}

// The cosine and the sine of the angle that a rate has come to.
fn heading(rate: i32, number: u32) -> vec2<i32> {
    let a = i32((u32(rate) * number) & 0xffffu);
    return vec2<i32>(sine(a + 0x4000), sine(a));
}

fn turned_by(v: vec2<i32>, to: vec2<i32>) -> vec2<i32> {
    return vec2<i32>(v.x * to.x - v.y * to.y, v.x * to.y + v.y * to.x);
}

// Both halves of a word, with their signs.
fn halves(word: u32) -> vec2<i32> {
    let w = i32(word);
    return vec2<i32>((w << 16u) >> 16u, w >> 16u);
}

fn rounded(v: vec2<i32>, s: u32) -> vec2<i32> {
    return vec2<i32>(rs(v.x, s), rs(v.y, s));
}

// Of what goes: its rate is not 0.
fn pose_of(own: vec2<u32>, slides: bool, number: u32) -> Pose {
    let rate = i32(own.x) >> 22u;
    let cell = vec2<i32>(i32(own.x & 0xfffu), i32((own.x >> 12u) & 0x3ffu)) << vec2<u32>(12u);
    let to = heading(rate, number);
    let w = rs(rate * 12868, 8u);
    let parts = halves(own.y);
    if (slides) {
        let sway = parts >> vec2<u32>(6u);
        let at = cell + (parts & vec2<i32>(63)) * 64 + rounded(sway * to.y, 6u);
        return Pose(at, rounded(sway * rs(w * to.x, 15u), 7u));
    }
    let away = turned_by(parts, to);
    let near = rounded(away, 15u);
    return Pose(cell + vec2<i32>(POS_HALF) + rounded(away, 12u), vec2<i32>(-rs(w * near.y, 13u), rs(w * near.x, 13u)));
}

fn set_going(told: vec2<u32>, slides: bool, pos: vec2<i32>, number: u32) -> vec2<u32> {
    let to = heading(i32(told.x) >> 22u, number);
    if (slides) {
        let sway = halves(told.y) >> vec2<u32>(6u);
        let rest = clamp(rounded(pos - rounded(sway * to.y, 6u), 6u), vec2<i32>(0), vec2<i32>(262143, 65535));
        let r = vec2<u32>(rest);
        let own = (r.x & 63u) | ((r.y & 63u) << 16u);
        return vec2<u32>((r.x >> 6u) | ((r.y >> 6u) << 12u) | (told.x & 0xffc00000u), own | (told.y & 0xffc0ffc0u));
    }
    let middle = (vec2<i32>(i32(told.x & 0xfffu), i32((told.x >> 12u) & 0x3ffu)) << vec2<u32>(12u)) + vec2<i32>(POS_HALF);
    let most = vec2<i32>(32767);
    let away = clamp(rounded(pos - middle, 3u), -most, most);
    let d = vec2<u32>(clamp(rounded(turned_by(away, vec2<i32>(to.x, -to.y)), 15u), -most, most)) & vec2<u32>(0xffffu);
    return vec2<u32>(told.x, d.x | (d.y << 16u));
}
