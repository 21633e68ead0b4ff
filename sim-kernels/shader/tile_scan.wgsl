// Sort, 6: where each tile's particles begin, and how many there are in all. One workgroup.
//! import scan

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> state: array<u32>;
@group(0) @binding(2) var<storage, read_write> sums: array<u32>;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
    let slots = min(state[STATE_SLOTS], params.slot_max);
    let run = (slots + LANES - 1u) / LANES;
    let begin = min(lane * run, slots);
    let end = min(begin + run, slots);
    var own = 0u;
    for (var slot = begin; slot < end; slot += 1u) {
        own += sums[slot];
    }
    let lanes = scan(lane, own);
    var at = lanes.before;
    for (var slot = begin; slot < end; slot += 1u) {
        let count = sums[slot];
        sums[slot] = at;
        at += count;
    }
    if (lane == 0u) {
        state[STATE_PARTICLES] = lanes.total;
    }
}
