//! A material's code in serde: its name where people read it, as in scene files, and the number elsewhere.

use super::{NAMES, material, named};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};
use std::borrow::Cow;

/// Writes a code.
///
/// # Errors
/// Those of the format.
pub fn serialize<S: Serializer>(code: &u8, to: S) -> Result<S::Ok, S::Error> {
    if to.is_human_readable() { to.serialize_str(material(u32::from(*code)).name) } else { to.serialize_u8(*code) }
}

/// Reads a code.
///
/// # Errors
/// Those of the format, and where there is no material of a name: an unknown variant, with the names that there are.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
    if !from.is_human_readable() {
        return u8::deserialize(from);
    }
    let name = Cow::<str>::deserialize(from)?;
    named(&name).ok_or_else(|| D::Error::unknown_variant(&name, NAMES))
}
