//! Who may go without stopping the room: the signaling server, and in order the host.

use crate::peer::{Peer, ends_as_one_alone, room, scene, until};
use signaling::{Config, Server};

#[test]
fn the_room_goes_on_when_the_signaling_server_dies() {
    const END: u64 = 400;
    let server = Server::start(Config::loopback()).unwrap();
    let scene = scene();
    let mut peers = room(3, &server.ws_url().unwrap(), &scene, END);
    server.stop();
    // In real time there is enough left of the run for everything to have come to a stop, if it did.
    until("they are told", &mut peers, |p| p.iter().all(Peer::lacks_server));
    let then = peers[0].status.tick;
    assert!(then < END - 40, "at tick {then} it is too late to tell");
    until("ticks go on", &mut peers, |p| p.iter().all(|p| p.status.tick >= then + 20));
    ends_as_one_alone(&mut peers, &scene, END);
    for peer in &peers {
        assert_eq!(peer.computing(), 3, "somebody was given up: {:?}", peer.room);
    }
}

#[test]
fn the_host_leaves_in_order_and_the_room_goes_on() {
    const END: u64 = 240;
    let server = Server::start(Config::loopback()).unwrap();
    let scene = scene();
    let mut peers = room(3, &server.ws_url().unwrap(), &scene, END);
    let host = |p: &Peer| p.status.people.iter().find(|p| p.leader).map(|p| p.profile.name.clone());
    assert_eq!(host(&peers[0]).as_deref(), Some("P0"), "the founder is host");
    peers[0].leave();
    until("the host has left", &mut peers, |p| p[0].left && !p[0].handle.is_running());
    peers.remove(0);
    let then = peers[0].status.tick;
    until("another one is host, and two compute", &mut peers, |p| {
        p.iter().all(|p| p.computing() == 2 && host(p).is_some_and(|name| name != "P0"))
    });
    assert_eq!(host(&peers[0]), host(&peers[1]));
    assert!(then < END, "at tick {then} it is too late to tell");
    ends_as_one_alone(&mut peers, &scene, END);
}
