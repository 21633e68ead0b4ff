//! Taking the room back to a moment of its past: who decides, what it is then, and what stays within reach.

mod common;

use common::{World, config, goes_on, three};
use room::api::{Config, Moment, Pace, PeerId, Request};
use room::notice::{Announcement, Notice};
use sim_kernels::command::{Command, Stroke};
use sim_kernels::digest::Digest;
use std::collections::BTreeMap;

fn pour(x: i32) -> Command {
    Command::Pour { stroke: Stroke::dab([x, 50], 2), material: 0, velocity: [0, 0] }
}

fn does(world: &mut World, who: u128, commands: impl IntoIterator<Item = Command>) {
    commands.into_iter().for_each(|command| world.ask(PeerId(who), Request::Command(command)));
}

fn particles(world: &World) -> u64 {
    world.peers.values().rfind(|p| p.alive).map_or(0, |p| p.status.particles)
}

fn moments(world: &World, who: u128) -> Vec<Moment> {
    world.peers[&PeerId(who)].status.moments.clone()
}

fn asks(world: &mut World, who: u128, to: Moment, ticks: u32) {
    world.ask(PeerId(who), Request::Rewind { to: (to.epoch, to.step), ticks });
}

/// Runs on, and takes note of the digests that somebody is told.
fn note(world: &mut World, who: u128, us: u64, known: &mut BTreeMap<(u32, u64), Digest>) {
    for _ in 0..us / 20_000 {
        world.run_for(20_000);
        let status = &world.peers[&PeerId(who)].status;
        if let Some((tick, digest)) = status.digest {
            known.insert((status.digest_of.1, tick), digest);
        }
    }
}

fn heard(world: &World, who: u128, what: impl Fn(&Announcement) -> bool) -> bool {
    world.peers[&PeerId(who)].notices.iter().any(|n| matches!(n, Notice::Announced(a) if what(a)))
}

#[test]
fn the_room_is_at_any_tick_of_its_past_what_it_was_there() {
    for seed in 0..3 {
        let mut world = three(seed, Pace::RealTime);
        let mut known = BTreeMap::new();
        note(&mut world, 2, 11_000_000, &mut known);
        let before = particles(&world);
        for x in [20, 60, 100] {
            does(&mut world, 2, [Command::Begin, pour(x)]);
            note(&mut world, 2, 700_000, &mut known);
        }
        note(&mut world, 2, 3_000_000, &mut known);
        assert!(particles(&world) > before);
        let all = moments(&world, 2);
        assert!(all.len() >= 2 && all.iter().all(|m| m.exact), "{all:?}");
        assert_eq!(all, moments(&world, 3));
        // Between two checkpoints, after the first of the strokes.
        let to = all[1];
        let epoch = to.epoch;
        let target = known.keys().map(|k| k.1).find(|&tick| tick > 12 * 60).unwrap();
        assert!(target > to.tick, "{to:?} {target}");
        // Nobody but the one who asks did anything.
        asks(&mut world, 2, to, (target - to.tick) as u32);
        let mut again = BTreeMap::new();
        note(&mut world, 2, 6_000_000, &mut again);
        assert!(heard(
            &world,
            3,
            |a| matches!(a, Announcement::TakenBack { who: PeerId(2), ticks_back } if *ticks_back > 60)
        ));
        assert!(!heard(&world, 3, |a| *a == Announcement::WorldsDiffer));
        let new = again.keys().map(|k| k.0).max().unwrap();
        assert_eq!(new, epoch + 1);
        let same = |(&(of, tick), digest): (&(u32, u64), &Digest)| {
            (of == new && tick <= target).then(|| known.get(&(epoch, tick)).map(|then| then == digest))
        };
        let same: Vec<bool> = again.iter().filter_map(same).flatten().collect();
        assert!(!same.is_empty() && same.iter().all(|&same| same), "{same:?}");
        let at_target = again.get(&(new, target)).or_else(|| known.get(&(epoch, target)));
        assert!(at_target.is_some());
        assert!(particles(&world) < before + 3 * (particles(&world) - before).max(1));
        // The world that was left is within reach.
        let left = moments(&world, 2).into_iter().rfind(|m| m.epoch == epoch).unwrap();
        assert!(left.tick > target);
        asks(&mut world, 2, left, 0);
        world.run_for(4_000_000);
        let status = &world.peers[&PeerId(2)].status;
        assert_eq!((status.digest_of.1, status.world.1), (new + 1, new + 1));
        goes_on(&mut world);
    }
}

#[test]
fn those_who_did_something_lately_are_asked_and_silence_is_no() {
    let mut world = three(5, Pace::RealTime);
    world.run_for(12_000_000);
    does(&mut world, 1, [pour(30)]);
    does(&mut world, 3, [pour(60)]);
    world.run_for(1_000_000);
    let (to, epoch) = (moments(&world, 2)[0], world.peers[&PeerId(2)].status.digest_of.1);
    asks(&mut world, 2, to, 0);
    world.run_for(1_000_000);
    let proposal = world.peers[&PeerId(3)].status.proposal.clone().expect("they are asked");
    assert_eq!((proposal.by, &proposal.asked[..], proposal.yes), (PeerId(2), &[PeerId(1), PeerId(3)][..], 0));
    // One of two is not more than half; who asks has no vote, and nobody two.
    for who in [3, 3, 2] {
        world.ask(PeerId(who), Request::Vote { number: proposal.number, agrees: true });
    }
    world.run_for(1_000_000);
    assert_eq!(world.peers[&PeerId(1)].status.proposal.as_ref().unwrap().yes, 1);
    world.run_for(12_000_000);
    assert!(heard(&world, 2, |a| *a == Announcement::NotTakenBack { who: PeerId(2) }));
    assert_eq!((world.peers[&PeerId(2)].status.digest_of.1, &world.peers[&PeerId(1)].status.proposal), (epoch, &None));
    // Not again at once.
    asks(&mut world, 2, to, 0);
    world.run_for(1_000_000);
    assert!(heard(&world, 2, |a| *a == Announcement::AskedLately) && world.peers[&PeerId(1)].status.proposal.is_none());
    world.run_for(28_000_000);
    // An answer to what is over says nothing to what is asked next.
    let to = moments(&world, 2)[0];
    asks(&mut world, 2, to, 0);
    world.run_for(1_000_000);
    let next = world.peers[&PeerId(1)].status.proposal.clone().unwrap().number;
    world.ask(PeerId(1), Request::Vote { number: proposal.number, agrees: true });
    world.ask(PeerId(3), Request::Vote { number: next, agrees: true });
    world.run_for(1_000_000);
    assert_eq!(world.peers[&PeerId(2)].status.digest_of.1, epoch);
    world.ask(PeerId(1), Request::Vote { number: next, agrees: true });
    world.run_for(4_000_000);
    assert_eq!(world.peers[&PeerId(2)].status.digest_of.1, epoch + 1);
    goes_on(&mut world);
}

#[test]
fn a_room_goes_back_whoever_led_it_then_and_is_not_lost_right_after() {
    let mut world = three(7, Pace::RealTime);
    world.run_for(13_000_000);
    world.vanish(PeerId(1));
    world.run_for(12_000_000);
    let to = moments(&world, 2)[0];
    asks(&mut world, 3, to, 90);
    world.run_for(5_000_000);
    assert!(heard(&world, 2, |a| matches!(a, Announcement::TakenBack { who: PeerId(3), .. })));
    world.join(Config { pace: Pace::RealTime, ..config(7, None) });
    world.until("in", 10, |w| w.peers[&PeerId(7)].status.people.len() == 3);
    world.run_for(2_000_000);
    assert!(!moments(&world, 7).is_empty(), "a newcomer is told of them");
    goes_on(&mut world);
}

#[test]
fn what_is_no_moment_is_refused_in_words() {
    let mut world = three(9, Pace::RealTime);
    world.run_for(12_000_000);
    let to = moments(&world, 2)[0];
    for wrong in [Moment { step: to.step + 1, ..to }, Moment { epoch: to.epoch + 1, ..to }] {
        asks(&mut world, 2, wrong, 0);
        world.run_for(1_500_000);
    }
    assert!(heard(&world, 2, |a| *a == Announcement::NoSuchMoment));
    goes_on(&mut world);
}

/// The leader goes while what was done is done again: the next one ends that.
#[test]
fn what_is_done_again_is_done_to_the_end_though_the_leader_goes() {
    let mut world = three(13, Pace::RealTime);
    let mut known = BTreeMap::new();
    note(&mut world, 2, 20_000_000, &mut known);
    does(&mut world, 2, [Command::Begin, pour(30)]);
    note(&mut world, 2, 500_000, &mut known);
    let (to, target) = (moments(&world, 2)[0], *known.keys().last().unwrap());
    asks(&mut world, 2, to, (target.1 - to.tick) as u32);
    world.until("it is done again", 10, |w| w.peers[&PeerId(2)].status.replays_to.is_some());
    world.run_for(100_000);
    assert!(world.peers[&PeerId(2)].status.replays_to.is_some(), "still");
    world.vanish(PeerId(1));
    let mut again = BTreeMap::new();
    note(&mut world, 2, 15_000_000, &mut again);
    let new = again.keys().map(|k| k.0).max().unwrap();
    let same: Vec<bool> = again
        .iter()
        .filter(|((of, tick), _)| *of == new && *tick <= target.1)
        .filter_map(|((_, tick), digest)| Some(known.get(&(target.0, *tick))? == digest))
        .collect();
    assert!(same.len() > 3 && same.iter().all(|&same| same), "{same:?}");
    goes_on(&mut world);
}

/// The leader goes while the others are still asked: nobody waits for nothing.
#[test]
fn a_return_that_comes_to_nothing_with_its_leader_is_told() {
    let mut world = three(17, Pace::RealTime);
    world.run_for(12_000_000);
    does(&mut world, 3, [pour(60)]);
    world.run_for(1_000_000);
    let to = moments(&world, 2)[0];
    asks(&mut world, 2, to, 0);
    world.run_for(1_000_000);
    assert!(world.peers[&PeerId(3)].status.proposal.is_some());
    world.vanish(PeerId(1));
    world.run_for(8_000_000);
    assert!(heard(&world, 2, |a| *a == Announcement::ReturnLost));
    assert!(world.peers[&PeerId(3)].status.proposal.is_none());
    goes_on(&mut world);
}
