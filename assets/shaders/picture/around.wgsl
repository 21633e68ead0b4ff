// What is in a cell and around it, worked out once a cell: a pixel would have to look at nine of them.
#import shot
#import runs
#import ground

// Gas by 1.2 in its last part: see blur.wgsl.
@group(0) @binding(4) var blurred_more: texture_2d<f32>;

struct Told {
    // See `MIXED` in ground.wgsl.
    @location(0) kin: vec4<u32>,
    // Of the gas around: its colour, by its root, and how much it burns.
    @location(1) gas: vec4<f32>,
    // How dense that looks (of 4) and how hot it is; how much stays where it is, and how hot that is.
    @location(2) parts: vec4<f32>,
}

fn are_in(low: u32, high: u32, materials: vec3<u32>) -> vec3<f32> {
    return vec3<f32>((select(vec3(low), vec3(high), materials > vec3(31u)) >> (materials & vec3(31u))) & vec3(1u));
}

fn still_in(w: vec3<f32>, m: vec3<u32>) -> vec3<f32> {
    return w * are_in(shot.kinds.x, shot.kinds.y, m);
}

fn flow_in(w: vec3<f32>, m: vec3<u32>) -> vec3<f32> {
    let other = select(w, vec3(0.0), m == vec3(0u));
    return other * (1.0 - are_in(shot.kinds.x, shot.kinds.y, m)) * (1.0 - are_in(shot.kinds.z, shot.kinds.w, m));
}

struct Gas {
    colour: vec4<f32>,
    density: f32,
    glow: f32,
    sum: f32,
    // Where it is known which.
    known: f32,
}

fn add_gas(known: Gas, sample: u32, near: f32, weight: f32) -> Gas {
    let material = material_of(sample);
    if is_gas(material) == 0.0 {
        return known;
    }
    var g = known;
    // Gas goes on a little where there is none: it has no border.
    let much = weight + 0.01 * near;
    let f = finishes[material];
    g.colour += vec4(f.body.rgb, f.grain.z) * much;
    g.density += f.grain.y * much;
    g.glow += glow_of(sample) * much;
    g.sum += much;
    g.known += near;
    return g;
}

fn gas_of_row(known: Gas, s: vec3<u32>, near: vec3<f32>, weight: vec3<f32>) -> Gas {
    return add_gas(add_gas(add_gas(known, s.x, near.x, weight.x), s.y, near.y, weight.y), s.z, near.z, weight.z);
}

// The three that weigh most, and how many there are.
struct Three {
    weights: vec3<f32>,
    materials: vec3<u32>,
}

fn take(known: Three, w: Nine, m: Words, own: f32, material: u32) -> Three {
    if own == 0.0 || any(known.materials == vec3(material)) {
        return known;
    }
    let here = sum(only(w, m, material));
    let k = known.weights;
    let n = known.materials;
    if here > k.x {
        return Three(vec3(here, k.xy), vec3(material, n.xy));
    }
    if here > k.y {
        return Three(vec3(k.x, here, k.y), vec3(n.x, material, n.y));
    }
    if here > k.z {
        return Three(vec3(k.xy, here), vec3(n.xy, material));
    }
    return known;
}

fn take_row(known: Three, w: Nine, m: Words, own: vec3<f32>, materials: vec3<u32>) -> Three {
    return take(take(take(known, w, m, own.y, materials.y), w, m, own.x, materials.x), w, m, own.z, materials.z);
}

@fragment
fn main(@builtin(position) at: vec4<f32>) -> Told {
    let step = shot.near.z;
    let cell = shot.near.xy + floor(at.xy) * step + floor(0.5 * step) + 0.5;
    let a = around_at(cell);
    let s = a.samples;
    let m = a.materials;
    let still = Nine(still_in(a.weight.low, m.low), still_in(a.weight.mid, m.mid), still_in(a.weight.high, m.high));
    let rests = heaviest(heaviest(heaviest(Heaviest(0.0, NOTHING), still.low, s.low), still.mid, s.mid), still.high, s.high);
    let share = sum(still);
    var g = Gas(vec4(0.0), 0.0, 0.0, 0.00001, 0.0);
    g = gas_of_row(g, s.low, a.near.low, a.weight.low);
    g = gas_of_row(g, s.mid, a.near.mid, a.weight.mid);
    g = gas_of_row(g, s.high, a.near.high, a.weight.high);
    // Its colour goes on a little further, or it would be darker where it ends. A loop that ends at once where there is none.
    let fade = smoothstep(0.0, 0.5, g.known);
    let ring = select(0, 16, g.known == 0.0 && textureLoad(blurred_more, vec2<i32>(at.xy), 0).w > 0.0);
    let last = vec2<i32>(shot.world.xy) - 1;
    for (var k = 0; k < ring; k++) {
        let along = k % 4 - 2;
        let side = k / 4;
        let d = select(select(vec2(along, -2), vec2(2, along), side == 1), select(vec2(-along, 2), vec2(-2, -along), side == 3), side > 1);
        g = add_gas(g, textureLoad(samples, clamp(vec2<i32>(cell) + d, vec2(0), last), 0).r, 1.0, 0.0);
    }
    // Any of the nine may weigh most somewhere in the cell.
    let by = Nine(vec3(0.5, 1.0, 0.5), vec3(1.0, 1.5, 1.0), vec3(0.5, 1.0, 0.5));
    let flow = Nine(flow_in(by.low * amounts_of(s.low), m.low), flow_in(by.mid * amounts_of(s.mid), m.mid),
        flow_in(by.high * amounts_of(s.high), m.high));
    var t = Three(vec3(0.0), vec3(63u));
    t = take_row(t, flow, m, flow.mid, m.mid);
    t = take_row(t, flow, m, flow.low, m.low);
    t = take_row(t, flow, m, flow.high, m.high);
    var kin = t.materials.x | (t.materials.y << 6u) | (t.materials.z << 12u) | (material_of(rests.sample) << STILL_AT);
    kin |= select(0u, MIXED, t.weights.y > 0.0);
    var o: Told;
    o.kin = vec4(kin, 0u, 0u, 0u);
    o.gas = vec4(sqrt(g.colour.rgb / g.sum), g.colour.w / g.sum);
    o.parts = vec4(0.25 * g.density * fade / g.sum, g.glow / g.sum, share,
        glow_in(s, still) / max(share, 0.0001));
    return o;
}
