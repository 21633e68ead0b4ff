//! A leader that says what a leader may, and means harm; and those who speak as one.

use crate::common::{World, goes_on};
use crate::{Before, PeerId, WATCHER, is_true, lineage, next, refused, room, say, term, ticks_in, told, unharmed};
use room::api::Channel;
use room::wire::entry::{CheckpointId, Segment};
use room::wire::heartbeat::{self, Heartbeat};
use room::wire::overlay::{self, Relay};
use room::wire::{clock, encode, membership, raft, replica};

const LEADER: PeerId = PeerId(1);

fn log(world: &World) -> Heartbeat {
    let (lineage, term, from) = (lineage(world), term(world), next(world));
    Heartbeat { lineage, parent: lineage, term, from, before_term: term, ..Heartbeat::default() }
}

fn tell(world: &mut World, from: PeerId, log: Heartbeat) {
    say(world, from, Channel::Log, heartbeat::Message::Heartbeat(Box::new(log)), &[]);
}

/// The end of what may be said, of everything at once.
#[test]
fn what_a_leader_says_is_the_end_of_everything_and_the_next_leader_goes_on() {
    let most = (1 << 48) - 1;
    for (seed, committed, frontier) in [(141, most, 0), (142, 0, most), (143, most, most)] {
        let mut world = room(seed);
        for _ in 0..5 {
            let log = Heartbeat {
                committed,
                frontier,
                frontier_tick: frontier,
                particles: frontier,
                digest: Some((u32::MAX, u64::MAX, Default::default())),
                people: vec![(PeerId(2), u32::MAX, u32::MAX)],
                waiting: Some(PeerId(99)),
                speed_percent: u32::MAX,
                goes_to: Some(CheckpointId { epoch: u32::MAX, step: u64::MAX }),
                hurry: (0..1000).collect(),
                ..log(&world)
            };
            tell(&mut world, LEADER, log);
            world.run_for(30_000);
        }
        // Nothing was committed that is not in the log.
        let step = |p: u128| told(&world, PeerId(p), "step ");
        assert!([2, 3, 4].iter().all(|&p| step(p) <= step(1)), "beyond the log's end");
        world.vanish(LEADER);
        world.run_for(8_000_000);
        goes_on(&mut world);
        crate::is_true_at(&world, 2);
    }
}

/// Entries that follow, of the right term and step, and cannot be: the next tick but one, no ticks that are many.
#[test]
fn entries_that_are_right_but_for_one_are_not_taken() {
    let mut world = room(144);
    let before = Before::of(&world);
    for by in 0..4 {
        let (log, tick) = (log(&world), world.peers[&LEADER].status.tick);
        let segment = |ticks| Segment { step: log.from + by, tick: tick + 4096, ticks, ..Segment::default() };
        for ticks in [0, 2, 16, 17] {
            let segments = vec![(log.term, segment(ticks))];
            let log = Heartbeat { segments, committed: log.from + 1, ..log.clone() };
            for (from, term) in [(LEADER, log.term), (PeerId(3), log.term + 1), (PeerId(3), log.term)] {
                let segments = log.segments.iter().map(|(_, s)| (term, s.clone())).collect();
                tell(&mut world, from, Heartbeat { term, segments, ..log.clone() });
            }
        }
        world.run_for(100_000);
    }
    unharmed(&mut world, &before);
    is_true(&world);
}

/// A relay that is one of the two ends.
#[test]
fn relays_that_are_their_own_ends_are_refused() {
    let mut world = room(145);
    let before = Before::of(&world);
    let (lineage, step) = (lineage(&world), next(&world));
    let want = encode(&replica::Message::Want { lineage, step, from: 0, to: 2 }.into(), &[]);
    for (a, b, via) in [(2, 3, 2), (2, 3, 3), (2, 2, 2), (3, 2, 1), (2, 3, 99)] {
        let relay = Relay { a: PeerId(a), b: PeerId(b), via: PeerId(via) };
        for _ in 0..3 {
            let log = Heartbeat { relays: vec![relay], frontier: next(&world), ..log(&world) };
            tell(&mut world, LEADER, log);
            for (from, to) in [(2, 3), (3, 2), (2, 2), (3, 3)] {
                for by in [2, 3, 4] {
                    let msg = overlay::Message::Relay { from: PeerId(from), to: PeerId(to) };
                    say(&mut world, PeerId(by), Channel::Border, msg, &want);
                }
            }
            world.run_for(60_000);
        }
    }
    assert!(refused(&world, 2) > 0);
    unharmed(&mut world, &before);
    is_true(&world);
}

#[test]
fn only_the_leader_names_a_successor_or_says_goodbye_or_what_time_it_is() {
    for (seed, from) in [(146, WATCHER), (147, PeerId(3))] {
        let mut world = room(seed);
        let before = Before::of(&world);
        let ticks = ticks_in(&mut world, 3, 20, |world, i| {
            let term = term(world) + i % 3;
            let hours = 3_600_000_000 * (1 + i % 5);
            say(world, from, Channel::Log, raft::Message::TimeoutNow { term, to: from }, &[]);
            say(world, from, Channel::Log, raft::Message::TimeoutNow { term, to: PeerId(2) }, &[]);
            say(world, from, Channel::Log, membership::Message::Goodbye, &[]);
            say(world, from, Channel::Log, clock::Message::Pong { sent: hours, leader: hours }, &[]);
        });
        assert!(ticks > 150, "{ticks} ticks in 3 s");
        assert!(refused(&world, 2) >= 200);
        unharmed(&mut world, &before);
        is_true(&world);
    }
}

/// The leader's clock is hours off, to and fro; what it seals is computed late at worst, and never wrongly.
#[test]
fn a_leader_whose_clock_jumps_by_hours_slows_the_room_and_changes_nothing() {
    let mut world = room(148);
    let before = Before::of(&world);
    let ticks = ticks_in(&mut world, 5, 20, |world, i| {
        for to in [2, 3, 4] {
            let sent = world.peers[&PeerId(to)].clock.shows(world.now());
            let leader = if i.is_multiple_of(2) { u64::MAX >> 1 } else { sent.saturating_sub(3_600_000_000) };
            let pong = encode(&clock::Message::Pong { sent, leader }.into(), &[]);
            world.forge(PeerId(to), LEADER, Channel::Log, pong);
        }
    });
    println!("{ticks} ticks in 5 s");
    world.run_for(15_000_000);
    unharmed(&mut world, &before);
    is_true(&world);
}

#[test]
fn pings_at_the_most_of_the_rate_are_answered_and_no_more() {
    let mut world = room(149);
    let before = Before::of(&world);
    let sent = world.peers[&LEADER].sent[&Channel::Log];
    let ticks = ticks_in(&mut world, 2, 500, |world, i| {
        for _ in 0..40 {
            let ping = encode(&clock::Message::Ping(i).into(), &[]);
            world.forge(LEADER, WATCHER, Channel::Log, ping);
        }
    });
    assert!(ticks > 100, "{ticks} ticks in 2 s");
    let sent = world.peers[&LEADER].sent[&Channel::Log] - sent;
    assert!(sent < 40_000 * 24 + 1_000_000, "{sent} bytes");
    unharmed(&mut world, &before);
    is_true(&world);
}
