// The twin of reactions.rs. `Asks`, `Rule`, `Driven`, what reads them and the constants are generated.

fn seen_of(around: u32, struck: bool) -> u32 {
    return around | SEEN_ALWAYS | select(0u, SEEN_STRUCK, struck);
}

fn reacts(material: u32, around: u32, struck: bool) -> bool {
    return (asks_of(material).needs & seen_of(around, struck)) != 0u;
}

// What it becomes, and how much heat that gives.
fn reaction(material: u32, h: i32, around: u32, chance: vec4<u32>, struck: bool) -> vec2<i32> {
    let asks = asks_of(material);
    let seen = seen_of(around, struck);
    for (var k = asks.first; k < asks.end; k += 1u) {
        let rule = rule_at(k);
        if ((rule.needs & seen) == 0u || h < rule.low || h > rule.high) {
            continue;
        }
        if (((chance[rule.draw / 2u] >> (rule.draw % 2u * 16u)) & 0xffffu) < rule.below) {
            return vec2<i32>(i32(rule.to), rule.gives);
        }
    }
    return vec2<i32>(i32(material), 0);
}

fn driven(before: vec2<i32>, around: u32) -> vec2<i32> {
    var v = before;
    if ((around & THING_BITS) == 0u) {
        return v;
    }
    for (var k = 0u; k < DRIVEN_COUNT; k += 1u) {
        let by = driven_at(k);
        if ((around & by.bit) == 0u) {
            continue;
        }
        if (by.x != 0) {
            v.x += rs((by.x - v.x) * by.share, 8u);
        }
        if (by.y != 0) {
            v.y += rs((by.y - v.y) * by.share, 8u);
        }
    }
    return v;
}
