// Grid to particles: gather velocity, gradient and density, move, keep out of solid cells, round to the
// canonical form. Counts the cells' particles for the next substep. Twin: cpu/g2p.rs.
//! import index each_particle particle tiles fixed fields materials weights neighbours walls carriage heat hash chance words become put_words initial traits

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read_write> particles: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> table: array<u32>;
@group(0) @binding(4) var<storage, read> masks: array<u32>;
@group(0) @binding(5) var<storage, read> velocities: array<vec4<i32>>;
@group(0) @binding(6) var<storage, read> ops: array<u32>;
@group(0) @binding(7) var<storage, read_write> nodes: array<atomic<i32>>;
//+ @group(0) @binding(8) var<storage, read_write> words: array<u32>;
//+ @group(0) @binding(9) var<uniform> materials: Materials;

struct Gather {
    v: vec2<i32>,
    m: vec4<i32>,
    density: i32,
    // The density along x and along y, the heft, and the heft along x and along y.
    //+ slope: vec2<i32>,
    //+ heft: vec3<i32>,
    // The temperature, in two parts, and the particle's own.
    //+heat heat: vec2<i32>,
    //+heat t: i32,
}

// A node, or what its image is to a particle: where density and heft share a word, they are taken apart, and the
// temperature is left out.
fn apart_of(node: vec4<i32>) -> vec4<i32> {
    return node; //-heat
    //+heat return vec4<i32>(node.xy, node.z & 0xffff, node.z >> 16u);
}

fn take(
    sum: Gather,
    near: Neighbours,
    cell: vec2<i32>,
    mask: u32,
    holds: bool,
    offset: vec2<i32>,
    w: i32,
) -> Gather {
    var node: vec4<i32>;
    //+heat var warmth: i32;
    if (mask == 0u) {
        let open = velocities[node_index(near, cell + offset)];
        node = apart_of(open);
        //+heat warmth = open.w;
    } else {
        let mirrored = image(offset, mask);
        let seen = velocities[node_index(near, cell + mirrored.to)];
        node = apart_of(seen);
        //+heat warmth = seen.w;
        let turned = gathered(mirrored.turn, node.xy, holds);
        // A corner that sticks out holds too little: the own cell's density and heft stand for it.
        if (!any(mirrored.turn) && is_solid(mask, offset)) {
            node = apart_of(velocities[node_index(near, cell)]);
        }
        node = vec4<i32>(turned, node.zw);
    }
    let p = w * node.xy;
    //+ let q = w * node.zw;
    // A node that was given next to no heat is as warm as the particle.
    //+heat let there = select(warmth, sum.t << 5u, warmth == HEAT_UNKNOWN);
    return Gather(
        sum.v + p,
        sum.m + vec4<i32>(p.x * offset.x, p.x * offset.y, p.y * offset.x, p.y * offset.y),
        sum.density + w * node.z,
        //+ sum.slope + q.x * offset,
        //+ sum.heft + vec3<i32>(q.y, q.y * offset),
        //+heat sum.heat + w * vec2<i32>(there >> 4u, there & 15),
        //+heat sum.t,
    );
}

fn gradient(m: i32, v: i32, o: i32) -> i32 {
    return clamp_abs(rs(m, 12u) - rs(v * o, 10u), GRADIENT_MAX);
}

fn advance(f: Fields, g: Gather, mask: u32) -> Fields {
    let o = (f.pos & vec2<i32>(4095)) - vec2<i32>(POS_HALF);
    let average = vec2<i32>(rs(g.v.x, 14u), rs(g.v.y, 14u));
    let d = vec4<i32>(
        gradient(g.m.x, average.x, o.x),
        gradient(g.m.y, average.x, o.y),
        gradient(g.m.z, average.y, o.x),
        gradient(g.m.w, average.y, o.y),
    );

    let density = rs(g.density, 11u);
    //+heat if (stays(f.material)) {
        //+heat return stayed(f, g.heat, density);
    //+heat }
    let j = volume(f.material, (2048 + f.j) << 3u, d.x + d.w, density);
    //+ let carriage = carriage(f.material);
    //+ if (carriage != 0) {
        //+ let placed = carried(f, carriage == 2, clamp(rs(j, 3u) - 2048, 0, J_RAW_MAX));
        //+ return placed; //-heat
        //+heat return warmed(f, placed, g.heat, density, chance_of(f, params.substep).w);
    //+ }
    var vel = clamp(average, vec2<i32>(-SPEED_MAX), vec2<i32>(SPEED_MAX)); //-
    //+ let risen = average; //-heat
    //+heat let risen = lifted(traits_of(f.material), average);
    //+ var vel = clamp(risen + parting(f, g, mask, o), vec2<i32>(-SPEED_MAX), vec2<i32>(SPEED_MAX));
    if (params.grab_count > 0u) {
        vel = held(f, vel, density);
    }

    var pos = f.pos + vec2<i32>(rs(vel.x, 3u), rs(vel.y, 3u)); //-
    // Where slow motion must not drift, what is rounded is left to chance.
    //+ let kept = holds(f.material);
    //+ var chance = vec4<u32>(0u);
    //+ if (kept) { //-heat
    //+heat {
        //+ chance = chance_of(f, params.substep);
    //+ }
    //+ let dithered = (vel + vec2<i32>(chance.xy & vec2<u32>(7u))) >> vec2<u32>(3u);
    //+ var pos = f.pos + select(vec2<i32>(rs(vel.x, 3u), rs(vel.y, 3u)), dithered, kept);
    let cell = f.pos >> vec2<u32>(12u);
    // At most one cell over.
    let over = (pos >> vec2<u32>(12u)) - cell;
    if (any(over != vec2<i32>(0)) && is_solid(mask, over)) {
        let across = is_solid(mask, vec2<i32>(over.x, 0));
        let along = is_solid(mask, vec2<i32>(0, over.y));
        let stop_x = across;
        let stop_y = !across || along;
        if (stop_x) {
            pos.x = clamp(pos.x, cell.x << 12u, (cell.x << 12u) + 4095);
            vel.x = 0;
        }
        if (stop_y) {
            pos.y = clamp(pos.y, cell.y << 12u, (cell.y << 12u) + 4095);
            vel.y = 0;
        }
    }
    //+ let stored = select(stored_gradient(d), turning(d, chance.y), keeps_place(f.material));
    let stored = stored_gradient(d); //-
    return Fields(pos, vel, stored, clamp(rs(j, 3u) - 2048, 0, J_RAW_MAX), f.material); //-
    //+ let slow = vec4<i32>(
        //+ fine(g.m.x, g.v.x, o.x),
        //+ fine(g.m.y, g.v.x, o.y),
        //+ fine(g.m.z, g.v.y, o.x),
        //+ fine(g.m.w, g.v.y, o.y),
    //+ );
    //+ let own = evolve(f, Flow(d, slow, density), j, chance.z);
    // Slow flow would never show in the twelve bits.
    //+ let rounded = select(rs(j, 3u), (j + i32((chance.x >> 16u) & 7u)) >> 3u, kept);
    //+ let next = broken(Fields(pos, vel, stored, clamp(rounded - 2048, 0, J_RAW_MAX), f.material, own));
    //+ return next; //-heat
    //+heat return warmed(f, next, g.heat, density, chance.w);
}

// Drawn towards what the grabs want that hold it. Twin: grabs.rs.
fn held(f: Fields, vel: vec2<i32>, density: i32) -> vec2<i32> {
    let gravity = vec2<i32>(params.gravity_x, params.gravity_y);
    var hold = 0;
    var by = vec2<i32>(0);
    let grip = clamp((3 * ONE - density) >> 8u, 0, GRAB_HOLD);
    for (var k = 0u; k < params.grab_count; k += 1u) {
        let pull = params.grabs + k * u32(GRAB_WORDS);
        let only = ops[pull + 5u];
        if (only != u32(MATERIAL_NONE) && only != f.material) {
            continue;
        }
        let d = (f.pos - vec2<i32>(i32(ops[pull]), i32(ops[pull + 1u]))) >> vec2<u32>(8u);
        let reach = (i32(ops[pull + 4u]) << 4u) + 8;
        if (abs(d.x) >= reach || abs(d.y) >= reach) {
            continue;
        }
        let rest = reach * reach - d.x * d.x - d.y * d.y;
        if (rest <= 0) {
            continue;
        }
        let firm = min(2 * GRAB_HOLD * rest / (reach * reach), GRAB_HOLD) * grip / GRAB_HOLD;
        let goes = vec2<i32>(i32(ops[pull + 2u]), i32(ops[pull + 3u]));
        let draw = GRAB_DRAW * (GRAB_HOLD + GRAB_CENTRE - firm);
        let wanted = goes - d * draw / reach - gravity;
        hold += firm;
        by += firm * (clamp(wanted, vec2<i32>(-GRAB_SPEED), vec2<i32>(GRAB_SPEED)) - vel);
    }
    let all = max(2 * hold, 2 * GRAB_HOLD);
    return vel + by / all;
}

// What stays where it is: it keeps the velocity of a blow that is hard enough until the tick ends.
//+heat fn stayed(f: Fields, sum: vec2<i32>, density: i32) -> Fields {
    //+heat var next = f;
    //+heat next.d = vec4<i32>(0);
    //+heat if (max(abs(f.vel.x), abs(f.vel.y)) < traits_of(f.material).strength) {
        //+heat next.vel = vec2<i32>(0);
    //+heat }
    //+heat return warmed(f, next, sum, density, chance_of(f, params.substep).w);
//+heat }

// What is carried is where it is to be then, or as near to that as it may come. Twin: materials/family/carried.rs.
//+ fn carried(f: Fields, slides: bool, j: i32) -> Fields {
    //+ var next = f;
    //+ next.vel = vec2<i32>(0);
    //+ next.d = vec4<i32>(0);
    //+ next.j = j;
    //+ if ((f.words[0] >> 22u) == 0u) {
        //+ return next;
    //+ }
    //+ let pose = pose_of(vec2<u32>(f.words[0], f.words[1]), slides, params.substep + 1u);
    //+ let most = vec2<i32>(ONE / 8 - 1);
    //+ let rim = (vec2<i32>(params.world_width, params.world_height) << vec2<u32>(12u)) - vec2<i32>(1);
    //+ next.pos = clamp(f.pos + clamp(pose.at - f.pos, -most, most), vec2<i32>(0), rim);
    //+ next.vel = clamp(pose.velocity, vec2<i32>(-SPEED_MAX), vec2<i32>(SPEED_MAX));
    //+ return next;
//+ }

//+ fn broken(after: Fields) -> Fields {
    //+ let volume_left = left(after);
    //+ if (volume_left == WHOLE) {
        //+ return after;
    //+ }
    //+ var next = become_of(after, traits_of(after.material).breaks_to);
    //+ next.j = volume_left;
    //+ return next;
//+ }

//+heat fn lifted(by: Traits, v: vec2<i32>) -> vec2<i32> {
    //+heat return v - vec2<i32>(
        //+heat rs(v.x * by.drag, 8u) + rs(params.gravity_x * by.lift, 6u),
        //+heat rs(v.y * by.drag, 8u) + rs(params.gravity_y * by.lift, 6u),
    //+heat );
//+heat }

//+heat fn warmed(f: Fields, after: Fields, sum: vec2<i32>, density: i32, chance: u32) -> Fields {
    //+heat var next = after;
    //+heat let heat = thermal(f.material);
    //+heat let before = heat_enthalpy(f.words);
    //+heat let t = heat_temperature(heat, before);
    //+heat let toward = (rs(sum.x + rs(sum.y, 4u), 5u) - (t << 10u)) * heat.conductance;
    //+heat var h = before + ((toward + i32(chance & 0x3fffu)) >> 14u);
    //+heat if (density < heat.open) {
        //+heat h -= (t * heat.cooling + i32((chance >> 14u) & 0xffffu)) >> 16u;
    //+heat }
    //+heat h = select(heat.initial, clamp_abs(h, 32767), heat.pinned == 0);
    //+heat let turn = turns(f.material);
    //+heat var material = f.material;
    //+heat if (h < turn.below) {
        //+heat material = turn.colder;
    //+heat } else if (h > turn.above) {
        //+heat material = turn.hotter;
    //+heat }
    //+heat if (material != f.material) {
        //+heat next = become_of(next, material);
    //+heat }
    //+heat next.words[WORDS - 1u] = with_enthalpy(next.words[WORDS - 1u], h);
    //+heat return next;
//+heat }

fn fine(moment: i32, sum: i32, o: i32) -> i32 {
    return rs(moment - ((sum >> 12u) * o + rs((sum & 4095) * o, 12u)), 8u);
}

fn bounded(d: vec4<i32>) -> vec4<i32> {
    return clamp(d, vec4<i32>(-GRADIENT_STORED_MAX), vec4<i32>(GRADIENT_STORED_MAX));
}

fn stored_gradient(d: vec4<i32>) -> vec4<i32> {
    return bounded(vec4<i32>(rs(d.x, 7u), rs(d.y, 7u), rs(d.z, 7u), rs(d.w, 7u)));
}

// The same of a body: a turn is rounded by chance, and to a turn.
//+ fn turning(d: vec4<i32>, chance: u32) -> vec4<i32> {
    //+ let draw = i32((chance >> 7u) & 127u);
    //+ return bounded(vec4<i32>(rs(d.x, 7u), (d.y + draw) >> 7u, (d.z + 127 - draw) >> 7u, rs(d.w, 7u)));
//+ }

//+ fn parting(f: Fields, g: Gather, mask: u32, o: vec2<i32>) -> vec2<i32> {
    //+ let apart = traits_of(f.material).apart;
    //+ if (apart == 0 || mask != 0u) {
        //+ return vec2<i32>(0);
    //+ }
    //+ let v = rs(g.density, 11u);
    //+ let r = rs(g.heft.x, 11u);
    //+ let mass = mass_of(f.material); //-heat
    //+heat let volume_own = heat_volume(thermal(f.material), heat_enthalpy(f.words));
    //+heat let mass = mass_of(f.material) * MASS_PARTICLE_ONE / volume_own;
    //+ let volume = vec2<i32>(slope(g.slope.x, v, o.x), slope(g.slope.y, v, o.y));
    //+ let heft = vec2<i32>(slope(g.heft.y, r, o.x), slope(g.heft.z, r, o.y));
    //+ return vec2<i32>(
        //+ fluid_parting_along(apart, mass, v >> 7u, r >> 7u, volume.x, heft.x),
        //+ fluid_parting_along(apart, mass, v >> 7u, r >> 7u, volume.y, heft.y),
    //+ );
//+ }

//+ fn slope(moment: i32, at: i32, o: i32) -> i32 {
    //+ return rs(moment, 9u) - rs(at * o, 10u);
//+ }

const COUNT = STATE_PARTICLES;

fn each(i: u32) {
    let f = unpack(particles[i]); //-
    //+ let f = unpack(particles[i], words_of(i));
    let cell = f.pos >> vec2<u32>(12u);
    let near = neighbours(cell);
    let mask = masks[node_index(near, cell)] & u32(SOLID_BITS); //-heat
    //+heat let mask = select(masks[node_index(near, cell)] & u32(SOLID_BITS), 0u, stays(f.material));
    let walled = holds(f.material);
    let inside = f.pos & vec2<i32>(4095);
    let w = stencil(axis(inside.x), axis(inside.y));

    var g = Gather(vec2<i32>(0), vec4<i32>(0), 0); //-
    //+ var g = Gather(vec2<i32>(0), vec4<i32>(0), 0, vec2<i32>(0), vec3<i32>(0)); //-heat
    //+heat let t = heat_temperature(thermal(f.material), heat_enthalpy(f.words));
    //+heat var g = Gather(vec2<i32>(0), vec4<i32>(0), 0, vec2<i32>(0), vec3<i32>(0), vec2<i32>(0), t);
    g = take(g, near, cell, mask, walled, vec2<i32>(-1, -1), w.below.x);
    g = take(g, near, cell, mask, walled, vec2<i32>(0, -1), w.below.y);
    g = take(g, near, cell, mask, walled, vec2<i32>(1, -1), w.below.z);
    g = take(g, near, cell, mask, walled, vec2<i32>(-1, 0), w.same.x);
    g = take(g, near, cell, mask, walled, vec2<i32>(0, 0), w.same.y);
    g = take(g, near, cell, mask, walled, vec2<i32>(1, 0), w.same.z);
    g = take(g, near, cell, mask, walled, vec2<i32>(-1, 1), w.above.x);
    g = take(g, near, cell, mask, walled, vec2<i32>(0, 1), w.above.y);
    g = take(g, near, cell, mask, walled, vec2<i32>(1, 1), w.above.z);

    let next = advance(f, g, mask);
    particles[i] = pack(next);
    //+ put_words(i, next.words);
    let now = next.pos >> vec2<u32>(12u);
    // A particle moves by less than a cell, so its node is one of the nine.
    let count = node_index(near, now) * NODE_STRIDE;
    atomicAdd(&nodes[count + u32(NODE_COUNT)], 1);
    //+ atomicAdd(&nodes[count + u32(NODE_CROWD)], mass_of(next.material));
}
