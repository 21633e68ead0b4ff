//! Rooms that meet, and leaders that part with theirs.

mod common;

use common::{Net, World, config, profile, scene, three};
use room::api::{Config, Pace, PeerId, Profile, Request};
use room::notice::Notice;
use room::wire::{Msg, decode, membership};
use simulate::kernel::Stub;

/// Both ask at once, and in both nearly as much was done; what was done grows while the words are on their way. Each
/// could find that the other had done more, and give way to it, so that nobody was left who welcomed anyone.
#[test]
fn of_two_rooms_with_nearly_equal_work_one_gives_way() {
    for gap_us in (0..=160_000).step_by(20_000) {
        for latency_us in [2_000, 40_000, 120_000] {
            for seed in 0..4 {
                let mut world = World::new(Net { latency_us, seed, ..Net::default() }, Stub::boxed);
                let founder = |id| Config { pace: Pace::RealTime, ..config(id, Some(&scene(128))) };
                world.join(founder(1));
                world.run_for(gap_us);
                world.join(founder(2));
                let whole = |w: &World| w.peers.values().all(|p| p.status.people.len() == 2);
                // Whoever gave way and was not welcomed would go on by itself after four seconds.
                world.until("one room", 4, whole);
                world.run_for(3_000_000);
                assert!(whole(&world), "gap {gap_us}, latency {latency_us}, seed {seed}");
                let gave_way = [1, 2].map(|id| world.peers[&PeerId(id)].told(&Notice::RoomsMerged));
                assert_eq!(gave_way[0] + gave_way[1], 1, "gap {gap_us}, latency {latency_us}, seed {seed}");
            }
        }
    }
}

/// Over a long way there is always something on its way that the other has not yet: a leader that waited for a voter
/// with all of it never left.
#[test]
fn a_leader_leaves_over_a_long_way() {
    let mut world = World::new(Net { latency_us: 300_000, ..Net::default() }, Stub::boxed);
    let real = |c: Config| Config { pace: Pace::RealTime, ..c };
    world.join(real(config(1, Some(&scene(128)))));
    world.join(real(config(2, None)));
    world.until("both compute", 30, |w| w.peers[&PeerId(1)].status.people.iter().all(|p| p.region.is_some()));
    world.run_for(3_000_000);
    world.ask(PeerId(1), Request::Leave);
    world.until("left", 40, |w| w.peers[&PeerId(1)].left);
    let tick = world.peers[&PeerId(2)].status.tick;
    world.until("goes on", 10, |w| w.peers[&PeerId(2)].status.tick > tick + 60);
}

/// Whoever is silent may be in another part of the room by now, and still linked and in the roster here.
#[test]
fn a_silent_member_is_told_of_the_room() {
    let mut world = three(201, Pace::RealTime);
    let (leader, silent) = (PeerId(1), PeerId(3));
    let meets = |world: &mut World| {
        world.peers.get_mut(&leader).unwrap().said.clear();
        world.run_for(1_100_000);
        let meet = |bytes: &[u8]| matches!(decode(bytes), Ok((Msg::Membership(membership::Message::Meet { .. }), _)));
        world.peers[&leader].said.iter().filter(|(_, bytes)| meet(bytes)).count()
    };
    assert_eq!(meets(&mut world), 0, "all are here");
    world.cut(leader, silent);
    world.run_for(1_500_000);
    assert!(meets(&mut world) > 0);
    assert_eq!(world.peers[&leader].status.people.len(), 3);
}

/// The leader to which it was said was gone: who leads next must hear it too.
#[test]
fn what_somebody_says_of_itself_while_there_is_no_leader_is_known_to_the_next() {
    let mut world = three(202, Pace::RealTime);
    let (teller, other) = (PeerId(3), PeerId(2));
    world.vanish(PeerId(1));
    world.ask(teller, Request::Profile(Profile { lend: false, ..profile("P3") }));
    let watches = |w: &World| w.peers[&other].status.people.iter().any(|p| p.id == teller && !p.profile.lend);
    world.until("it is known", 5, watches);
}
