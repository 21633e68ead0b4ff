//! What the player chose of the picture: what colours mean, which effects there are, whether anything moves by itself.

use picture::shot::{Effects, Mode};
use serde::{Deserialize, Serialize};

/// What colours mean, as it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Colours {
    /// What is there.
    #[default]
    Material,
    /// How fast it is.
    Speed,
    /// How much it is pressed together.
    Pressure,
    /// How warm it is.
    Heat,
}

impl Colours {
    /// All of them, with the names that words know them by.
    pub const ALL: [(Self, &str); 4] =
        [(Self::Material, "material"), (Self::Speed, "speed"), (Self::Pressure, "pressure"), (Self::Heat, "heat")];
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PictureChoices {
    /// See [`Colours`].
    pub colours: Colours,
    /// What lies behind is bent.
    pub refraction: bool,
    /// Foam where it is fast.
    pub foam: bool,
    /// Light that waves gather, and wet walls.
    pub light: bool,
    /// Light of what is hot.
    pub glow: bool,
    /// Air trembles above what is hot.
    pub shimmer: bool,
    /// Patterns and grains.
    pub grain: bool,
    /// Everything is drawn at full resolution, even where frames take too long by that.
    pub fixed: bool,
    /// Nothing moves by itself; none where the system decides.
    pub still: Option<bool>,
}

impl Default for PictureChoices {
    fn default() -> Self {
        Self {
            colours: Colours::Material,
            refraction: true,
            foam: true,
            light: true,
            glow: true,
            shimmer: true,
            grain: true,
            fixed: false,
            still: None,
        }
    }
}

impl PictureChoices {
    /// Nothing moves but what the world moves.
    pub fn is_still(&self) -> bool {
        self.still.unwrap_or_else(prefers_stillness)
    }

    /// What the painter is told.
    pub fn effects(&self) -> Effects {
        let on = |choice: bool| if choice { 1.0 } else { 0.0 };
        Effects {
            refraction: on(self.refraction),
            foam: on(self.foam),
            light: on(self.light),
            glow: on(self.glow),
            shimmer: on(self.shimmer && !self.is_still()),
            grain: on(self.grain),
        }
    }

    /// What the painter is told of [`Colours`].
    pub fn mode(&self) -> Mode {
        match self.colours {
            Colours::Material => Mode::Material,
            Colours::Speed => Mode::Speed,
            Colours::Pressure => Mode::Pressure,
            Colours::Heat => Mode::Heat,
        }
    }

    /// The switches, with the names that words know them by.
    pub fn switches(&mut self) -> [(&'static str, &mut bool); 6] {
        [
            ("refraction", &mut self.refraction),
            ("foam", &mut self.foam),
            ("light", &mut self.light),
            ("glow", &mut self.glow),
            ("shimmer", &mut self.shimmer),
            ("grain", &mut self.grain),
        ]
    }
}

/// Whether the browser says that less motion is wanted; asked once.
#[cfg(target_arch = "wasm32")]
fn prefers_stillness() -> bool {
    use std::sync::OnceLock;
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let query = web_sys::window().and_then(|w| w.match_media("(prefers-reduced-motion: reduce)").ok().flatten());
        query.is_some_and(|query| query.matches())
    })
}

/// Desktops have no one way to ask.
#[cfg(not(target_arch = "wasm32"))]
fn prefers_stillness() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wants_less_motion_gets_none_that_is_not_the_worlds() {
        let still = PictureChoices { still: Some(true), ..PictureChoices::default() };
        assert_eq!(still.effects(), Effects { shimmer: 0.0, ..Effects::ALL });
        assert_eq!(PictureChoices::default().effects(), Effects::ALL);
    }

    #[test]
    fn each_effect_has_a_switch() {
        let mut all = PictureChoices::default();
        all.switches().into_iter().for_each(|(_, on)| *on = false);
        let off = Effects { refraction: 0.0, foam: 0.0, light: 0.0, glow: 0.0, shimmer: 0.0, grain: 0.0 };
        assert_eq!(all.effects(), off);
    }
}
