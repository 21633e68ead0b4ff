//! The examples, as they stand: a peer that lends this machine, and a bot that plays in its room.

use signaling::{Config, Server};
use std::sync::mpsc::channel;
use std::time::Duration;

#[path = "../../examples/bot.rs"]
mod bot;
#[path = "../../examples/peer.rs"]
mod peer;

#[test]
fn a_bot_plays_in_the_room_of_a_peer() {
    /// Enough for walls and water.
    const ACTS: usize = 6;
    let server = Server::start(Config::loopback()).unwrap();
    let address = server.ws_url().unwrap();
    let (tell, told) = channel();
    let (end, is_over) = channel::<()>();
    let lender = {
        let address = address.clone();
        std::thread::spawn(move || {
            peer::lend(&address, "test", |status| {
                let _ = tell.send(status.particles);
                is_over.try_recv().is_err()
            })
        })
    };
    // The peer founds the room, and then computes what the bot does.
    let first = told.recv_timeout(Duration::from_secs(60)).expect("the peer is in a room");
    let mut acts = 0;
    bot::play(&address, "test", false, |_, done| {
        acts = done;
        done < ACTS
    })
    .unwrap();
    assert!(acts >= ACTS);
    let more = (0..10_000).find_map(|_| told.recv_timeout(Duration::from_secs(60)).ok().filter(|n| *n > first));
    assert!(more.is_some(), "there is as much water as before the bot poured");
    end.send(()).unwrap();
    lender.join().unwrap().unwrap();
}
