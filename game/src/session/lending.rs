//! Whether this device computes for the room.

use bevy::prelude::*;

/// Whether this device computes nothing for others for now, whatever the player chose: the power saver writes it.
#[derive(Resource, Default, Debug, PartialEq, Eq)]
pub struct HeldBack(pub bool);

/// Whether this device computes. Alone it does, for its own player, whatever was chosen for others; a room that one has
/// opened must be computed by somebody until the question about it is answered.
pub fn lends(chosen: Option<bool>, founder: bool, held_back: bool, alone: bool) -> bool {
    alone || chosen.unwrap_or(founder) && !held_back
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_alone_computes_whatever_was_chosen() {
        assert!(lends(Some(false), true, true, true));
        assert!(!lends(Some(false), true, false, false) && !lends(Some(true), true, true, false));
        assert!(lends(None, true, false, false) && !lends(None, false, false, false));
    }
}
