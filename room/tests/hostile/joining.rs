//! Hellos, welcomes and goodbyes in the wrong mouth.

use crate::common::{World, config, goes_on, profile};
use crate::{
    ALL, Before, PeerId, WATCHER, heard, hello, is_true, lineage, next, room, say, term, ticks_in, told, unharmed,
};
use room::api::{Channel, Config, Input, Pace};
use room::notice::{Announcement, Notice};
use room::wire::{Kind, Msg, encode, membership};

#[test]
fn one_that_has_the_id_of_the_peer_itself_is_not_heard() {
    let mut world = room(191);
    let before = Before::of(&world);
    for to in [1, 2, 3].map(PeerId) {
        let now = world.now();
        let peer = world.peers.get_mut(&to).unwrap();
        peer.room.handle(peer.clock.shows(now), Input::PeerUp(to));
        for msg in [hello("P1"), membership::Message::Leaving, membership::Message::Goodbye] {
            world.forge(to, to, Channel::Log, encode(&msg.into(), &[]));
        }
    }
    unharmed(&mut world, &before);
    is_true(&world);
}

#[test]
fn members_that_say_hello_at_the_most_of_the_rate_and_under_others_names() {
    let mut world = room(192);
    let before = Before::of(&world);
    let all = |w: &World| w.peers[&PeerId(1)].sent.values().sum::<u64>();
    let sent = all(&world);
    let ticks = ticks_in(&mut world, 5, 40, |world, _| {
        say(world, WATCHER, Channel::Log, hello("P1"), &[]);
        say(world, PeerId(3), Channel::Log, hello("P2"), &[]);
    });
    let sent = all(&world) - sent;
    assert!(ticks > 5 * 60 * 8 / 10, "{ticks} ticks in 5 s");
    assert!(sent < 6 << 20, "{sent} bytes");
    unharmed(&mut world, &before);
    is_true(&world);
}

#[test]
fn who_comes_and_goes_as_often_as_it_can_keeps_no_newcomer_out() {
    let mut world = room(193);
    let churn = |world: &mut World, i: u64| {
        let msg = if i.is_multiple_of(2) { hello("P99") } else { membership::Message::Leaving };
        say(world, crate::STRANGER, Channel::Log, msg, &[]);
    };
    ticks_in(&mut world, 3, 40, churn);
    for id in 5..8 {
        world.join(Config { pace: Pace::RealTime, ..config(id, None) });
        let ticks = ticks_in(&mut world, 4, 40, churn);
        assert!(world.peers[&PeerId(id)].status.tick > 0, "{id} is not in after 4 s");
        assert!(ticks > 150, "{ticks} ticks in 4 s");
    }
    // 32 at once, and one a second after that: in 15 s.
    let comes = |n: &Notice| matches!(n, Notice::Announced(Announcement::Joined(_) | Announcement::Left(_)));
    let told = heard(&world, 2, comes);
    assert!((10..50).contains(&told), "told {told} times");
    goes_on(&mut world);
    is_true(&world);
}

/// A snapshot of the room as its leader would give it, but for one thing.
fn welcome(world: &World, change: impl FnOnce(&mut room::wire::entry::Snapshot)) -> membership::Message {
    let Msg::Membership(membership::Message::Welcome(mut begin)) =
        Kind::Membership(membership::Kind::Welcome).sample().0
    else {
        unreachable!("the sample is of its kind")
    };
    (begin.lineage, begin.parent, begin.term) = (lineage(world), lineage(world), term(world));
    begin.step = next(world) + 1;
    change(&mut begin);
    membership::Message::Welcome(begin)
}

#[test]
fn a_welcome_from_a_member_moves_nobody_who_is_in() {
    for (seed, from) in [(194, WATCHER), (195, PeerId(3))] {
        let mut world = room(seed);
        let before = Before::of(&world);
        for by in 0..20 {
            let roster = |begin: &mut room::wire::entry::Snapshot| {
                begin.roster.people = [1, 2, 3, 4].map(|p| (PeerId(p), profile("P"))).to_vec();
                begin.roster.voters = vec![from];
                begin.term += by % 3;
                begin.step += by;
            };
            let msg = welcome(&world, roster);
            say(&mut world, from, Channel::Log, msg, &[]);
            world.run_for(50_000);
        }
        unharmed(&mut world, &before);
        is_true(&world);
    }
}

/// A leader that does not know yet how much is committed, or hides it: whoever joins anew knows better.
#[test]
fn a_welcome_of_the_past_takes_nothing_back_from_whoever_joins_anew() {
    let mut world = room(197);
    let (member, from) = (PeerId(2), PeerId(1));
    let committed = told(&world, member, "step ");
    let past = welcome(&world, |begin| {
        begin.step = committed - 5;
        begin.roster.people = [1, 2, 3, 4].map(|p| (PeerId(p), profile("P"))).to_vec();
        begin.roster.voters = ALL.to_vec();
    });
    let stranger = membership::Message::Stranger { term: term(&world) };
    for msg in [stranger, past] {
        world.forge(member, from, Channel::Log, encode(&msg.into(), &[]));
    }
    assert_eq!(heard(&world, 2, |n| *n == Notice::JoiningAgain), 1);
    assert!(told(&world, member, "step ") >= committed, "{}", world.peers[&member].room.portrait());
    goes_on(&mut world);
    is_true(&world);
}

/// A newcomer cannot tell whose welcome is the leader's; what it is told of the work of a made-up history is more than
/// the room's, so that its later meeting takes everyone there.
#[test]
#[ignore = "a made-up room with a welcome is not found out yet: it needs the names of the room's founders to be signed"]
fn a_newcomer_that_was_welcomed_to_a_made_up_room_takes_nobody_there() {
    let mut world = room(196);
    let before = Before::of(&world);
    let newcomer = world.join(Config { pace: Pace::RealTime, ..config(5, None) });
    let made_up = |begin: &mut room::wire::entry::Snapshot| {
        (begin.lineage, begin.parent, begin.work) = (7, 7, 1 << 50);
        begin.roster.people = vec![(newcomer, profile("P5"))];
        begin.roster.voters = vec![newcomer];
    };
    for _ in 0..20 {
        let bytes = encode(&welcome(&world, made_up).into(), &[]);
        world.forge(newcomer, WATCHER, Channel::Log, bytes);
        world.run_for(1_000);
    }
    world.run_for(20_000_000);
    let now = Before::of(&world);
    assert_eq!(now.lineage[..4], before.lineage[..]);
}
