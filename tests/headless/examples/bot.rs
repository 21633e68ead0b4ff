//! A bot that plays: it builds a cup, pours into it, and knocks it down again, in whichever room it is sent to.
//!
//!     cargo run --package tidepool-headless --example bot -- ws://127.0.0.1:3536 tide

use driver::{DriverConfig, Event, Place, scene_file};
use room::api::{Event as RoomEvent, Request, Status};
use sim_kernels::command::{Command, Stroke};
use std::time::Duration;

/// How long the bot looks at what it did before it does more, in ticks.
const REST_TICKS: u64 = 30;
/// Cells from the cup's middle to its sides, and from its floor to its rim.
const CUP: [i32; 2] = [16, 20];
/// Strokes of pouring, for each cup.
const POURS: usize = 4;

/// What the bot does, one after the other, again and again, around this place.
fn script(at: [i32; 2]) -> Vec<Command> {
    let [x, y] = at;
    let [half, height] = CUP;
    let line = |from, to, radius| Stroke { from, to, radius };
    let wall = |from, to| Command::Wall { stroke: line(from, to, 1), solid: true };
    let mut acts = vec![
        wall([x - half, y], [x + half, y]),
        wall([x - half, y], [x - half, y + height]),
        wall([x + half, y], [x + half, y + height]),
    ];
    let above = line([x - 4, y + height / 2], [x + 4, y + height / 2], 4);
    acts.extend((0..POURS).map(|_| Command::Pour { stroke: above, material: 0, velocity: [0, -800] }));
    acts.push(Command::Explode { at: [x, y + 6], radius: 24, speed: 6000 });
    acts.push(Command::Wall {
        stroke: line([x - half, y + height / 2], [x + half, y + height / 2], height / 2 + 2),
        solid: false,
    });
    acts
}

/// Plays until `go_on` says no; `lend` says whether this machine computes, too.
///
/// # Errors
/// Where there is no such server, or it or the room refuses.
pub fn play(server: &str, room: &str, lend: bool, mut go_on: impl FnMut(&Status, usize) -> bool) -> Result<(), String> {
    let scene = scene_file::named("u-tube").map_err(|why| why.to_string())?;
    let mut config = DriverConfig::new("a bot", scene);
    config.place = Place::Room { signaling: server.into(), room: room.into() };
    config.lend = lend;
    let peer = driver::start(config);
    let (mut world, mut done, mut next) = (None, 0, 0);
    loop {
        match peer.try_recv() {
            None => std::thread::sleep(Duration::from_millis(10)),
            Some(Event::Failed(why)) => return Err(format!("{why:?}")),
            Some(Event::Ended | Event::Room(RoomEvent::Left)) => return Ok(()),
            // The size of the world comes with the first globals.
            Some(Event::Room(RoomEvent::Globals(globals))) => world = Some(globals.terrain.size()),
            Some(Event::Room(RoomEvent::Status(status))) => {
                if !go_on(&status, done) {
                    peer.send(Request::Leave);
                } else if let Some(size) = world.filter(|_| status.tick >= next) {
                    let acts = script([size.width / 2, size.height / 2]);
                    done += usize::from(peer.send(Request::Command(acts[done % acts.len()].clone())));
                    next = status.tick + REST_TICKS;
                }
            }
            Some(_) => {}
        }
    }
}

/// Takes the server and the room from the command line.
#[allow(dead_code, reason = "a test runs this file's function without it")]
fn main() -> Result<(), String> {
    let mut words = std::env::args().skip(1);
    let server = words.next().unwrap_or_else(|| "ws://127.0.0.1:3536".into());
    let room = words.next().unwrap_or_else(|| "tide".into());
    play(&server, &room, false, |_, _| true)
}
