//! What a participant is called in the code: what every other part names people by.

use serde::{Deserialize, Serialize};

/// A participant, named by the driver: made from the transport's peer id, the same on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PeerId(pub u128);
