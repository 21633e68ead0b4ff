//! What each shows the others of its regions.

use crate::api::Channel;
use crate::message::{About, Class, LIST, Messages, SMALL, Who, declared, messages, row};
use crate::view::MESSAGE_BYTES_MAX;
use sim_kernels::geom::Rect;

/// The most messages that one acknowledges.
const ACKNOWLEDGED_MAX: usize = 256;

messages! {
    "What each shows the others of its regions.";

    /// Tiles of a region; payload: their code.
    Tiles {
        /// Of the world of this epoch.
        epoch: u32,
        /// When the sender last looked at its region.
        tick: u64,
        /// The message's number, by which it is acknowledged; its sender counts, and begins again after the last.
        id: u32,
        /// In cells: no tile is outside.
        region: Rect,
    } => row(Who::Member, Class::VIEW, SMALL).with_payload(MESSAGE_BYTES_MAX).relayed_on(Channel::View);
    /// The numbers of messages of tiles that arrived; at most 256.
    Acknowledged(Vec<u32>) => row(Who::Member, Class::VIEW, LIST).relayed_on(Channel::View);
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

    fn near(kind: Kind, about: &About) -> Option<(Self, Vec<u8>)> {
        let (mut message, mut payload) = Self::sample(kind);
        match &mut message {
            Self::Tiles { epoch, tick, region, .. } => {
                (*epoch, *tick, *region) = (about.epoch, about.globals.tick, about.scene.world.rect());
                payload = vec![0; 8];
            }
            Self::Acknowledged(_) => {}
        }
        Some((message, payload))
    }
}
