//! Going back in time against the will of those who play, or to where nobody was.

use crate::{Before, PeerId, STRANGER, WATCHER, heard, room, say, unharmed};
use room::api::{Channel, Request};
use room::notice::{Announcement, Notice};
use room::wire::entry::CheckpointId;
use room::wire::player::{self, Control};
use sim_kernels::command::{Command, Stroke};

fn push(x: i32) -> Command {
    Command::Push { stroke: Stroke::dab([x, 30], 2), velocity: [0, 1] }
}

fn control(world: &mut crate::common::World, from: PeerId, control: Control) {
    say(world, from, Channel::Log, player::Message::Control(control), &[]);
}

#[test]
fn who_plays_is_not_taken_back_by_one_who_does_not_nor_by_near_misses() {
    let mut world = room(231);
    world.run_for(12_000_000);
    for who in 1..=3 {
        world.ask(PeerId(who), Request::Command(push(20)));
    }
    world.run_for(1_000_000);
    let before = Before::of(&world);
    let kept = world.peers[&PeerId(1)].status.moments[0];
    let to = CheckpointId { epoch: kept.epoch, step: kept.step };
    control(&mut world, STRANGER, Control::Rewind { to, ticks: 0 });
    for wrong in [
        CheckpointId { step: to.step + 1, ..to },
        CheckpointId { step: to.step - 1, ..to },
        CheckpointId { epoch: to.epoch + 1, ..to },
        CheckpointId { epoch: to.epoch - 1, ..to },
    ] {
        control(&mut world, WATCHER, Control::Rewind { to: wrong, ticks: 0 });
        world.run_for(1_200_000);
    }
    assert!(world.peers.values().all(|p| p.status.proposal.is_none()));
    // It asks, and answers itself, as itself and with the numbers beside.
    for _ in 0..20 {
        control(&mut world, WATCHER, Control::Rewind { to, ticks: 5_400 });
        world.run_for(100_000);
        let asked = world.peers[&PeerId(2)].status.proposal.clone();
        for number in asked.iter().flat_map(|p| [p.number - 1, p.number, p.number + 1]) {
            for from in [WATCHER, STRANGER] {
                control(&mut world, from, Control::Vote { number, agrees: true });
            }
        }
    }
    assert!(world.peers[&PeerId(2)].status.proposal.as_ref().is_some_and(|p| p.yes == 0 && p.asked.len() == 3));
    world.run_for(15_000_000);
    let told = |n: &Notice| *n == Notice::Announced(Announcement::NotTakenBack { who: WATCHER });
    assert_eq!(heard(&world, 2, told), 1, "it is asked once, however often it asks");
    unharmed(&mut world, &before);
}

#[test]
fn who_goes_back_without_end_stops_nobody_for_long() {
    let mut world = room(232);
    world.run_for(12_000_000);
    let epoch = world.peers[&PeerId(1)].status.digest_of.1;
    for _ in 0..60 {
        let Some(kept) = world.peers[&PeerId(1)].status.moments.last().copied() else {
            world.run_for(200_000);
            continue;
        };
        let to = CheckpointId { epoch: kept.epoch, step: kept.step };
        control(&mut world, WATCHER, Control::Rewind { to, ticks: 5_400 });
        world.run_for(200_000);
    }
    // It is a load as any other: six at once, then one a second; and each one ends the one before.
    let now = world.peers[&PeerId(1)].status.digest_of.1;
    assert!(now <= epoch + 6 + 12, "{now}");
    world.until("the room is where it was, or further", 30, |w| {
        w.peers.values().filter(|p| p.alive).all(|p| p.status.replays_to.is_none())
    });
    world.ask(PeerId(2), Request::Command(push(20)));
    world.run_for(2_000_000);
    let before = Before::of(&world);
    unharmed(&mut world, &before);
}
