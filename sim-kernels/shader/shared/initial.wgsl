// How a new particle begins (with `traits`, `words`); `initial_words` is generated. Twin: materials/mod.rs.

// Where in its body it lies, in halves of a cell modulo 32 cells, or its volume.
fn initial_j(material: u32, pos: vec2<i32>) -> i32 {
    if (keeps_place(material)) {
        return ((pos.x >> 11u) & 63) | (((pos.y >> 11u) & 63) << 6u);
    }
    return J_REST;
}

// The grain that it has from the beginning, in its bits of the last word. Twin: materials/label.rs.
fn initial_grain(material: u32, pos: vec2<i32>) -> u32 {
    let mixed = (u32(pos.x) * u32(GRAIN_X)) ^ u32(pos.y);
    let grain = ((mixed ^ (mixed >> 15u)) * u32(GRAIN_Y)) * u32(GRAIN_X);
    return select(0u, grain & 0xf0000000u, has_grains(material));
}

fn has_grains(material: u32) -> bool {
    return traits_of(material).grains != 0u;
}

fn initial_words_at(material: u32, pos: vec2<i32>) -> Words {
    var own = initial_words(material);
    own[WORDS - 1u] |= initial_grain(material, pos);
    return own;
}
