//! Native participants through wss: a server at home makes its certificate by itself, and the user says that
//! it is the right one.

use crate::peer::{Peer, until};
use driver::net::trust::Trust;
use signaling::{Config, Running, Server};
use std::path::Path;
use std::time::{Duration, Instant};

fn server(name: &str) -> (Running, std::path::PathBuf) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    let config = Config::loopback();
    let config = Config { https: config.http, data: Some(folder.clone()), ..config };
    (Server::start(config).expect("the server starts"), folder)
}

/// What a participant that cannot get in says.
fn refusal(signaling: &str, trust: Trust) -> String {
    let scene = driver::scene_file::named("u-tube").unwrap();
    let mut peer = Peer::start("stranger", signaling, &scene, |c| c.trust = trust);
    let end = Instant::now() + Duration::from_secs(30);
    while peer.failed.is_none() && Instant::now() < end {
        peer.look();
        std::thread::sleep(Duration::from_millis(5));
    }
    peer.failed.expect("it does not get in")
}

#[test]
fn two_native_peers_meet_through_wss_by_fingerprint_and_by_file() {
    let (running, folder) = server("wss-meet");
    let url = running.wss_url().unwrap();
    let scene = driver::scene_file::named("u-tube").unwrap();
    let mut by_fingerprint = Trust::default();
    by_fingerprint.fingerprint(running.fingerprint().unwrap()).unwrap();
    let mut by_file = Trust::default();
    by_file.pem(&std::fs::read(folder.join("certificate.pem")).unwrap()).unwrap();

    let start = |name: &str, trust: Trust| {
        Peer::start(name, &url, &scene, |c| {
            (c.trust, c.wait_for, c.end_tick) = (trust, 2, Some(20));
        })
    };
    let mut peers = vec![start("ANNA", by_fingerprint)];
    until("the first one is in", &mut peers, |p| p[0].joined);
    peers.push(start("BEN", by_file));
    until("both are done", &mut peers, |p| p.iter().all(|p| p.status.digest.is_some_and(|d| d.0 == 20)));
    assert_eq!(peers[0].status.digest, peers[1].status.digest);
    assert_eq!(peers[0].computing(), 2);
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_with_what_to_do() {
    let (running, _) = server("wss-strange");
    let url = running.wss_url().unwrap();
    let fingerprint = running.fingerprint().unwrap();
    let words = refusal(&url, Trust::default());
    assert!(words.contains(&format!("--fingerprint {fingerprint}")) && words.contains("ws://"), "{words}");
    // Another server's fingerprint does not help.
    let mut wrong = Trust::default();
    wrong.fingerprint(&"0".repeat(64)).unwrap();
    assert!(refusal(&url, wrong).contains(fingerprint));
    // The plain port, taken for the other one.
    let plain = running.ws_url().unwrap().replace("ws://", "wss://");
    let words = refusal(&plain, Trust::default());
    assert!(words.contains("no TLS") && words.contains("ws://"), "{words}");
}
