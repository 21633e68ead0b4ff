//! What people show each other beside the world, and its limits.

use serde::{Deserialize, Serialize};

/// The farthest place, in quarters of a cell: as wide as a world may be.
pub const SPOT_MAX: u16 = 4 * 4096;
/// The longest that somebody may say, in bytes.
pub const SAID_MAX: usize = 240;

/// Somebody's pointer over the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hand {
    /// Where, in quarters of a cell from the lower left.
    pub at: [u16; 2],
    /// Which tool it holds: its place in the program's list; one that is not there is drawn as none.
    pub tool: u8,
    /// How wide the tool is, in cells.
    pub radius: u8,
    /// Whether it is at work.
    pub pressed: bool,
}

/// Whether something can be said: a line of words, without what turns or hides the text around it.
pub fn is_sayable(text: &str) -> bool {
    let hides = |c: char| {
        c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    text.len() <= SAID_MAX && !text.trim().is_empty() && !text.chars().any(hides)
}
