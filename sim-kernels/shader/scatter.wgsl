// Sort, 8: moves the particles to their cells' places. The order within a cell is left to chance: nothing
// depends on it. Afterwards an offset is where the cell's particles end.
//! import index each_particle particle tiles words

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> particles: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> table: array<u32>;
@group(0) @binding(4) var<storage, read_write> offsets: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read_write> sorted: array<vec4<u32>>;
//+words @group(0) @binding(6) var<storage, read> words: array<u32>;
//+words @group(0) @binding(7) var<storage, read_write> sorted_words: array<u32>;

const COUNT = STATE_SORTED_FROM;

fn each(i: u32) {
    let q = particles[i];
    if (!is_kept(q)) {
        return;
    }
    let cell = cell_of(q);
    let place = atomicAdd(&offsets[table[table_index(cell)] * LANES + cell_in_tile(cell)], 1u);
    if (place < params.particle_max) {
        sorted[place] = q;
        //+words for (var k = 0u; k < WORDS; k += 1u) {
        //+words     sorted_words[place * WORDS + k] = words[i * WORDS + k];
        //+words }
    }
}
