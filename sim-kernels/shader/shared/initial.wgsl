// How a new particle begins (with `traits`, `words`); `initial_words` is generated. Twin: materials/mod.rs.

// Where in its body it lies, in halves of a cell modulo 32 cells, or its volume.
fn initial_j(material: u32, pos: vec2<i32>) -> i32 {
    if (keeps_place(material)) {
        return ((pos.x >> 11u) & 63) | (((pos.y >> 11u) & 63) << 6u);
    }
    return J_REST;
}
