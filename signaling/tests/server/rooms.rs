//! Who meets whom, and what the directory says of it.

use crate::client::{Peer, get, post, receive, start, status_of_ws};
use futures::SinkExt;
use serde_json::json;
use signaling::{Config, Limits};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn two_peers_exchange_signals() {
    let (_running, at) = start(Config::loopback());
    let mut anna = Peer::join(at, "tide", "Anna").await;
    let mut ben = Peer::join(at, "tide", "Ben").await;
    assert!(anna.founder && !ben.founder);
    // Who was there first makes the offer.
    assert_eq!(anna.next().await, json!({ "NewPeer": ben.id }));
    anna.signal(&ben.id, json!({ "Offer": "sdp of Anna" })).await;
    assert_eq!(ben.next().await, json!({ "Signal": { "sender": anna.id, "data": { "Offer": "sdp of Anna" } } }));
    ben.socket.send(Message::text("\"KeepAlive\"")).await.unwrap();
    ben.signal(&anna.id, json!({ "Answer": "sdp of Ben" })).await;
    assert_eq!(anna.next().await, json!({ "Signal": { "sender": ben.id, "data": { "Answer": "sdp of Ben" } } }));
    // Someone in another room learns nothing and reaches nobody.
    let mut cleo = Peer::join(at, "pool", "Cleo").await;
    assert!(cleo.founder);
    cleo.signal(&anna.id, json!({ "Offer": "from outside" })).await;
    cleo.socket.send(Message::text("not json")).await.unwrap();
    cleo.socket.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    // What she sends to herself comes after all that.
    let own = cleo.id.clone();
    cleo.signal(&own, json!({ "Offer": "to myself" })).await;
    cleo.next().await;
    // A goodbye is passed on; what Cleo sent never arrived before it.
    ben.socket.close(None).await.unwrap();
    assert_eq!(anna.next().await, json!({ "PeerLeft": ben.id }));
    let metrics = String::from_utf8(get(at, "/metrics").await.body).unwrap();
    for line in [
        "tidepool_peers 2",
        "tidepool_signals_total 3",
        "tidepool_signals_astray_total 1",
        "tidepool_messages_bad_total 2",
    ] {
        assert!(metrics.contains(&format!("\n{line}\n")), "{line} is not in\n{metrics}");
    }
}

#[tokio::test]
async fn the_directory_follows() {
    let (_running, at) = start(Config::loopback());
    assert_eq!(get(at, "/rooms").await.json(), json!({ "rooms": [] }));
    assert_eq!(get(at, "/rooms/tide").await.status, 404);
    let anna = Peer::join(at, "tide", "Anna").await;
    let mut ben = Peer::join(at, "tide", "Ben").await;
    let change =
        post(at, &format!("/rooms/tide?key={}", anna.key), &json!({ "world": "dam-break", "places": 4 })).await;
    assert_eq!(change.status, 200);
    let rooms = get(at, "/rooms").await;
    let entry = json!({ "name": "tide", "people": 2, "names": ["Anna", "Ben"], "world": "dam-break", "free": 2, "founder": anna.id });
    assert_eq!(rooms.json(), json!({ "rooms": [entry] }));
    assert_eq!(rooms.header("cache-control"), Some("no-store"));
    assert_eq!(post(at, &format!("/rooms/tide?key={}", ben.key), &json!({ "world": "mine" })).await.status, 403);
    assert_eq!(post(at, "/rooms/tide?key=x", &json!({ "name": "y" })).await.status, 403);
    assert_eq!(post(at, &format!("/rooms/tide?key={}", ben.key), &json!("text")).await.status, 400);
    let long = json!({ "world": "w".repeat(5000) });
    assert_eq!(post(at, &format!("/rooms/tide?key={}", anna.key), &long).await.status, 413);
    // Without her goodbye, the founder's place falls to Ben as soon as her socket is gone.
    drop(anna);
    assert!(ben.next().await["PeerLeft"].is_string());
    assert_eq!(get(at, "/rooms/tide").await.json()["founder"], json!(ben.id));
}

#[tokio::test]
async fn the_door() {
    let (_running, at) = start(Config { limits: Limits { places_max: 2, ..Limits::default() }, ..Config::loopback() });
    for path in ["/join", "/join?room=a%20b", "/join?room=rooms", "/join?room=../x"] {
        let answer = get(at, path).await;
        assert!(answer.status == 400 && answer.json()["error"].is_string(), "{path}");
    }
    assert_eq!(status_of_ws(format!("ws://{at}/tide")).await, 403);
    assert_eq!(status_of_ws(format!("ws://{at}/tide?ticket=abc")).await, 403);
    assert_eq!(status_of_ws(format!("ws://{at}/a%20b?ticket=abc")).await, 400);
    let joined = get(at, "/join?room=tide").await.json();
    let ticket = joined["ticket"].as_str().unwrap();
    assert_eq!(status_of_ws(format!("ws://{at}/pool?ticket={ticket}")).await, 403);
    let _socket = connect_async(format!("ws://{at}/tide?ticket={ticket}")).await.unwrap();
    assert_eq!(status_of_ws(format!("ws://{at}/tide?ticket={ticket}")).await, 403);
    let _second = Peer::join(at, "tide", "x").await;
    assert_eq!(get(at, "/join?room=tide").await.status, 409);
}

#[tokio::test]
async fn open_servers_take_plain_matchbox_clients() {
    let (_running, at) = start(Config { open: true, ..Config::loopback() });
    let mut socket = connect_async(format!("ws://{at}/tide")).await.unwrap().0;
    let id = receive(&mut socket).await["IdAssigned"].clone();
    assert_eq!(get(at, "/rooms/tide").await.json()["founder"], id);
}
