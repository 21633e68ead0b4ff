//! A room of three at a real signaling server, over real WebRTC, and an enemy who has a ticket, too: whatever it says in
//! place of a handshake, the three stay in their room, and newcomers find them.

use async_tungstenite::tungstenite::Message;
use async_tungstenite::{WebSocketStream, smol::ConnectStream};
use driver::backend::Choice;
use driver::net::directory::Server;
use driver::scene_file::parse;
use driver::{DriverConfig, Event, Handle, Place};
use futures::StreamExt;
use pollster::block_on;
use room::api::{Event as RoomEvent, Status};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const ROOM: &str = "tide";
/// Nothing here takes longer, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the room is watched after the attack: a socket that panicked is gone at once.
const WATCH: Duration = Duration::from_secs(3);

const POOL: &str = r#"(
    title: "pool",
    world: (width: 128, height: 64),
    gravity: (0, -66),
    terrain: [(x0: 0, y0: 0, x1: 128, y1: 4)],
    liquid: [(x0: 0, y0: 4, x1: 128, y1: 12)],
)"#;

struct Player {
    handle: Handle,
    status: Status,
    notices: Vec<String>,
    failed: Option<String>,
}

impl Player {
    fn join(signaling: &str, name: &str) -> Self {
        let mut config = DriverConfig::new(name, parse("pool.ron", POOL).unwrap());
        config.place = Place::Room { signaling: signaling.to_owned(), room: ROOM.to_owned() };
        config.backend = Choice::CpuThreads(1);
        let handle = driver::start(config);
        Self { handle, status: Status::default(), notices: Vec::new(), failed: None }
    }

    fn listen(&mut self) {
        while let Some(event) = self.handle.try_recv() {
            match event {
                Event::Room(RoomEvent::Status(status)) => self.status = *status,
                Event::Room(RoomEvent::Notice(line)) => self.notices.push(format!("{line:?}")),
                Event::Failed(why) => self.failed = Some(format!("{why:?}")),
                _ => {}
            }
        }
    }
}

fn until(players: &mut [Player], what: &str, holds: impl Fn(&[Player]) -> bool) {
    let began = Instant::now();
    loop {
        players.iter_mut().for_each(Player::listen);
        if holds(players) {
            return;
        }
        for player in players.iter() {
            assert!(player.failed.is_none(), "{what}: {:?}", player.failed);
        }
        let seen: Vec<_> = players.iter().map(|p| (p.status.people.len(), p.status.tick, &p.notices)).collect();
        assert!(began.elapsed() < PATIENCE, "{what}: not yet: {seen:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Somebody with a ticket and a WebSocket, and no good will.
struct Enemy {
    socket: WebSocketStream<ConnectStream>,
}

impl Enemy {
    fn join(signaling: &str) -> Self {
        let server = Server::parse(signaling).unwrap();
        let joined = block_on(server.join(ROOM, "Mallory")).unwrap();
        let (socket, _) = block_on(async_tungstenite::smol::connect_async(server.socket(&joined))).unwrap();
        Self { socket }
    }

    /// The next offers, one of each member: from whom, and what.
    fn offers(&mut self, count: usize) -> Vec<(String, String)> {
        let mut offers = Vec::new();
        while offers.len() < count {
            let Message::Text(text) = block_on(self.socket.next()).unwrap().unwrap() else { continue };
            let message: Value = serde_json::from_str(text.as_str()).unwrap();
            if let Some(sdp) = message.pointer("/Signal/data/Offer") {
                let from = message.pointer("/Signal/sender").unwrap().as_str().unwrap().to_owned();
                offers.push((from, sdp.as_str().unwrap().to_owned()));
            }
        }
        offers
    }

    fn say(&mut self, to: &str, data: &Value) {
        let text = json!({ "Signal": { "receiver": to, "data": data } }).to_string();
        block_on(self.socket.send(Message::Text(text.into()))).unwrap();
    }
}

/// What an enemy answers an offer with.
fn answers(offer: &str) -> Vec<Vec<Value>> {
    let good = offer.replace("a=setup:actpass", "a=setup:active");
    let with = |part: &str, instead: &str| {
        assert!(good.contains(part), "{part} in {good}");
        vec![json!({ "Answer": good.replace(part, instead) })]
    };
    let candidate = |text: &str| json!({ "IceCandidate": text });
    let lines_without = |start: &str| -> String {
        good.lines().filter(|line| !line.starts_with(start)).map(|line| format!("{line}\r\n")).collect()
    };
    let mut all = vec![
        vec![json!({ "Answer": "" })],
        vec![json!({ "Answer": "v=0\r\n" })],
        vec![json!({ "Answer": "\u{0}\u{1}\u{2}" })],
        vec![json!({ "Answer": offer })],
        vec![json!({ "Answer": "a".repeat(30_000) })],
        vec![json!({ "Answer": good.repeat(2) })],
        vec![json!({ "Answer": format!("{good}{good}") })],
        vec![json!({ "Answer": 7 })],
        vec![json!({ "Riddle": good })],
        vec![json!(null)],
        vec![json!({ "Offer": offer })],
        vec![json!({ "Offer": "v=0" })],
        vec![candidate("null")],
        vec![candidate("{}")],
        vec![candidate("[1,2,3]")],
        vec![candidate(r#"{"candidate":"candidate:x"}"#)],
        with("m=application", "m=audio"),
        with("webrtc-datachannel", "nothing"),
        with("a=mid:", "a=mid:not"),
        with("a=setup:active", "a=setup:actpass"),
        with("a=fingerprint:sha-256", "a=fingerprint:sha-512"),
    ];
    for field in ["a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=mid", "a=setup", "m=", "s=", "t=", "o="] {
        all.push(vec![json!({ "Answer": lines_without(field) })]);
    }
    // A right answer, and then what does not belong behind it.
    let right = json!({ "Answer": good });
    all.push(vec![right.clone(), right.clone()]);
    for bad in [
        r#"{"candidate":"candidate:1 1 udp 1 www.example.org 50000 typ host","sdpMid":"0"}"#,
        r#"{"candidate":"candidate:1 1 udp 1 192.0.2.1 70000 typ host","sdpMid":"0"}"#,
        r#"{"candidate":"candidate:1 1 udp 1 192.0.2.1 50000 typ host","sdpMid":"other"}"#,
        r#"{"candidate":"candidate:1 1 udp 1 192.0.2.1 50000 typ host","sdpMLineIndex":9}"#,
        r#""text""#,
    ] {
        all.push(vec![right.clone(), candidate(bad)]);
    }
    all
}

#[test]
fn three_stay_in_their_room_whatever_an_enemy_says_in_place_of_a_handshake() {
    let limits = signaling::Limits { tickets_per_address_max: 10_000, ..signaling::Limits::default() };
    let server = signaling::Server::start(signaling::Config { limits, ..signaling::Config::loopback() }).unwrap();
    let signaling = format!("ws://{}", server.http_addr.unwrap());
    let mut players: Vec<Player> = Vec::new();
    for name in ["Anna", "Ben", "Cleo"] {
        players.push(Player::join(&signaling, name));
        let count = players.len();
        until(&mut players, name, |all| all.iter().all(|p| p.status.people.len() == count && p.status.tick > 0));
    }

    let mut kinds = 1;
    let mut next = 0;
    while next < kinds {
        let mut enemy = Enemy::join(&signaling);
        let offers = enemy.offers(players.len());
        for (from, offer) in &offers {
            let answers = answers(offer);
            kinds = answers.len();
            answers[next].iter().for_each(|data| enemy.say(from, data));
        }
        next += 1;
    }
    // One who goes on and on is told of, once by each.
    let mut enemy = Enemy::join(&signaling);
    for (from, offer) in enemy.offers(players.len()) {
        answers(&offer).iter().flatten().take(20).for_each(|data| enemy.say(&from, data));
    }
    until(&mut players, "the enemy is told of", |all| {
        all.iter().all(|p| p.notices.iter().any(|line| line.contains("malformed") || line.contains("Distrusted")))
    });

    let tick = players[0].status.tick;
    let began = Instant::now();
    until(&mut players, "they play on", |all| {
        began.elapsed() > WATCH && all.iter().all(|p| p.status.people.len() == 3 && p.status.tick > tick)
    });
    for player in &players {
        let figures = player.handle.signals();
        // Not all: a description without a title reads as well as one with it, and comes out in this program's words.
        assert!(figures.refused >= 30 && figures.distrusted == 1, "{figures:?} of {kinds}");
        assert!(!player.notices.iter().any(|line| line.contains("newcomers cannot")), "{:?}", player.notices);
    }
    // Their sockets still let others in.
    players.push(Player::join(&signaling, "Dora"));
    until(&mut players, "a newcomer is let in", |all| all.iter().all(|p| p.status.people.len() == 4));
    server.stop();
}
