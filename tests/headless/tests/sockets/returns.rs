//! Who comes back by itself: a frozen process, a signaling server that was restarted, those who were in its rooms.

use crate::peer::{Peer, ends_as_one_alone, room, scene, until};
use signaling::{Config, Server};

/// The room's people as its first participant sees them.
fn people(peers: &[Peer]) -> Vec<&str> {
    peers[0].status.people.iter().map(|p| p.profile.name.as_str()).collect()
}

#[test]
fn a_newcomer_joins_a_room_whose_signaling_server_was_started_anew() {
    const END: u64 = 800;
    let server = Server::start(Config::loopback()).unwrap();
    let url = server.ws_url().unwrap();
    let scene = scene();
    let mut peers = room(2, &url, &scene, END);
    server.stop();
    until("they are told", &mut peers, |p| p.iter().all(Peer::lacks_server));
    let address = url.trim_start_matches("ws://").parse().unwrap();
    let server = Server::start(Config { http: Some(address), ..Config::loopback() }).unwrap();
    let entry = || {
        let server = driver::net::directory::Server::parse(&url).unwrap();
        futures::executor::block_on(server.room("test")).unwrap_or_default()
    };
    until("both are in the directory again", &mut peers, |_| entry().people == 2);
    let then = peers[0].status.tick;
    assert!(then < END / 2, "at tick {then} it is too late to tell");
    peers.push(Peer::start("NEW", &url, &scene, |c| {
        c.pace = room::api::Pace::RealTime;
        c.end_tick = Some(END);
    }));
    until("the newcomer computes", &mut peers, |p| p.iter().all(|p| p.computing() == 3));
    until("the directory knows the world", &mut peers, |_| entry().world.contains("departures"));
    ends_as_one_alone(&mut peers, &scene, END);
    for peer in &peers {
        assert!(!peer.misses_somebody(), "{:?} {:?}", peer.room, peer.driver);
    }
    server.stop();
}

#[cfg(unix)]
mod frozen {
    use super::*;
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Child, Command, Stdio};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    /// The program, in the same room.
    struct Program {
        child: Child,
        said: Arc<Mutex<Vec<String>>>,
    }

    impl Program {
        fn join(signaling: &str, end: u64) -> Self {
            let mut command = Command::new(env!("CARGO_BIN_EXE_tidepool-headless"));
            command.args(["join", "--room", "test", "--name", "FROZEN", "--backend", "cpu", "--threads", "1"]);
            command.args(["--superstep", "2", "--signaling", signaling, "--ticks", &end.to_string()]);
            let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            let said: Arc<Mutex<Vec<String>>> = Arc::default();
            let (lines, to) = (BufReader::new(child.stderr.take().unwrap()).lines(), said.clone());
            std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| to.lock().unwrap().push(line)));
            Self { child, said }
        }

        fn signal(&self, name: &str) {
            let id = self.child.id().to_string();
            assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
        }

        fn said(&self, words: &str) -> bool {
            self.said.lock().unwrap().iter().any(|line| line.contains(words))
        }
    }

    impl Drop for Program {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    /// A room of three, one of whom is frozen until it is given up, and for this long after.
    fn is_back_after(longer: Duration, end: u64) {
        let server = Server::start(Config::loopback()).unwrap();
        let url = server.ws_url().unwrap();
        let scene = scene();
        let mut peers = room(2, &url, &scene, end);
        let mut program = Program::join(&url, end);
        until("the program computes", &mut peers, |p| p.iter().all(|p| p.computing() == 3));
        program.signal("-STOP");
        until("it is given up", &mut peers, |p| p.iter().all(|p| p.status.people.len() == 2));
        std::thread::sleep(longer);
        peers.iter_mut().for_each(Peer::look);
        assert!(!people(&peers).contains(&"FROZEN"));
        program.signal("-CONT");
        until("it is back", &mut peers, |p| p.iter().all(|p| p.status.people.len() == 3 && p.computing() == 3));
        assert!(people(&peers).contains(&"FROZEN"));
        assert!(peers[0].status.tick < end, "it is too late to tell");
        let said = || program.said.lock().unwrap().join("\n");
        // Who tells it first, the links or the room, is a matter of moments.
        assert!(program.said("joining again"), "{}", said());
        ends_as_one_alone(&mut peers, &scene, end);
        let mut text = String::new();
        program.child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        let digest = peers[0].status.digest.unwrap().1;
        assert_eq!(text, format!("digest {digest}\n"), "{}", said());
        server.stop();
    }

    #[test]
    fn a_process_that_was_frozen_for_seconds_is_back_by_itself() {
        is_back_after(Duration::from_secs(1), 900);
    }

    #[test]
    fn a_process_that_nobody_calls_for_any_more_joins_again_by_itself() {
        // The others have said hello for a while after they gave it up; then they do not expect it any more.
        is_back_after(Duration::from_micros(driver::link::CONNECT_US + 2_000_000), 2_100);
    }
}
