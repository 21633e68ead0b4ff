// Particles to grid, by tiles: a workgroup scatters a tile's particles, or where there are few tiles a part of them, onto a window of
// workgroup memory, a little larger than the tile, and then adds the window to the grid. Far fewer atomic additions to global
// memory than `p2g`. Particles that have left the window since the sort add to the grid themselves.
// Twin: cpu/p2g.rs.
//! import index tile_range particle tiles fixed fields materials weights neighbours walls heat scatter scatter_run node_sums crowd words traits

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> particles: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> table: array<u32>;
@group(0) @binding(4) var<storage, read> masks: array<u32>;
@group(0) @binding(5) var<storage, read> slot_tiles: array<u32>;
@group(0) @binding(6) var<storage, read> sums: array<u32>;
@group(0) @binding(7) var<storage, read_write> nodes: array<atomic<i32>>;
//+ @group(0) @binding(8) var<storage, read> words: array<u32>;
//+ @group(0) @binding(9) var<uniform> materials: Materials;

// One node of the stencil and two cells of motion since the sort.
const MARGIN = 3;
const WINDOW = 22;
const WINDOW_NODES = 484u;

// Each part of a share for all nodes: neighbouring lanes then use different banks.
const WINDOW_PARTS = 3u; //-
//+ const WINDOW_PARTS = 4u; //-heat
//+heat const WINDOW_PARTS = 6u;
var<workgroup> window: array<atomic<i32>, WINDOW_PARTS * WINDOW_NODES>;
// The lower left cell of the window.
var<private> corner: vec2<i32>;
// The tile's slot.
var<private> slot: u32;

struct Place {
    // Its node in the window, or negative.
    at: i32,
    cell: vec2<i32>,
}

fn place_of(cell: vec2<i32>) -> Place {
    let local = cell - corner;
    let inside = all(local > vec2<i32>(0)) && all(local < vec2<i32>(WINDOW - 1));
    return Place(select(-1, local.y * WINDOW + local.x, inside), cell);
}

fn put(place: Place, offset: vec2<i32>, value: Share) {
    if (place.at >= 0) {
        let at = u32(place.at + offset.y * WINDOW + offset.x);
        let v = value; //-heat
        //+heat let v = value.moves;
        atomicAdd(&window[at], v.x);
        atomicAdd(&window[at + WINDOW_NODES], v.y);
        atomicAdd(&window[at + 2u * WINDOW_NODES], v.z);
        //+ atomicAdd(&window[at + 3u * WINDOW_NODES], v.w);
        //+heat atomicAdd(&window[at + 4u * WINDOW_NODES], value.heat.x);
        //+heat atomicAdd(&window[at + 5u * WINDOW_NODES], value.heat.y);
    } else {
        add_to_node(node_of(place.cell + offset), value);
    }
}

fn node_of(cell: vec2<i32>) -> u32 {
    let local = cell - corner - vec2<i32>(MARGIN);
    if (all(local >= vec2<i32>(0)) && all(local < vec2<i32>(TILE))) {
        return slot * LANES + cell_in_tile(cell);
    }
    return table[table_index(cell)] * LANES + cell_in_tile(cell);
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = workgroup_index(group, groups);
    let own = index / params.tile_parts;
    let slots = min(state[STATE_SLOTS], params.slot_max);
    if (own >= slots) {
        return;
    }
    // This group's part of the tile's particles.
    let tile = tile_range(own, slots);
    let part = (tile.end - tile.begin + params.tile_parts - 1u) / params.tile_parts;
    let begin = tile.begin + (index % params.tile_parts) * part;
    let range = TileRange(begin, min(begin + part, tile.end));
    if (range.begin >= range.end) {
        return;
    }
    slot = own;
    corner = cell_at(slot_tiles[own], 0u) - vec2<i32>(MARGIN);
    for (var k = lane; k < WINDOW_PARTS * WINDOW_NODES; k += LANES) {
        atomicStore(&window[k], 0);
    }
    workgroupBarrier();

    // A lane has particles in a row: the lanes then work on different cells, and seldom on the same node.
    let run = (range.end - range.begin + LANES - 1u) / LANES;
    let first = range.begin + lane * run;
    scatter_run(first, min(first + run, range.end));
    workgroupBarrier();

    for (var k = lane; k < WINDOW_NODES; k += LANES) {
        let mass = atomicLoad(&window[k]);
        let x = atomicLoad(&window[k + WINDOW_NODES]);
        let y = atomicLoad(&window[k + 2u * WINDOW_NODES]);
        // Nodes that hold something are near particles, so they have a slot.
        //+ let volume = atomicLoad(&window[k + 3u * WINDOW_NODES]);
        let any = mass | x | y; //-
        //+ let any = mass | x | y | volume; //-heat
        //+heat let conducts = atomicLoad(&window[k + 4u * WINDOW_NODES]);
        //+heat let heat = atomicLoad(&window[k + 5u * WINDOW_NODES]);
        //+heat let any = mass | x | y | volume | conducts | heat;
        if (any != 0) {
            let cell = corner + vec2<i32>(i32(k) % WINDOW, i32(k) / WINDOW);
            add_to_node(node_of(cell), Share(mass, x, y)); //-
            //+ add_to_node(node_of(cell), Share(mass, x, y, volume)); //-heat
            //+heat add_to_node(node_of(cell), Share(Moves(mass, x, y, volume), vec2<i32>(conducts, heat)));
        }
    }
}
