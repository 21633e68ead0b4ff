//! What is to be drawn: which part of the world, how large, with which effects.

use glam::{UVec2, Vec2};

/// The most strips whose borders are drawn; the shader has the same number.
pub const STRIPS_MAX: usize = 16;

/// What colours mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// What is there, as it looks.
    #[default]
    Material,
    /// How fast it is.
    Speed,
    /// How much it is pressed together.
    Pressure,
    /// How warm it is.
    Heat,
}

impl Mode {
    /// All of them, in the order in which they are chosen from.
    pub const ALL: [Self; 4] = [Self::Material, Self::Speed, Self::Pressure, Self::Heat];
}

/// How strong each effect is: 0 is off, 1 as it is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effects {
    /// What lies behind is bent by what is before it.
    pub refraction: f32,
    /// Foam where it is fast.
    pub foam: f32,
    /// Light that waves gather, and wet walls.
    pub light: f32,
    /// Light of what is hot.
    pub glow: f32,
    /// Air that trembles above what is hot.
    pub shimmer: f32,
    /// Patterns and grains.
    pub grain: f32,
}

impl Effects {
    /// All as they are meant.
    pub const ALL: Self = Self { refraction: 1.0, foam: 1.0, light: 1.0, glow: 1.0, shimmer: 1.0, grain: 1.0 };
}

/// What is left out where frames take too long, each with all before it: what is seen least for what it costs goes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spared {
    /// All is drawn.
    #[default]
    Nothing,
    /// What lies between cells from near, the grain of rock.
    Detail,
    /// Foam and mist.
    Foam,
    /// Light that waves gather, shafts in water, air that trembles.
    Gathered,
    /// What lies behind is not bent.
    Bend,
}

impl Spared {
    /// All of them, in the order in which more is left out.
    pub const ALL: [Self; 5] = [Self::Nothing, Self::Detail, Self::Foam, Self::Gathered, Self::Bend];
}

/// A strip's left and right edge in cells, its hue (0 to 1), and whether it is this peer's own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strip {
    /// Left and right edge, cells.
    pub edges: [f32; 2],
    /// 0 to 1.
    pub hue: f32,
    /// Computed here.
    pub own: bool,
}

/// One picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Shot {
    /// The cell in its middle.
    pub centre: Vec2,
    /// Pixels a cell.
    pub zoom: f32,
    /// Its size in pixels.
    pub size: UVec2,
    /// [`crate::field::Field::shader_seconds`].
    pub clock: f32,
    /// The world's own time, in seconds: what moves by itself stands still with it.
    pub world_s: f32,
    /// See [`Effects`].
    pub effects: Effects,
    /// See [`Mode`].
    pub mode: Mode,
    /// Who computes what: each strip is tinted.
    pub strips: Vec<Strip>,
    /// See [`Spared`].
    pub spared: Spared,
}
