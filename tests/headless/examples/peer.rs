//! A peer without a screen, in 50 lines: it lends this machine to a room and says once a second how the room is.
//!
//!     cargo run --package tidepool-headless --example peer -- ws://127.0.0.1:3536 tide

use driver::{DriverConfig, Event, Place, scene_file};
use room::api::{Event as RoomEvent, Request, Status};
use std::time::Duration;

/// Lends this machine until `go_on` says no, and then leaves in order, so that the others need not wait.
///
/// # Errors
/// Where there is no such server, or it or the room refuses.
pub fn lend(server: &str, room: &str, mut go_on: impl FnMut(&Status) -> bool) -> Result<(), String> {
    // Only the founder of a room opens this; the others get the room's world.
    let scene = scene_file::named("fountain").map_err(|why| why.to_string())?;
    let mut config = DriverConfig::new("a peer in 50 lines", scene);
    config.place = Place::Room { signaling: server.into(), room: room.into() };
    let peer = driver::start(config);
    loop {
        match peer.try_recv() {
            None => std::thread::sleep(Duration::from_millis(10)),
            Some(Event::Failed(why)) => return Err(format!("{why:?}")),
            Some(Event::Ended | Event::Room(RoomEvent::Left)) => return Ok(()),
            Some(Event::Room(RoomEvent::Status(status))) => {
                if !go_on(&status) {
                    peer.send(Request::Leave);
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
    let mut said = 0;
    lend(&server, &room, |status| {
        if status.tick / 60 > said {
            said = status.tick / 60;
            let here = status.people.iter().filter(|p| p.region.is_some()).count();
            println!("tick {}, {} %, {here} compute", status.tick, status.speed_percent);
        }
        true
    })
}
