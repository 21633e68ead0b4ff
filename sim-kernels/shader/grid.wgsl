// The grid: momentum to velocity, gravity, walls; mass to density. Empties the nodes for the next substep.
// Twin: cpu/grid.rs.
//! import index fixed terrain

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> slot_tiles: array<u32>;
@group(0) @binding(3) var<storage, read> terrain: array<u32>;
@group(0) @binding(4) var<storage, read_write> nodes: array<vec4<i32>>;
@group(0) @binding(5) var<storage, read_write> velocities: array<vec4<i32>>;

const OWN = 16u;
const LEFT = 8u;
const RIGHT = 32u;
const BELOW = 2u;
const ABOVE = 128u;

// No side of the axis is open.
const INSIDE = 2;
// Both sides of the axis are open.
const THIN = 0;

// The 3 x 3 solid cells around a node: bit 3 (oy + 1) + ox + 1.
fn solid_mask(cell: vec2<i32>) -> u32 {
    var mask = 0u;
    for (var k = 0; k < 9; k += 1) {
        let at = cell + vec2<i32>(k % 3 - 1, k / 3 - 1);
        mask |= select(0u, 1u << u32(k), solid(at));
    }
    return mask;
}

fn node(mass: i32, mx: i32, my: i32, cell: vec2<i32>) -> vec3<i32> {
    if (mass <= 0) {
        return vec3<i32>(0);
    }
    let vx = clamp_abs(velocity_of(mx, mass) + params.gravity_x, NODE_SPEED_MAX);
    let vy = clamp_abs(velocity_of(my, mass) + params.gravity_y, NODE_SPEED_MAX);
    var density = clamp(mass >> u32(MASS_TO_DENSITY), 0, DENSITY_RAW_MAX);
    let mask = solid_mask(cell);
    if (mask == 0u) {
        return vec3<i32>(vx, vy, density);
    }
    var factors = OPEN_TO_FACTOR;
    density = clamp(rs(density * factors[open(mask)], 8u), 0, DENSITY_MAX);
    if ((mask & OWN) == 0u) {
        return vec3<i32>(vx, vy, density);
    }
    return vec3<i32>(wall(vx, vy, mask), density);
}

fn bit(mask: u32, k: u32) -> u32 {
    return (mask >> k) & 1u;
}

// How much of the stencil around a node is open, of 36.
fn open(mask: u32) -> u32 {
    return 36u - 16u * bit(mask, 4u) - 4u * (bit(mask, 1u) + bit(mask, 3u) + bit(mask, 5u) + bit(mask, 7u))
        - (bit(mask, 0u) + bit(mask, 2u) + bit(mask, 6u) + bit(mask, 8u));
}

fn wall(vx: i32, vy: i32, mask: u32) -> vec2<i32> {
    let nx = outward(mask, LEFT, RIGHT);
    let ny = outward(mask, BELOW, ABOVE);
    if (nx == INSIDE && ny == INSIDE) {
        return vec2<i32>(0);
    }
    if (ny == INSIDE) {
        return vec2<i32>(leave(vx, nx), vy - rs(vy * FRICTION, 8u));
    }
    if (nx == INSIDE) {
        return vec2<i32>(vx - rs(vx * FRICTION, 8u), leave(vy, ny));
    }
    if (nx == THIN || ny == THIN) {
        return vec2<i32>(leave(vx, nx), leave(vy, ny));
    }
    let half = rs(nx * vx + ny * vy, 1u);
    if (half < 0) {
        return vec2<i32>(vx - nx * half, vy - ny * half);
    }
    return vec2<i32>(vx, vy);
}

fn outward(mask: u32, low: u32, high: u32) -> i32 {
    let at_low = (mask & low) != 0u;
    let at_high = (mask & high) != 0u;
    if (at_low == at_high) {
        return select(THIN, INSIDE, at_low);
    }
    return select(-1, 1, at_low);
}

fn leave(v: i32, normal: i32) -> i32 {
    return select(0, v, v * normal > 0);
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let slot = workgroup_index(group, groups);
    if (slot >= min(state[STATE_SLOTS], params.slot_max)) {
        return;
    }
    let tile = slot_tiles[slot];
    let origin = vec2<i32>(i32(tile % params.table_width) - 1, i32(tile / params.table_width) - 1) * TILE;
    let cell = origin + vec2<i32>(i32(lane & 15u), i32(lane >> 4u));
    let at = slot * LANES + lane;
    let sums = nodes[at];
    velocities[at] = vec4<i32>(node(sums.x, sums.y, sums.z, cell), 0);
    nodes[at] = vec4<i32>(0);
}
