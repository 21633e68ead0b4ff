//! How a member learns the leader's time.

use crate::message::{About, Class, Messages, SMALL, Who, declared, messages, row};

messages! {
    "How a member learns the leader's time.";

    /// To the leader: what time is it? With the sender's own time, in microseconds.
    Ping(u64) => row(Who::Guest, Class::LOG, SMALL);
    /// The leader's clock, beside the ping's own time.
    Pong {
        /// The ping's number: when it was sent, in microseconds of its sender's clock.
        sent: u64,
        /// When it arrived, in microseconds of the leader's clock.
        leader: u64,
    } => row(Who::Leader, Class::LOG, SMALL);
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

    fn near(kind: Kind, _: &About) -> Option<(Self, Vec<u8>)> {
        Some(Self::sample(kind))
    }
}
