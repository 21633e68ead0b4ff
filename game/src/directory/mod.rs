//! The signaling server's room directory and invitation, polled for the lobby.

mod fetch;

use crate::schedule::AppSystems;
use crate::session::Session;
use bevy::prelude::*;
use serde::Deserialize;

/// How often the directory is asked, in seconds.
const EVERY_S: f64 = 3.0;
/// The most rooms shown.
const ROOMS_MAX: usize = 50;

/// What is known.
#[derive(Resource, Default, Debug)]
pub struct Directory {
    /// Open rooms.
    pub rooms: Vec<Room>,
    /// How to invite others to this room.
    pub invite: Option<Invite>,
    /// Why nothing is known, in words.
    pub problem: Option<String>,
    asked_at: Option<f64>,
    asked_for: Option<String>,
    answers: Option<async_channel::Receiver<Answer>>,
}

/// One room of the directory.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Room {
    /// Its name.
    pub name: String,
    /// How many are in it.
    pub people: usize,
    /// Who.
    #[serde(default)]
    pub names: Vec<String>,
    /// What is played.
    #[serde(default)]
    pub world: String,
    /// Places left.
    #[serde(default)]
    pub free: usize,
}

/// How to invite others.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Invite {
    /// The https address on the local network.
    pub link: String,
    /// Whether anybody else can open it; a server of another version may not say.
    #[serde(default = "usually")]
    pub lan: bool,
    /// A line about the browser's warning, where there will be one.
    #[serde(default)]
    pub warning: Option<String>,
}

fn usually() -> bool {
    true
}

#[derive(Deserialize)]
struct Rooms {
    rooms: Vec<Room>,
}

enum Answer {
    Rooms(Result<Vec<Room>, String>),
    Invite(Result<Invite, String>),
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Directory>().add_systems(Update, poll.in_set(AppSystems::Follow));
}

fn poll(mut directory: ResMut<Directory>, session: Res<Session>, time: Res<Time>) {
    let now = time.elapsed_secs_f64();
    while let Some(answer) = directory.answers.as_ref().and_then(|a| a.try_recv().ok()) {
        take(directory.bypass_change_detection(), answer);
    }
    let Some(base) = session.signaling().and_then(http_base) else { return };
    let due = directory.asked_at.is_none_or(|at| now - at >= EVERY_S);
    if !due {
        return;
    }
    let (sender, answers) = async_channel::bounded(4);
    directory.asked_at = Some(now);
    directory.answers = Some(answers);
    ask(&base, "/rooms", sender.clone(), |text| Answer::Rooms(text.and_then(parse::<Rooms>).map(|r| r.rooms)));
    let room = session.room().cloned();
    if directory.asked_for != room {
        directory.invite = None;
    }
    if let (Some(room), None) = (&room, &directory.invite) {
        let path = format!("/invite.json?room={}", fetch::escaped(room));
        ask(&base, &path, sender, |text| Answer::Invite(text.and_then(parse)));
    }
    directory.asked_for = room;
}

/// Where a signaling server is asked: its address, by http.
fn http_base(signaling: &str) -> Option<String> {
    driver::net::directory::Server::parse(signaling).ok().map(|server| server.http().to_owned())
}

fn take(directory: &mut Directory, answer: Answer) {
    match answer {
        Answer::Rooms(Ok(mut rooms)) => {
            rooms.truncate(ROOMS_MAX);
            directory.rooms = rooms;
            directory.problem = None;
        }
        Answer::Invite(Ok(invite)) => directory.invite = Some(invite),
        Answer::Rooms(Err(why)) | Answer::Invite(Err(why)) => directory.problem = Some(why),
    }
}

fn ask(
    base: &str,
    path: &str,
    sender: async_channel::Sender<Answer>,
    make: impl FnOnce(Result<String, String>) -> Answer + Send + 'static,
) {
    fetch::get(format!("{base}{path}"), move |text| {
        // Full or closed: a newer question is under way.
        let _ = sender.try_send(make(text));
    });
}

fn parse<T: for<'a> Deserialize<'a>>(text: String) -> Result<T, String> {
    serde_json::from_str(&text).map_err(|error| format!("the server's answer was not understood: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a server of any version says it.
    #[test]
    fn an_invitation_is_read_with_and_without_a_warning() {
        let read =
            |rest: &str| parse::<Invite>(format!(r#"{{"link":"https://a/?room=b","others":[]{rest}}}"#)).unwrap();
        assert_eq!(read(r#","lan":true,"warning":null"#).warning, None);
        let plain = read("");
        assert_eq!((plain.lan, plain.warning), (true, None));
        let own = read(r#","lan":false,"warning":"The browser will warn""#);
        assert_eq!((own.lan, own.warning.as_deref()), (false, Some("The browser will warn")));
    }

    /// What this program's own server answers, behind a proxy as well, is understood.
    #[test]
    fn the_servers_own_invitations_are_read() {
        let taken = |public: Option<&str>| {
            let public = public.map(|address| address.parse().unwrap());
            let server = signaling::Server::start(signaling::Config { public, ..signaling::Config::loopback() });
            let server = server.unwrap();
            let (told, answers) = std::sync::mpsc::channel();
            let url = format!("http://{}/invite.json?room=tide", server.http_addr.unwrap());
            fetch::get(url, move |text| told.send(text.and_then(parse::<Invite>)).unwrap());
            answers.recv().unwrap().unwrap()
        };
        assert_eq!(taken(Some("https://tide.example.org")).link, "https://tide.example.org/?room=tide");
        assert!(!taken(None).lan);
    }

    #[test]
    fn the_directory_is_asked_by_http() {
        assert_eq!(http_base("ws://127.0.0.1:3536/").unwrap(), "http://127.0.0.1:3536");
        assert_eq!(http_base("https://a.example/tide/?room=x").unwrap(), "https://a.example/tide");
    }

    #[test]
    fn the_directory_is_read_and_bounded() {
        let one = r#"{"name":"tide","people":2,"names":["A","B"],"world":"dam-break","free":14,"founder":null}"#;
        let text = format!("{{\"rooms\":[{}]}}", vec![one; 80].join(","));
        let mut directory = Directory::default();
        take(&mut directory, Answer::Rooms(parse::<Rooms>(text).map(|r| r.rooms)));
        assert_eq!((directory.rooms.len(), directory.rooms[0].free), (ROOMS_MAX, 14));
        take(&mut directory, Answer::Rooms(parse::<Rooms>("<html>".into()).map(|r| r.rooms)));
        assert!(directory.problem.is_some() && directory.rooms.len() == ROOMS_MAX);
    }
}
