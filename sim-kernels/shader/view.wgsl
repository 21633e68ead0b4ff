// The view field: samples of the nodes after one more scatter, for the tiles that are not empty.
// Twin: cpu/view.rs.
//! import index tiles fixed

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> state: array<atomic<u32>>;
@group(0) @binding(2) var<storage, read> slot_tiles: array<u32>;
@group(0) @binding(3) var<storage, read> nodes: array<vec4<i32>>;
@group(0) @binding(4) var<storage, read_write> view: array<u32>;

var<workgroup> samples: array<u32, LANES>;
var<workgroup> seen: atomic<u32>;
var<workgroup> place: u32;

fn sampled(mass: i32, mx: i32, my: i32) -> u32 {
    let coverage = min(mass >> 9u, 255);
    if (coverage <= 0) {
        return 0u;
    }
    let divisor = min(mass, MASS_MAX);
    let x = abs(velocity_of(mx, divisor));
    let y = abs(velocity_of(my, divisor));
    let speed = min((max(x, y) + (min(x, y) >> 1u)) >> 10u, 15);
    return u32(coverage) | (u32(speed) << 8u);
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_index(group, groups);
    let used = index < min(atomicLoad(&state[STATE_SLOTS]), params.slot_max);
    let slot = min(index, params.slot_max - 1u);
    let tile = slot_tiles[slot];
    let inside = is_inside(cell_at(tile, lane));
    let node = nodes[slot * LANES + lane];
    // Slot 0 is no tile.
    let own = select(0u, sampled(node.x, node.y, node.z), used && inside && slot != 0u);
    samples[lane] = own;
    if (own != 0u) {
        atomicOr(&seen, 1u);
    }
    workgroupBarrier();
    if (lane == 0u) {
        place = params.view_max;
        if (atomicLoad(&seen) != 0u) {
            place = atomicAdd(&state[STATE_VIEWED], 1u);
        }
    }
    workgroupBarrier();
    if (place < params.view_max) {
        let at = place * VIEW_WORDS;
        if (lane == 0u) {
            view[at] = tile;
        }
        if (lane < LANES / 2u) {
            view[at + 1u + lane] = samples[lane * 2u] | (samples[lane * 2u + 1u] << 16u);
        }
    }
}
