//! What a tool is: everything that one file says of it.

use bevy::input::keyboard::KeyCode;
use bevy::math::Vec2;
use bevy_egui::egui::{Color32, Painter, Pos2, Rect, pos2};
use picture::field::{Field, SOME};
use sim_kernels::area::Area;
use sim_kernels::command::{Command, Effect, Stroke};
use sim_kernels::materials;
use words::say;

/// A command is made at most this often while a tool is held, in seconds.
pub const COMMAND_EVERY_S: f64 = 1.0 / 30.0;

/// What tools do, which their cursor and echo tell by the colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// It adds something where nothing solid is.
    Adds,
    /// It takes away what is there.
    Takes,
    /// It moves or changes what is there.
    Moves,
}

impl Deed {
    /// The cursor's colour.
    pub const fn ink(self) -> Color32 {
        match self {
            Self::Adds => Color32::from_rgb(222, 245, 255),
            Self::Takes => Color32::from_rgb(255, 200, 180),
            Self::Moves => Color32::from_rgb(255, 240, 196),
        }
    }

    /// The usual veil: what is only moved is still seen.
    pub const fn veil(self) -> Veil {
        let opacity = match self {
            Self::Adds | Self::Takes => 0.36,
            Self::Moves => 0.16,
        };
        Veil { ink: self.ink(), opacity }
    }

    /// Whether it would change this cell.
    fn acts_on(self, field: &Field, x: i32, y: i32) -> bool {
        match self {
            Self::Adds => !field.is_solid(x, y),
            Self::Takes | Self::Moves => field.coverage_at(x, y) >= SOME,
        }
    }
}

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

    /// What it does to the cells that it goes over; none where it does nothing, or something else: see [`Self::command`].
    fn effect(&self, _: Hold) -> Option<Effect> {
        None
    }

    /// What it does along a stroke; none where it does nothing.
    fn command(&self, stroke: Stroke, hold: Hold) -> Option<Command> {
        Some(Command::over(Area::Round(stroke), self.effect(hold)?))
    }

    /// How it acts along the pointer's way.
    fn way(&self) -> Way {
        Way::Stroke
    }

    /// Whether what it does depends on the material in hand.
    fn takes_material(&self) -> bool {
        false
    }

    /// How far it acts around the pointer, in cells, with a brush of this radius.
    fn reach(&self, radius: i32) -> i32 {
        radius
    }

    /// How often it acts while it is held, in seconds.
    fn every_s(&self) -> f64 {
        COMMAND_EVERY_S
    }

    /// What it does to the world; colours and echo follow from that, unless it says otherwise below.
    fn deed(&self) -> Deed;

    /// How its echo looks, with this material in hand, until the room's own result is there.
    fn veil(&self, _: u8) -> Veil {
        self.deed().veil()
    }

    /// Whether it would change this cell, as the world looks now.
    fn acts_on(&self, field: &Field, x: i32, y: i32) -> bool {
        self.deed().acts_on(field, x, y)
    }

    /// The sentence that says why it does nothing at this cell, where that is not plain.
    fn is_idle_at(&self, _: &Field, _: i32, _: i32) -> Option<&'static str> {
        None
    }

    /// What shows that it was done.
    fn proof(&self) -> Proof {
        Proof::Frame
    }
}

/// What the hand gives to a stroke.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hold {
    /// How fast the pointer goes, in cells a second.
    pub speed: Vec2,
    /// The code of the material in hand.
    pub material: u8,
    /// The world's tick.
    pub tick: u64,
    /// The code of what lay below the pointer as it went down.
    pub below: Option<u8>,
    /// From where the pointer went down to where it is, in cells.
    pub pull: Vec2,
}

/// How a tool acts along the pointer's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Along all of it.
    Stroke,
    /// Where the pointer is.
    Dab,
    /// The same, once each time that it is pressed.
    Press,
    /// From where it was pressed to where the pointer is, again and again.
    Pull,
    /// It does nothing to the world.
    Look,
    /// It holds what is there as long as it is pressed, and takes it along: see [`super::dragging`].
    Hold,
    /// It copies a rectangle, and pastes it where it is pressed: see [`super::stamping`].
    Stamp,
}

/// A light colour over the cells that a stroke acts on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Veil {
    /// Its colour.
    pub ink: Color32,
    /// How much of the world it hides, 0 to 1.
    pub opacity: f32,
}

impl Veil {
    /// What is poured is announced in its own colour.
    pub fn of(material: u8) -> Self {
        let [r, g, b] = materials::material(u32::from(material)).look.fast;
        Self { ink: Color32::from_rgb(r, g, b), opacity: 0.42 }
    }
}

/// What shows that a stroke was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A frame of the tile from after it.
    Frame,
    /// Terrain, which is known as soon as it is committed: solid, or not.
    Terrain(bool),
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
