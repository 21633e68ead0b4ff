//! Every kind of message, by construction: the list is the room's own, and each kind's sample is changed to speak of
//! the small room's own log, so that it is not refused at the first look.

use room::api::PeerId;
use room::wire::entry::{CheckpointId, Opened, Origin, Segment, Snapshot};
use room::wire::heartbeat::{Heartbeat, ReplicaReport};
use room::wire::overlay::LinkFigures;
use room::wire::player::Control;
use room::wire::{Kind, Msg, checkpoint, decode, encode, heartbeat, membership, overlay, player, raft, replica, view};
use sim_kernels::digest::Digest;

/// What the messages are about: the small room's log.
struct About {
    begin: Snapshot,
    log: Heartbeat,
    term: u64,
    next: u64,
    checkpoint: CheckpointId,
}

impl About {
    fn new(said: &[Vec<u8>]) -> Self {
        let begin = said.iter().find_map(|bytes| match decode(bytes) {
            Ok((Msg::Membership(membership::Message::Welcome(begin)), _)) => Some(*begin),
            _ => None,
        });
        let newest = said.iter().rev().find_map(|bytes| match decode(bytes) {
            Ok((Msg::Heartbeat(heartbeat::Message::Heartbeat(log)), _)) => Some(*log),
            _ => None,
        });
        let (begin, log) = (begin.expect("the room welcomed somebody"), newest.unwrap_or_default());
        let (term, next) = (begin.term.max(log.term), log.from + log.segments.len() as u64);
        let checkpoint = CheckpointId { epoch: begin.epoch, step: next.saturating_sub(1) };
        Self { begin, log, term, next, checkpoint }
    }

    /// A kind's sample, as near to a right one as somebody can make it.
    fn near(&self, kind: Kind) -> (Msg, Vec<u8>) {
        let (mut msg, mut payload) = kind.sample();
        let Self { begin, log, term, next, checkpoint } = self;
        let (room, term, next, peer) = (begin.lineage, *term, *next, PeerId(2));
        let particles = || room::bandcode::encode(&begin.scene.particles(begin.scene.world.rect()));
        match &mut msg {
            Msg::Membership(message) => match message {
                membership::Message::Welcome(b) => **b = Snapshot { term: term + 1, ..begin.clone() },
                membership::Message::Stranger { term: t } => *t = term + 1,
                membership::Message::Meet { lineage, parent, .. } => (*lineage, *parent) = (room + 1, room),
                membership::Message::Hello { .. }
                | membership::Message::RefusedForeign(_)
                | membership::Message::Refused(_)
                | membership::Message::Profile(_)
                | membership::Message::Leaving
                | membership::Message::Goodbye => {}
            },
            Msg::Raft(message) => match message {
                raft::Message::RequestVote { lineage, term: t, end, last_term, .. } => {
                    (*lineage, *t, *end, *last_term) = (room, term + 1, next + 9, term);
                }
                raft::Message::Voted { lineage, term: t, to, .. } => (*lineage, *t, *to) = (room, term, peer),
                raft::Message::TimeoutNow { term: t, to } => (*t, *to) = (term, peer),
                raft::Message::Fork { lineage, parent, term: t, end, last_term } => {
                    (*lineage, *parent, *t, *end, *last_term) = (room + 1, room, term + 1, next + 9, term);
                }
            },
            Msg::Heartbeat(message) => match message {
                heartbeat::Message::Heartbeat(l) => {
                    **l = Heartbeat { term: term + 1, segments: Vec::new(), ..log.clone() };
                }
                heartbeat::Message::Report(r) => {
                    (r.lineage, r.term, r.known, r.checkpoints) = (room, term, next, vec![*checkpoint]);
                    let digest = Some(Digest([1; 4]));
                    r.replicas =
                        vec![ReplicaReport { strip: 0, done: next, digest, particles: 9, ..Default::default() }];
                }
            },
            Msg::Player(message) => match message {
                player::Message::Commands { epoch, .. } => *epoch = begin.epoch,
                player::Message::Control(c) => *c = Control::Pause,
            },
            Msg::Overlay(message) => match message {
                overlay::Message::Links { number, peers } => {
                    *number = 9;
                    *peers = vec![LinkFigures { peer: PeerId(1), rtt_us: 5, goodput: 6, full: true }];
                }
                overlay::Message::Relay { .. } => {
                    payload = encode(&replica::Message::Want { lineage: room, step: next, from: 0, to: 1 }.into(), &[]);
                }
            },
            Msg::Replica(replica::Message::Band { lineage, step, .. }) => {
                (*lineage, *step) = (room, next);
                payload = particles();
            }
            Msg::Replica(replica::Message::Want { lineage, step, .. }) => (*lineage, *step) = (room, next),
            Msg::Checkpoint(message) => match message {
                checkpoint::Message::Piece { lineage, id, .. } => {
                    (*lineage, *id) = (room, *checkpoint);
                    payload = particles();
                }
                checkpoint::Message::Head { lineage, id, partition, globals } => {
                    (*lineage, *id, *partition) = (room, *checkpoint, begin.partition.clone());
                    **globals = begin.globals.clone();
                }
                checkpoint::Message::SavePiece { .. } => payload = particles(),
                checkpoint::Message::Save { .. }
                | checkpoint::Message::SaveAsk { .. }
                | checkpoint::Message::SaveRefused { .. } => {}
            },
            Msg::View(view::Message::Tiles { epoch, tick, region, .. }) => {
                (*epoch, *tick, *region) = (begin.epoch, begin.globals.tick, begin.scene.world.rect());
                payload = vec![0; 8];
            }
            Msg::Clock(_) | Msg::View(view::Message::Acknowledged(_)) => {}
        }
        (msg, payload)
    }

    /// An entry of the log that begins a new epoch.
    fn entry(&self, origin: Origin) -> Msg {
        let Self { begin, log, term, next, .. } = self;
        let segment = Segment {
            step: *next,
            origin: Some(origin),
            partition: Some(begin.partition.clone()),
            roster: Some(begin.roster.clone()),
            ..Segment::default()
        };
        let (lineage, segments) = (begin.lineage, vec![(*term, segment)]);
        let from = *next;
        heartbeat::Message::Heartbeat(Box::new(Heartbeat {
            lineage,
            term: *term,
            from,
            before_term: *term,
            segments,
            ..log.clone()
        }))
        .into()
    }
}

/// Each kind's own sample, by the name of its file in the corpus: `raft-request-vote`.
pub fn named_samples() -> impl Iterator<Item = (Kind, String, Vec<u8>)> {
    Kind::all().map(|kind| {
        let (msg, payload) = kind.sample();
        (kind, file_name(kind), encode(&msg, &payload))
    })
}

fn file_name(kind: Kind) -> String {
    let mut name = String::new();
    for c in format!("{kind:?}").chars().filter(|c| c.is_ascii_alphabetic()) {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// One message at least of each kind, about the room that these messages are of.
///
/// # Panics
/// When the room said nothing from which a member begins.
pub fn samples(said: &[Vec<u8>], saved: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let about = About::new(said);
    let Snapshot { scene, globals, .. } = &about.begin;
    let mut all: Vec<(Msg, Vec<u8>)> = Kind::all().map(|kind| about.near(kind)).collect();
    // Those that have more than one form, and what a restored room says.
    let mut more = vec![
        player::Message::Control(Control::Load(Box::new(scene.clone()))).into(),
        about.entry(Origin::Scene(Box::new(scene.clone()))),
        about.entry(Origin::Checkpoint(about.checkpoint, Box::new(globals.clone()))),
    ];
    if let Msg::Raft(mut message) = about.near(Kind::Raft(raft::Kind::RequestVote)).0 {
        if let raft::Message::RequestVote { pre_vote, .. } = &mut message {
            *pre_vote = true;
        }
        more.push(message.into());
    }
    if let Some(head) = saved.first().and_then(|bytes| room::save::head(bytes).ok()) {
        let (by, globals) = (PeerId(2), head.globals.clone());
        let opened = Opened { by, wish: 1, id: head.id(), scene: scene.clone(), globals };
        more.extend([
            about.entry(Origin::Save(Box::new(opened))),
            checkpoint::Message::Save { wish: 1, by, head: Box::new(head) }.into(),
        ]);
    }
    all.extend(more.into_iter().map(|msg| (msg, Vec::new())));
    let mut all: Vec<Vec<u8>> = all.iter().map(|(msg, payload)| encode(msg, payload)).collect();
    // Nobody in the small room needs a way around a link; the enemy uses one all the same.
    let around = |msg: &Vec<u8>| {
        [3, 2].map(|from| encode(&overlay::Message::Relay { from: PeerId(from), to: PeerId(1) }.into(), msg))
    };
    let around: Vec<Vec<u8>> = all.iter().chain(said.iter().step_by(9)).flat_map(around).collect();
    all.extend(around);
    all
}
