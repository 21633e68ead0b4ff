// Particles to grid: stress into the velocity gradient, then mass and momentum onto nine nodes.
// Twin: cpu/p2g.rs.
//! import index each_particle particle tiles fixed fields weights neighbours walls

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> particles: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> table: array<u32>;
@group(0) @binding(4) var<storage, read> masks: array<u32>;
@group(0) @binding(5) var<storage, read_write> nodes: array<atomic<i32>>;

fn stress(f: Fields) -> vec4<i32> {
    let k = f.d << vec4<u32>(7u);
    let a = k.x;
    let b = k.y;
    let c = k.z;
    let d = k.w;
    let pressure = rs(clamp(ONE - ((2048 + f.j) << 3u), 0, ONE) * STIFFNESS, 4u);
    let push = pressure - rs((a + d) * BULK, 4u);
    let stretch = rs((a - d) * SHEAR, 9u);
    let slide = rs((b + c) * SHEAR, 9u);
    return vec4<i32>(
        clamp_abs(a + push - stretch, GRADIENT_MAX),
        b - slide,
        c - slide,
        clamp_abs(d + push + stretch, GRADIENT_MAX),
    );
}

struct Scatter {
    u: vec2<i32>,
    d: vec4<i32>,
    shift: u32,
    mask: u32,
}

fn put(near: Neighbours, cell: vec2<i32>, offset: vec2<i32>, weight: i32, s: Scatter) {
    let w = weight >> s.shift;
    let ux = clamp_abs(s.u.x + s.d.x * offset.x + s.d.y * offset.y, SCATTER_SPEED_MAX);
    let uy = clamp_abs(s.u.y + s.d.z * offset.x + s.d.w * offset.y, SCATTER_SPEED_MAX);
    var momentum = vec2<i32>(rs(w * ux, 9u), rs(w * uy, 9u));
    var to = offset;
    if (s.mask != 0u) {
        let mirrored = image(offset, s.mask);
        momentum = scattered(mirrored.turn, momentum);
        to = mirrored.to;
    }
    let word = node_index(near, cell + to) * 4u;
    atomicAdd(&nodes[word], w);
    atomicAdd(&nodes[word + 1u], momentum.x);
    atomicAdd(&nodes[word + 2u], momentum.y);
}

const COUNT = STATE_PARTICLES;

fn each(i: u32) {
    let f = unpack(particles[i]);
    let cell = f.pos >> vec2<u32>(12u);
    let near = neighbours(cell);
    let own = node_index(near, cell);
    let shift = overfull_shift(u32(atomicLoad(&nodes[own * 4u + 3u])));

    let d = stress(f);
    let inside = f.pos & vec2<i32>(4095);
    let w = stencil(axis(inside.x), axis(inside.y));
    let o = inside - vec2<i32>(POS_HALF);
    let u = f.vel - vec2<i32>(rs(d.x * o.x + d.y * o.y, 12u), rs(d.z * o.x + d.w * o.y, 12u));
    let s = Scatter(u, d, shift, masks[own]);

    put(near, cell, vec2<i32>(-1, -1), w.below.x, s);
    put(near, cell, vec2<i32>(0, -1), w.below.y, s);
    put(near, cell, vec2<i32>(1, -1), w.below.z, s);
    put(near, cell, vec2<i32>(-1, 0), w.same.x, s);
    put(near, cell, vec2<i32>(0, 0), w.same.y, s);
    put(near, cell, vec2<i32>(1, 0), w.same.z, s);
    put(near, cell, vec2<i32>(-1, 1), w.above.x, s);
    put(near, cell, vec2<i32>(0, 1), w.above.y, s);
    put(near, cell, vec2<i32>(1, 1), w.above.z, s);
}
