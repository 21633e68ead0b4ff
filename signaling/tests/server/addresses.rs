//! Where the server is reached: links, TLS, IPv6, a path below which it lies.

use crate::client::{Folder, SOON, ask_on, get, receive, start};
use futures::StreamExt;
use serde_json::{Value, json};
use signaling::{Config, Ice, IceAddress, IceKind, Server};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn configuration_and_invitations() {
    let ice = Ice { urls: vec![IceAddress::parse(IceKind::Stun, "127.0.0.1:3478").unwrap()], ..Ice::default() };
    let (_running, at) =
        start(Config { ice, public: Some("https://tide.example.org".parse().unwrap()), ..Config::loopback() });
    let config = get(at, "/config.json").await.json();
    assert_eq!(config["ice"], json!({ "urls": ["stun:127.0.0.1:3478"], "username": null, "credential": null }));
    assert_eq!((&config["http_port"], &config["https_port"]), (&json!(at.port()), &Value::Null));
    let invite = get(at, "/invite.json?room=Tide").await.json();
    assert_eq!(invite["link"], "https://tide.example.org/?room=tide");
    let svg = get(at, "/invite.svg?room=tide").await;
    assert_eq!((svg.status, svg.header("content-type")), (200, Some("image/svg+xml")));
    assert_eq!(get(at, "/invite.svg?room=").await.status, 400);
    assert_eq!(get(at, "/invite.json").await.json()["link"], "https://tide.example.org/");
    let (_plain, plain) = start(Config::loopback());
    assert_eq!(get(plain, "/config.json").await.json()["ice"]["urls"], json!([]));
}

#[tokio::test]
async fn a_server_on_ipv6_alone_invites_to_it() {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        eprintln!("this machine has no IPv6: nothing is tried");
        return;
    }
    let alone = SocketAddr::new(Ipv6Addr::LOCALHOST.into(), 0);
    let running = Server::start(Config { http: Some(alone), ..Config::loopback() }).unwrap();
    let at = running.http_addr.unwrap();
    let port = at.port();
    assert_eq!(running.invite("tide"), format!("http://[::1]:{port}/?room=tide"));
    assert_eq!(running.local("tide").unwrap(), format!("http://[::1]:{port}/?room=tide"));
    assert_eq!(running.ws_url().unwrap(), format!("ws://[::1]:{port}"));
    assert!(!running.is_on_lan());
    // What it says is true: the address answers, and lets people in.
    let ticket = get(at, "/join?room=tide").await.json()["ticket"].as_str().unwrap().to_owned();
    let (mut socket, _) = connect_async(format!("{}/tide?ticket={ticket}", running.ws_url().unwrap())).await.unwrap();
    assert!(receive(&mut socket).await["IdAssigned"].is_string());
}

#[tokio::test]
async fn the_usual_addresses_are_reached_over_both_families() {
    let usual = Config::default().http.unwrap().ip();
    for ip in [usual, Ipv4Addr::UNSPECIFIED.into()] {
        let running = Server::start(Config { http: Some(SocketAddr::new(ip, 0)), ..Config::loopback() }).unwrap();
        let port = running.http_addr.unwrap().port();
        assert_eq!(get((Ipv4Addr::LOCALHOST, port).into(), "/healthz").await.body, b"ok\n");
        assert_eq!(running.local("tide").unwrap(), format!("http://localhost:{port}/?room=tide"));
        if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() {
            assert_eq!(get((Ipv6Addr::LOCALHOST, port).into(), "/healthz").await.body, b"ok\n", "{ip}");
        }
    }
}

/// As a proxy passes requests on: with the path of the public address, or without it.
#[tokio::test]
async fn a_path_in_the_public_address_works_from_end_to_end() {
    let folder = Folder::new("path");
    folder.write("index.html", "<p>tide");
    folder.write("app.js", "run()");
    let public = Some("https://example.org/tide/pool".parse().unwrap());
    let (_running, at) = start(Config { public, web: Some(folder.0.clone()), ..Config::loopback() });
    assert_eq!(get(at, "/invite.json?room=x").await.json()["link"], "https://example.org/tide/pool/?room=x");
    for base in ["", "/tide/pool"] {
        assert_eq!(get(at, &format!("{base}/?room=x")).await.body, b"<p>tide", "{base}");
        assert_eq!(get(at, &format!("{base}/app.js")).await.body, b"run()");
        assert_eq!(get(at, &format!("{base}/rooms")).await.json()["rooms"], json!([]));
        let joined = get(at, &format!("{base}/join?room=x")).await.json();
        let url = format!("ws://{at}{base}/x?ticket={}", joined["ticket"].as_str().unwrap());
        let (mut socket, _) = connect_async(url).await.unwrap();
        assert_eq!(receive(&mut socket).await["IdAssigned"], joined["peer"]);
    }
    // The page's own addresses are relative: without the last slash they would miss the folder.
    let bare = get(at, "/tide/pool?room=x").await;
    assert_eq!((bare.status, bare.header("location")), (307, Some("/tide/pool/?room=x")));
    assert_eq!(get(at, "/tide/pools/").await.status, 404);
}

async fn tls(to: SocketAddr, folder: &Path, name: &str) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
    use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join("certificate.pem")).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(to).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

#[tokio::test]
async fn https_with_its_own_certificate() {
    let folder = Folder::new("tls");
    let any = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
    let config = Config { https: Some(any), data: Some(folder.0.clone()), ..Config::loopback() };
    let (running, _) = start(config.clone());
    let https = running.https_addr.unwrap();
    // A strict client that trusts this certificate is content with it, by name and by address.
    for name in ["localhost", "127.0.0.1"] {
        let stream = tls(https, &folder.0, name).await.unwrap();
        assert_eq!(ask_on(stream, "GET /healthz HTTP/1.1", "").await.body, b"ok\n");
    }
    assert!(tls(https, &folder.0, "elsewhere.example").await.is_err());
    // WebSockets too.
    let joined =
        ask_on(tls(https, &folder.0, "localhost").await.unwrap(), "GET /join?room=tide HTTP/1.1", "").await.json();
    let url = format!("wss://localhost/tide?ticket={}", joined["ticket"].as_str().unwrap());
    let stream = tls(https, &folder.0, "localhost").await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    let first = timeout(SOON, socket.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(first.to_text().unwrap(), format!("{{\"IdAssigned\":{}}}", joined["peer"]));
    // Bound to loopback, it does not pretend that others could come in.
    assert_eq!(running.invite("tide"), format!("https://127.0.0.1:{}/?room=tide", https.port()));
    assert!(!running.is_on_lan());
    // Stopped, it says goodbye and frees its ports; started again, it shows the same certificate.
    let before = std::fs::read(folder.0.join("certificate.pem")).unwrap();
    let started = std::time::Instant::now();
    tokio::task::spawn_blocking(move || running.stop()).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(5));
    let goodbye = timeout(SOON, socket.next()).await.unwrap();
    assert!(matches!(goodbye, Some(Ok(Message::Close(_))) | None), "{goodbye:?}");
    let again = Server::start(Config { https: Some(https), ..config }).unwrap();
    assert_eq!(std::fs::read(folder.0.join("certificate.pem")).unwrap(), before);
    // The port is taken now: an error in words, or another port where the caller allows it.
    let taken = Config { https: None, http: again.http_addr, ..Config::loopback() };
    assert!(Server::start(taken.clone()).unwrap_err().to_string().contains("cannot listen on"));
    let moved = Server::start(Config { ports_may_move: true, ..taken }).unwrap();
    assert_ne!(moved.http_addr, again.http_addr);
}
