//! Names as participants may choose them, parsed once at the edge.

use std::fmt;
use std::str::FromStr;

/// Longest room name, in bytes; room names are ASCII.
pub const ROOM_NAME_BYTES_MAX: usize = 32;
/// Longest name of a person, in bytes of UTF-8.
pub const PERSON_NAME_BYTES_MAX: usize = 32;
/// Longest description of a world, in bytes of UTF-8.
pub const WORLD_BYTES_MAX: usize = 64;

/// Addresses of the server's own that a room must not shadow.
pub(crate) const RESERVED: [&str; 6] = ["rooms", "join", "healthz", "metrics", "config", "invite"];

/// A room's name: 1 to 32 of `a-z 0-9 - _`. Capitals are folded, so that a link typed from a screen works.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomName(String);

/// Why a text cannot be a room's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RoomNameError {
    /// It is empty or too long.
    #[error("a room's name has 1 to 32 letters")]
    Length,
    /// It has other letters.
    #[error("a room's name consists of letters a-z, digits, - and _")]
    Letters,
    /// It is an address of the server's own.
    #[error("this name is taken by the server itself: choose another")]
    Reserved,
}

impl RoomName {
    /// Reads a name.
    ///
    /// # Errors
    ///
    /// Says in words why it cannot be one.
    pub fn parse(text: &str) -> Result<Self, RoomNameError> {
        if text.is_empty() || text.len() > ROOM_NAME_BYTES_MAX {
            return Err(RoomNameError::Length);
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            return Err(RoomNameError::Letters);
        }
        let name = text.to_ascii_lowercase();
        if RESERVED.contains(&name.as_str()) {
            return Err(RoomNameError::Reserved);
        }
        Ok(Self(name))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RoomName {
    type Err = RoomNameError;

    fn from_str(text: &str) -> Result<Self, RoomNameError> {
        Self::parse(text)
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a person is called: at most 32 bytes, no control characters; "someone" where nothing is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonName(String);

impl PersonName {
    /// Cuts `text` down to what is allowed.
    pub fn clean(text: &str) -> Self {
        let name = clean(text, PERSON_NAME_BYTES_MAX);
        Self(if name.is_empty() { "someone".to_owned() } else { name })
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `text` on one line: control and formatting characters (which can reverse or hide text) dropped, white
/// space at the ends dropped, cut at a character's border to at most `bytes_max`.
pub fn clean(text: &str, bytes_max: usize) -> String {
    let mut out = String::new();
    for c in text.trim().chars() {
        if c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        {
            continue;
        }
        if out.len() + c.len_utf8() > bytes_max {
            break;
        }
        out.push(c);
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_names() {
        assert_eq!(RoomName::parse("Tide-Pool_7").unwrap().as_str(), "tide-pool_7");
        for bad in ["", "a b", "a/b", "..", "index.html", "käse", "rooms", "Join", &"a".repeat(33)] {
            assert!(RoomName::parse(bad).is_err(), "{bad:?} was taken");
        }
        assert!(RoomName::parse(&"a".repeat(32)).is_ok());
    }

    #[test]
    fn person_names() {
        assert_eq!(PersonName::clean("  Anna\n\u{202e}B ").as_str(), "AnnaB");
        assert_eq!(PersonName::clean(" \u{7} ").as_str(), "someone");
        // 32 bytes are 16 two-byte characters; a third byte of one is never left behind.
        assert_eq!(PersonName::clean(&"ö".repeat(40)).as_str(), "ö".repeat(16));
        assert_eq!(PersonName::clean(&format!("a{}", "ö".repeat(40))).as_str().len(), 31);
    }
}
