//! What people hold is part of the room: everyone has it, whoever leads and whoever comes anew, and it ends by itself.

mod common;

use common::{World, config, goes_on, three};
use room::api::{Config, Pace, PeerId, Request};
use room::notice::Announcement;
use sim_kernels::command::Command;
use sim_kernels::grabs::Grab;
use std::collections::BTreeSet;

fn grab(at: [i32; 2]) -> Request {
    Request::Command(Command::Grab { at, radius: 9, only: None })
}

/// What somebody holds, as each of those who are there has it.
fn held(world: &World, by: u128) -> Vec<Option<Grab>> {
    let alive = world.peers.values().filter(|p| p.alive);
    alive.map(|p| p.globals.as_ref().and_then(|globals| globals.grabs.of(by).copied())).collect()
}

#[test]
fn what_is_held_is_known_to_all_whoever_leads_and_whoever_comes_anew_and_ends() {
    for seed in 70..73 {
        let mut world = three(seed, Pace::RealTime);
        world.run_for(2_000_000);
        let hold = |world: &mut World, times: usize, x: i32| {
            for k in 0..times {
                world.ask(PeerId(2), grab([x + k as i32, 30]));
                world.ask(PeerId(3), grab([20, 20]));
                world.run_for(100_000);
            }
        };
        hold(&mut world, 10, 20);
        for by in [2, 3] {
            assert!(held(&world, by).iter().all(Option::is_some), "{:?}", held(&world, by));
        }
        // The leader goes, somebody comes, and what is held goes on.
        world.vanish(PeerId(1));
        hold(&mut world, 50, 30);
        world.join(Config { pace: Pace::RealTime, ..config(7, None) });
        hold(&mut world, 40, 40);
        assert_eq!(world.peers[&PeerId(7)].status.people.len(), 3);
        assert!(held(&world, 2).len() == 3 && held(&world, 2).iter().all(Option::is_some), "{:?}", held(&world, 2));
        // One lets go, the other is gone without a word.
        world.ask(PeerId(2), Request::Command(Command::Release));
        world.vanish(PeerId(3));
        world.run_for(8_000_000);
        for by in [2, 3] {
            assert!(held(&world, by).iter().all(Option::is_none), "{:?}", held(&world, by));
        }
        goes_on(&mut world);
    }
}

/// Who held something when a world was saved may be elsewhere when it is opened: in it nobody holds anything.
#[test]
fn a_saved_world_is_opened_with_nothing_in_anybodys_hand() {
    let mut world = three(75, Pace::RealTime);
    world.run_for(2_000_000);
    for _ in 0..5 {
        world.ask(PeerId(2), grab([40, 20]));
        world.run_for(100_000);
    }
    world.ask(PeerId(2), grab([60, 20]));
    world.ask(PeerId(1), Request::Save);
    world.until("saved", 5, |w| !w.peers[&PeerId(1)].saved.is_empty());
    let bytes = world.peers[&PeerId(1)].saved[0].clone();
    let kept = room::save::head(&bytes).unwrap().globals;
    assert_eq!(kept.grabs.len(), 1, "it was saved meanwhile");
    world.run_for(2_000_000);
    world.ask(PeerId(3), Request::Restore(bytes));
    let opened = |w: &World| w.peers.values().all(|p| p.opened == 1);
    for _ in 0..400 {
        world.run_for(10_000);
        for peer in world.peers.values().filter(|p| p.opened == 1) {
            assert!(peer.globals.as_ref().is_none_or(|globals| globals.grabs.is_empty()), "{:?}", peer.globals);
        }
    }
    assert!(opened(&world));
    // The moment with which it began is the same.
    let moment =
        world.peers[&PeerId(2)].status.moments.iter().find(|m| m.tick == kept.tick).copied().expect("its beginning");
    world.ask(PeerId(2), Request::Rewind { to: (moment.epoch, moment.step), ticks: 60 });
    world.run_for(6_000_000);
    let heard = |what| world.peers.values().any(|p| p.heard(&what) > 0);
    assert!(!heard(Announcement::WorldsDiffer));
    goes_on(&mut world);
}

#[test]
fn a_flood_of_grabs_is_one_grab() {
    let mut world = three(74, Pace::RealTime);
    world.run_for(2_000_000);
    for k in 0..3_000 {
        world.ask(PeerId(2), grab([k % 60, k % 30]));
    }
    // While they arrive there is one with everyone, and never more.
    let mut holds = BTreeSet::new();
    world.until("a grab", 5, |world| {
        for (id, globals) in world.peers.iter().filter_map(|(id, p)| Some((id, p.globals.as_ref()?))) {
            assert!(globals.grabs.len() <= 1, "{:?}", globals.grabs);
            holds.extend(globals.grabs.of(2).map(|_| *id));
        }
        holds.len() == 3
    });
    // What is said last, once the flood is over, is what stands.
    world.run_for(3_000_000);
    let last = [60, 30];
    world.ask(PeerId(2), grab(last));
    world.run_for(300_000);
    let to: Vec<_> = held(&world, 2).into_iter().map(|grab| grab.map(|grab| grab.to)).collect();
    assert_eq!(to, [Some(last); 3]);
    world.run_for(9_000_000);
    goes_on(&mut world);
}
