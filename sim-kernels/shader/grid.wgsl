// The grid: momentum to velocity, gravity, corners; mass to density. Empties the nodes for the next substep.
// Twin: cpu/grid.rs.
//! import index each_node fixed walls

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> masks: array<u32>;
@group(0) @binding(3) var<storage, read_write> nodes: array<vec4<i32>>;
@group(0) @binding(4) var<storage, read_write> velocities: array<vec4<i32>>;

const LEFT = 8u;
const RIGHT = 32u;
const BELOW = 2u;
const ABOVE = 128u;

fn node(mass: i32, mx: i32, my: i32, volume: i32, mask: u32) -> vec4<i32> {
    if (mass <= 0) {
        return vec4<i32>(0);
    }
    let divisor = clamp(mass, 1, MASS_MAX);
    var vx = clamp_abs(velocity_of(mx, divisor), NODE_SPEED_MAX) + params.gravity_x;
    var vy = clamp_abs(velocity_of(my, divisor), NODE_SPEED_MAX) + params.gravity_y;
    vx = clamp_abs(vx, NODE_SPEED_MAX);
    vy = clamp_abs(vy, NODE_SPEED_MAX);
    let density = clamp(volume >> u32(MASS_TO_DENSITY), 0, DENSITY_MAX);
    let heft = clamp(mass >> u32(MASS_TO_DENSITY), 0, DENSITY_MAX);
    if ((mask & OWN) == 0u) {
        return vec4<i32>(vx, vy, density, heft);
    }
    return vec4<i32>(corner(vx, vy, mask), density, heft);
}

fn corner(vx: i32, vy: i32, mask: u32) -> vec2<i32> {
    let nx = outward((mask & LEFT) != 0u, (mask & RIGHT) != 0u);
    let ny = outward((mask & BELOW) != 0u, (mask & ABOVE) != 0u);
    if (nx == 0 || ny == 0) {
        return vec2<i32>(leave(vx, nx), leave(vy, ny));
    }
    let half = rs(nx * vx + ny * vy, 1u);
    if (half < 0) {
        return vec2<i32>(vx - nx * half, vy - ny * half);
    }
    return vec2<i32>(vx, vy);
}

fn outward(solid_low: bool, solid_high: bool) -> i32 {
    return select(0, 1, solid_low) - select(0, 1, solid_high);
}

fn leave(v: i32, normal: i32) -> i32 {
    return select(0, v, v * normal > 0);
}

// Twin: materials/heat.rs.
//+heat fn temperature(conducts: i32, sum: i32) -> i32 {
    //+heat if (conducts < 256) {
        //+heat return HEAT_UNKNOWN;
    //+heat }
    //+heat let less = select(4u, 0u, conducts < MASS_MAX);
    //+heat let size = u32(abs(sum)) >> less;
    //+heat let by = u32(conducts) >> less;
    //+heat let whole = size / by;
    //+heat let rest = (size - whole * by) << 9u;
    //+heat let part = rest / by;
    //+heat let last = (((rest - part * by) << 8u) + (by >> 1u)) / by;
    //+heat let t = clamp(i32((whole << 17u) + (part << 8u) + last), 0, (1 << 20u) - 1);
    //+heat return select(t, -t, sum < 0);
//+heat }

fn each(slot: u32, lane: u32) {
    let at = slot * LANES + lane;
    let own = at * NODE_VECTORS;
    let sums = nodes[own];
    let volume = sums.x; //-
    //+ let volume = nodes[own + 1u].x;
    let moves = node(sums.x, sums.y, sums.z, volume, masks[at] & u32(SOLID_BITS));
    velocities[at] = moves; //-heat
    // The density and the heft share a word, and the temperature has one.
    //+heat let heat = nodes[own + 1u].zw;
    //+heat velocities[at] = vec4<i32>(moves.xy, moves.z | (moves.w << 16u), temperature(heat.x, heat.y));
    nodes[own] = vec4<i32>(0);
    //+ nodes[own + 1u] = vec4<i32>(0);
}
