// Sort, 1: marks the tiles that hold particles which are kept.
//! import index each_particle particle tiles

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> particles: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> marks: array<atomic<u32>>;

const COUNT = STATE_PARTICLES;

fn each(i: u32) {
    let q = particles[i];
    if (!is_kept(q)) {
        return;
    }
    // Many particles share a tile: who comes right behind another in it leaves the mark to that one, and only the first pays
    // for an atomic write.
    let tile = table_index(cell_of(q));
    let before = particles[max(i, 1u) - 1u];
    if (i > 0u && is_kept(before) && table_index(cell_of(before)) == tile) {
        return;
    }
    if (atomicLoad(&marks[tile]) == 0u) {
        atomicStore(&marks[tile], 1u);
    }
}
