// The twin of fixed.rs: same names, same statements.

fn rs(v: i32, s: u32) -> i32 {
    return (v + (1 << (s - 1u))) >> s;
}

fn clamp_abs(v: i32, limit: i32) -> i32 {
    return clamp(v, -limit, limit);
}

fn div_round(n: i32, d: i32) -> i32 {
    let q = i32((u32(abs(n)) + (u32(d) >> 1u)) / u32(d));
    return select(q, -q, n < 0);
}

fn velocity_of(momentum: i32, mass: i32) -> i32 {
    let size = u32(abs(momentum));
    let m = u32(mass);
    let whole = size / m;
    let part = (((size - whole * m) << 9u) + (m >> 1u)) / m;
    // What is light has little mass for the momentum that rounding leaves it, so a cell of very many can reach this.
    let v = i32(select(min((whole << 9u) + part, 0x7fffffffu), 0x7fffffffu, whole > 0x3fffffu));
    return select(v, -v, momentum < 0);
}

fn root(v: u32) -> u32 {
    var rest = v;
    var root = 0u;
    for (var bit = 1u << 30u; bit != 0u; bit >>= 2u) {
        if (rest >= root + bit) {
            rest -= root + bit;
            root = (root >> 1u) + bit;
        } else {
            root >>= 1u;
        }
    }
    return root;
}

fn overfull_shift(count: u32) -> u32 {
    if (count <= u32(OVERFULL)) {
        return 0u;
    }
    return 32u - countLeadingZeros(count - 1u) - u32(OVERFULL_BITS);
}
