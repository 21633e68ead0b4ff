//! Well-formed messages that mean harm, from somebody whom nobody knows and from a member.

mod common;

use common::{World, config, goes_on, three};
use room::api::{Channel, Config, Pace, PeerId, Request};
use room::notice::{Announcement, Notice, Refusal};
use room::wire::entry::CheckpointId;
use room::wire::heartbeat::{self, Heartbeat, Report};
use room::wire::{Msg, checkpoint, encode, membership, raft, replica};
use sim_kernels::digest::Digest;
use sim_kernels::job::{Job, JobOutput};
use simulate::kernel::{Kernel, Stub};

const STRANGER: PeerId = PeerId(99);

/// Each of the three hears all of these.
fn hear(world: &mut World, from: PeerId, channel: Channel, msgs: impl IntoIterator<Item = (Msg, &'static [u8])>) {
    for (msg, payload) in msgs {
        let bytes = encode(&msg, payload);
        for to in [1, 2, 3].map(PeerId).into_iter().filter(|&to| to != from) {
            world.forge(to, from, channel, bytes.clone());
        }
    }
}

fn lineage(world: &World) -> u64 {
    world.peers[&PeerId(1)].status.digest_of.0
}

fn step(world: &World) -> u64 {
    world.peers[&PeerId(1)].status.tick / 2
}

fn told(world: &World, what: fn(&Notice) -> bool) -> usize {
    world.peers.values().flat_map(|p| &p.notices).filter(|n| what(n)).count()
}

#[test]
fn nobody_pushes_terms_to_their_end() {
    let mut world = three(1, Pace::RealTime);
    world.link(STRANGER);
    let lineage = lineage(&world);
    for from in [STRANGER, PeerId(3)] {
        for term in [(1 << 48) - 1, 1 << 40, 1 << 30] {
            let report = Report { lineage, term, ..Report::default() };
            let log = Heartbeat { lineage, parent: lineage, term, before_term: term, ..Heartbeat::default() };
            let msgs: [Msg; 6] = [
                raft::Message::Voted { lineage, term, to: PeerId(1), granted: false, pre_vote: false }.into(),
                raft::Message::RequestVote { lineage, term, end: 1 << 40, last_term: term, pre_vote: false }.into(),
                heartbeat::Message::Report(Box::new(report)).into(),
                heartbeat::Message::Heartbeat(Box::new(log)).into(),
                membership::Message::Stranger { term }.into(),
                raft::Message::Fork { lineage: 7, parent: lineage, term, end: 1 << 40, last_term: term }.into(),
            ];
            hear(&mut world, from, Channel::Log, msgs.map(|m| (m, &[][..])));
        }
    }
    goes_on(&mut world);
    let moved = |n: &Notice| matches!(n, Notice::JoiningAgain | Notice::LeaderIs { .. } | Notice::LeaderIsMe);
    assert_eq!(told(&world, moved), 0);
    // And there are terms left for another leader.
    world.ask(PeerId(1), Request::Resume);
    world.run_for(500_000);
    world.vanish(PeerId(1));
    goes_on(&mut world);
}

#[test]
fn a_stranger_neither_stops_the_room_nor_sends_it_anywhere() {
    let mut world = three(2, Pace::RealTime);
    world.link(STRANGER);
    let (lineage, next) = (lineage(&world), step(&world));
    let band = |i: u64| replica::Message::Band { lineage, step: next + 300 - i % 8, from: i as u32, to: 0 };
    let bands = (0..5000).map(|i| (band(i).into(), &[0][..]));
    hear(&mut world, STRANGER, Channel::Border, bands);
    let id = CheckpointId { epoch: (1 << 30) - 1, step: (1 << 48) - 1 };
    let parts = (0..5000)
        .map(|strip| checkpoint::Message::Piece { lineage, id, strip, index: 0, count: 1, sum: Digest::default() })
        .map(|part| (part.into(), &[][..]));
    hear(&mut world, STRANGER, Channel::Bulk, parts);
    // Another room, larger than any can be.
    let meet = membership::Message::Meet { lineage: 5, parent: 5, people: u16::MAX, work: 1 << 40, yours: None };
    hear(&mut world, STRANGER, Channel::Log, [(meet.into(), &[][..])]);
    goes_on(&mut world);
    world.run_for(6_000_000);
    assert_eq!(told(&world, |n| matches!(n, Notice::JoiningAgain | Notice::RoomsMerged | Notice::OpenAgain)), 0);
}

#[test]
fn only_the_leader_refuses_a_newcomer() {
    let mut world = three(5, Pace::RealTime);
    world.join(Config { pace: Pace::RealTime, ..config(4, None) });
    world.forge(
        PeerId(4),
        PeerId(3),
        Channel::Log,
        encode(&membership::Message::Refused(Refusal::Kernels).into(), &[]),
    );
    world.until("a newcomer is in", 10, |w| w.peers[&PeerId(4)].status.people.len() == 4);
    assert_eq!(world.peers[&PeerId(4)].refused, None);
    // Where nobody welcomes it, it is told why.
    world.link(STRANGER);
    let other = world.join(Config { pace: Pace::RealTime, ..config(5, None) });
    [1, 2, 3, 4].into_iter().for_each(|id| world.cut(other, PeerId(id)));
    world.run_for(100_000);
    let full = Refusal::Full { people_max: 64 };
    world.forge(other, PeerId(3), Channel::Log, encode(&membership::Message::Refused(full).into(), &[]));
    world.until("refused", 4, |w| w.peers[&other].refused == Some(full));
}

#[test]
fn a_member_who_changes_its_profile_without_end_holds_nobody_up() {
    let mut world = three(3, Pace::RealTime);
    for i in 0..2000 {
        let profile = common::profile(&format!("P{i}"));
        world.forge(PeerId(1), PeerId(3), Channel::Log, encode(&membership::Message::Profile(profile).into(), &[]));
    }
    world.join(Config { pace: Pace::RealTime, ..config(4, None) });
    world.until("a newcomer is in", 10, |w| w.peers[&PeerId(4)].status.people.len() == 4);
    world.vanish(PeerId(1));
    goes_on(&mut world);
}

/// Computes another world, from some time on.
struct Broken(Box<dyn Kernel>, u32);

impl Kernel for Broken {
    fn run(&mut self, job: Job) -> Result<JobOutput, String> {
        let is_step = matches!(job, Job::Step(_));
        let mut output = self.0.run(job)?;
        self.1 += u32::from(is_step);
        if let Some(digest) = output.digest.as_mut().filter(|_| is_step && self.1 > 100) {
            digest.0[0] ^= 1;
        }
        Ok(output)
    }
}

#[test]
fn a_device_that_computes_another_world_is_found() {
    let mut world = three(4, Pace::RealTime);
    let kernel = &mut world.peers.get_mut(&PeerId(3)).unwrap().kernel;
    *kernel = Box::new(Broken(std::mem::replace(kernel, Stub::boxed()), 0));
    let differ = Announcement::WorldsDiffer;
    world.until("everyone is told", 20, |w| w.peers.values().all(|p| p.heard(&differ) > 0));
    assert!(world.peers.values().all(|p| p.heard(&differ) == 1), "once each");
}

/// The more often, the longer the room takes it for what it is.
#[test]
fn who_claims_a_larger_room_and_welcomes_nobody_is_soon_not_believed() {
    let mut world = three(6, Pace::RealTime);
    world.link(STRANGER);
    let mut ticks = Vec::new();
    for _ in 0..2 {
        let before = world.peers[&PeerId(1)].status.tick;
        for _ in 0..60 {
            let meet = membership::Message::Meet { lineage: 5, parent: 5, people: 16, work: 1 << 30, yours: None };
            hear(&mut world, STRANGER, Channel::Log, [(meet.into(), &[][..])]);
            world.run_for(1_000_000);
        }
        ticks.push(world.peers[&PeerId(1)].status.tick - before);
    }
    assert!(ticks[1] > 45 * 60, "{ticks:?} ticks in a minute each");
    goes_on(&mut world);
}
