// A particle that is of another material from now on: its shape is the one that it has, and so is its enthalpy (with
// `words` and `fields`). Twin: materials/heat.rs.

fn become_of(f: Fields, material: u32) -> Fields {
    var next = f;
    if (keeps_place(material) || keeps_place(f.material)) {
        next.j = initial_j(material, f.pos);
    }
    next.words = initial_words(material);
    var last = f.words[WORDS - 1u];
    if (has_grains(material) != has_grains(f.material)) {
        last = (last & 0x0fffffffu) | initial_grain(material, f.pos);
    }
    next.words[WORDS - 1u] = last;
    next.material = material;
    return next;
}
