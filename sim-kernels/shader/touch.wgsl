// With reactions, as a tick begins: notes the air, and what pulls at it, in its parcels; and in the masks of the cell and of the
// eight around it what lies in it that others react to, and that it is solid where what stays there lies in it.
// Twin: cpu/react.rs.
//! import index each_particle particle tiles fixed fields neighbours words heat winds air_index terrain traits

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> particles: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> table: array<u32>;
@group(0) @binding(4) var<storage, read_write> masks: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read> terrain: array<u32>;
//+ @group(0) @binding(6) var<storage, read> nodes: array<u32>;
//+ @group(0) @binding(7) var<storage, read_write> air: array<atomic<i32>>;
//+ @group(0) @binding(8) var<storage, read> words: array<u32>;
//+ @group(0) @binding(9) var<uniform> materials: Materials;

const COUNT = STATE_PARTICLES;

//+heat fn is_closed(cell: vec2<i32>) -> bool {
    //+heat let node = (table[table_index(cell)] * LANES + cell_in_tile(cell)) * NODE_STRIDE;
    //+heat return solid(cell) || nodes[node + u32(NODE_CROWD)] >= u32(AIR_CLOSED);
//+heat }

// What a particle is to the air: a parcel of it, or what pulls at one.
//+heat fn touch_air(i: u32, q: vec4<u32>) {
    //+heat let material = q.y >> 26u;
    //+heat let at = air_index(cell_of(q));
    //+heat let v = vec2<i32>((i32(q.z) << 16u) >> 16u, i32(q.z) >> 16u);
    //+heat if (material == AIR) {
        //+heat if (!is_parcel(cell_of(q))) {
            //+heat return;
        //+heat }
        //+heat let own = words_of(i);
        //+heat atomicAdd(&air[at], 1);
        //+heat atomicAdd(&air[at + 1u], v.x);
        //+heat atomicAdd(&air[at + 2u], v.y);
        //+heat atomicAdd(&air[at + 3u], i32(own[0]));
        //+heat atomicAdd(&air[at + 4u], heat_temperature(thermal(AIR), heat_enthalpy(own)));
        //+heat let low = cell_of(q) & vec2<i32>(-AIR_CELLS);
        //+heat var open = 0;
        //+heat for (var k = 0; k < AIR_CELLS * AIR_CELLS; k += 1) {
            //+heat open += select(1, 0, is_closed(low + vec2<i32>(k % AIR_CELLS, k / AIR_CELLS)));
        //+heat }
        //+heat atomicStore(&air[at + 5u], open);
        //+heat return;
    //+heat }
    //+heat let by = winds(material);
    //+heat let pull = select(by.carried, by.blows, by.blows != 0);
    //+heat if (pull != 0) {
        //+heat let toward = pull * (select(v, vec2<i32>(by.x, by.y), by.blows != 0) >> vec2<u32>(3u));
        //+heat atomicAdd(&air[at + 6u], pull);
        //+heat atomicAdd(&air[at + 7u], toward.x);
        //+heat atomicAdd(&air[at + 8u], toward.y);
    //+heat }
//+heat }

fn each(i: u32) {
    let q = particles[i];
    //+heat touch_air(i, q);
    var bit = 0u;
    var still = false;
    //+heat bit = traits_of(q.y >> 26u).touch << u32(TOUCH_SHIFT);
    //+heat still = is_still(q.y >> 26u);
    if (bit == 0u && !still) {
        return;
    }
    let cell = cell_of(q);
    let near = neighbours(cell);
    for (var k = 0; k < 9; k += 1) {
        // To the node at an offset this cell is at the opposite one.
        let solid = select(0u, 1u << u32(8 - k), still);
        let node = node_index(near, cell + vec2<i32>(k % 3 - 1, k / 3 - 1));
        // Most of a liquid's bits are there already.
        if ((atomicLoad(&masks[node]) & (bit | solid)) != (bit | solid)) {
            atomicOr(&masks[node], bit | solid);
        }
    }
}
