// Sort, 7: where each cell's particles begin.
//! import index each_count scan

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> nodes: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> sums: array<u32>;
@group(0) @binding(4) var<storage, read_write> offsets: array<u32>;

fn each(slot: u32, lane: u32, cells: Scan) {
    offsets[slot * LANES + lane] = sums[slot] + cells.before;
}
