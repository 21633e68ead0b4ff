//! What is said about checkpoints, and about saves, which are checkpoints in a file.

use crate::api::PeerId;
use crate::codec::band;
use crate::costs::STEP_MAX;
use crate::message::{About, Class, Messages, SMALL, WORDS, WORLD, Who, declared, messages, row};
use crate::notice::SaveRefusal;
use crate::partition::Partition;
use crate::save::{Head, PIECE_BYTES_MAX};
use crate::timeline::{CheckpointId, Snapshot};
use sim_kernels::digest::Digest;
use sim_kernels::globals::Globals;

/// The most pieces of a save that are asked for in one message.
pub const SAVE_PIECES_MAX: usize = 8;

messages! {
    "What is said about checkpoints, and about saves, which are checkpoints in a file.";

    /// A piece of a strip's part in a checkpoint of this history, and the digest of all of the strip's; payload: the
    /// particles' code.
    Piece {
        /// Of which history.
        lineage: u64,
        /// Of which checkpoint.
        id: CheckpointId,
        /// Of which strip.
        strip: u32,
        /// Which of the strip's pieces, from 0; below `count`.
        index: u16,
        /// How many pieces the strip has; at least 1, and none is kept of a strip of more than 1,024.
        count: u16,
        /// The digest of all of the strip's particles.
        sum: Digest,
    } => row(Who::Member, Class::BULK, SMALL).with_payload(PIECE_BYTES_MAX);
    /// What a checkpoint is beside its pieces, to one who did not keep it: who held what, and the globals.
    Head {
        /// Of which history.
        lineage: u64,
        /// Of which checkpoint.
        id: CheckpointId,
        /// Who held which strip at its step's end.
        partition: Partition,
        /// The globals there.
        globals: Box<Globals>,
    } => row(Who::Leader, Class::BULK, 2 * WORLD);
    /// To the leader: my player opens this save. The leader, to those who lend: get it. Its pieces are asked for.
    Save {
        /// The player's number for it.
        wish: u64,
        /// Whose player opens it.
        by: PeerId,
        /// All of it but its pieces.
        head: Box<Head>,
    } => row(Who::Member, Class::SELDOM, 4 * WORLD);
    /// To one who has a save: these of its pieces.
    SaveAsk {
        /// Which save: see [`Head::id`](crate::save::Head::id).
        id: Digest,
        /// Numbers of pieces; at most [`SAVE_PIECES_MAX`].
        pieces: Vec<u32>,
    } => row(Who::Member, Class::BULK, SMALL);
    /// A piece of a save; payload: the particles' code.
    SavePiece {
        /// Which save: see [`Head::id`](crate::save::Head::id).
        id: Digest,
        /// The piece's number, from 0.
        number: u32,
    } => row(Who::Member, Class::BULK, SMALL).with_payload(PIECE_BYTES_MAX);
    /// The leader: the world does not go on from this save.
    SaveRefused {
        /// The player's number for it.
        wish: u64,
        /// Why not.
        why: SaveRefusal,
    } => row(Who::Leader, Class::SELDOM, WORDS);
}

impl Messages for Message {
    declared!();

    fn is_valid(&self) -> bool {
        match self {
            Self::Piece { index, count, .. } => index < count,
            Self::Head { id, partition, globals, .. } => {
                id.step < STEP_MAX && globals.is_valid() && partition.is_valid(globals.size())
            }
            Self::Save { head, .. } => head.check().is_ok(),
            Self::SaveAsk { pieces, .. } => pieces.len() <= SAVE_PIECES_MAX,
            Self::SavePiece { .. } | Self::SaveRefused { .. } => true,
        }
    }

    fn sample(kind: Kind) -> (Self, Vec<u8>) {
        let (lineage, id) = (1, CheckpointId { epoch: 1, step: 3 });
        let Snapshot { scene, globals, partition, .. } = Snapshot::sample();
        let nothing = Digest::default();
        let message = match kind {
            Kind::Piece => Self::Piece { lineage, id, strip: 0, index: 0, count: 1, sum: nothing },
            Kind::Head => Self::Head { lineage, id, partition, globals: Box::new(globals) },
            Kind::Save => {
                let bytes = crate::save::Save::of(&scene, &globals, &[(4, Vec::new())]).unwrap_or_default();
                match crate::save::head(&bytes) {
                    Ok(head) => Self::Save { wish: 1, by: PeerId(3), head: Box::new(head) },
                    Err(_) => Self::SaveAsk { id: nothing, pieces: Vec::new() },
                }
            }
            Kind::SaveAsk => Self::SaveAsk { id: nothing, pieces: vec![0] },
            Kind::SavePiece => Self::SavePiece { id: nothing, number: 0 },
            Kind::SaveRefused => Self::SaveRefused { wish: 1, why: SaveRefusal::AnotherOpens },
        };
        let payload = match kind {
            Kind::Piece | Kind::SavePiece => band::encode(&[]),
            Kind::Head | Kind::Save | Kind::SaveAsk | Kind::SaveRefused => Vec::new(),
        };
        (message, payload)
    }

    fn near(kind: Kind, about: &About) -> Option<(Self, Vec<u8>)> {
        let (mut message, mut payload) = Self::sample(kind);
        let newest = CheckpointId { epoch: about.epoch, step: about.step.saturating_sub(1) };
        match &mut message {
            Self::Piece { lineage, id, .. } => {
                (*lineage, *id) = (about.lineage, newest);
                payload = about.particles();
            }
            Self::Head { lineage, id, partition, globals } => {
                (*lineage, *id, *partition) = (about.lineage, newest, about.partition.clone());
                **globals = about.globals.clone();
            }
            Self::SavePiece { .. } => payload = about.particles(),
            // The one is another's, the others are about a save that nobody has.
            Self::Save { .. } | Self::SaveAsk { .. } | Self::SaveRefused { .. } => {}
        }
        Some((message, payload))
    }
}
