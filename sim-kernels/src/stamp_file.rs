//! A stamp as a file: what lies on a player's shelf, and goes from one player to another.
//!
//! | bytes | what |
//! |---|---|
//! | 0..8 | [`MAGIC`] |
//! | 8 | [`VERSION`] |
//! | 9..25 | a hash of all that follows, in four little-endian words |
//! | 25 | how many materials are in it |
//! | then | of each its code, its name, and how many bits each of its columns has, the latter two with their length in front |
//! | then | the stamp's own code (see [`Stamp::encode`]) |
//!
//! Codes are places in the list of materials, which grows: so names tell what is meant, and a stamp goes on being read when its
//! materials have other codes. One whose particles are written down otherwise by now, or are gone, is refused.

use crate::digest::Digest;
use crate::materials::{NAMES, columns, named};
use crate::stamp::{BYTES_MAX, Stamp};

/// How every file begins.
pub const MAGIC: [u8; 8] = *b"TIDESTMP";
/// The format's version.
pub const VERSION: u8 = 1;
/// The largest file: the longest code, and all materials.
pub const FILE_BYTES_MAX: usize = BYTES_MAX + (16 << 10);
/// Where what is hashed begins.
const BODY_AT: usize = 25;
/// What the hash is made with, so that it is no other one.
const HASH: u32 = 0x57a3_f11e;

/// Why a file is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileError {
    /// It is no stamp's file.
    Foreign,
    /// It is larger than any stamp's.
    TooLarge,
    /// It is of another version of the format.
    Version(u8),
    /// It is cut off or changed, or holds what no stamp has.
    Damaged,
    /// A material in it is not known here, or is another by now.
    Material,
}

/// Whether a file says of itself that it is a stamp's.
pub fn is_stamp(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// A stamp's file.
pub fn write(stamp: &Stamp) -> Vec<u8> {
    let mut codes: Vec<u32> = stamp.particles().iter().map(|p| p.material()).collect();
    codes.sort_unstable();
    codes.dedup();
    let mut body = vec![codes.len() as u8];
    for code in codes {
        let name = NAMES[code as usize].as_bytes();
        body.extend([code as u8, name.len() as u8]);
        body.extend(name);
        body.push(columns(code).count() as u8);
        body.extend(columns(code).map(|column| column.bits as u8));
    }
    body.extend(stamp.encode());
    let hash = Digest::of_bytes(HASH, &body).0.into_iter().flat_map(u32::to_le_bytes);
    MAGIC.into_iter().chain([VERSION]).chain(hash).chain(body).collect()
}

/// What [`write()`] made.
///
/// # Errors
/// Where the bytes are anything else.
pub fn read(bytes: &[u8]) -> Result<Stamp, FileError> {
    if !is_stamp(bytes) {
        return Err(FileError::Foreign);
    }
    if bytes.len() > FILE_BYTES_MAX {
        return Err(FileError::TooLarge);
    }
    let version = *bytes.get(MAGIC.len()).ok_or(FileError::Damaged)?;
    if version != VERSION {
        return Err(FileError::Version(version));
    }
    let hash = bytes.get(MAGIC.len() + 1..BODY_AT).ok_or(FileError::Damaged)?;
    let mut body = &bytes[BODY_AT..];
    if !hash.iter().copied().eq(Digest::of_bytes(HASH, body).0.into_iter().flat_map(u32::to_le_bytes)) {
        return Err(FileError::Damaged);
    }
    let known = materials(&mut body)?;
    let now = |then| known.iter().find(|(code, _)| *code == then).map(|(_, now)| *now);
    Stamp::decode_of(body, now).ok_or(FileError::Damaged)
}

/// The codes of the file's materials, each with the one that it has here.
fn materials(from: &mut &[u8]) -> Result<Vec<(u32, u32)>, FileError> {
    let count = take(from, 1)?[0];
    let mut known = Vec::new();
    for _ in 0..count {
        let code = take(from, 1)?[0];
        let name = take_counted(from)?;
        let bits = take_counted(from)?;
        let now = std::str::from_utf8(name).ok().and_then(named).map(u32::from).ok_or(FileError::Material)?;
        if !columns(now).map(|column| column.bits).eq(bits.iter().copied().map(u32::from)) {
            return Err(FileError::Material);
        }
        known.push((u32::from(code), now));
    }
    Ok(known)
}

/// Takes so many bytes off the front.
fn take<'a>(from: &mut &'a [u8], count: usize) -> Result<&'a [u8], FileError> {
    let (first, rest) = from.split_at_checked(count).ok_or(FileError::Damaged)?;
    *from = rest;
    Ok(first)
}

/// Takes bytes that have their number in front.
fn take_counted<'a>(from: &mut &'a [u8]) -> Result<&'a [u8], FileError> {
    let count = take(from, 1)?[0];
    take(from, usize::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a file the hash of what is in it now.
    fn hashed(mut file: Vec<u8>) -> Vec<u8> {
        let hash = Digest::of_bytes(HASH, &file[BODY_AT..]).0.map(u32::to_le_bytes).concat();
        file[MAGIC.len() + 1..BODY_AT].copy_from_slice(&hash);
        file
    }

    #[test]
    fn a_file_gives_its_stamp_and_nothing_that_was_changed() {
        let stamp = Stamp::sample();
        let file = write(&stamp);
        assert_eq!(read(&file), Ok(stamp));
        for at in 0..file.len() {
            assert!(read(&file[..at]).is_err(), "cut at {at}");
            let mut other = file.clone();
            other[at] ^= 0x55;
            assert!(read(&other).is_err(), "changed at {at}");
            // Who knows how to hash gets no further than the code's own checks.
            let _ = read(&hashed(other));
        }
        assert_eq!(read(&[&file[..], &[0]].concat()), Err(FileError::Damaged));
        assert_eq!(read(&hashed([&file[..], &[0]].concat())), Err(FileError::Damaged));
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        let file = write(&Stamp::sample());
        assert_eq!(read(b""), Err(FileError::Foreign));
        assert_eq!(read(b"TIDESAVE, another kind of file"), Err(FileError::Foreign));
        let mut other = file.clone();
        other[MAGIC.len()] = 9;
        assert_eq!(read(&other), Err(FileError::Version(9)));
        let mut large = file.clone();
        large.resize(FILE_BYTES_MAX + 1, 0);
        assert_eq!(read(&large), Err(FileError::TooLarge));
        // The first material's name, and how many columns it has.
        let length = usize::from(file[BODY_AT + 2]);
        for at in [BODY_AT + 3, BODY_AT + 3 + length] {
            let mut other = file.clone();
            other[at] ^= 1;
            assert_eq!(read(&hashed(other)), Err(FileError::Material));
        }
    }

    /// A release in which another material was put in front of the list.
    #[test]
    fn materials_are_known_by_their_names() {
        let file = write(&Stamp::sample());
        let (water, jelly) = (NAMES[0], NAMES[usize::from(crate::materials::JELLY)]);
        let at = |name: &str| file.windows(name.len()).position(|part| part == name.as_bytes()).unwrap();
        assert!(at(water) > BODY_AT && at(jelly) > at(water));
        let mut body = &file[BODY_AT..];
        materials(&mut body).unwrap();
        let stamp = Stamp::decode_of(body, Some).unwrap();
        // The same code where what was water is oil, which has no words of its own either.
        let oil = u32::from(named("oil").unwrap());
        let other = Stamp::decode_of(body, |code| Some(if code == 0 { oil } else { code })).unwrap();
        let count = |stamp: &Stamp, code| stamp.particles().iter().filter(|p| p.material() == code).count();
        assert_eq!((count(&stamp, 0), count(&other, 0)), (4, 0));
        assert_eq!(count(&other, oil), 4);
        assert_eq!(Stamp::decode_of(body, |code| (code == 0).then_some(code)), None, "one that is not listed");
    }
}
