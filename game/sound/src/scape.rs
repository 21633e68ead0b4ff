//! What passes from the ear to the synthesiser.

/// What makes a noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What pours and flows.
    Flow,
    /// What fell into something just now. Its level is a blow, not a state: told once, it dies away by itself.
    Splash,
    /// What boils and hisses.
    Sizzle,
    /// What burns.
    Fire,
    /// Grains that move.
    Crumble,
    /// Gas that moves.
    Wind,
    /// Lava and blasts.
    Rumble,
}

/// How many kinds there are.
pub const KINDS: usize = 7;

impl Kind {
    /// All of them, in the order in which a [`Scape`] has them.
    pub const ALL: [Self; KINDS] =
        [Self::Flow, Self::Splash, Self::Sizzle, Self::Fire, Self::Crumble, Self::Wind, Self::Rumble];
}

/// How loud, and from where.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Voice {
    /// 0 silent to 1 as loud as it gets.
    pub level: f32,
    /// -1 left to 1 right.
    pub pan: f32,
}

/// All that is heard at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scape {
    /// By kind.
    pub voices: [Voice; KINDS],
    /// The listener's own volume, 0 to 1.
    pub gain: f32,
}

/// Numbers of a scape: level and pan of each kind, then the gain.
pub const FLOATS: usize = KINDS * 2 + 1;

impl Scape {
    /// One kind's voice.
    pub fn of(&self, kind: Kind) -> Voice {
        self.voices[kind as usize]
    }

    /// Whether nothing is to be heard.
    pub fn is_silent(&self) -> bool {
        self.gain <= 0.0 || self.voices.iter().all(|voice| voice.level <= 0.0)
    }

    /// For a channel that carries numbers.
    pub fn to_floats(&self) -> [f32; FLOATS] {
        let mut floats = [self.gain; FLOATS];
        for (pair, voice) in floats.chunks_exact_mut(2).zip(&self.voices) {
            pair.copy_from_slice(&[voice.level, voice.pan]);
        }
        floats
    }

    /// The inverse. What is no number or out of its range is brought into it.
    pub fn from_floats(floats: &[f32; FLOATS]) -> Self {
        let mut scape = Self { gain: floats[FLOATS - 1], ..Self::default() };
        for (pair, voice) in floats.chunks_exact(2).zip(&mut scape.voices) {
            *voice = Voice { level: pair[0], pan: pair[1] };
        }
        scape.tidied()
    }

    /// With every number in its range.
    pub(crate) fn tidied(mut self) -> Self {
        let within = |value: f32, least: f32| if value.is_nan() { 0.0 } else { value.clamp(least, 1.0) };
        for voice in &mut self.voices {
            *voice = Voice { level: within(voice.level, 0.0), pan: within(voice.pan, -1.0) };
        }
        self.gain = within(self.gain, 0.0);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scape_comes_back_and_nonsense_is_tidied() {
        let mut scape = Scape { gain: 0.5, ..Scape::default() };
        for (i, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, i);
            scape.voices[i] = Voice { level: 0.1 * i as f32, pan: 0.2 * i as f32 - 0.9 };
        }
        assert_eq!(Scape::from_floats(&scape.to_floats()), scape);
        let odd = Scape::from_floats(&[
            f32::NAN,
            f32::INFINITY,
            7.0,
            -9.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            3.0,
        ]);
        assert_eq!(odd.voices[0], Voice { level: 0.0, pan: 1.0 });
        assert_eq!((odd.voices[1], odd.gain), (Voice { level: 1.0, pan: -1.0 }, 1.0));
    }
}
