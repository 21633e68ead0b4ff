//! What is refused, bounded, and how soon those who are refused get in again.

use crate::client::{
    Folder, Peer, SOON, ask_on, connect_from, get, metric, metric_becomes, post, receive, start, status_of_ws,
};
use futures::{SinkExt, StreamExt};
use serde_json::json;
use signaling::{Config, Limits, Rate};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    timeout(SOON, stream.read_to_end(&mut rest)).await.is_ok()
}

#[tokio::test]
async fn those_who_say_nothing_keep_nobody_out() {
    let limits = Limits { connections_max: 40, connections_per_address_max: 20, ..Limits::default() };
    let (_running, at) = start(Config { limits, ..Config::loopback() });
    // More than there are places, from two addresses, and none of them says a word.
    let mut silent = Vec::new();
    for n in 0..60 {
        silent.push(connect_from(1 + n % 2, at).await);
    }
    // Newcomers of the same and of other addresses get in at once.
    let begun = Instant::now();
    for from in [1, 2, 3] {
        let stream = connect_from(from, at).await;
        assert_eq!(ask_on(stream, "GET /healthz HTTP/1.1", "").await.body, b"ok\n", "from {from}");
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert!(metric(at, "connections_dismissed_total").await >= 20);
    assert!(metric(at, "connections").await <= 40);
    assert!(is_closed(&mut silent[0]).await, "the first one had to go");
}

#[tokio::test]
async fn silence_and_dripping_heads_end() {
    let limits = Limits { handshake: Duration::from_millis(400), ..Limits::default() };
    let (_running, at) = start(Config { limits, ..Config::loopback() });
    let mut silent = TcpStream::connect(at).await.unwrap();
    let mut half = TcpStream::connect(at).await.unwrap();
    half.write_all(b"GET / HT").await.unwrap();
    // Kept alive after a request, it may wait as long, and no longer.
    let mut kept = TcpStream::connect(at).await.unwrap();
    kept.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut drips = TcpStream::connect(at).await.unwrap();
    let begun = Instant::now();
    let dripped = async {
        for byte in b"GET / HTTP/1.1\r\nx: ".iter().chain(std::iter::repeat(&b'x')) {
            if drips.write_all(&[*byte]).await.is_err() || begun.elapsed() > SOON {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        begun.elapsed()
    };
    assert!(dripped.await < SOON, "a head that drips in is cut off");
    for stream in [&mut silent, &mut half, &mut kept] {
        assert!(is_closed(stream).await);
    }
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_websockets_leave_that_count() {
    let limits = Limits { connections_per_address_max: 3, ..Limits::default() };
    let (_running, at) = start(Config { limits, ..Config::loopback() });
    let mut peers = Vec::new();
    for _ in 0..5 {
        peers.push(Peer::join(at, "tide", "x").await);
    }
    assert_eq!(get(at, "/rooms/tide").await.json()["people"], peers.len());
    assert_eq!(metric(at, "connections_refused_total").await, 0);
}

/// 40 clients that ask for a large file and read nothing of it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn slow_readers_cost_little_and_end() {
    fn resident_kib() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches("kB").trim().parse().unwrap()
    }
    const FILE_BYTES: usize = 18 * 1024 * 1024;
    let folder = Folder::new("slow");
    folder.write("large.bin", &"x".repeat(FILE_BYTES));
    let limits = Limits { stall: Duration::from_secs(4), ..Limits::default() };
    let (_running, at) = start(Config { limits, web: Some(folder.0.clone()), ..Config::loopback() });
    let before = resident_kib();
    let mut slow = Vec::new();
    for _ in 0..40 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let mut stream = socket.connect(at).await.unwrap();
        stream.write_all(b"GET /large.bin HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        slow.push(stream);
    }
    // Who asks is one more.
    metric_becomes(at, "connections", 41).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let held = resident_kib().saturating_sub(before);
    assert!(held < 64 * 1024, "40 readers of 18 MiB cost {held} KiB");
    // They take nothing, and so they lose their places.
    metric_becomes(at, "connections", 1).await;
    for stream in &mut slow {
        let mut rest = Vec::new();
        let _ = timeout(SOON, stream.read_to_end(&mut rest)).await.unwrap();
        assert!(rest.len() < FILE_BYTES);
    }
    // Who reads slowly but steadily gets all of it, also where that takes longer than any deadline.
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(b"GET /large.bin HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut piece = vec![0; 1024 * 1024];
    let mut total = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        match timeout(SOON, stream.read(&mut piece)).await.unwrap().unwrap() {
            0 => break,
            n => total += n,
        }
    }
    assert!(total > FILE_BYTES);
}

#[tokio::test]
async fn an_address_that_asks_too_often_waits_a_moment_and_nobody_else_does() {
    let limits = Limits {
        requests: Rate { per_second: 20, burst: 20 },
        tickets: Rate { per_second: 2, burst: 4 },
        ..Limits::default()
    };
    let (_running, at) = start(Config { limits, ..Config::loopback() });
    let ask = async |from, path: &str| ask_on(connect_from(from, at).await, &format!("GET {path} HTTP/1.1"), "").await;
    for _ in 0..4 {
        assert_eq!(ask(1, "/join?room=tide").await.status, 200);
    }
    let refused = ask(1, "/join?room=tide").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")));
    let told = refused.json();
    assert_eq!((&told["code"], &told["retry_after_s"]), (&json!("too_many_tickets"), &json!(1)));
    assert!(told["error"].as_str().unwrap().contains("try again"));
    assert_eq!(ask(2, "/join?room=tide").await.status, 200, "another address");
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(ask(1, "/join?room=tide").await.status, 200, "the budget refills");
    // Requests of any kind have a budget, too: near misses with tickets of no one's among them.
    let ticket = "0".repeat(32);
    let statuses = (0..60).map(|_| status_of_ws(format!("ws://{at}/tide?ticket={ticket}")));
    let statuses = futures::future::join_all(statuses).await;
    assert!(statuses.contains(&403) && statuses.contains(&429), "{statuses:?}");
    assert_eq!(ask(2, "/healthz").await.status, 200);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(ask(1, "/healthz").await.status, 200);
    assert!(metric(at, "requests_limited_total").await > 0);
}

#[tokio::test]
async fn behind_a_trusted_proxy_everybody_has_a_budget_of_his_own() {
    let limits = Limits { tickets: Rate { per_second: 1, burst: 2 }, ..Limits::default() };
    // Asked all at once, since the budgets refill.
    let join = async |at: SocketAddr, for_whom: &[&str]| {
        let statuses = for_whom.iter().map(async |whom| {
            let request = format!("GET /join?room=tide HTTP/1.1\r\nx-forwarded-for: {whom}");
            ask_on(TcpStream::connect(at).await.unwrap(), &request, "").await.status
        });
        let mut statuses = futures::future::join_all(statuses).await;
        statuses.sort_unstable();
        statuses
    };
    let trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    let (_running, at) = start(Config { trusted_proxies, limits: limits.clone(), ..Config::loopback() });
    // What a client claims itself counts for nothing.
    let one = ["192.0.2.1", "192.0.2.1", "1.1.1.1, 192.0.2.1", "9.9.9.9, 192.0.2.1"];
    assert_eq!(join(at, &one).await, [200, 200, 429, 429]);
    assert_eq!(join(at, &["192.0.2.2", "192.0.2.3"]).await, [200, 200]);
    // Of a stranger nothing is believed.
    let (_strange, at) = start(Config { limits, ..Config::loopback() });
    assert_eq!(join(at, &["192.0.2.1", "192.0.2.2", "192.0.2.3"]).await, [200, 200, 429]);
}

#[tokio::test]
async fn every_refusal_says_what_why_and_what_next() {
    let folder = Folder::new("refusals");
    folder.write("index.html", "<p>tide");
    let (_running, at) = start(Config { web: Some(folder.0.clone()), ..Config::loopback() });
    let long = json!({ "world": "w".repeat(5000) });
    let range = "GET /index.html HTTP/1.1\r\nrange: bytes=900-";
    let answers = [
        (404, get(at, "/none.js").await),
        (404, get(at, "/rooms/none").await),
        (400, get(at, "/rooms/a%20b").await),
        (400, get(at, "/join?room=%ff%fe").await),
        (400, get(at, "/join?room=tide&room=pool").await),
        (400, get(at, "/join?room=tide&key=x").await),
        (400, ask_on(TcpStream::connect(at).await.unwrap(), "GET /tide HTTP/1.1\r\nupgrade: websocket", "").await),
        (405, post(at, "/join?room=tide", &json!({})).await),
        (405, post(at, "/index.html", &json!({})).await),
        (413, post(at, "/rooms/tide?key=x", &long).await),
        (416, ask_on(TcpStream::connect(at).await.unwrap(), range, "").await),
    ];
    for (status, answer) in answers {
        assert_eq!(answer.status, status, "{:?}", String::from_utf8_lossy(&answer.body));
        let told = answer.json();
        for part in ["error", "code", "what", "why", "next"] {
            assert!(told[part].as_str().is_some_and(|text| !text.is_empty()), "{status} lacks {part}: {told}");
        }
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

/// The close frame that ends a peer's WebSocket.
async fn goodbye(peer: &mut Peer) -> (CloseCode, String) {
    loop {
        match timeout(SOON, peer.socket.next()).await.expect("a goodbye in time") {
            Some(Ok(Message::Close(Some(frame)))) => return (frame.code, frame.reason.to_string()),
            Some(Ok(_)) => {}
            other => panic!("it ended without a word: {other:?}"),
        }
    }
}

#[tokio::test]
async fn floods_and_giants_are_disconnected_in_words() {
    let limits = Limits {
        messages: Rate { per_second: 1, burst: 50 },
        message_bytes: Rate { per_second: 1000, burst: 8000 },
        message_bytes_max: 1000,
        ..Limits::default()
    };
    let (_running, at) = start(Config { limits, ..Config::loopback() });
    let mut anna = Peer::join(at, "tide", "Anna").await;
    // Text, pings and what is not understood are all counted; so are bytes.
    let floods = [
        Message::text("\"KeepAlive\""),
        Message::Ping(vec![0; 8].into()),
        Message::binary(vec![1, 2, 3]),
        Message::text("x".repeat(900)),
    ];
    for message in floods {
        let mut flooder = Peer::join(at, "tide", "Flo").await;
        assert_eq!(anna.next().await, json!({ "NewPeer": flooder.id }));
        for _ in 0..60 {
            if flooder.socket.send(message.clone()).await.is_err() {
                break;
            }
        }
        assert_eq!(anna.next().await, json!({ "PeerLeft": flooder.id }), "{message:?}");
        let (code, words) = goodbye(&mut flooder).await;
        assert!(code == CloseCode::Policy && words.contains("too much"), "{code} {words}");
    }
    assert_eq!(metric(at, "peers_too_fast_total").await, 4);
    let mut giant = Peer::join(at, "tide", "Gia").await;
    assert_eq!(anna.next().await, json!({ "NewPeer": giant.id }));
    let _ = giant.socket.send(Message::text("x".repeat(2000))).await;
    assert_eq!(anna.next().await, json!({ "PeerLeft": giant.id }));
    let (code, words) = goodbye(&mut giant).await;
    assert!(code == CloseCode::Size && words.contains("too long"), "{code} {words}");
    assert_eq!(metric(at, "peers_broken_total").await, 1);
}

#[tokio::test]
async fn silent_and_deaf_peers_are_disconnected() {
    let limits = Limits { idle: Duration::from_millis(1500), stall: Duration::from_secs(1), ..Limits::default() };
    let (_running, at) = start(Config { limits, ..Config::loopback() });
    let mut anna = Peer::join(at, "tide", "Anna").await;
    // Reads nothing, so answers no ping either; but its system's buffers take what is small.
    let silent = Peer::join(at, "tide", "Sil").await;
    assert_eq!(anna.next().await, json!({ "NewPeer": silent.id }));
    assert_eq!(anna.next().await, json!({ "PeerLeft": silent.id }));
    assert_eq!(metric(at, "peers_silent_total").await, 1);
    drop(anna);
    // Sent more than its buffers take, one that does not read is taken out, and who sent it stays.
    let limits = Limits {
        stall: Duration::from_secs(1),
        messages: Rate { per_second: 10_000, burst: 10_000 },
        message_bytes: Rate { per_second: 1 << 30, burst: 1 << 30 },
        signals_to_one: Rate { per_second: 10_000, burst: 10_000 },
        send_buffer_bytes: 16 * 1024,
        ..Limits::default()
    };
    let (_running, at) = start(Config { limits, ..Config::loopback() });
    let mut anna = Peer::join(at, "tide", "Anna").await;
    let deaf = Peer::join(at, "tide", "Dea").await;
    assert_eq!(anna.next().await, json!({ "NewPeer": deaf.id }));
    let large = "x".repeat(60_000);
    for _ in 0..200 {
        anna.signal(&deaf.id, json!({ "Offer": large })).await;
    }
    assert_eq!(anna.next().await, json!({ "PeerLeft": deaf.id }));
    assert_eq!(metric(at, "peers_too_slow_total").await, 1);
    assert!(metric(at, "signals_dropped_total").await > 0);
}

/// A member that floods another one loses its own signals, and cannot throw the other out.
#[tokio::test]
async fn nobody_is_thrown_out_by_what_others_send_to_him() {
    let limits = Limits {
        queue_messages_max: 16,
        signals_to_one: Rate { per_second: 1, burst: 8 },
        message_bytes: Rate { per_second: 1 << 30, burst: 1 << 30 },
        ..Limits::default()
    };
    let (_running, at) = start(Config { limits, ..Config::loopback() });
    let mut mallory = Peer::join(at, "tide", "Mal").await;
    let mut anna = Peer::join(at, "tide", "Anna").await;
    let large = "x".repeat(60_000);
    for _ in 0..100 {
        mallory.signal(&anna.id, json!({ "Offer": large })).await;
    }
    let end = Instant::now() + SOON;
    while metric(at, "signals_total").await + metric(at, "signals_dropped_total").await < 100 {
        assert!(Instant::now() < end, "not all signals were looked at");
    }
    assert!(metric(at, "signals_dropped_total").await > 80);
    // Anna is still there, and others still reach her.
    let mut ben = Peer::join(at, "tide", "Ben").await;
    let mut offers = 0;
    loop {
        let event = anna.next().await;
        if event == json!({ "NewPeer": ben.id }) {
            break;
        }
        assert_eq!(event["Signal"]["sender"], json!(mallory.id));
        offers += 1;
    }
    assert!(offers < 20);
    ben.signal(&anna.id, json!({ "Answer": "hello" })).await;
    assert_eq!(anna.next().await["Signal"]["sender"], json!(ben.id));
}

#[tokio::test]
async fn a_second_connection_of_the_same_person_ends_the_first_in_words() {
    let (_running, at) = start(Config::loopback());
    let mut anna = Peer::join(at, "tide", "Anna").await;
    let joined = get(at, &format!("/join?room=tide&key={}", anna.key)).await.json();
    let url = format!("ws://{at}/tide?ticket={}", joined["ticket"].as_str().unwrap());
    let (mut again, _) = connect_async(url).await.unwrap();
    assert_eq!(receive(&mut again).await["IdAssigned"], joined["peer"]);
    let (code, words) = goodbye(&mut anna).await;
    assert!(code == CloseCode::Policy && words.contains("another connection"), "{code} {words}");
}

/// Requests made of likely parts in unlikely places. None may hang, and none may be the server's own fault.
#[tokio::test]
async fn nonsense_is_refused_and_harms_nobody() {
    const PARTS: [&str; 20] = [
        "GET ",
        "POST ",
        "HEAD ",
        "/",
        "/join?room=",
        "/rooms/",
        "tide",
        "?ticket=",
        "&key=",
        "%00",
        "%2e%2e",
        "..",
        "\\",
        " HTTP/1.1\r\n",
        "host: x\r\n",
        "upgrade: websocket\r\n",
        "content-length: 9999999999\r\n",
        "connection: upgrade\r\n",
        "sec-websocket-key: x\r\nsec-websocket-version: 13\r\n",
        "\r\n\r\n",
    ];
    let limits = Limits { handshake: Duration::from_millis(300), answer: Duration::from_secs(1), ..Limits::default() };
    let (_running, at) = start(Config { limits, ..Config::loopback() });
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = |n: usize| {
        // An LCG is random enough, and the same each time.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % n
    };
    let requests: Vec<String> =
        (0..200).map(|_| (0..4 + draw(9)).map(|_| PARTS[draw(PARTS.len())]).collect::<String>() + "\r\n\r\n").collect();
    let asked = requests.into_iter().map(|request| async move {
        let mut stream = TcpStream::connect(at).await.unwrap();
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        let ended = timeout(SOON, stream.read_to_end(&mut answer)).await;
        assert!(ended.is_ok(), "{request:?} hangs");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(!answer.starts_with("HTTP/1.1 5"), "{request:?} is answered by {answer:?}");
    });
    futures::future::join_all(asked).await;
    assert_eq!(metric(at, "faults_total").await, 0);
}
