//! What the player chose of the sound.

use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SoundChoices {
    /// Not muted.
    pub on: bool,
    /// In percent.
    pub volume: u32,
}

impl Default for SoundChoices {
    fn default() -> Self {
        Self { on: true, volume: 60 }
    }
}

impl SoundChoices {
    /// By what samples are multiplied, 0 to 1. Ears hear a half where there is a quarter.
    pub fn gain(&self) -> f32 {
        let volume = self.volume.min(100) as f32 / 100.0;
        if self.on { volume * volume } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn muted_is_silent_and_a_files_nonsense_is_not_loud() {
        let of = |on, volume| SoundChoices { on, volume }.gain();
        assert_eq!((of(false, 100), of(true, 0), of(true, 100), of(true, 9000)), (0.0, 0.0, 1.0, 1.0));
        assert_eq!(of(true, 50), 0.25);
    }
}
