//! Every kind of message, by construction: the list is the room's own, and each kind has its sample and its near miss,
//! which speaks of the small room's own log, so that it is not refused at the first look.

use room::api::PeerId;
use room::save::recording::{self, Deed, Log, Sealed};
use room::wire::entry::{CheckpointId, Opened, Origin, Return, Segment};
use room::wire::heartbeat::Heartbeat;
use room::wire::player::Control;
use room::wire::{
    About, Kind, Msg, PROTOCOL_VERSION, checkpoint, encode, fingerprint, heartbeat, membership, overheard, overlay,
    player, raft,
};
use sim_kernels::command::Command;

/// Recordings that begin with these saves: of each command that somebody may say one, every other tick.
pub fn recordings(saved: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let recorded = |save: &Vec<u8>| {
        let head = room::save::head(save).ok()?;
        let (begin, world) = (head.globals.tick, head.scene.world);
        let all = Command::samples([32, 16]).filter(|command| command.is_valid(world) && command.is_sayable());
        let deeds: Vec<Deed> = all
            .zip((begin..).step_by(2))
            .map(|(command, tick)| {
                let author = tick.is_multiple_of(4).then_some((PeerId(2), 0));
                Deed { tick, ticks: 2, commands: vec![Sealed { author, offset: 1, command }] }
            })
            .collect();
        let end = begin + 2 * deeds.len() as u64;
        let digests = (begin..=end).step_by(15).map(|tick| (tick, head.digest)).collect();
        recording::encode(save, &Log { end, deeds, digests }).ok()
    };
    saved.iter().filter_map(recorded).collect()
}

/// The same room, so many terms and steps later.
fn ahead(about: &About, by: u64) -> About {
    About { term: about.term + by, step: about.step + by, ..about.clone() }
}

/// An entry of the log that begins a new epoch.
fn entry(about: &About, origin: Origin) -> Msg {
    let &About { lineage, term, step, .. } = about;
    let segment = Segment {
        step,
        origin: Some(origin),
        partition: Some(about.partition.clone()),
        roster: Some(about.roster.clone()),
        ..Segment::default()
    };
    let log = Heartbeat {
        lineage,
        parent: lineage,
        term,
        from: step,
        before_term: term,
        segments: vec![(term, segment)],
        committed: step,
        frontier: step,
        ..Heartbeat::default()
    };
    heartbeat::Message::Heartbeat(Box::new(log)).into()
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

/// Each kind's sample and near misses, about the room that these messages are of, and what has more than one form.
///
/// # Panics
/// When the room said nothing from which a member begins.
pub fn samples(said: &[Vec<u8>], saved: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let about = overheard(said.iter().map(Vec::as_slice)).expect("the room welcomed somebody");
    let next = ahead(&about, 1);
    let of = |kind: Kind| [Some(kind.sample()), kind.near(&about), kind.near(&next)];
    let mut all: Vec<(Msg, Vec<u8>)> = Kind::all().flat_map(of).flatten().collect();
    // Those that have more than one form, and what a restored room says.
    let (lineage, term, end, scene) = (about.lineage, next.term, next.step + 9, about.scene.clone());
    let newest = CheckpointId { epoch: about.epoch, step: about.step.saturating_sub(1) };
    let profile = about.roster.people[0].1.clone();
    let mut more: Vec<Msg> = vec![
        membership::Message::Hello { version: PROTOCOL_VERSION, constants: fingerprint(), profile }.into(),
        player::Message::Control(Control::Load(Box::new(scene.clone()))).into(),
        player::Message::Control(Control::Pause).into(),
        player::Message::Commands { epoch: about.epoch, list: vec![(1, Command::Clear)] }.into(),
        entry(&about, Origin::Scene(Box::new(scene.clone()))),
        entry(&about, Origin::Checkpoint(newest, Box::new(about.globals.clone()), Return::Forced)),
        player::Message::Control(Control::Rewind { to: newest, ticks: 60 }).into(),
        player::Message::Control(Control::Vote { number: 1, agrees: true }).into(),
        raft::Message::RequestVote { lineage, term, end, last_term: about.term, pre_vote: true }.into(),
        raft::Message::RequestVote { lineage, term, end, last_term: about.term, pre_vote: false }.into(),
    ];
    if let Some(head) = saved.first().and_then(|bytes| room::save::head(bytes).ok()) {
        let (by, globals) = (PeerId(2), head.globals.clone());
        let opened = Opened { by, wish: 1, id: head.id(), scene, globals };
        more.extend([
            entry(&about, Origin::Save(Box::new(opened))),
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
