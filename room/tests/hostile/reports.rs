//! Members who report what is not so.

use crate::common::{World, config, goes_on};
use crate::{Before, PeerId, WATCHER, heard, is_true, lineage, next, refused, room, say, term, ticks_in, unharmed};
use room::api::{Channel, Config, Pace, Profile, Request};
use room::notice::{Announcement, BackendError, Notice};
use room::wire::heartbeat::{self, Report};
use room::wire::overlay::{self, LinkFigures};
use room::wire::{Msg, decode, entry::CheckpointId, membership, replica};
use sim_kernels::command::{Command, Stroke};

fn report(world: &World) -> Report {
    Report { lineage: lineage(world), term: term(world), known: next(world), ..Report::default() }
}

fn tell(world: &mut World, from: PeerId, report: Report) {
    say(world, from, Channel::Log, heartbeat::Message::Report(Box::new(report)), &[]);
}

#[test]
fn a_backend_that_fails_a_thousand_times_is_told_of_once() {
    let mut world = room(131);
    let before = Before::of(&world);
    for _ in 0..1_000 {
        let failed = Report { failed: Some(BackendError::DeviceLost), since: 1 << 60, ..report(&world) };
        tell(&mut world, WATCHER, failed);
        world.run_for(5_000);
    }
    let told = |n: &Notice| matches!(n, Notice::Announced(Announcement::StoppedComputing { .. }));
    assert_eq!([1, 2, 3].map(|p| heard(&world, p, told)), [1; 3]);
    unharmed(&mut world, &before);
    is_true(&world);
}

/// Whoever joined anew may have lost what it had before: what it said then counts no more, however late it comes.
#[test]
fn a_report_from_before_its_sender_joined_anew_is_void() {
    let mut world = room(141);
    let known = next(&world);
    // From here on, all that the member really says is from before.
    let anew = Report { since: 1 << 60, ..report(&world) };
    tell(&mut world, WATCHER, anew);
    world.run_for(1_000_000);
    assert!(next(&world) > known + 15);
    world.peers.get_mut(&PeerId(1)).unwrap().said.clear();
    world.run_for(500_000);
    let lacks = |(_, bytes): &(Channel, Vec<u8>)| match decode(bytes) {
        Ok((Msg::Heartbeat(heartbeat::Message::Heartbeat(heartbeat)), _)) => heartbeat.from <= known,
        _ => false,
    };
    assert!(world.peers[&PeerId(1)].said.iter().any(lacks), "it is sent only what follows");
}

/// A stand-in says that it is as far as the log, and further, whatever its strip's executor does.
fn claims_more(msg: Msg, payload: Vec<u8>) -> Vec<(Msg, Vec<u8>)> {
    match msg {
        Msg::Heartbeat(heartbeat::Message::Report(mut report)) => {
            let known = report.known;
            for replica in &mut report.replicas {
                (replica.done, replica.fresh, replica.digest, replica.bands) = (known + 40, false, None, None);
            }
            vec![(heartbeat::Message::Report(report).into(), payload)]
        }
        _ => vec![(msg, payload)],
    }
}

#[test]
fn who_has_done_steps_that_are_not_sealed_is_not_believed() {
    let mut world = room(132);
    world.peers.get_mut(&PeerId(3)).unwrap().says = Some(claims_more);
    let ticks = ticks_in(&mut world, 10, 1, |_, _| {});
    // What it computes it goes on computing; its word that it is further is not taken, and counted.
    assert!(refused(&world, 1) > 100, "{}", refused(&world, 1));
    assert!(ticks > 300, "{ticks}");
    world.peers.get_mut(&PeerId(3)).unwrap().says = None;
    world.run_for(10_000_000);
    goes_on(&mut world);
    is_true(&world);
}

/// An executor's strip is full, as it says, or empty.
fn claims_particles(msg: Msg, payload: Vec<u8>, count: u64) -> Vec<(Msg, Vec<u8>)> {
    match msg {
        Msg::Heartbeat(heartbeat::Message::Report(mut report)) => {
            report.replicas.iter_mut().for_each(|r| r.particles = count);
            vec![(heartbeat::Message::Report(report).into(), payload)]
        }
        _ => vec![(msg, payload)],
    }
}

#[test]
fn a_strip_that_is_said_to_be_full_keeps_nobody_from_pouring() {
    let mut world = room(141);
    let count = |w: &World| w.peers[&PeerId(1)].status.particles;
    let before = count(&world);
    world.peers.get_mut(&PeerId(3)).unwrap().says = Some(|msg, payload| claims_particles(msg, payload, u64::MAX));
    world.run_for(2_000_000);
    assert_eq!(count(&world), before, "nothing was poured");
    let stroke = Stroke { from: [40, 30], to: [42, 30], radius: 2 };
    world.ask(WATCHER, Request::Command(Command::Pour { stroke, material: 0, velocity: [0, 0] }));
    world.until("poured", 2, |w| count(w) > before);
    assert!(count(&world) < before + 1_000, "{}", count(&world));
    goes_on(&mut world);
}

#[test]
fn a_strip_that_is_said_to_be_empty_leaves_no_room_for_more_than_there_may_be() {
    let mut world = room(142);
    let before = world.peers[&PeerId(1)].status.particles;
    world.peers.get_mut(&PeerId(3)).unwrap().says = Some(|msg, payload| claims_particles(msg, payload, 0));
    world.run_for(2_000_000);
    // Of each strip somebody else has the state and says what is so.
    assert_eq!(world.peers[&PeerId(1)].status.particles, before);
    goes_on(&mut world);
    is_true(&world);
}

/// One that lends, says that it is current and holds everything, and says no band: it gets a strip, or a part in one.
#[test]
fn who_claims_a_state_that_it_has_not_and_then_says_nothing_costs_a_deadline() {
    let mut world = room(133);
    let says = |msg: Msg, payload: Vec<u8>| match msg {
        Msg::Heartbeat(heartbeat::Message::Report(mut report)) => {
            let known = report.known.saturating_sub(2);
            report.replicas.iter_mut().for_each(|r| (r.done, r.fresh) = (r.done.max(known), false));
            vec![(heartbeat::Message::Report(report).into(), payload)]
        }
        Msg::Replica(replica::Message::Band { .. }) => vec![],
        _ => vec![(msg, payload)],
    };
    world.join(Config { pace: Pace::RealTime, ..config(5, None) });
    world.peers.get_mut(&PeerId(5)).unwrap().says = Some(says);
    world.run_for(20_000_000);
    let ticks = ticks_in(&mut world, 20, 1, |_, _| {});
    assert!(ticks > 20 * 60 / 2, "{ticks} ticks in 20 s: {}", world.peers[&PeerId(1)].room.portrait());
    world.peers.get_mut(&PeerId(5)).unwrap().says = None;
    world.run_for(20_000_000);
    goes_on(&mut world);
    is_true(&world);
}

#[test]
fn figures_of_links_that_are_nothing_or_the_most() {
    for (seed, from) in [(134, WATCHER), (135, PeerId(3))] {
        let mut world = room(seed);
        let before = Before::of(&world);
        let mut number = 1000;
        let ticks = ticks_in(&mut world, 8, 10, |world, i| {
            let wild = [0, 1, u32::MAX - 1, u32::MAX];
            let (rtt_us, goodput) = (wild[i as usize % 4], wild[i as usize / 4 % 4]);
            let figures = |p| LinkFigures { peer: PeerId(p), rtt_us, goodput, full: i.is_multiple_of(2) };
            number += 1;
            let links = overlay::Message::Links { number, peers: [1, 2, 3, 4, 99].map(figures).to_vec() };
            say(world, from, Channel::Log, links, &[]);
        });
        assert!(ticks > 8 * 60 * 8 / 10, "{ticks} ticks in 8 s");
        unharmed(&mut world, &before);
        is_true(&world);
    }
}

#[test]
fn a_device_as_fast_as_no_device_is_one_among_others() {
    let mut world = room(136);
    for id in [5, 6] {
        let profile = Profile { throughput: u64::MAX - id as u64, ..crate::common::profile("fast") };
        world.join(Config { pace: Pace::RealTime, profile, equal_strips: false, ..config(id, None) });
    }
    world.until("they are in", 20, |w| w.peers[&PeerId(1)].status.people.len() == 6);
    let fast = |msg: Msg, payload: Vec<u8>| match msg {
        Msg::Heartbeat(heartbeat::Message::Report(mut report)) => {
            report.replicas.iter_mut().for_each(|r| (r.compute_us, r.columns) = (0, vec![u32::MAX; 64]));
            vec![(heartbeat::Message::Report(report).into(), payload)]
        }
        _ => vec![(msg, payload)],
    };
    world.peers.get_mut(&PeerId(5)).unwrap().says = Some(fast);
    let ticks = ticks_in(&mut world, 15, 1, |_, _| {});
    assert!(ticks > 15 * 60 * 7 / 10, "{ticks} ticks in 15 s");
    goes_on(&mut world);
    is_true(&world);
}

#[test]
fn reports_of_the_next_term_keep_nobody_busy_with_elections() {
    let mut world = room(137);
    let ticks = ticks_in(&mut world, 20, 50, |world, i| {
        let next = Report { term: term(world) + 1 + i % 2, ..report(world) };
        tell(world, PeerId(3), next);
    });
    assert!(ticks > 20 * 60 * 8 / 10, "{ticks} ticks in 20 s");
    goes_on(&mut world);
    is_true(&world);
}

/// All entries of the log, all checkpoints and a save that it lacks; and then the leader is gone.
#[test]
fn who_claims_checkpoints_and_a_save_that_it_has_not_gets_nothing_lost() {
    let mut world = room(138);
    let claims = |msg: Msg, payload: Vec<u8>| match msg {
        Msg::Heartbeat(heartbeat::Message::Report(mut report)) => {
            let id = |step| CheckpointId { epoch: 2, step };
            report.checkpoints = vec![id(report.known - 1), id(report.known + 1), id(u64::MAX)];
            report.save = Some(Default::default());
            report.lazy = true;
            vec![(heartbeat::Message::Report(report).into(), payload)]
        }
        _ => vec![(msg, payload)],
    };
    world.peers.get_mut(&PeerId(3)).unwrap().says = Some(claims);
    let ticks = ticks_in(&mut world, 12, 1, |_, _| {});
    assert!(ticks > 12 * 60 * 8 / 10, "{ticks} ticks in 12 s");
    world.vanish(PeerId(1));
    world.run_for(15_000_000);
    assert!([2, 3, 4].iter().all(|p| !world.peers[&PeerId(*p)].lost_ticks()));
    goes_on(&mut world);
    crate::is_true_at(&world, 2);
}

/// Lends and lends not, as often as it may say so; strips go to and fro, and a newcomer waits at the door.
#[test]
fn a_profile_that_changes_at_the_most_of_the_rate_keeps_no_newcomer_out() {
    let mut world = room(139);
    let change = |world: &mut World, i: u64| {
        let profile = Profile { lend: false, name: format!("P{i}"), ..crate::common::profile("") };
        say(world, WATCHER, Channel::Log, membership::Message::Profile(profile), &[]);
    };
    ticks_in(&mut world, 5, 40, change);
    let ticks = ticks_in(&mut world, 1, 40, change);
    assert!(ticks > 40, "{ticks} ticks in a second");
    for id in 5..9 {
        world.join(Config { pace: Pace::RealTime, ..config(id, None) });
        ticks_in(&mut world, 3, 40, change);
        assert!(world.peers[&PeerId(id)].status.people.len() > id as usize - 1, "{id} is not in after 3 s");
    }
    goes_on(&mut world);
    is_true(&world);
}

#[test]
fn who_lends_and_does_not_again_and_again_slows_nobody() {
    let mut world = room(140);
    let ticks = ticks_in(&mut world, 15, 40, |world, i| {
        let profile = Profile { lend: i.is_multiple_of(2), ..crate::common::profile("P4") };
        say(world, WATCHER, Channel::Log, membership::Message::Profile(profile), &[]);
    });
    assert!(ticks > 15 * 60 * 8 / 10, "{ticks} ticks in 15 s");
    goes_on(&mut world);
    is_true(&world);
}
