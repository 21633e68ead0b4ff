// The view field: samples of the nodes after one more scatter, for the tiles that are not empty.
// Twin: cpu/view.rs.
//! import index tiles fixed neighbours traits

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> state: array<atomic<u32>>;
@group(0) @binding(2) var<storage, read> slot_tiles: array<u32>;
@group(0) @binding(3) var<storage, read> nodes: array<vec4<i32>>;
@group(0) @binding(4) var<storage, read> table: array<u32>;
@group(0) @binding(5) var<storage, read_write> view: array<u32>;
//+ @group(0) @binding(6) var<uniform> materials: Materials;

var<workgroup> seen: atomic<u32>;
var<workgroup> place: u32;

// One more than a node's tag (see `view_tags`), or 0.
fn tag_of(node: u32) -> u32 {
    let word = u32(nodes[node * NODE_VECTORS].w);
    return select(0u, word - TAGS + 1u, word >= TAGS);
}

// The tag that a cell shows: its own, or where it holds no particle the highest around it.
fn shown(cell: vec2<i32>) -> u32 {
    let near = neighbours(cell);
    var tag = tag_of(node_index(near, cell));
    if (tag == 0u) {
        for (var k = 0; k < 9; k += 1) {
            let other = tag_of(node_index(near, cell + vec2<i32>(k % 3 - 1, k / 3 - 1)));
            // What stays where it is ends with its cell.
            //+heat if (other != 0u && is_still((other - 1u) >> 18u)) {
                //+heat continue;
            //+heat }
            tag = max(tag, other);
        }
    }
    return max(tag, 1u) - 1u;
}

fn sample_of(coverage: u32, speed: u32, tag: u32) -> u32 {
    return coverage | (speed << 8u) | ((tag >> 18u) << 12u) | (((tag >> 10u) & 15u) << 18u) | (tag << 22u);
}

fn sampled(mass: i32, mx: i32, my: i32, volume: i32, own: u32, cell: vec2<i32>) -> u32 {
    var tag = 0u;
    if (params.materials > 1u) {
        tag = shown(cell);
    }
    //+heat // What stays where it is has no density, and fills its own cell.
    //+heat if (own != 0u && is_still(tag >> 18u)) {
        //+heat return sample_of(128u, 0u, tag);
    //+heat }
    let coverage = min(volume >> 9u, 255);
    if (coverage <= 0 || mass <= 0) {
        return 0u;
    }
    let divisor = min(mass, MASS_MAX);
    let x = abs(velocity_of(mx, divisor));
    let y = abs(velocity_of(my, divisor));
    let speed = min((max(x, y) + (min(x, y) >> 1u)) >> 10u, 15);
    return sample_of(u32(coverage), u32(speed), tag);
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
    let cell = cell_at(tile, lane);
    let inside = is_inside(cell);
    let at = (slot * LANES + lane) * NODE_VECTORS;
    let node = nodes[at];
    let volume = node.x; //-
    //+ let volume = nodes[at + 1u].x;
    // Slot 0 is no tile.
    var own = 0u;
    if (used && inside && slot != 0u) {
        own = sampled(node.x, node.y, node.z, volume, tag_of(slot * LANES + lane), cell);
    }
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
        let place_at = place * VIEW_WORDS;
        if (lane == 0u) {
            view[place_at] = tile;
        }
        view[place_at + 1u + lane] = own;
    }
}
