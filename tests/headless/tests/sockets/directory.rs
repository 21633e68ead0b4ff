//! The list of rooms of a real server, over http and over https with the certificate that it made itself.

use driver::net::directory::Server;
use driver::net::http::HttpError;
use driver::net::trust::Trust;
use futures::executor::block_on;
use signaling::{Config, Running};
use std::path::Path;

fn running(name: &str) -> Running {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    let config = Config::loopback();
    let config = Config { https: config.http, data: Some(folder), ..config };
    signaling::Server::start(config).expect("the server starts")
}

fn trusting(running: &Running) -> Trust {
    let mut trust = Trust::default();
    trust.fingerprint(running.fingerprint().unwrap()).unwrap();
    trust
}

#[test]
fn rooms_are_listed_over_https_as_over_http() {
    let running = running("rooms-https");
    let plain = Server::parse(&running.ws_url().unwrap()).unwrap();
    let secure = Server::parse(&running.wss_url().unwrap()).unwrap().trusting(trusting(&running));
    assert!(secure.http().starts_with("https://"));
    assert_eq!(block_on(secure.rooms()), Ok(vec![]));
    let joined = block_on(secure.join("tide-pool", "Zoë & Co")).unwrap();
    let socket = async_tungstenite::smol::connect_async(plain.socket(&joined));
    let (_socket, _) = block_on(socket).unwrap();
    for server in [&plain, &secure] {
        let rooms = block_on(server.rooms()).unwrap();
        assert_eq!((rooms.len(), rooms[0].people), (1, 1));
        assert_eq!(rooms[0].names, ["Zoë & Co"]);
        assert_eq!(block_on(server.room(&joined.room)).unwrap(), rooms[0]);
        assert!(block_on(server.invitation(&joined.room)).unwrap().link.starts_with("http"));
    }
    block_on(secure.describe(&joined, "dam-break, 512 x 256")).unwrap();
    assert_eq!(block_on(plain.room(&joined.room)).unwrap().world, "dam-break, 512 x 256");
    let stranger = driver::net::directory::Joined { key: "0".repeat(joined.key.len()), ..joined.clone() };
    assert!(matches!(block_on(secure.describe(&stranger, "mine")), Err(HttpError::Refused { .. })));
    assert!(matches!(block_on(secure.room("nowhere")), Err(HttpError::Refused { status: 404, .. })));
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_told_by_its_fingerprint() {
    let running = running("rooms-strange");
    let url = running.wss_url().unwrap();
    let server = Server::parse(&url).unwrap();
    let Err(HttpError::UnknownCertificate { fingerprint, .. }) = block_on(server.rooms()) else {
        panic!("it was believed")
    };
    assert_eq!(driver::net::trust::written(&fingerprint), running.fingerprint().unwrap());
    let wrong = Server::parse(&running.ws_url().unwrap().replace("ws://", "wss://")).unwrap();
    assert!(matches!(block_on(wrong.rooms()), Err(HttpError::NoTls { .. })));
}
