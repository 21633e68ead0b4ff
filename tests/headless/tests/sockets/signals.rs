//! A room of three at a real signaling server, over real WebRTC, and an enemy who has a ticket, too: whatever it says
//! in place of a handshake, the three stay in their room, and newcomers find them.

use crate::peer::{Peer, scene, until};
use async_tungstenite::tungstenite::Message;
use async_tungstenite::{WebSocketStream, smol::ConnectStream};
use driver::net::directory::Server;
use driver::notice::Notice;
use futures::StreamExt;
use futures::executor::block_on;
use room::api::Pace;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long the room is watched after the attack: a socket that panicked is gone at once.
const WATCH: Duration = Duration::from_secs(3);

/// Somebody with a ticket and a WebSocket, and no good will.
struct Enemy {
    socket: WebSocketStream<ConnectStream>,
}

impl Enemy {
    fn join(signaling: &str) -> Self {
        let server = Server::parse(signaling).unwrap();
        let joined = block_on(server.join("test", "Mallory")).unwrap();
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
    let limits = signaling::Limits {
        tickets: signaling::Rate { burst: 10_000, per_second: 10_000 },
        ..signaling::Limits::default()
    };
    let server = signaling::Server::start(signaling::Config { limits, ..signaling::Config::loopback() }).unwrap();
    let signaling = format!("ws://{}", server.http_addr.unwrap());
    let scene = scene();
    let join = |name: &str| Peer::start(name, &signaling, &scene, |c| c.pace = Pace::RealTime);
    let mut peers: Vec<Peer> = Vec::new();
    for name in ["ANNA", "BEN", "CLEO"] {
        peers.push(join(name));
        let count = peers.len();
        until(name, &mut peers, |all| all.iter().all(|p| p.status.people.len() == count && p.status.tick > 0));
    }

    let mut kinds = 1;
    let mut next = 0;
    while next < kinds {
        let mut enemy = Enemy::join(&signaling);
        for (from, offer) in enemy.offers(peers.len()) {
            let answers = answers(&offer);
            kinds = answers.len();
            answers[next].iter().for_each(|data| enemy.say(&from, data));
        }
        next += 1;
    }
    // One who goes on and on is told of, once by each.
    let mut enemy = Enemy::join(&signaling);
    for (from, offer) in enemy.offers(peers.len()) {
        answers(&offer).iter().flatten().take(20).for_each(|data| enemy.say(&from, data));
    }
    until("the enemy is told of", &mut peers, |all| all.iter().all(|p| p.handle.signals().distrusted == 1));

    let tick = peers[0].status.tick;
    let began = Instant::now();
    until("they play on", &mut peers, |all| {
        began.elapsed() > WATCH && all.iter().all(|p| p.status.people.len() == 3 && p.status.tick > tick)
    });
    for peer in &peers {
        let figures = peer.handle.signals();
        // Not all: a description without a title reads as well as one with it, and comes out in this program's words.
        assert!(figures.refused >= 30 && figures.distrusted == 1, "{figures:?} of {kinds}");
        let told = peer.driver.iter().filter(|notice| matches!(notice, Notice::Distrusted { .. })).count();
        assert_eq!(told, 1, "{:?}", peer.driver);
    }
    // Their sockets still let others in.
    peers.push(join("DORA"));
    until("a newcomer is let in", &mut peers, |all| all.iter().all(|p| p.status.people.len() == 4));
    server.stop();
}
