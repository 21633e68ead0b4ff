// Walls by mirror images. The twin of cpu/walls.rs, with nodes named by their offset instead of a number.

// The middle of 3 x 3 cells.
const OWN = 16u;

struct Image {
    // The offset of the node that stands for it.
    to: vec2<i32>,
    // Which components change their sign.
    turn: vec2<bool>,
}

fn is_solid(mask: u32, offset: vec2<i32>) -> bool {
    return ((mask >> u32(3 * (offset.y + 1) + offset.x + 1)) & 1u) != 0u;
}

// The image of the node at an offset: mirrored across the faces that lie between it and the particle's cell.
fn image(offset: vec2<i32>, mask: u32) -> Image {
    let here = is_solid(mask, offset);
    let turn_x = here && offset.x != 0 && is_solid(mask, vec2<i32>(offset.x, 0));
    let turn_y = here && offset.y != 0 && is_solid(mask, vec2<i32>(0, offset.y));
    return Image(vec2<i32>(select(offset.x, 0, turn_x), select(offset.y, 0, turn_y)), vec2<bool>(turn_x, turn_y));
}

fn scattered(turn: vec2<bool>, momentum: vec2<i32>, holds: bool) -> vec2<i32> {
    return select(momentum, -momentum, turn | vec2<bool>(holds && any(turn)));
}

fn slowed(v: i32) -> i32 {
    return v - rs(v * FRICTION, 8u);
}

fn gathered(turn: vec2<bool>, v: vec2<i32>, holds: bool) -> vec2<i32> {
    if (holds && any(turn)) {
        return -v;
    }
    if (turn.x) {
        return vec2<i32>(-v.x, select(slowed(v.y), -v.y, turn.y));
    }
    if (turn.y) {
        return vec2<i32>(slowed(v.x), -v.y);
    }
    return v;
}
