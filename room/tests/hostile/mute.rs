//! Voters who are there and acknowledge nothing.

use crate::common::Net;
use crate::common::{World, config, founder};
use room::api::{Config, Pace, PeerId};
use room::wire::{Msg, heartbeat};
use simulate::kernel::Stub;

/// From now on a peer's reports say that it has nothing of the log.
fn silence(world: &mut World, peer: PeerId) {
    let forget = |msg: &mut Msg| {
        if let Msg::Heartbeat(heartbeat::Message::Report(report)) = msg {
            report.known = 0;
            report.replicas.clear();
        }
    };
    world.peers.get_mut(&peer).unwrap().lies = Some(forget);
}

#[test]
fn a_room_of_two_goes_on_without_a_voter_who_acknowledges_nothing() {
    for (seed, lends) in [(31, true), (32, false)] {
        let net = Net { latency_us: 4_000, jitter_us: 8_000, compute_us: 2_000, seed, ..Net::default() };
        let mut world = World::new(net, Stub::boxed);
        world.join(Config { pace: Pace::RealTime, ..founder(1) });
        let mut second = Config { pace: Pace::RealTime, ..config(2, None) };
        second.profile.lend = lends;
        world.join(second);
        world.until("two are in", 10, |w| w.peers.values().all(|p| p.status.people.len() == 2));
        world.run_for(8_000_000);
        silence(&mut world, PeerId(2));
        let tick = world.peers[&PeerId(1)].status.tick;
        world.run_for(2_000_000);
        // It forked, and the world goes on; the other may be in again, but its word is not waited for.
        let forked = world.peers[&PeerId(1)].status.tick;
        world.run_for(1_000_000);
        let ticks = world.peers[&PeerId(1)].status.tick.saturating_sub(forked);
        assert!(ticks > 50, "{ticks} ticks in the third second: {}", world.peers[&PeerId(1)].room.portrait());
        // And it stays well, whatever the other tries.
        world.run_for(29_000_000);
        let ticks = world.peers[&PeerId(1)].status.tick.saturating_sub(tick);
        assert!(ticks > 32 * 60 * 85 / 100, "{ticks} ticks in 32 s");
    }
}
