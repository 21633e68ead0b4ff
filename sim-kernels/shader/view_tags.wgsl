// What each cell shows, where there are several materials: the highest tag of the cell's particles, in place of their
// count, which nothing reads any more. Twin: cpu/view_tags.rs.
//! import index each_particle particle tiles fixed fields words heat traits

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> particles: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> table: array<u32>;
@group(0) @binding(4) var<storage, read_write> nodes: array<atomic<u32>>;
//+ @group(0) @binding(5) var<storage, read> words: array<u32>;
//+ @group(0) @binding(6) var<uniform> materials: Materials;

const COUNT = STATE_PARTICLES;

// How far a coordinate is from the middle of its cell.
fn from_middle(v: u32) -> u32 {
    return u32(abs(i32(v & 4095u) - 2048));
}

fn each(i: u32) {
    let q = particles[i];
    if (!is_particle(q)) {
        return;
    }
    // Nobody sees air.
    //+heat if ((q.y >> 26u) == AIR) {
        //+heat return;
    //+heat }
    let cell = cell_of(q);
    let material = q.y >> 26u; //-
    // A code that nothing has counts as the first.
    //+ let material = traits_of(q.y >> 26u).code;
    let near = 15u - min(max(from_middle(q.x), from_middle(q.y)) >> 7u, 15u);
    var tag = (material << 18u) | (near << 14u);
    //+heat tag |= heat_warmth(heat_temperature(thermal(material), heat_enthalpy(words_of(i)))) << 10u;
    //+ if (keeps_place(material)) {
        //+ // J: 8 bits, and 4 more.
        //+ tag |= ((q.x >> 24u) & 31u) | (((((q.x >> 24u) | ((q.y >> 14u) & 0xf00u)) >> 6u) & 31u) << 5u);
    //+ } else if (traits_of(material).grains != 0u) {
        //+ tag |= words[(i + 1u) * WORDS - 1u] >> 28u;
    //+ }
    let node = table[table_index(cell)] * LANES + cell_in_tile(cell);
    atomicMax(&nodes[node * NODE_STRIDE + u32(NODE_COUNT)], TAGS + tag);
}
