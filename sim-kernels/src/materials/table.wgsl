// What kernels ask the table of materials for. Its layout, `Traits` and their reader are generated: see table.rs. Compilers read
// a row's columns once, however often they are asked for, and leave out those that nobody uses.

fn mass_of(material: u32) -> i32 {
    return traits_of(material).mass;
}

fn family_of(material: u32) -> u32 {
    return traits_of(material).family;
}

fn is_still(material: u32) -> bool {
    return family_of(material) == FAMILY_STILL;
}

fn stays(material: u32) -> bool {
    return is_still(material) || material == AIR;
}

fn keeps_place(material: u32) -> bool {
    return traits_of(material).place != 0u;
}

fn word_count(material: u32) -> u32 {
    return traits_of(material).words;
}
