//! A message of each kind, for tests and fuzz targets to begin with: so each kind is reached by them, and a new one does
//! not compile before it is.

use super::Kind;
use crate::api::{PeerId, Profile};
use crate::notice::{Refusal, SaveRefusal};
use crate::wire::{Begin, Control, CutId, LogMsg, Msg, PROTOCOL_VERSION, Report, Roster, encode, refuse_foreign};
use sim_kernels::command::Command;
use sim_kernels::digest::Digest;
use sim_kernels::geom::WorldSize;
use sim_kernels::scene::Scene;

/// A message of a kind with its payload, for tests and fuzz targets to begin with: so each kind is reached by them.
pub fn sample(kind: Kind) -> (Msg, Vec<u8>) {
    let peer = PeerId(3);
    let world = WorldSize { width: 64, height: 64 };
    let scene = Scene {
        title: String::new(),
        world,
        gravity: [0, -4],
        terrain: Vec::new(),
        liquid: Vec::new(),
        commands: Vec::new(),
    };
    let profile = Profile { name: "Eve".into(), lend: false, backend: "none".into(), throughput: 0 };
    let (lineage, parent, term, step, id) = (1, 1, 1, 0, CutId { era: 1, step: 3 });
    let (era, strip, to) = (1, 0, 1);
    let roster = Roster { people: vec![(peer, profile.clone())], voters: vec![peer] };
    let partition = crate::partition::equal(&[peer], world);
    let band = || crate::codec::band::encode(&[]);
    let msg = match kind {
        Kind::Hello => Msg::Hello { version: PROTOCOL_VERSION, constants: crate::wire::constants(), profile },
        Kind::RefusedForeign => match refuse_foreign(PROTOCOL_VERSION + 1) {
            words @ Msg::RefusedForeign(_) => words,
            _ => Msg::Leaving,
        },
        Kind::Refused => Msg::Refused(Refusal::Kernels),
        Kind::Begin => Msg::Begin(Box::new(Begin {
            lineage,
            parent,
            term,
            era,
            step,
            before_term: 0,
            work: 0,
            globals: scene.globals(),
            scene,
            partition,
            seqs: Vec::new(),
            fast: false,
            roster,
        })),
        Kind::Log => Msg::Log(Box::new(LogMsg { lineage, parent, term, ..LogMsg::default() })),
        Kind::Report => Msg::Report(Box::new(Report { lineage, term, ..Report::default() })),
        Kind::Commands => Msg::Commands { era, list: vec![(1, Command::Clear)] },
        Kind::Control => Msg::Control(Control::Load(Box::new(scene))),
        Kind::Profile => Msg::Profile(profile),
        Kind::Links => Msg::Links { number: 1, peers: Vec::new() },
        Kind::Stranger => Msg::Stranger { term },
        Kind::Meet => Msg::Meet { lineage: 2, parent: 2, people: 60, work: 1 << 50, yours: None },
        Kind::Leaving => Msg::Leaving,
        Kind::Goodbye => Msg::Goodbye,
        Kind::TakeOver => Msg::TakeOver { term, to: peer },
        Kind::Vote => Msg::Vote { lineage, term: term + 1, end: 1 << 40, last_term: term, trial: false },
        Kind::Voted => Msg::Voted { lineage, term: term + 1, to: peer, granted: true, trial: false },
        Kind::Fork => Msg::Fork { lineage: 2, parent: 1, term: term + 1, end: 1 << 40, last_term: term },
        Kind::Ping => Msg::Ping(1),
        Kind::Pong => Msg::Pong { sent: 1, host: 1 << 40 },
        Kind::Band => Msg::Band { lineage, step, from: strip, to },
        Kind::Want => Msg::Want { lineage, step, from: strip, to },
        Kind::CutPart => Msg::CutPart { lineage, id, strip, index: 0, count: 1, sum: Digest::default() },
        Kind::CutHead => Msg::CutHead { lineage, id, partition, globals: Box::new(scene.globals()) },
        Kind::View => Msg::View { era, tick: 1, id: 1, region: world.rect() },
        Kind::ViewAck => Msg::ViewAck(vec![1]),
        Kind::Save => {
            let bytes = crate::save::Save::of(&scene, &scene.globals(), &[(4, Vec::new())]).unwrap_or_default();
            match crate::save::head(&bytes) {
                Ok(head) => Msg::Save { wish: 1, by: peer, head: Box::new(head) },
                Err(_) => Msg::Leaving,
            }
        }
        Kind::SaveAsk => Msg::SaveAsk { id: Digest::default(), pieces: vec![0] },
        Kind::SavePiece => Msg::SavePiece { id: Digest::default(), number: 0 },
        Kind::SaveNo => Msg::SaveNo { wish: 1, why: SaveRefusal::AnotherOpens },
        Kind::Pass => Msg::Pass { from: peer, to: PeerId(1) },
    };
    let payload = match kind {
        Kind::Band | Kind::CutPart | Kind::SavePiece => band(),
        Kind::Pass => encode(&Msg::Want { lineage, step, from: strip, to }, &[]),
        _ => Vec::new(),
    };
    (msg, payload)
}
