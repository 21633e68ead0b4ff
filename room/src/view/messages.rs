//! What each shows the others of its regions.

#![expect(missing_docs, reason = "fields that their type and name say all about")]

use crate::message::{Class, LIST, Messages, SMALL, Who, declared, messages, row};
use crate::view::MESSAGE_BYTES_MAX;
use sim_kernels::geom::Rect;

/// The most messages that one acknowledges.
const ACKNOWLEDGED_MAX: usize = 256;

messages! {
    "What each shows the others of its regions.";

    /// Tiles of a region; payload: their code.
    Tiles { epoch: u32, tick: u64, id: u32, region: Rect }
        => row(Who::Member, Class::View, SMALL).with_payload(MESSAGE_BYTES_MAX);
    /// Messages of tiles that arrived.
    Acknowledged(Vec<u32>) => row(Who::Member, Class::View, LIST);
}

impl Messages for Message {
    declared!();

    fn is_valid(&self) -> bool {
        match self {
            Self::Tiles { .. } => true,
            Self::Acknowledged(ids) => ids.len() <= ACKNOWLEDGED_MAX,
        }
    }

    fn sample(kind: Kind) -> (Self, Vec<u8>) {
        let message = match kind {
            Kind::Tiles => Self::Tiles { epoch: 1, tick: 1, id: 1, region: Rect::new(0, 0, 64, 64) },
            Kind::Acknowledged => Self::Acknowledged(vec![1]),
        };
        (message, Vec::new())
    }
}
