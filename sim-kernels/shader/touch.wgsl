// With reactions, as a tick begins: notes in the masks of the cell and of the eight around it what lies in it that others
// react to, and that it is solid where what stays there lies in it. Twin: cpu/react.rs.
//! import index each_particle particle tiles fixed neighbours traits

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> particles: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> table: array<u32>;
@group(0) @binding(4) var<storage, read_write> masks: array<atomic<u32>>;
//+ @group(0) @binding(5) var<uniform> materials: Materials;

const COUNT = STATE_PARTICLES;

fn each(i: u32) {
    let q = particles[i];
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
