//! What a tool is: everything that one file says of it.

use crate::view::field::Field;
use bevy::input::keyboard::KeyCode;
use bevy::math::Vec2;
use bevy_egui::egui::{Color32, Painter, Pos2, Rect, pos2};
use sim_kernels::command::{Command, Stroke};
use words::say;

/// A command is made at most this often while a tool is held, in seconds.
pub const COMMAND_EVERY_S: f64 = 1.0 / 30.0;
/// Coverage, of 128, from which on there is water to be acted on.
pub const WET: u8 = 24;

/// The cursor of tools that add.
pub const INK_ADDS: Color32 = Color32::from_rgb(222, 245, 255);
/// The cursor of tools that take away.
pub const INK_TAKES: Color32 = Color32::from_rgb(255, 200, 180);
/// The cursor of tools that move things.
pub const INK_MOVES: Color32 = Color32::from_rgb(255, 240, 196);

/// What the pointer does to the world.
pub trait Tool: Send + Sync + 'static {
    /// Names it in code and in the sentences (`tool-ID`, `tool-ID-hint`): lower case, no spaces.
    fn id(&self) -> &'static str;

    /// Its name on the palette.
    fn name(&self) -> String {
        say(&format!("tool-{}", self.id()))
    }

    /// What it does, in a sentence.
    fn hint(&self) -> String {
        say(&format!("tool-{}-hint", self.id()))
    }

    /// The key that takes it in hand.
    fn key(&self) -> KeyCode;

    /// Its picture on the palette, painted into a square.
    fn icon(&self, painter: &Painter, rect: Rect, ink: Color32);

    /// What it does along a stroke, with the pointer going at this speed in cells a second; none where it does nothing.
    fn command(&self, stroke: Stroke, speed: Vec2) -> Option<Command>;

    /// How it acts along the pointer's way.
    fn way(&self) -> Way {
        Way::Stroke
    }

    /// How far it acts around the pointer, in cells, with a brush of this radius.
    fn reach(&self, radius: i32) -> i32 {
        radius
    }

    /// How often it acts while it is held, in seconds.
    fn every_s(&self) -> f64 {
        COMMAND_EVERY_S
    }

    /// The colour of its cursor.
    fn ink(&self) -> Color32;

    /// How its echo looks until the room's own result is there.
    fn veil(&self) -> Veil;

    /// Whether it would change this cell, as the world looks now.
    fn acts_on(&self, field: &Field, x: i32, y: i32) -> bool;

    /// What shows that it was done.
    fn proof(&self) -> Proof {
        Proof::Frame
    }
}

/// How a tool acts along the pointer's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Along all of it.
    Stroke,
    /// Where the pointer is.
    Dab,
}

/// A light colour over the cells that a stroke acts on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Veil {
    /// Its colour.
    pub ink: Color32,
    /// How much of the world it hides, 0 to 1.
    pub opacity: f32,
}

/// What shows that a stroke was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A frame of the tile from after it.
    Frame,
    /// Terrain, which is known as soon as it is agreed: solid, or not.
    Terrain(bool),
}

/// Whether there is water in a cell to be acted on.
pub fn is_wet(field: &Field, x: i32, y: i32) -> bool {
    field.coverage_at(x, y) >= WET
}

/// A place in an icon's square: 0 to 1 to the right and down.
pub fn at(rect: Rect, x: f32, y: f32) -> Pos2 {
    pos2(rect.left() + rect.width() * x, rect.top() + rect.height() * y)
}

impl std::fmt::Debug for dyn Tool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}
