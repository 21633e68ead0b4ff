// Which material is at a pixel: of the nine cells around, the one that weighs most, with its neighbours' place in their
// bodies. All that is told of a cell is one number, and so it cannot be blurred beforehand.

override has_gas: bool = true;
// What stays where it is, and is not bedrock.
override has_still: bool = true;
// Anything that flows or moves, and is not water.
override has_more: bool = true;

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
    // What stays where it is, 63 for nothing.
    still: u32,
    still_share: f32,
    still_glow: f32,
    // The gas around: colour and how much it burns, how dense it looks, how hot it is.
    gas: vec4<f32>,
    gas_density: f32,
    gas_glow: f32,
}

// A quadratic spline's weights of the cells before, at and after a point.
fn weights(f: f32) -> array<f32, 3> {
    return array<f32, 3>(0.5 * (0.5 - f) * (0.5 - f), 0.75 - f * f, 0.5 * (0.5 + f) * (0.5 + f));
}

fn matter_at(cell: vec2<f32>) -> Matter {
    let size = vec2<i32>(shot.world.xy);
    let i = floor(cell);
    let f = cell - i - 0.5;
    let wx = weights(f.x);
    let wy = weights(f.y);
    var s: array<u32, 9>;
    var w: array<f32, 9>;
    var m = nothing();
    var still_most = 0.0;
    var still_glow = 0.0;
    var gas_glow = 0.0;
    var gas_sum = 0.00001;
    var gas_known = 0.0;
    for (var k = 0; k < 9; k++) {
        let d = vec2(k % 3, k / 3);
        let at = clamp(vec2<i32>(i) + d - 1, vec2(0), size - 1);
        let sample = textureLoad(samples, at, 0).r;
        let material = material_of(sample);
        let near = wx[d.x] * wy[d.y];
        let weight = near * min(f32(sample & 255u) / 120.0, 1.0);
        s[k] = sample;
        var other = weight;
        if has_still {
            let still = weight * is_still(material);
            m.still_share += still;
            still_glow += still * glow_of(sample);
            m.still = select(m.still, material, still > still_most);
            still_most = max(still_most, still);
            other -= still;
        }
        if has_gas {
            // Gas goes on a little where there is none: it has no border.
            let known = near * is_gas(material);
            let gas = (weight + 0.01 * near) * is_gas(material);
            let f = finishes[material];
            m.gas += vec4(f.body.rgb, f.grain.z) * gas;
            m.gas_density += f.grain.y * gas;
            gas_sum += gas;
            gas_known += known;
            gas_glow += gas * glow_of(sample);
            other = select(other, 0.0, known > 0.0);
        }
        w[k] = select(other, 0.0, material == 0u);
    }
    if has_still {
        m.still_glow = still_glow / max(m.still_share, 0.0001);
    }
    if has_gas {
        m.gas_glow = gas_glow / gas_sum;
        m.gas /= gas_sum;
        // Fading where it is not known which.
        m.gas_density *= smoothstep(0.0, 0.5, gas_known) / gas_sum;
    }
    // To find out what flows or moves is the dearer half.
    if !has_more {
        return m;
    }
    // One of the middle cell and those beside it weighs most.
    var first = 0.0;
    var next = 0.0;
    var place = 0u;
    for (var c = 0; c < 5; c++) {
        let k = array<i32, 5>(4, 1, 3, 5, 7)[c];
        let own = material_of(s[k]);
        var all = 0.0;
        for (var j = 0; j < 9; j++) {
            all += select(0.0, w[j], material_of(s[j]) == own);
        }
        let here = select(0.0, all, w[k] > 0.0);
        let other = own != m.material || first == 0.0;
        let better = here > first && other;
        let middling = here > next && other && !better;
        next = select(select(next, here, middling), first, better);
        m.second = select(select(m.second, own, middling), m.material, better && first > 0.0);
        first = select(first, here, better);
        m.material = select(m.material, own, better);
        place = select(place, s[k], better);
    }
    // Places are told modulo 16 cells: unwrapped against one of them, then the mean.
    let origin = vec2<i32>(i32((place >> 22u) & 31u), i32(place >> 27u));
    var mean = vec2(0.0);
    var total = 0.0001;
    var sum = 0.0001;
    for (var k = 0; k < 9; k++) {
        let own = material_of(s[k]);
        let told = vec2<i32>(i32((s[k] >> 22u) & 31u), i32(s[k] >> 27u));
        let apart = vec2<f32>(((told - origin + 16) & vec2(31)) - 16);
        let weight = select(0.0, w[k], own == m.material);
        mean += apart * weight;
        m.glow += glow_of(s[k]) * weight;
        total += weight;
        sum += w[k];
    }
    if finishes[m.material].body.w == GRAINS {
        m = with_grain(m, s, f);
    }
    m.lead = (first - next) / sum;
    m.place = (vec2<f32>(origin) + mean / total) * 0.5;
    m.glow /= total;
    return m;
}

// A grain lies in its cell where its number says, so that it keeps its shape as it moves. `f` is the point in the middle cell.
fn with_grain(known: Matter, s: array<u32, 9>, f: vec2<f32>) -> Matter {
    var all = s;
    var m = known;
    var nearest = 9.0;
    var second = 9.0;
    for (var k = 0; k < 9; k++) {
        let grain = (all[k] >> 22u) & 15u;
        let number = vec2(f32((grain * 7u) & 15u), f32((grain * 11u + 5u) & 15u));
        let off = vec2(f32(k % 3), f32(k / 3)) - 1.0 + 0.06 * number - 0.45 - f;
        let away = select(9.0, dot(off, off), material_of(all[k]) == m.material);
        second = min(max(away, nearest), second);
        m.grain = select(m.grain, f32(grain) / 15.0, away < nearest);
        nearest = min(nearest, away);
    }
    m.border = sqrt(second) - sqrt(nearest);
    return m;
}

fn nothing() -> Matter {
    var m: Matter;
    m.material = 63u;
    m.second = 63u;
    m.still = 63u;
    return m;
}

fn ground_of(m: Matter) -> Ground {
    let f = finishes[m.still];
    return Ground(f.body.rgb, smoothstep(0.2, 0.6, m.still_share), f.grain.w);
}
