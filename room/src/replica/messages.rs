//! What those say who compute beside each other.

use crate::api::Channel;
use crate::codec::band;
use crate::costs::STEP_MAX;
use crate::message::{About, Class, Messages, SMALL, Who, declared, messages, row};

/// Particles: 4,194,304 in a band at most, of which each takes 9 bytes as water and 70 at worst.
const BAND: usize = 64 << 20;

messages! {
    "What those say who compute beside each other.";

    /// Particles of a band at the start of a step; payload: their code.
    Band {
        /// Of which history.
        lineage: u64,
        /// The step, below 2^48.
        step: u64,
        /// The strip that they are from.
        from: u32,
        /// The strip that they are for.
        to: u32,
    } => row(Who::Member, Class::BORDER, SMALL).with_payload(BAND).relayed_on(Channel::Border);
    /// To a holder of strip `from`: send me its bands for strip `to`, from this step on.
    Want {
        /// Of which history.
        lineage: u64,
        /// The first step whose band is wanted, below 2^48.
        step: u64,
        /// The strip whose bands are wanted.
        from: u32,
        /// The strip that they are for.
        to: u32,
    } => row(Who::Member, Class::BORDER, SMALL).relayed_on(Channel::Border);
}

impl Messages for Message {
    declared!();

    fn is_valid(&self) -> bool {
        match self {
            Self::Band { step, .. } | Self::Want { step, .. } => *step < STEP_MAX,
        }
    }

    fn sample(kind: Kind) -> (Self, Vec<u8>) {
        let (lineage, step, from, to) = (1, 0, 0, 1);
        match kind {
            Kind::Band => (Self::Band { lineage, step, from, to }, band::encode(&[])),
            Kind::Want => (Self::Want { lineage, step, from, to }, Vec::new()),
        }
    }

    fn near(kind: Kind, about: &About) -> Option<(Self, Vec<u8>)> {
        let (lineage, step, from, to) = (about.lineage, about.step, 0, 1);
        Some(match kind {
            Kind::Band => (Self::Band { lineage, step, from, to }, about.particles()),
            Kind::Want => (Self::Want { lineage, step, from, to }, Vec::new()),
        })
    }
}
