//! The few arithmetic primitives that every stage is made of, in 32-bit integers alone.
//!
//! One rounding, one signed division, one division of momentum by mass. The WGSL twins have the same names
//! and the same statements (`shader/shared/fixed.wgsl`); `tests/cpu_fixed.rs` holds these against 64- and
//! 128-bit integers. Nothing here is undefined, traps or depends on the width of a register: what could
//! overflow is excluded by the bounds that stand beside each format in [`crate::constants`].

/// Shifts right by `s` (1 to 30), rounding to nearest, ties upward. The caller keeps `v` at least half a
/// unit (`1 << (s - 1)`) below `i32::MAX`.
#[inline(always)]
pub const fn rs(v: i32, s: u32) -> i32 {
    v.wrapping_add(1 << (s - 1)) >> s
}

/// Clamps to `-limit..=limit`.
#[inline(always)]
pub fn clamp_abs(v: i32, limit: i32) -> i32 {
    clamp(v, -limit, limit)
}

/// Clamps to `low..=high`. Without a branch: where compilers see several of these they find what one says of the next, and make
/// branches of them, which keeps loops out of vectors.
#[inline(always)]
pub fn clamp(v: i32, low: i32, high: i32) -> i32 {
    v.max(low).min(high)
}

/// `n / d` rounded down, for whole numbers `0 <= n < 2^53` and `d > 0`; at most `i32::MAX`.
///
/// Doubles, since vectors have no division of integers, and exact: a quotient that is no integer lies at least `1 / d` below the
/// next one, and the division of two doubles is off by less than `n / d / 2^53`.
#[inline(always)]
pub fn quotient(n: f64, d: i32) -> i32 {
    let q = n / f64::from(d);
    whole(if q < 2_147_483_647.0 { q } else { 2_147_483_647.0 })
}

/// A double from 0 to 2^31 - 1, rounded down.
#[cfg(not(target_arch = "wasm32"))]
#[inline(always)]
fn whole(q: f64) -> i32 {
    // SAFETY: it is between 0 and 2^31 - 1.
    unsafe { q.to_int_unchecked() }
}

/// A double from 0 to 2^31 - 1, rounded down. WebAssembly's conversion may trap, so that compilers make no vectors of it; the lowest
/// bits of what 2^52 is added to are an integer's.
#[cfg(target_arch = "wasm32")]
#[inline(always)]
fn whole(q: f64) -> i32 {
    (q.floor() + 4_503_599_627_370_496.0).to_bits() as i32
}

/// `n / d` rounded to nearest, ties away from zero: on magnitudes, the sign put back. `d > 0`, `n > i32::MIN`.
#[inline(always)]
pub fn div_round(n: i32, d: i32) -> i32 {
    let q = quotient(f64::from(n).abs() + f64::from(d >> 1), d);
    if n < 0 { -q } else { q }
}

/// Node velocity: momentum (Q20) over mass (Q14), rounded to Q15, ties away from zero, at most `i32::MAX`.
///
/// `0 < mass <= MASS_MAX`. A GPU has no doubles: its twin does it in two divisions of 32 bits, the quotient (Q6), then the remainder
/// shifted by the missing 9 bits.
#[inline(always)]
pub fn velocity_of(momentum: i32, mass: i32) -> i32 {
    let size = quotient(f64::from(momentum).abs() * 512.0 + f64::from(mass >> 1), mass);
    if momentum < 0 { -size } else { size }
}

/// The square root, rounded down.
///
/// By doubles, as [`quotient`], and exact: the root of what is no square lies at least 2^-17 below the next integer, and that of a
/// double is off by less than 2^-37 there. A GPU's twin goes bit by bit.
#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(
        clippy::disallowed_methods,
        reason = "IEEE 754 rounds a root correctly on every machine, so this one is exact; the page's clippy does not see it"
    )
)]
#[inline(always)]
pub fn root(v: u32) -> i32 {
    whole(f64::from(v).sqrt())
}

/// The least `s` with `count <= OVERFULL << s`: how far an overfull cell's weights are shifted right.
#[inline(always)]
pub const fn overfull_shift(count: u32) -> u32 {
    if count <= crate::constants::OVERFULL as u32 {
        0
    } else {
        // ceil(log2(count / 128)) = bits of (count - 1) / 128 = bits of (count - 1), less 7.
        32 - (count - 1).leading_zeros() - crate::constants::OVERFULL_BITS as u32
    }
}
