//! Water's law at points where its answer is known.

use super::LAW;
use crate::constants::{J_REST, ONE, SPEED_MAX};
use crate::materials::{Fields, Law};

fn at_rest() -> Fields {
    Fields { j: J_REST, ..Fields::default() }
}

#[test]
fn water_at_rest_pushes_nothing() {
    assert_eq!(LAW.stress(&at_rest()), [0; 4]);
    assert_eq!(LAW.volume(ONE, 0, ONE), ONE);
    // No tension: water that is stretched pulls nothing together.
    assert_eq!(LAW.stress(&Fields { j: J_REST + 400, ..at_rest() }), [0; 4]);
}

#[test]
fn water_that_is_compressed_pushes_both_ways_by_its_stiffness() {
    // J = 1 - 1/16: 3.75 / 16 in Q15.
    let [a, b, c, d] = LAW.stress(&Fields { j: J_REST - 256, ..at_rest() });
    assert_eq!((a, b, c, d), (7680, 0, 0, 7680));
}

#[test]
fn shear_is_slowed_and_rotation_is_not() {
    let rotation = LAW.stress(&Fields { d: [0, -64, 64, 0], ..at_rest() });
    assert_eq!(rotation, [0, -64 << 7, 64 << 7, 0]);
    let [_, b, c, _] = LAW.stress(&Fields { d: [0, 64, 64, 0], ..at_rest() });
    // 10/512 of 2 x 64 << 7.
    assert_eq!((b, c), ((64 << 7) - 320, (64 << 7) - 320));
}

#[test]
fn volume_follows_the_divergence_and_the_density() {
    // 1/16 a substep outwards: 1 + 1.25 / 16, of which 13/256 are taken back.
    let grown = ONE + 2560;
    assert_eq!(LAW.volume(ONE, ONE / 16, ONE), grown - (2560 * 13 + 128) / 256);
    // Twice as dense as at rest: J moves towards a half.
    assert_eq!(LAW.volume(ONE, 0, 2 * ONE), ONE - 16384 * 13 / 256);
    for divergence in [-SPEED_MAX, SPEED_MAX] {
        for density in [0, ONE, 8 * ONE] {
            let j = LAW.volume(49144, divergence, density);
            assert!((-(1 << 18)..1 << 18).contains(&j), "{j}");
        }
    }
}
