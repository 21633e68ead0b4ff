// Sort, 5: adds up the cells of each tile.
//! import index each_count scan

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> nodes: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> sums: array<u32>;

fn each(slot: u32, lane: u32, cells: Scan) {
    if (lane == 0u) {
        sums[slot] = cells.total;
    }
}
