//! A material's code in serde: its name where people read it, as in scene files, and the number elsewhere.

use super::{COPY, NAMES, named};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serializer};
use std::borrow::Cow;

/// How people write [`COPY`].
const COPY_NAME: &str = "copy";

/// Writes a code.
///
/// # Errors
/// Those of the format, and where people read it and there is no material of the code.
pub fn serialize<S: Serializer>(code: &u8, to: S) -> Result<S::Ok, S::Error> {
    if !to.is_human_readable() {
        return to.serialize_u8(*code);
    }
    if u32::from(*code) == COPY {
        return to.serialize_str(COPY_NAME);
    }
    let name =
        NAMES.get(usize::from(*code)).ok_or_else(|| S::Error::custom(format!("no material has the code {code}")))?;
    to.serialize_str(name)
}

/// The same of a code that may be missing.
pub mod maybe {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Code(#[serde(with = "super")] u8);

    /// Writes a code, if there is one.
    ///
    /// # Errors
    /// Those of the code.
    pub fn serialize<S: Serializer>(code: &Option<u8>, to: S) -> Result<S::Ok, S::Error> {
        code.map(Code).serialize(to)
    }

    /// Reads a code, if there is one.
    ///
    /// # Errors
    /// Those of the code.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u8>, D::Error> {
        Ok(Option::<Code>::deserialize(from)?.map(|code| code.0))
    }
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
    if name == COPY_NAME {
        return Ok(COPY as u8);
    }
    named(&name).ok_or_else(|| D::Error::unknown_variant(&name, NAMES))
}
