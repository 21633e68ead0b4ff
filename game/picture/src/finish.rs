//! How each material is finished: what its look (its colour and pattern, which pictures of the headless program have, too)
//! does not say. A new material looks like its group until it has a line here.

use bytemuck::{Pod, Zeroable};
use sim_kernels::materials::{self, Group, Material, Pattern};

/// What the shader is told of a material; `ground.wgsl` has the same.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct Finish {
    /// Its own colour, linear, and its kind.
    pub body: [f32; 4],
    /// Light lost in it a cell, for each colour; gloss.
    pub extinction: [f32; 4],
    /// Light thrown back from within, linear; how bright the rim is.
    pub scatter: [f32; 4],
    /// How fine the grain is, how strong, how often it sparkles (of gas: its fineness, density, how much it burns), and the
    /// pattern.
    pub grain: [f32; 4],
}

/// Codes that the view has room for.
pub const FINISHES: usize = 64;

/// Lets light through.
const CLEAR: f32 = 0.0;
/// Heaps of grains.
const GRAINS: f32 = 1.0;
/// Opaque, with a pattern.
const BODY: f32 = 2.0;
/// Crust and glow.
const MOLTEN: f32 = 3.0;
/// Liquid metal.
const MIRROR: f32 = 4.0;
/// Lets light wander.
const SNOW: f32 = 5.0;

/// All of them, by code.
pub fn all() -> [Finish; FINISHES] {
    let mut all = [Finish::default(); FINISHES];
    for (finish, material) in all.iter_mut().zip(materials::ALL) {
        *finish = of(material);
    }
    all
}

/// A bit for each material that stays where it is, and for each gas.
pub fn kinds() -> [u32; 4] {
    let (still, gas) = (bits(materials::is_still), gases());
    [still as u32, (still >> 32) as u32, gas as u32, (gas >> 32) as u32]
}

/// A bit for each gas.
pub fn gases() -> u64 {
    bits(|code| is_gas(materials::material(code)))
}

fn bits(is: impl Fn(u32) -> bool) -> u64 {
    (0..materials::COUNT as u32).filter(|&code| is(code)).fold(0, |all, code| all | 1 << code)
}

fn is_gas(material: &Material) -> bool {
    material.group == Group::Gas || ["blast", "fire", "smoke", "steam"].contains(&material.name)
}

/// From sRGB.
fn linear(part: u8) -> f32 {
    let v = f32::from(part) / 255.0;
    if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

fn of(material: &Material) -> Finish {
    let [r, g, b] = material.look.body.map(linear);
    let group = material.group;
    let kind = match group {
        Group::Liquid => CLEAR,
        Group::Powder => GRAINS,
        _ => BODY,
    };
    let pattern = match material.look.pattern {
        Pattern::Rings => 1.0,
        Pattern::Brushed => 2.0,
        Pattern::Specks => 3.0,
        Pattern::Cracks => 4.0,
        Pattern::Bubbles => 5.0,
        Pattern::Studs => 6.0,
        Pattern::Bricks => 7.0,
        Pattern::Stripes => 8.0,
        Pattern::Grains(_) if materials::is_still(u32::from(materials::named(material.name).unwrap_or(0))) => 9.0,
        Pattern::Plain | Pattern::Sparks | Pattern::Grains(_) => 0.0,
    };
    let amount = match material.look.pattern {
        Pattern::Grains(by) => f32::from(by) / 70.0,
        _ => 0.3,
    };
    let mut f = Finish {
        body: [r, g, b, kind],
        extinction: [1.0 - r, 1.0 - g, 1.0 - b, 0.3],
        scatter: [r, g, b, 0.5],
        grain: [2.0, amount, 0.0, pattern],
    };
    if is_gas(material) {
        f.grain = [0.3, 1.6, 0.0, 0.0];
    }
    match material.name {
        "oil" => {
            f.extinction = [0.10, 0.30, 1.1, 0.5];
            f.scatter = [0.30, 0.165, 0.020, 0.8];
        }
        "honey" => {
            f.extinction = [0.42, 0.8, 2.2, 0.8];
            f.scatter = [1.05, 0.50, 0.014, 1.0];
        }
        "acid" => {
            f.extinction = [0.55, 0.06, 1.2, 0.4];
            f.scatter = [0.16, 0.50, 0.025, 0.9];
        }
        "jelly" => {
            f.body[3] = CLEAR;
            f.extinction = [0.3, 1.3, 0.75, 0.7];
            f.scatter = [0.62, 0.030, 0.145, 0.9];
        }
        "glass" => {
            f.body[3] = CLEAR;
            f.extinction = [0.16, 0.05, 0.07, 1.0];
            f.scatter = [0.055, 0.21, 0.175, 1.2];
        }
        "ice" => {
            f.body[3] = CLEAR;
            f.extinction = [0.28, 0.12, 0.07, 0.9];
            f.scatter = [0.27, 0.42, 0.52, 1.0];
        }
        "mercury" => f.body[3] = MIRROR,
        "lava" => f.body[3] = MOLTEN,
        "mud" => {
            f.body[3] = GRAINS;
            f.grain = [0.8, 0.55, 0.0, 0.0];
            f.scatter[3] = 0.5;
        }
        "sand" => f.grain = [2.0, 0.85, 0.03, 0.0],
        "gravel" => f.grain = [0.8, 0.9, 0.0, 0.0],
        "ash" => f.grain = [2.0, 0.5, 0.0, 0.0],
        "gunpowder" => f.grain = [2.2, 1.0, 0.02, 0.0],
        "shards" => f.grain = [1.0, 0.9, 0.12, 0.0],
        "snow" => {
            f.body[3] = SNOW;
            f.scatter[3] = 0.35;
        }
        "rubber" => f.scatter[3] = 0.35,
        "steel" => f.scatter[3] = 0.9,
        "piston" => (f.scatter[3], f.grain[3]) = (0.9, 10.0),
        "vane" => f.grain[3] = 10.0,
        "steam" => f.grain[1] = 1.1,
        "smoke" => f.grain[1] = 2.2,
        "fire" | "blast" => f.grain = [0.3, 2.6, 1.0, 0.0],
        _ => {}
    }
    // How coarse a body's detail is.
    if f.body[3] == BODY || f.body[3] == CLEAR {
        f.grain[0] = match material.look.pattern {
            Pattern::Cracks => 0.25,
            Pattern::Bubbles => 0.45,
            _ => 0.5,
        };
    }
    if f.body[3] == MOLTEN {
        (f.grain[0], f.scatter[3]) = (0.25, 0.0);
    }
    if f.body[3] == GRAINS && material.name != "mud" {
        f.scatter[3] = 0.0;
    }
    f
}
