// Which material is at a point: of the nine cells around, the one that weighs most, with its neighbours' place in their
// bodies.

// The newest sample; see `sim-kernels/src/view.rs`.
@group(0) @binding(2) var samples: texture_2d<u32>;

// Something in the world is hot.
override has_lamp: bool = true;

struct Finish {
    // Its own colour, linear, and its kind.
    body: vec4<f32>,
    // How fast light of each colour is lost in it, a cell; gloss.
    extinction: vec4<f32>,
    // Light that it throws back from within, and how bright its rim is.
    scatter: vec4<f32>,
    // How fine its grain is, how strong, how often it sparkles, pattern.
    grain: vec4<f32>,
}

// The kinds, as `finish.rs` has them.
const CLEAR: f32 = 0.0;
const GRAINS: f32 = 1.0;
const BODY: f32 = 2.0;
const MOLTEN: f32 = 3.0;
const MIRROR: f32 = 4.0;
const SNOW: f32 = 5.0;

@group(0) @binding(13) var<uniform> finishes: array<Finish, 64>;

struct Ground {
    colour: vec3<f32>,
    // How much of that there is, of 1.
    share: f32,
    pattern: f32,
}

struct Matter {
    // Of what flows or moves, but water.
    material: u32,
    // What weighs second, 63 for nothing.
    second: u32,
    // How much the first weighs more, of 1.
    lead: f32,
    // Place in the body, in cells modulo 16.
    place: vec2<f32>,
    // The nearest grain: its number, 0 to 1, and how far the border to the next is, in cells.
    grain: f32,
    border: f32,
    glow: f32,
}

// Told of a cell by `around.wgsl`: three materials that flow or move, 6 bits each, whether there is more than one of these, and
// what stays where it is.
const MIXED: u32 = 0x40000u;
const STILL_AT: u32 = 20u;
// A sample of what nothing is.
const NOTHING: u32 = 0x3f000u;

// Nine numbers, of a cell and those around it, by rows from below. No arrays: these would be in memory and not in registers.
struct Nine {
    low: vec3<f32>,
    mid: vec3<f32>,
    high: vec3<f32>,
}

struct Words {
    low: vec3<u32>,
    mid: vec3<u32>,
    high: vec3<u32>,
}

// A cell and those around it.
struct Around {
    samples: Words,
    materials: Words,
    // What each weighs at a point in the middle one, and that by how much there is.
    near: Nine,
    weight: Nine,
    // The point, from the middle of its cell.
    f: vec2<f32>,
}

// A quadratic spline's weights of the cells before, at and after a point.
fn weights(f: f32) -> vec3<f32> {
    return vec3(0.5 * (0.5 - f) * (0.5 - f), 0.75 - f * f, 0.5 * (0.5 + f) * (0.5 + f));
}

fn row_at(x: vec3<i32>, y: i32) -> vec3<u32> {
    return vec3(textureLoad(samples, vec2(x.x, y), 0).r, textureLoad(samples, vec2(x.y, y), 0).r, textureLoad(samples, vec2(x.z, y), 0).r);
}

fn around_at(cell: vec2<f32>) -> Around {
    let last = vec2<i32>(shot.world.xy) - 1;
    let i = floor(cell);
    let x = clamp(vec3(i32(i.x)) + vec3(-1, 0, 1), vec3(0), vec3(last.x));
    let y = clamp(vec3(i32(i.y)) + vec3(-1, 0, 1), vec3(0), vec3(last.y));
    var a: Around;
    a.f = cell - i - 0.5;
    a.samples = Words(row_at(x, y.x), row_at(x, y.y), row_at(x, y.z));
    let s = a.samples;
    a.materials = Words(materials_of(s.low), materials_of(s.mid), materials_of(s.high));
    let across = weights(a.f.x);
    let upwards = weights(a.f.y);
    a.near = Nine(across * upwards.x, across * upwards.y, across * upwards.z);
    a.weight = Nine(a.near.low * amounts_of(s.low), a.near.mid * amounts_of(s.mid), a.near.high * amounts_of(s.high));
    return a;
}

fn materials_of(s: vec3<u32>) -> vec3<u32> {
    return (s >> vec3(12u)) & vec3(63u);
}

// How much there is, of 1.
fn amounts_of(s: vec3<u32>) -> vec3<f32> {
    return min(vec3<f32>(s & vec3(255u)) / 120.0, vec3(1.0));
}

fn glows_of(s: vec3<u32>) -> vec3<f32> {
    return clamp((vec3<f32>((s >> vec3(18u)) & vec3(15u)) - 7.0) / 8.0, vec3(0.0), vec3(1.0));
}

fn sum(n: Nine) -> f32 {
    let v = n.low + n.mid + n.high;
    return v.x + v.y + v.z;
}

fn glow_in(s: Words, w: Nine) -> f32 {
    return dot(glows_of(s.low), w.low) + dot(glows_of(s.mid), w.mid) + dot(glows_of(s.high), w.high);
}

// What weighs most of some.
struct Heaviest {
    weight: f32,
    sample: u32,
}

fn heaviest(known: Heaviest, weight: vec3<f32>, s: vec3<u32>) -> Heaviest {
    var h = known;
    h.sample = select(h.sample, s.x, weight.x > h.weight);
    h.weight = max(h.weight, weight.x);
    h.sample = select(h.sample, s.y, weight.y > h.weight);
    h.weight = max(h.weight, weight.y);
    h.sample = select(h.sample, s.z, weight.z > h.weight);
    h.weight = max(h.weight, weight.z);
    return h;
}

// Of these weights those of a material.
fn only(w: Nine, m: Words, own: u32) -> Nine {
    let none = vec3(0.0);
    let o = vec3(own);
    return Nine(select(none, w.low, m.low == o), select(none, w.mid, m.mid == o), select(none, w.high, m.high == o));
}

// Places are told modulo 16 cells, in halves of one: how far they are from one of them, in x and y.
fn places_from(s: vec3<u32>, origin: vec2<u32>) -> array<vec3<f32>, 2> {
    let x = vec3<i32>((((s >> vec3(22u)) & vec3(31u)) - vec3(origin.x) + vec3(16u)) & vec3(31u)) - 16;
    let y = vec3<i32>(((s >> vec3(27u)) - vec3(origin.y) + vec3(16u)) & vec3(31u)) - 16;
    return array(vec3<f32>(x), vec3<f32>(y));
}

// Of the materials that there are here, as `around.wgsl` tells them, the one that weighs most.
fn matter_at(a: Around, told: u32) -> Matter {
    let s = a.samples;
    var m = nothing();
    m.material = told & 63u;
    m.lead = 1.0;
    var own = only(a.weight, a.materials, m.material);
    if (told & MIXED) != 0u {
        let b = (told >> 6u) & 63u;
        let c = (told >> 12u) & 63u;
        let of_b = only(a.weight, a.materials, b);
        let of_c = only(a.weight, a.materials, c);
        let weighs = vec3(sum(own), sum(of_b), sum(of_c));
        let all = weighs.x + weighs.y + weighs.z + 0.0001;
        if weighs.x >= max(weighs.y, weighs.z) {
            m.second = select(c, b, weighs.y >= weighs.z);
            m.lead = (weighs.x - max(weighs.y, weighs.z)) / all;
        } else if weighs.y >= weighs.z {
            m.second = select(c, m.material, weighs.x >= weighs.z);
            m.lead = (weighs.y - max(weighs.x, weighs.z)) / all;
            m.material = b;
            own = of_b;
        } else {
            m.second = select(b, m.material, weighs.x >= weighs.y);
            m.lead = (weighs.z - max(weighs.x, weighs.y)) / all;
            m.material = c;
            own = of_c;
        }
    }
    let kind = finishes[m.material].body.w;
    let total = sum(own) + 0.0001;
    if has_lamp {
        m.glow = glow_in(s, own) / total;
    }
    if kind == GRAINS {
        let g = grain_at(a, m.material);
        m.grain = g.x;
        m.border = g.y;
    } else if kind == BODY || kind == CLEAR {
        // Unwrapped against the heaviest, then the mean.
        let heavy = heaviest(heaviest(heaviest(Heaviest(0.0, 0u), own.low, s.low), own.mid, s.mid), own.high, s.high).sample;
        let origin = vec2((heavy >> 22u) & 31u, heavy >> 27u);
        let low = places_from(s.low, origin);
        let mid = places_from(s.mid, origin);
        let high = places_from(s.high, origin);
        let mean = vec2(dot(low[0], own.low) + dot(mid[0], own.mid) + dot(high[0], own.high),
            dot(low[1], own.low) + dot(mid[1], own.mid) + dot(high[1], own.high));
        m.place = (vec2<f32>(origin) + mean / total) * 0.5;
    }
    return m;
}

// The nearest grain's number and distance, and how far the second is.
struct Nearest {
    first: f32,
    second: f32,
    number: u32,
}

fn nearer(known: Nearest, sample: u32, is: bool, off: vec2<f32>) -> Nearest {
    // A grain lies in its cell where its number says, so that it keeps its shape as it moves.
    let number = (sample >> 22u) & 15u;
    let to = off + 0.06 * vec2(f32((number * 7u) & 15u), f32((number * 11u + 5u) & 15u));
    let away = select(9.0, dot(to, to), is);
    return Nearest(min(known.first, away), min(max(away, known.first), known.second), select(known.number, number, away < known.first));
}

fn nearer_of_row(known: Nearest, s: vec3<u32>, is: vec3<bool>, off: vec2<f32>) -> Nearest {
    let left = nearer(known, s.x, is.x, off - vec2(1.0, 0.0));
    return nearer(nearer(left, s.y, is.y, off), s.z, is.z, off + vec2(1.0, 0.0));
}

// The nearest grain: its number, 0 to 1, and how far the border to the next is, in cells.
fn grain_at(a: Around, material: u32) -> vec2<f32> {
    let o = vec3(material);
    let off = -0.45 - a.f;
    var n = Nearest(9.0, 9.0, 0u);
    n = nearer_of_row(n, a.samples.low, a.materials.low == o, off - vec2(0.0, 1.0));
    n = nearer_of_row(n, a.samples.mid, a.materials.mid == o, off);
    n = nearer_of_row(n, a.samples.high, a.materials.high == o, off + vec2(0.0, 1.0));
    return vec2(f32(n.number) / 15.0, sqrt(n.second) - sqrt(n.first));
}

fn nothing() -> Matter {
    var m: Matter;
    m.material = 63u;
    m.second = 63u;
    return m;
}

fn ground_of(material: u32, share: f32) -> Ground {
    let f = finishes[material];
    return Ground(f.body.rgb, smoothstep(0.2, 0.6, share), f.grain.w);
}
