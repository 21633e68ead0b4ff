// The digest of each tile's particles, right after a sort. Twin: cpu/tile_digests.rs.
//! import index tile_range hash words hash_words traits

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> particles: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> slot_tiles: array<u32>;
@group(0) @binding(4) var<storage, read> sums: array<u32>;
@group(0) @binding(5) var<storage, read_write> digests: array<u32>;
//+words @group(0) @binding(6) var<storage, read> words: array<u32>;
//+ @group(0) @binding(7) var<uniform> materials: Materials;

var<workgroup> lanes: array<atomic<u32>, 4>;

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let slot = workgroup_index(group, groups);
    let slots = min(state[STATE_SLOTS], params.slot_max);
    if (slot >= slots) {
        return;
    }
    let range = tile_range(slot, slots);
    var sum = vec4<u32>(0u);
    for (var i = range.begin + lane; i < range.end; i += LANES) {
        sum += hash4(particles[i]); //-words
        //+words sum += hash_words(hash4(particles[i]), particles[i].y >> 26u, i);
    }
    atomicAdd(&lanes[0], sum.x);
    atomicAdd(&lanes[1], sum.y);
    atomicAdd(&lanes[2], sum.z);
    atomicAdd(&lanes[3], sum.w);
    workgroupBarrier();
    let at = slot * DIGEST_WORDS;
    if (lane < 4u) {
        digests[at + 2u + lane] = atomicLoad(&lanes[lane]);
    }
    if (lane == 4u) {
        digests[at] = slot_tiles[slot];
        digests[at + 1u] = range.end - range.begin;
    }
}
