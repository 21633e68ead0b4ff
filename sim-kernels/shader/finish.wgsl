// The end of a superstep: drops what lies outside the region, adds up the digest and the tile columns, and
// copies out what lies in the wanted rectangles.
//! import index particle tiles hash words hash_words traits

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> state: array<atomic<u32>>;
@group(0) @binding(2) var<storage, read_write> particles: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> rects: array<vec4<i32>>;
@group(0) @binding(4) var<storage, read_write> extract: array<vec4<u32>>;
//+words @group(0) @binding(5) var<storage, read> words: array<u32>;
//+words @group(0) @binding(6) var<storage, read_write> extract_words: array<u32>;
//+ @group(0) @binding(7) var<uniform> materials: Materials;

var<workgroup> lanes: array<atomic<u32>, 5>;
var<workgroup> columns: array<atomic<u32>, LANES>;

fn is_wanted(cell: vec2<i32>) -> bool {
    for (var i = 0u; i < params.rect_count; i += 1u) {
        let r = rects[i];
        if (cell.x >= r.x && cell.x < r.z && cell.y >= r.y && cell.y < r.w) {
            return true;
        }
    }
    return false;
}

fn one(i: u32) {
    let q = particles[i];
    if (!is_kept(q)) {
        particles[i] = NO_PARTICLE;
        return;
    }
    let cell = cell_of(q);
    let h = hash4(q); //-words
    //+words let h = hash_words(hash4(q), q.y >> 26u, i);
    atomicAdd(&lanes[0], h.x);
    atomicAdd(&lanes[1], h.y);
    atomicAdd(&lanes[2], h.z);
    atomicAdd(&lanes[3], h.w);
    atomicAdd(&lanes[4], 1u);
    atomicAdd(&columns[(u32(cell.x) >> 4u) - (u32(params.keep_x0) >> 4u)], 1u);
    if (params.rect_count > 0u && is_wanted(cell)) {
        let place = atomicAdd(&state[STATE_EXTRACTED], 1u);
        if (place < params.extract_max) {
            extract[place] = q;
            //+words for (var k = 0u; k < WORDS; k += 1u) {
            //+words     extract_words[place * WORDS + k] = words[i * WORDS + k];
            //+words }
        }
    }
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = workgroup_index(group, groups) * LANES + lane;
    if (i < min(atomicLoad(&state[STATE_PARTICLES]), params.particle_max)) {
        one(i);
    }
    workgroupBarrier();
    let column = atomicLoad(&columns[lane]);
    if (column != 0u) {
        atomicAdd(&state[STATE_COLUMNS + lane], column);
    }
    if (lane < 4u) {
        atomicAdd(&state[STATE_DIGEST + lane], atomicLoad(&lanes[lane]));
    }
    if (lane == 4u) {
        atomicAdd(&state[STATE_ALIVE], atomicLoad(&lanes[4]));
    }
}
