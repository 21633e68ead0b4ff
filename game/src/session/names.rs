//! What a room may be called, as the signaling server takes it: known here as well, so that nobody leaves a room for
//! one that cannot be. The page has no part of the server in it, hence the rules a second time; a test holds them
//! equal.

/// The longest name of a room, in bytes; it is ASCII.
pub const ROOM_NAME_BYTES_MAX: usize = 32;

/// Addresses of the server's own.
const RESERVED: [&str; 6] = ["rooms", "join", "healthz", "metrics", "config", "invite"];

/// The name as the server folds it.
///
/// # Errors
/// The sentence, by its name, that says why no room can be called so.
pub fn room_name(typed: &str) -> Result<String, &'static str> {
    let name = typed.trim().to_ascii_lowercase();
    if name.is_empty() || name.len() > ROOM_NAME_BYTES_MAX {
        return Err("name-length");
    }
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Err("name-letters");
    }
    if RESERVED.contains(&name.as_str()) {
        return Err("name-reserved");
    }
    Ok(name)
}

/// A name for a room of one's own that can be read aloud.
pub(super) fn own_room() -> String {
    const FIRST: [&str; 8] = ["amber", "coral", "clear", "deep", "green", "quiet", "silver", "warm"];
    const SECOND: [&str; 8] = ["bay", "brook", "cove", "lagoon", "pool", "reef", "spring", "tide"];
    let nanos = web_time::SystemTime::now().duration_since(web_time::UNIX_EPOCH).map_or(0, |d| d.as_nanos() as u64);
    let mixed = nanos.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let pick = |list: [&'static str; 8], shift: u32| list[(mixed >> shift) as usize % 8];
    format!("{}-{}-{}", pick(FIRST, 0), pick(SECOND, 8), mixed >> 16 & 0xff)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_the_server_takes() {
        let long = ["a".repeat(ROOM_NAME_BYTES_MAX), "a".repeat(ROOM_NAME_BYTES_MAX + 1)];
        let names = ["tide", "Tide-Pool_7", "my room!", "käse", "", "a/b", "..", "Join", &long[0], &long[1]];
        for name in names.into_iter().chain(RESERVED) {
            let server = signaling::RoomName::parse(name).ok().map(|name| name.as_str().to_owned());
            assert_eq!(room_name(name).ok(), server, "{name:?}");
        }
        assert_eq!(room_name(" tide ").unwrap(), "tide", "what surrounds a typed name is no part of it");
    }
}
