// Particles to grid, one by one: a lane for each particle, which adds to its nine nodes.
// Twin: cpu/p2g.rs.
//! import index each_particle particle tiles fixed fields materials weights neighbours walls heat scatter node_sums crowd words traits

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> particles: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> table: array<u32>;
@group(0) @binding(4) var<storage, read> masks: array<u32>;
@group(0) @binding(5) var<storage, read_write> nodes: array<atomic<i32>>;
//+ @group(0) @binding(6) var<storage, read> words: array<u32>;
//+ @group(0) @binding(7) var<uniform> materials: Materials;

const COUNT = STATE_PARTICLES;

fn put(near: Neighbours, cell: vec2<i32>, offset: vec2<i32>, weight: i32, s: Scatter, mask: u32) {
    var value = share(s, weight, offset);
    var to = offset;
    if (mask != 0u) {
        let mirrored = image(offset, mask);
        value = turned(value, mirrored.turn, s.holds);
        to = mirrored.to;
    }
    add_to_node(node_index(near, cell + to), value);
}

fn each(i: u32) {
    // What reacted in this tick may have left holes.
    //+heat if (!is_particle(particles[i])) {
        //+heat return;
    //+heat }
    let f = unpack(particles[i]); //-
    //+ let f = unpack(particles[i], words_of(i));
    let cell = f.pos >> vec2<u32>(12u);
    let near = neighbours(cell);
    let own = node_index(near, cell);
    let mask = masks[own] & u32(SOLID_BITS); //-heat
    // To what stays where it is there are no walls: heat goes on through them.
    //+heat let mask = select(masks[own] & u32(SOLID_BITS), 0u, stays(f.material));
    let s = scatter_of(f, overfull_shift(crowd(own)));
    put(near, cell, vec2<i32>(-1, -1), s.w.below.x, s, mask);
    put(near, cell, vec2<i32>(0, -1), s.w.below.y, s, mask);
    put(near, cell, vec2<i32>(1, -1), s.w.below.z, s, mask);
    put(near, cell, vec2<i32>(-1, 0), s.w.same.x, s, mask);
    put(near, cell, vec2<i32>(0, 0), s.w.same.y, s, mask);
    put(near, cell, vec2<i32>(1, 0), s.w.same.z, s, mask);
    put(near, cell, vec2<i32>(-1, 1), s.w.above.x, s, mask);
    put(near, cell, vec2<i32>(0, 1), s.w.above.y, s, mask);
    put(near, cell, vec2<i32>(1, 1), s.w.above.z, s, mask);
}
