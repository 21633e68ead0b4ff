//! How a member learns the leader's time.

#![expect(missing_docs, reason = "fields that their type and name say all about")]

use crate::message::{Class, Messages, SMALL, Who, declared, messages, row};

messages! {
    "How a member learns the leader's time.";

    /// To the leader: what time is it? With the sender's own time.
    Ping(u64) => row(Who::Guest, Class::Log, SMALL);
    /// The leader's clock, beside the ping's own time.
    Pong { sent: u64, leader: u64 } => row(Who::Leader, Class::Log, SMALL);
}

impl Messages for Message {
    declared!();

    fn is_valid(&self) -> bool {
        match self {
            Self::Ping(_) | Self::Pong { .. } => true,
        }
    }

    fn sample(kind: Kind) -> (Self, Vec<u8>) {
        let message = match kind {
            Kind::Ping => Self::Ping(1),
            Kind::Pong => Self::Pong { sent: 1, leader: 1 << 40 },
        };
        (message, Vec::new())
    }
}
