//! Every kind of message, by construction: the list comes from the message enum itself, and each kind has a sample
//! that speaks of the small room's own log, so that it is not refused at the first look.

use room::api::PeerId;
use room::notice::{Refusal, SaveRefusal};
use room::wire::{
    Begin, Control, CutId, LinkFigures, LogMsg, Msg, Opened, Origin, PROTOCOL_VERSION, ReplicaReport, Report, Segment,
    decode, encode,
};
use serde::de::{Deserialize, Deserializer, Error, Visitor, value};
use sim_kernels::command::Command;
use sim_kernels::digest::Digest;
use std::sync::Mutex;

/// The names of all kinds, in the order of their numbers on the wire.
pub fn names() -> Vec<&'static str> {
    let names = Mutex::new(Vec::new());
    let _ = Msg::deserialize(Names(&names));
    names.into_inner().unwrap_or_default()
}

/// The number of a message's kind, and its place in [`names`].
pub fn number(bytes: &[u8]) -> Option<usize> {
    // A variant is coded as one byte up to 250.
    bytes.first().map(|&first| usize::from(first))
}

/// Learns an enum's variants from what serde asks of it, and reads nothing.
struct Names<'a>(&'a Mutex<Vec<&'static str>>);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = value::Error;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Self::Error> {
        if let Ok(mut names) = self.0.lock() {
            names.extend(variants);
        }
        Err(Self::Error::custom("nothing is read"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Self::Error> {
        Err(Self::Error::custom("no enum"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// One message at least of each kind, about the room that these messages are of.
///
/// # Panics
/// When the room said nothing from which a member begins.
pub fn samples(said: &[Vec<u8>], saved: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let begin = said.iter().find_map(|bytes| match decode(bytes) {
        Ok((Msg::Begin(begin), _)) => Some(*begin),
        _ => None,
    });
    let begin = begin.expect("the room welcomed somebody");
    let newest = said.iter().rev().find_map(|bytes| match decode(bytes) {
        Ok((Msg::Log(log), _)) => Some(*log),
        _ => None,
    });
    let log = newest.unwrap_or_default();
    let head = saved.first().and_then(|bytes| room::save::head(bytes).ok());
    let Begin { lineage, scene, globals, partition, roster, .. } = begin.clone();
    let (term, next) = (begin.term.max(log.term), log.from + log.segments.len() as u64);
    let (a, b) = (PeerId(1), PeerId(2));
    let id = CutId { era: begin.era, step: next.saturating_sub(1) };
    let profile = roster.people.first().map(|p| p.1.clone()).expect("the founder is in it");
    let replica =
        ReplicaReport { strip: 0, done: next, digest: Some(Digest([1; 4])), particles: 9, ..ReplicaReport::default() };
    let report = Report { lineage, term, known: next, replicas: vec![replica], cuts: vec![id], ..Report::default() };
    let segment = |origin| Segment {
        step: next,
        origin: Some(origin),
        partition: Some(partition.clone()),
        roster: Some(roster.clone()),
        ..Segment::default()
    };
    let entry = |origin| {
        let segments = vec![(term, segment(origin))];
        Msg::Log(Box::new(LogMsg { lineage, term, from: next, before_term: term, segments, ..log.clone() }))
    };
    let mut all: Vec<Vec<u8>> = [
        Msg::Hello { version: PROTOCOL_VERSION, constants: [1, 2, 3, 4], profile: profile.clone() },
        Msg::RefusedForeign("no".into()),
        Msg::Refused(Refusal::Kernels),
        Msg::Begin(Box::new(Begin { term: term + 1, ..begin })),
        Msg::Log(Box::new(LogMsg { term: term + 1, segments: Vec::new(), ..log.clone() })),
        entry(Origin::Scene(Box::new(scene.clone()))),
        entry(Origin::Cut(id, Box::new(globals.clone()))),
        Msg::Report(Box::new(report)),
        Msg::Commands(vec![(1, Command::Gravity([1, 2]))]),
        Msg::Control(Control::Pause),
        Msg::Control(Control::Load(Box::new(scene.clone()))),
        Msg::Profile(profile),
        Msg::Links { number: 9, peers: vec![LinkFigures { peer: a, rtt_us: 5, goodput: 6, full: true }] },
        Msg::Stranger { term: term + 1 },
        Msg::Meet { lineage: lineage + 1, parent: lineage, people: 5, step: next + 9 },
        Msg::Leaving,
        Msg::Goodbye,
        Msg::TakeOver { term, to: b },
        Msg::Vote { lineage, term: term + 1, end: next + 9, last_term: term, trial: false },
        Msg::Vote { lineage, term: term + 1, end: next + 9, last_term: term, trial: true },
        Msg::Voted { lineage, term, to: b, granted: true, trial: false },
        Msg::Fork { lineage: lineage + 1, parent: lineage, term: term + 1, end: next + 9, last_term: term },
        Msg::Ping(7),
        Msg::Pong { sent: 7, host: 9 },
        Msg::Want { lineage, step: next, from: 0, to: 1 },
        Msg::CutHead { id, partition: partition.clone(), globals: Box::new(globals.clone()) },
        Msg::ViewAck(vec![1, 2, 3]),
        Msg::SaveAsk { id: Digest([1; 4]), pieces: vec![0, 1] },
        Msg::SaveNo { wish: 1, why: SaveRefusal::AnotherOpens },
    ]
    .iter()
    .map(|msg| encode(msg, &[]))
    .collect();
    let code = room::bandcode::encode(&scene.particles(scene.world.rect()));
    all.extend([
        encode(&Msg::Band { lineage, step: next, from: 0, to: 1 }, &code),
        encode(&Msg::CutPart { id, strip: 0, index: 0, count: 1 }, &code),
        encode(&Msg::View { era: id.era, tick: globals.tick, id: 3, region: scene.world.rect() }, &[0; 8]),
        encode(&Msg::SavePiece { id: Digest([1; 4]), number: 0 }, &code),
    ]);
    if let Some(head) = head {
        let opened = Opened { by: b, wish: 1, id: head.id(), scene, globals: head.globals.clone() };
        all.push(encode(&entry(Origin::Save(Box::new(opened))), &[]));
        all.push(encode(&Msg::Save { wish: 1, by: b, head: Box::new(head) }, &[]));
    }
    // Nobody in the small room needs a way around a link; the enemy uses one all the same.
    let around = |msg: &Vec<u8>| [PeerId(3), b].map(|from| encode(&Msg::Pass { from, to: a }, msg));
    let around: Vec<Vec<u8>> = all.iter().chain(said.iter().step_by(9)).flat_map(around).collect();
    all.extend(around);
    all
}
