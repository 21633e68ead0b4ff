//! The colours of a sample, for pictures and for the window: never read by the simulation.

use crate::digest::hash4;
use crate::materials::{Look, Pattern};
use crate::view::Sample;

/// How much brighter a cell is, in 255ths.
fn brightness(pattern: Pattern, sample: &Sample, x: i32, y: i32) -> i32 {
    let chance = |a: u32, b: u32| hash4([a, b, 0x10_0c, 0])[0] & 255;
    let grain = i32::from(sample.place & 15);
    let (u, v) = (u32::from(sample.place & 31), u32::from(sample.place >> 5));
    match pattern {
        Pattern::Plain => 0,
        Pattern::Grains(by) => (2 * grain - 15) * i32::from(by) / 15,
        Pattern::Sparks => {
            if grain == 15 {
                90
            } else {
                2 * (grain & 7) - 7
            }
        }
        Pattern::Rings => {
            let waved = v + [0, 1, 2, 2, 2, 1, 0, 0][(u >> 2) as usize & 7];
            [-44, -26, 8, 18, 18, 10, 2, -16][waved as usize & 7]
        }
        Pattern::Brushed => [14, -10, 4, -16, 18, -4, 10, -14][v as usize & 7],
        Pattern::Specks => match chance(u >> 1, v >> 1) {
            0..50 => -34,
            50..80 => 30,
            _ => 0,
        },
        Pattern::Cracks => {
            let along = (u + 2 * v + [0, 1, 3, 2][(v >> 2) as usize & 3]) & 31;
            if along < 2 || (along == 16 && v & 8 != 0) { 60 } else { 0 }
        }
        Pattern::Bricks => {
            let course = y.div_euclid(4);
            if y & 3 == 0 || (x + (course & 1) * 4) & 7 == 0 {
                -40
            } else {
                (chance(x as u32 >> 1, y as u32) as i32 - 128) / 12
            }
        }
        Pattern::Stripes => [34, 10, -30, -10][((x + y) & 3) as usize],
        Pattern::Bubbles => {
            if chance(u >> 1, v >> 1) < 12 {
                48
            } else {
                0
            }
        }
        Pattern::Studs => {
            if u & 7 < 3 && v & 7 < 3 {
                40
            } else {
                0
            }
        }
    }
}

/// A cell's colour where nothing else lights it.
pub fn colour(look: &Look, sample: &Sample, x: i32, y: i32) -> [u8; 3] {
    let by = brightness(look.pattern, sample, x, y);
    look.body.map(|part| (i32::from(part) + by * (64 + i32::from(part)) / 255).clamp(0, 255) as u8)
}

/// How brightly something glows, 0 not at all, from about 450 degrees above the air on.
pub fn glow(warmth: u8) -> u8 {
    (i32::from(warmth) - 7).clamp(0, 8) as u8 * 31
}

/// The light that a glow adds, sRGB: red, then yellow, then white.
pub fn light(glow: u8) -> [u8; 3] {
    let part = |from: i32, to: i32| ((i32::from(glow) - from) * 255 / (to - from)).clamp(0, 255) as u8;
    if glow == 0 { [0; 3] } else { [part(-40, 110), part(40, 300), part(170, 420)] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::materials::{ALL, has_grains, is_still, named};

    fn code_of(m: &crate::materials::Material) -> u32 {
        named(m.name).map_or(0, u32::from)
    }

    #[test]
    fn what_moves_carries_its_pattern() {
        for m in ALL.iter().filter(|m| !is_still(code_of(m))) {
            for place in [0, 6, 15, 1023] {
                let sample = Sample { place, ..Sample::of(128, 0, 0) };
                let here = colour(&m.look, &sample, 7, 9);
                assert_eq!(here, colour(&m.look, &sample, 31, 4), "{}: its pattern stays behind", m.name);
                assert_eq!(here, colour(&m.look, &Sample { speed: 9, ..sample }, 7, 9), "{}", m.name);
            }
            // What is drawn by grains has some.
            let drawn = matches!(m.look.pattern, Pattern::Grains(_) | Pattern::Sparks);
            assert!(!drawn || has_grains(code_of(m)), "{}", m.name);
        }
    }

    #[test]
    fn what_is_hotter_glows_more() {
        assert_eq!((0..8).map(glow).max(), Some(0));
        let lights: Vec<u32> = (7..16).map(|w| light(glow(w)).map(u32::from).iter().sum()).collect();
        assert!(lights.windows(2).all(|w| w[0] < w[1]), "{lights:?}");
    }
}
