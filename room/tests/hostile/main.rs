//! What a hostile member would try, each attack by name: well-formed messages from somebody who has no right to say
//! them, of a size that nobody needs, or as often as nobody can. Each worked once.

#[path = "../common/mod.rs"]
mod common;

mod bands;
mod costs;
mod edges;
mod elections;
mod every;
mod joining;
mod leaders;
mod linked;
mod mute;
mod pictures;
mod relays;
mod reports;
mod requests;
mod rewinds;
mod saving;
mod strokes;
mod votes;
mod worlds;

use common::{Net, World, config, founder, goes_on, profile, three};
use room::api::{Channel, Config, Pace, PeerId};
use room::notice::Notice;
use room::wire::{Msg, PROTOCOL_VERSION, encode, fingerprint, membership};
use sim_kernels::digest::Digest;
use simulate::kernel::Stub;

/// Linked to everyone, and in no roster.
const STRANGER: PeerId = PeerId(99);
/// In the roster, and lends nothing.
const WATCHER: PeerId = PeerId(4);
const ALL: [PeerId; 4] = [PeerId(1), PeerId(2), PeerId(3), WATCHER];

/// Three who compute, one who watches, and a stranger at the door.
fn room(seed: u64) -> World {
    let mut world = three(seed, Pace::RealTime);
    let mut watcher = Config { pace: Pace::RealTime, ..config(WATCHER.0, None) };
    watcher.profile.lend = false;
    world.join(watcher);
    world.until("the watcher is in", 10, |w| ALL.iter().all(|p| w.peers[p].status.people.len() == 4));
    world.run_for(2_000_000);
    world.link(STRANGER);
    world
}

/// A newcomer of this build.
fn hello(name: &str) -> membership::Message {
    membership::Message::Hello { version: PROTOCOL_VERSION, constants: fingerprint(), profile: profile(name) }
}

/// Everyone but its sender hears this.
fn say(world: &mut World, from: PeerId, channel: Channel, msg: impl Into<Msg>, payload: &[u8]) {
    let bytes = encode(&msg.into(), payload);
    let all: Vec<PeerId> = world.peers.iter().filter(|p| p.1.alive && *p.0 != from).map(|p| *p.0).collect();
    all.into_iter().for_each(|to| world.forge(to, from, channel, bytes.clone()));
}

fn lineage(world: &World) -> u64 {
    world.peers[&PeerId(1)].status.digest_of.0
}

/// A number that a peer's portrait tells after this word.
fn told(world: &World, peer: PeerId, word: &str) -> u64 {
    let portrait = world.peers[&peer].room.portrait();
    let at = portrait.find(word).expect("the word is there") + word.len();
    let digits: String = portrait[at..].chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a number follows")
}

fn term(world: &World) -> u64 {
    told(world, PeerId(1), "term ")
}

/// The first step that is not committed yet.
fn next(world: &World) -> u64 {
    told(world, PeerId(1), "step ")
}

/// The digest of one machine alone, of a world in which nobody drew.
fn alone(tick: u64) -> Digest {
    let mut world = World::new(Net::default(), Stub::boxed);
    world.join(Config { end_tick: Some(tick), ..founder(1) });
    world.digest_at(tick)
}

/// The world of a room that stands still is the one that one machine alone would have computed.
#[track_caller]
fn is_true(world: &World) {
    is_true_at(world, 1);
}

/// The same of what a peer tells, where another led last.
fn is_true_at(world: &World, peer: u128) {
    let (tick, digest) = world.peers[&PeerId(peer)].status.digest.expect("there is a digest");
    assert_eq!(digest, alone(tick), "at {tick}");
}

/// How many messages a peer refused.
fn refused(world: &World, peer: u128) -> u64 {
    world.peers[&PeerId(peer)].status.refused
}

/// How often a peer was told something of this kind.
fn heard(world: &World, peer: u128, what: impl Fn(&Notice) -> bool) -> usize {
    world.peers[&PeerId(peer)].notices.iter().filter(|n| what(n)).count()
}

/// Ticks that the room did in so many seconds; each of them `every` is done so many times.
fn ticks_in(world: &mut World, seconds: u64, times: u64, mut every: impl FnMut(&mut World, u64)) -> u64 {
    let before = world.peers[&PeerId(1)].status.tick;
    for i in 0..seconds * times {
        every(world, i);
        world.run_for(1_000_000 / times);
    }
    world.peers[&PeerId(1)].status.tick - before
}

/// A strip's name, by its executor.
fn strip_of(world: &World, peer: PeerId) -> u32 {
    let portrait = world.peers[&PeerId(1)].room.portrait();
    let strips = portrait.split(" [").skip(1).filter_map(|s| s.split(']').next());
    let mut fields = strips.map(|s| s.split([':', ' ']).collect::<Vec<_>>()).filter(|f| f.len() > 3);
    let strip = fields.find(|f| f[3] == peer.0.to_string()).expect("it computes");
    strip[0].parse().unwrap()
}

/// The strip's name in whose shadow somebody computes.
fn stood_in_by(world: &World, peer: PeerId) -> u32 {
    let portrait = world.peers[&PeerId(1)].room.portrait();
    let words = format!("Some({})]", peer.0);
    let before = portrait.split(&words).next().expect("it stands in");
    let strip = before.rsplit(" [").next().and_then(|s| s.split(':').next());
    strip.and_then(|s| s.parse().ok()).expect("a strip's name")
}

/// Nobody has another leader, world or history than before, nothing was lost, and the room goes on.
#[track_caller]
fn unharmed(world: &mut World, before: &Before) {
    let now = Before::of(world);
    assert_eq!(&now, before);
    goes_on(world);
    assert_eq!(&Before::of(world), before);
}

/// What an attack must not change.
#[derive(Debug, PartialEq)]
struct Before {
    lineage: Vec<u64>,
    epoch: Vec<u32>,
    leader: Vec<Option<PeerId>>,
    people: Vec<usize>,
    particles: Vec<u64>,
    rejoined: usize,
}

impl Before {
    fn of(world: &World) -> Self {
        let all = || world.peers.values().filter(|p| p.alive);
        let again = |p: &common::Peer| p.notices.iter().filter(|n| **n == Notice::JoiningAgain).count();
        Self {
            lineage: all().map(|p| p.status.digest_of.0).collect(),
            epoch: all().map(|p| p.status.digest_of.1).collect(),
            leader: all().map(|p| p.status.people.iter().find(|p| p.leader).map(|p| p.id)).collect(),
            people: all().map(|p| p.status.people.len()).collect(),
            particles: all().map(|p| p.status.particles).collect(),
            rejoined: all().map(again).sum(),
        }
    }
}
