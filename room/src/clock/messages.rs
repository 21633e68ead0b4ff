//! How a member learns the host's time.

#![expect(missing_docs, reason = "fields that their type and name say all about")]

use crate::message::{Class, Messages, SMALL, Who, declared, messages, row};

messages! {
    "How a member learns the host's time.";

    /// To the host: what time is it? With the sender's own time.
    Ping(u64) => row(Who::Guest, Class::Log, SMALL);
    /// The host's clock, beside the ping's own time.
    Pong { sent: u64, host: u64 } => row(Who::Host, Class::Log, SMALL);
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
            Kind::Pong => Self::Pong { sent: 1, host: 1 << 40 },
        };
        (message, Vec::new())
    }
}
