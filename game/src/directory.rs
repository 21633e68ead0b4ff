//! The signaling server's room directory and invitation, asked for the lobby.

use crate::schedule::AppSystems;
use crate::session::{Options, Session};
use bevy::prelude::*;
use driver::net::directory::{Invitation, RoomEntry, Server};
use driver::net::http::HttpError;
use words::quote;

/// How often the directory is asked, in seconds.
const EVERY_S: f64 = 3.0;
/// The most rooms shown.
const ROOMS_MAX: usize = 50;
/// Rooms and an invitation.
const ANSWERS_MAX: usize = 2;

/// What is known.
#[derive(Resource, Default, Debug)]
pub struct Directory {
    /// Open rooms.
    pub rooms: Vec<RoomEntry>,
    /// How to invite others to this room.
    pub invite: Option<Invitation>,
    /// Why nothing is known, as the server or the network says it: a quotation.
    pub problem: Option<String>,
    asked_at: Option<f64>,
    asked_for: Option<String>,
    /// The question that is under way, until its sender is gone.
    answers: Option<async_channel::Receiver<Answer>>,
}

#[derive(Debug)]
enum Answer {
    Rooms(Result<Vec<RoomEntry>, HttpError>),
    Invite(Result<Invitation, HttpError>),
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Directory>().add_systems(Update, poll.in_set(AppSystems::Follow));
}

fn poll(mut directory: ResMut<Directory>, session: Res<Session>, options: Res<Options>, time: Res<Time>) {
    let now = time.elapsed_secs_f64();
    while let Some(answer) = directory.answers.as_ref().and_then(|a| a.try_recv().ok()) {
        take(directory.bypass_change_detection(), answer);
    }
    let room = session.room();
    let is_elsewhere = directory.asked_for.as_ref() != room;
    let waits = directory.answers.as_ref().is_some_and(|answers| !answers.is_closed());
    let is_due = directory.asked_at.is_none_or(|at| now - at >= EVERY_S);
    if !is_elsewhere && (waits || !is_due) {
        return;
    }
    let Some(server) = session.signaling().and_then(|address| Server::parse(address).ok()) else { return };
    if is_elsewhere {
        directory.invite = None;
    }
    // One invitation is enough: it stays the same.
    let invite = room.filter(|_| directory.invite.is_none()).cloned();
    directory.asked_at = Some(now);
    directory.asked_for = room.cloned();
    directory.answers = Some(ask(server.trusting(options.trust.clone()), invite));
}

/// Asks for the rooms, and for how to invite others to this one.
fn ask(server: Server, invite: Option<String>) -> async_channel::Receiver<Answer> {
    let (sender, answers) = async_channel::bounded(ANSWERS_MAX);
    driver::spawn_short(async move {
        let rooms = server.rooms().await;
        let is_there = rooms.is_ok();
        // Closed means that another question is under way.
        let _ = sender.try_send(Answer::Rooms(rooms));
        if let Some(room) = invite.filter(|_| is_there) {
            let _ = sender.try_send(Answer::Invite(server.invitation(&room).await));
        }
    });
    answers
}

fn take(directory: &mut Directory, answer: Answer) {
    match answer {
        Answer::Rooms(Ok(mut rooms)) => {
            rooms.truncate(ROOMS_MAX);
            directory.rooms = rooms;
            directory.problem = None;
        }
        Answer::Invite(Ok(invite)) => directory.invite = Some(invite),
        Answer::Rooms(Err(why)) | Answer::Invite(Err(why)) => {
            directory.problem = Some(quote::detail(&why.to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use driver::net::trust::Trust;
    use signaling::{Config, Running};
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::time::Duration;

    /// A server of this program's own, over http and over https with a certificate that nobody vouches for.
    fn server(name: &str, config: Config) -> Running {
        let folder = std::env::temp_dir().join(format!("tidepool-directory-{name}-{}", std::process::id()));
        let config = Config { https: config.http, data: Some(folder.clone()), ..config };
        let running = signaling::Server::start(config).expect("the server starts");
        // It has read what it made there.
        std::fs::remove_dir_all(folder).expect("the certificate was kept");
        running
    }

    /// What is known after a while to somebody in the room "tide" of that server.
    fn known(address: &str, trust: Trust) -> Directory {
        let mut app = App::new();
        app.add_plugins(MinimalPlugins)
            .insert_resource(Session::at(address, "tide"))
            .insert_resource(Options { trust, ..Options::default() })
            .add_plugins((crate::schedule::plugin, plugin));
        for _ in 0..1000 {
            app.update();
            let directory = app.world().resource::<Directory>();
            if directory.problem.is_some() || directory.invite.is_some() {
                return app.world_mut().remove_resource().expect("it was there");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("no answer of {address}");
    }

    /// Somebody called Anna enters the room "tide", as far as the directory sees it: by a WebSocket.
    fn enter(running: &Running, secure: &Server) -> TcpStream {
        let joined = bevy::tasks::block_on(secure.join("tide", "Anna")).expect("a place");
        let plain = Server::parse(&running.ws_url().expect("http")).expect("an address");
        let address = plain.socket(&joined);
        let path = &address[address.rfind("/tide").expect("the room's path")..];
        let mut socket = TcpStream::connect(running.http_addr.expect("http")).expect("it listens");
        let head = "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13";
        write!(socket, "GET {path} HTTP/1.1\r\n{head}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
            .expect("it is read");
        let mut answer = [0; 12];
        socket.read_exact(&mut answer).expect("it answers");
        assert_eq!(&answer, b"HTTP/1.1 101");
        socket
    }

    /// The fault: the desktop's list of rooms refused servers over https.
    #[test]
    fn rooms_are_listed_over_https_as_over_http() {
        let running = server("https", Config::loopback());
        let (plain, secure) = (running.ws_url().expect("http"), running.wss_url().expect("https"));
        let mut trust = Trust::default();
        trust.fingerprint(running.fingerprint().expect("a certificate")).expect("a fingerprint");
        let _anna = enter(&running, &Server::parse(&secure).expect("an address").trusting(trust.clone()));
        for (address, trust) in [(&plain, Trust::default()), (&secure, trust)] {
            let directory = known(address, trust);
            assert_eq!(directory.problem, None, "{address}");
            assert_eq!((&*directory.rooms[0].name, directory.rooms[0].names.len()), ("tide", 1), "{address}");
            assert!(directory.invite.expect("an invitation").link.contains("room=tide"), "{address}");
        }
        let strange = known(&secure, Trust::default()).problem.expect("nobody vouches for it");
        assert!(strange.contains("fingerprint"), "{strange}");
    }

    /// What this program's own server answers behind a proxy is understood as well.
    #[test]
    fn the_servers_own_invitations_are_read() {
        let invite = |name, public: Option<&str>| {
            let public = public.map(|address| address.parse().expect("an address"));
            let running = server(name, Config { public, ..Config::loopback() });
            known(&running.ws_url().expect("http"), Trust::default()).invite.expect("an invitation")
        };
        assert_eq!(invite("public", Some("https://tide.example.org")).link, "https://tide.example.org/?room=tide");
        assert!(!invite("own", None).lan);
    }

    #[test]
    fn the_list_is_bounded_and_stays_while_nothing_newer_is_known() {
        let mut directory = Directory::default();
        take(&mut directory, Answer::Rooms(Ok(vec![RoomEntry { free: 14, ..RoomEntry::default() }; 80])));
        assert_eq!((directory.rooms.len(), directory.rooms[0].free), (ROOMS_MAX, 14));
        take(&mut directory, Answer::Rooms(Err(HttpError::Unreadable("<html>\u{202e}".into()))));
        assert!(directory.problem.as_ref().is_some_and(|why| !why.contains('\u{202e}')), "{:?}", directory.problem);
        assert_eq!(directory.rooms.len(), ROOMS_MAX);
    }
}
