//! Players that do too much, or say it in the wrong order.

use crate::common::World;
use crate::{Before, PeerId, STRANGER, WATCHER, heard, is_true, room, say, ticks_in, unharmed};
use room::api::{Channel, Request, Tempo};
use room::notice::{Announcement, Notice};
use room::wire::player::{self, Control};
use sim_kernels::command::{Command, Stroke};

fn large(i: u64) -> Command {
    Command::Push { stroke: Stroke { from: [i as i32 % 4, -40], to: [127, 100], radius: 48 }, velocity: [0, 1] }
}

fn pour(x: i32) -> Command {
    Command::Pour { stroke: Stroke { from: [x, 30], to: [x + 2, 30], radius: 2 }, material: 0, velocity: [0, 0] }
}

fn commands(world: &mut World, from: PeerId, epoch: u32, list: Vec<(u64, Command)>) {
    say(world, from, Channel::Log, player::Message::Commands { epoch, list }, &[]);
}

#[test]
fn numbers_that_jump_or_are_of_another_world_are_not_taken() {
    let mut world = room(211);
    let before = Before::of(&world);
    for _ in 0..40 {
        for (epoch, seq) in [(2, 2), (2, 3), (2, 0), (2, (1 << 48) - 1), (1, 1), (0, 1), (3, 1), (u32::MAX, 1)] {
            commands(&mut world, WATCHER, epoch, vec![(seq, pour(40)), (seq, pour(41))]);
        }
        commands(&mut world, STRANGER, 2, vec![(1, pour(40))]);
        world.run_for(20_000);
    }
    unharmed(&mut world, &before);
    is_true(&world);
    // And the first one that is due is taken.
    world.ask(PeerId(1), Request::Resume);
    world.ask(WATCHER, Request::Command(pour(40)));
    world.until("taken", 2, |w| w.peers[&PeerId(2)].status.particles > 1920);
}

#[test]
fn another_plays_on_beside_the_largest_strokes_at_the_most_of_the_rate() {
    let mut world = room(212);
    let before = Before::of(&world);
    let mut seq = 0;
    let mut late = Vec::new();
    let ticks = ticks_in(&mut world, 5, 200, |world, i| {
        let list: Vec<_> = (seq + 1..=seq + 256).map(|n| (n, large(n))).collect();
        seq += 1;
        commands(world, WATCHER, 2, list);
        if i.is_multiple_of(200) {
            let gravity = Command::Gravity([0, -5 - (i / 200) as i32]);
            world.ask(PeerId(2), Request::Command(gravity));
            late.push((world.now(), [0, -5 - (i / 200) as i32]));
        }
        let now = world.now();
        let done = |g: [i32; 2]| world.peers.values().all(|p| p.globals.as_ref().is_some_and(|w| w.gravity == g));
        late.retain(|l| !done(l.1));
        assert!(late.iter().all(|l| now < l.0 + 1_000_000), "a stroke waits for more than a second");
    });
    assert!(ticks > 5 * 60 * 8 / 10, "{ticks} ticks in 5 s");
    unharmed(&mut world, &before);
}

/// Whose a command is, the log says: nobody can say that they are somebody else.
#[test]
fn nobody_takes_back_what_others_did() {
    let mut world = room(216);
    world.ask(PeerId(3), Request::Command(Command::Begin));
    world.ask(PeerId(3), Request::Command(pour(40)));
    world.run_for(1_000_000);
    let poured = world.peers[&PeerId(1)].status.particles;
    assert!(poured > 1920, "{poured}");
    let before = Before::of(&world);
    let list = [Command::By(3), Command::Undo, Command::By(3), Command::Begin, Command::Undo, Command::Undo];
    commands(&mut world, WATCHER, 2, (1..).zip(list).collect());
    world.run_for(1_000_000);
    assert_eq!(world.peers[&PeerId(1)].status.particles, poured);
    unharmed(&mut world, &before);
    world.ask(PeerId(1), Request::Resume);
    world.ask(PeerId(3), Request::Command(Command::Undo));
    world.until("three can", 2, |w| w.peers[&PeerId(1)].status.particles == 1920);
}

/// What strokes took away is kept for them, whatever others say.
#[test]
fn nobody_makes_others_strokes_forget_what_they_took() {
    let mut world = room(218);
    world.ask(PeerId(3), Request::Command(Command::Begin));
    world.ask(PeerId(3), Request::Command(Command::Clear));
    world.until("cleared", 2, |w| w.peers[&PeerId(1)].status.particles == 0);
    let before = Before::of(&world);
    commands(&mut world, WATCHER, 2, (1..).zip([Command::Settle, Command::Undo, Command::Settle]).collect());
    world.run_for(1_000_000);
    unharmed(&mut world, &before);
    world.ask(PeerId(1), Request::Resume);
    world.ask(PeerId(3), Request::Command(Command::Undo));
    world.until("it is all there", 2, |w| w.peers[&PeerId(1)].status.particles == 1920);
}

#[test]
fn strokes_begun_and_taken_back_at_the_most_of_the_rate_slow_nobody() {
    let mut world = room(217);
    let before = Before::of(&world);
    let mut seq = 0;
    let ticks = ticks_in(&mut world, 5, 200, |world, _| {
        let erase = Command::Erase(Stroke::dab([41, 30], 4));
        let each = |n: u64| [Command::Begin, pour(40), erase.clone(), Command::Undo][n as usize % 4].clone();
        let list: Vec<_> = (seq + 1..=seq + 255).map(|n| (n, each(n - seq - 1))).collect();
        seq += 1;
        commands(world, WATCHER, 2, list);
    });
    assert!(ticks > 5 * 60 * 8 / 10, "{ticks} ticks in 5 s");
    // Of the last strokes not all are taken back.
    let before = Before { particles: Before::of(&world).particles, ..before };
    unharmed(&mut world, &before);
}

/// The clock goes on as it went, whoever presses what is pressed already.
#[test]
fn resume_at_the_most_of_the_rate_makes_the_world_no_faster() {
    let mut world = room(213);
    let before = Before::of(&world);
    let press = |world: &mut World, control| say(world, WATCHER, Channel::Log, player::Message::Control(control), &[]);
    let ticks = ticks_in(&mut world, 10, 40, |world, _| press(world, Control::Resume));
    assert!((540..=640).contains(&ticks), "{ticks} ticks in 10 s of resuming");
    let ticks = ticks_in(&mut world, 10, 40, |world, _| press(world, Control::Step));
    assert!((540..=640).contains(&ticks), "{ticks} ticks in 10 s of single steps");
    unharmed(&mut world, &before);
    is_true(&world);
}

#[test]
fn pause_and_resume_in_turn_make_the_world_no_faster() {
    let mut world = room(214);
    let before = Before::of(&world);
    let ticks = ticks_in(&mut world, 10, 40, |world, i| {
        let control = if i.is_multiple_of(2) { Control::Pause } else { Control::Resume };
        say(world, WATCHER, Channel::Log, player::Message::Control(control), &[]);
    });
    assert!(ticks <= 640, "{ticks} ticks in 10 s");
    unharmed(&mut world, &before);
    is_true(&world);
}

/// Everyone may choose it, and no choice makes the clock leap or stand.
#[test]
fn tempos_in_turn_make_the_world_no_faster_than_the_fastest() {
    let mut world = room(216);
    let before = Before::of(&world);
    let ticks = ticks_in(&mut world, 10, 40, |world, i| {
        let tempo = [Tempo::Full, Tempo::Tenth, Tempo::Double][i as usize % 3];
        say(world, WATCHER, Channel::Log, player::Message::Control(Control::Tempo(tempo)), &[]);
    });
    assert!((60..=700).contains(&ticks), "{ticks} ticks in 10 s");
    say(&mut world, WATCHER, Channel::Log, player::Message::Control(Control::Tempo(Tempo::Full)), &[]);
    world.run_for(1_000_000);
    unharmed(&mut world, &before);
    is_true(&world);
}

#[test]
fn who_begins_worlds_without_end_is_told_so() {
    let mut world = room(215);
    for _ in 0..100 {
        let scene = crate::common::scene(128);
        say(&mut world, WATCHER, Channel::Log, player::Message::Control(Control::Load(Box::new(scene))), &[]);
        world.run_for(25_000);
    }
    world.run_for(1_000_000);
    let epoch = world.peers[&PeerId(1)].status.digest_of.1;
    assert!(epoch <= 2 + 6 + 4, "{epoch} worlds");
    let told = |n: &Notice| *n == Notice::Announced(Announcement::TooManyWorlds);
    assert_eq!([heard(&world, 1, told), heard(&world, 2, told)], [0; 2], "the others are not");
    let before = Before::of(&world);
    unharmed(&mut world, &before);
    is_true(&world);
}
