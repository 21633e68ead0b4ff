//! Stamps: brought by the log, kept by everybody, and pasted whole at one tick, whoever leads and whoever comes anew.

mod common;

use common::{World, config, goes_on, three};
use room::api::{Config, Pace, PeerId, Request};
use sim_kernels::command::{Command, Paste};
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::globals::spawned;
use sim_kernels::stamp::{PART_BYTES_MAX, Stamp};
use sim_kernels::terrain::Terrain;

/// Sand and water, 4,000 particles.
fn stamp() -> Stamp {
    let cells = (0..50).flat_map(|x| (0..20).map(move |y| (x, y)));
    let all = cells.flat_map(|(x, y)| (0..4).map(move |n| spawned(x, y, n, [x * 9, -y], (x as u32 / 25) % 2, 5)));
    let terrain = Terrain::new(WorldSize::new(64, 64).unwrap());
    Stamp::cut(Rect::new(0, 0, 50, 20), &terrain, &all.collect::<Vec<_>>()).unwrap()
}

fn bring(stamp: &Stamp) -> Vec<Command> {
    let code = stamp.encode();
    let (name, total) = (Stamp::name(&code), code.len() as u32);
    let from = |k: usize| (k * PART_BYTES_MAX) as u32;
    let parts = code.chunks(PART_BYTES_MAX).enumerate();
    parts.map(|(k, part)| Command::Bring { stamp: name, total, from: from(k), part: part.to_vec() }).collect()
}

fn paste(stamp: &Stamp, at: [i32; 2], turns: u8) -> Command {
    let (stamp, size, particles) = (Stamp::name(&stamp.encode()), stamp.size(), stamp.particles().len() as u32);
    Command::Paste(Paste { stamp, at, size, particles, turns, mirrored: false })
}

fn does(world: &mut World, who: u128, commands: impl IntoIterator<Item = Command>) {
    commands.into_iter().for_each(|command| world.ask(PeerId(who), Request::Command(command)));
}

fn particles(world: &World) -> u64 {
    world.peers.values().rfind(|p| p.alive).map_or(0, |p| p.status.particles)
}

fn all_hold(world: &World, stamp: &Stamp) -> bool {
    let name = Stamp::name(&stamp.encode());
    let holds = |p: &common::Peer| p.globals.as_ref().is_some_and(|globals| globals.stamps.holds(name));
    world.peers.values().filter(|p| p.alive).all(holds)
}

#[test]
fn a_stamp_is_pasted_whole_whoever_leads_and_by_whoever_comes_anew() {
    for seed in 60..63 {
        let (mut world, stamp) = (three(seed, Pace::RealTime), stamp());
        world.run_for(2_000_000);
        let before = particles(&world);
        let commands = bring(&stamp);
        assert!(commands.len() > 4, "{}", commands.len());
        does(&mut world, 2, commands.into_iter().chain([Command::Begin, paste(&stamp, [30, 20], 0)]));
        let began = world.now();
        world.until("brought", 10, |w| all_hold(w, &stamp));
        println!("{} bytes in {} ms", stamp.encode().len(), (world.now() - began) / 1000);
        world.run_for(2_000_000);
        let pasted = particles(&world);
        assert!(pasted > before + 1000, "{pasted}");
        // Nobody needs to bring it again: not who leads next, nor who comes anew.
        world.vanish(PeerId(1));
        world.run_for(8_000_000);
        world.join(Config { pace: Pace::RealTime, ..config(7, None) });
        world.until("in", 10, |w| w.peers[&PeerId(7)].status.people.len() == 3);
        world.run_for(3_000_000);
        assert!(all_hold(&world, &stamp));
        does(&mut world, 7, [Command::Begin, paste(&stamp, [70, 8], 1)]);
        world.run_for(2_000_000);
        assert_ne!(particles(&world), pasted);
        does(&mut world, 7, [Command::Undo]);
        world.run_for(2_000_000);
        assert_eq!(particles(&world), pasted);
        does(&mut world, 2, [Command::Undo]);
        world.run_for(2_000_000);
        assert_eq!(particles(&world), before);
        goes_on(&mut world);
    }
}

#[test]
fn who_leads_while_a_stamp_is_brought_may_go() {
    let (mut world, stamp) = (three(70, Pace::RealTime), stamp());
    does(&mut world, 2, bring(&stamp));
    world.run_for(60_000);
    world.vanish(PeerId(1));
    world.until("brought all the same", 20, |w| all_hold(w, &stamp));
    goes_on(&mut world);
}
