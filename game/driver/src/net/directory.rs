//! Asking the signaling server: who founds the room, and the ticket in. See the signaling crate's page for
//! the protocol.

use super::http::{self, Answer, HttpError};
use super::trust::Trust;
use room::api::PeerId;
use serde::{Deserialize, Serialize};
use url::Url;

/// ICE servers as the signaling server names them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Ice {
    /// `stun:host:port`, `turn:host:port`.
    #[serde(default)]
    pub urls: Vec<String>,
    /// For TURN.
    #[serde(default)]
    pub username: Option<String>,
    /// For TURN.
    #[serde(default)]
    pub credential: Option<String>,
}

/// The answer to a request to join.
#[derive(Clone, Debug, Deserialize)]
pub struct Joined {
    /// The room's name as the server writes it.
    pub room: String,
    /// The id that this peer will have.
    pub peer: String,
    /// The way in, once.
    pub ticket: String,
    /// For describing the room, and for being the same peer when joining again.
    pub key: String,
    /// Whether this peer opens the room's first scene.
    pub founder: bool,
}

/// A room as the directory lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomEntry {
    /// Name.
    pub name: String,
    /// People in it.
    #[serde(default)]
    pub people: usize,
    /// What they are called.
    #[serde(default)]
    pub names: Vec<String>,
    /// What its host says of it.
    #[serde(default)]
    pub world: String,
    /// Places left.
    #[serde(default)]
    pub free: usize,
    /// Who founded it or holds the role.
    #[serde(default)]
    pub founder: Option<String>,
}

/// How to invite others, as the server says it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Invitation {
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

/// A signaling server's address, and by what it is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// By http or https, without a slash at the end.
    http: String,
    trust: Trust,
}

impl Server {
    /// From `ws://host:3536`, `http://host:3536`, `https://host:3537`, or `host:3536`. A server below a path is named
    /// as its page is: what stands before the last slash counts, so that an invitation's link will do.
    ///
    /// # Errors
    /// [`HttpError::Address`] for what names no server.
    pub fn parse(text: &str) -> Result<Self, HttpError> {
        let wrong = || HttpError::Address(text.to_owned());
        if text.starts_with('/') || text.contains(char::is_whitespace) {
            return Err(wrong());
        }
        let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&full).map_err(|_| wrong())?;
        let scheme = match url.scheme() {
            "ws" | "http" => "http",
            "wss" | "https" => "https",
            _ => return Err(wrong()),
        };
        if !url.has_host() || !url.username().is_empty() || url.password().is_some() {
            return Err(wrong());
        }
        let host = url.host_str().ok_or_else(wrong)?;
        let port = url.port().map_or(String::new(), |port| format!(":{port}"));
        let folder = url.path().rfind('/').map_or("", |end| url.path()[..end].trim_end_matches('/'));
        Ok(Self { http: format!("{scheme}://{host}{port}{folder}"), trust: Trust::default() })
    }

    /// The same server, believed by `trust`.
    pub fn trusting(self, trust: Trust) -> Self {
        Self { trust, ..self }
    }

    /// Where it is asked over http or https: an address that ends without a slash.
    pub fn http(&self) -> &str {
        &self.http
    }

    /// The address of a room's WebSocket.
    pub fn socket(&self, joined: &Joined) -> String {
        let url = self.url(&[&joined.room], &[("ticket", &joined.ticket)]);
        url.replacen("http", "ws", 1)
    }

    /// Asks for a place in a room.
    ///
    /// # Errors
    /// Where the server cannot be reached, or refuses: the room may be full.
    pub async fn join(&self, room: &str, name: &str) -> Result<Joined, HttpError> {
        self.get(self.url(&["join"], &[("room", room), ("name", name)])).await
    }

    /// Asks for a place in the same room again, for the same peer.
    ///
    /// # Errors
    /// As [`Server::join`].
    pub async fn join_again(&self, joined: &Joined, name: &str) -> Result<Joined, HttpError> {
        self.get(self.url(&["join"], &[("room", &joined.room), ("name", name), ("key", &joined.key)])).await
    }

    /// The rooms there are.
    ///
    /// # Errors
    /// Where the server cannot be reached, or answers nonsense.
    pub async fn rooms(&self) -> Result<Vec<RoomEntry>, HttpError> {
        #[derive(Deserialize)]
        struct Rooms {
            rooms: Vec<RoomEntry>,
        }
        self.get::<Rooms>(self.url(&["rooms"], &[])).await.map(|r| r.rooms)
    }

    /// One room.
    ///
    /// # Errors
    /// As [`Server::rooms`]; also where the room is not known.
    pub async fn room(&self, room: &str) -> Result<RoomEntry, HttpError> {
        self.get(self.url(&["rooms", room], &[])).await
    }

    /// How to invite others to a room.
    ///
    /// # Errors
    /// As [`Server::rooms`].
    pub async fn invitation(&self, room: &str) -> Result<Invitation, HttpError> {
        self.get(self.url(&["invite.json"], &[("room", room)])).await
    }

    /// The ICE servers to use.
    ///
    /// # Errors
    /// As [`Server::rooms`].
    pub async fn ice(&self) -> Result<Ice, HttpError> {
        #[derive(Deserialize)]
        struct Config {
            #[serde(default)]
            ice: Ice,
        }
        self.get::<Config>(self.url(&["config.json"], &[])).await.map(|c| c.ice)
    }

    /// Describes the room, as its host may.
    ///
    /// # Errors
    /// As [`Server::rooms`]; also where this peer is not the host.
    pub async fn describe(&self, joined: &Joined, world: &str) -> Result<(), HttpError> {
        self.post(joined, &serde_json::json!({ "world": world })).await
    }

    /// Hands the role of the room's host to another member, in the directory.
    ///
    /// # Errors
    /// As [`Server::describe`].
    pub async fn hand_over(&self, joined: &Joined, host: u128) -> Result<(), HttpError> {
        self.post(joined, &serde_json::json!({ "host": uuid_text(host) })).await
    }

    /// An address at this server: the path's parts and the query's pairs are escaped as they need.
    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> String {
        // What `parse` wrote is an address with a host, so neither step below fails.
        let Ok(mut url) = Url::parse(&self.http) else { return self.http.clone() };
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url.into()
    }

    async fn post(&self, joined: &Joined, body: &serde_json::Value) -> Result<(), HttpError> {
        let url = self.url(&["rooms", &joined.room], &[("key", &joined.key)]);
        let answer = http::request(&url, Some(&body.to_string()), &self.trust).await?;
        Self::read::<serde_json::Value>(&answer).map(drop)
    }

    async fn get<T: for<'a> Deserialize<'a>>(&self, url: String) -> Result<T, HttpError> {
        Self::read(&http::request(&url, None, &self.trust).await?)
    }

    fn read<T: for<'a> Deserialize<'a>>(answer: &Answer) -> Result<T, HttpError> {
        if answer.status != 200 {
            let words: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
            let why = words.as_ref().and_then(|v| v.get("error")).and_then(|e| e.as_str());
            return Err(HttpError::Refused { status: answer.status, why: why.unwrap_or_default().to_owned() });
        }
        serde_json::from_slice(&answer.body).map_err(|e| HttpError::Unreadable(e.to_string()))
    }
}

/// Who a peer is, of its id at the signaling server: the first 32 bits are the WebSocket's.
pub fn who(id: u128) -> PeerId {
    PeerId(id & (u128::MAX >> 32))
}

/// A peer's id from a uuid's text.
pub fn parse_uuid(text: &str) -> Option<u128> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    (digits.len() == 32 && digits.is_ascii()).then(|| u128::from_str_radix(&digits, 16).ok()).flatten()
}

/// A peer's id as a uuid's text.
pub fn uuid_text(id: u128) -> String {
    let d = format!("{id:032x}");
    format!("{}-{}-{}-{}-{}", &d[..8], &d[8..12], &d[12..16], &d[16..20], &d[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_understood_or_refused_in_words() {
        let http = |text: &str| Server::parse(text).map(|server| server.http().to_owned());
        for text in ["ws://h:3536", "http://h:3536/?room=x", "h:3536", "ws://h:3536/room", "HTTP://h:3536"] {
            assert_eq!(http(text).unwrap(), "http://h:3536", "{text}");
        }
        for text in ["https://h/tide/", "wss://h/tide/?room=x", "https://h/tide//#y"] {
            assert_eq!(http(text).unwrap(), "https://h/tide", "{text}");
        }
        assert_eq!(http("[::1]:3536").unwrap(), "http://[::1]:3536");
        assert_eq!(http("wss://[::1]:1").unwrap(), "https://[::1]:1");
        for text in ["", "ftp://x", "ws://", "ws://a b", "ws://h/a b/", "ws://me:secret@h", "http:h", "/rooms"] {
            assert!(http(text).is_err(), "{text}: {:?}", http(text));
        }
    }

    #[test]
    fn names_are_escaped_wherever_they_stand() {
        let server = Server::parse("wss://h/tide/").unwrap();
        let [room, ticket] = ["a b/ü?", "x&y=z"].map(str::to_owned);
        let joined = Joined { room, ticket, peer: String::new(), key: String::new(), founder: false };
        assert_eq!(server.socket(&joined), "wss://h/tide/a%20b%2F%C3%BC%3F?ticket=x%26y%3Dz");
        assert_eq!(server.url(&["rooms"], &[]), "https://h/tide/rooms");
        let plain = Server::parse("h:1").unwrap();
        assert_eq!(plain.url(&["join"], &[("name", "Zoë +")]), "http://h:1/join?name=Zo%C3%AB+%2B");
    }

    #[test]
    fn ids_read_as_they_are_written() {
        let id = 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef;
        assert_eq!(parse_uuid(&uuid_text(id)), Some(id));
        assert_eq!(parse_uuid("x"), None);
    }

    /// As servers of other versions say it.
    #[test]
    fn an_invitation_is_read_with_and_without_a_warning() {
        let read = |rest: &str| {
            let body = format!(r#"{{"link":"https://a/?room=b","others":[]{rest}}}"#).into_bytes();
            Server::read::<Invitation>(&Answer { status: 200, body }).unwrap()
        };
        assert_eq!(read(r#","lan":true,"warning":null"#).warning, None);
        let plain = read("");
        assert_eq!((plain.lan, plain.warning), (true, None));
        let own = read(r#","lan":false,"warning":"The browser will warn""#);
        assert_eq!((own.lan, own.warning.as_deref()), (false, Some("The browser will warn")));
    }

    #[test]
    fn a_refusal_is_told_in_the_servers_words_where_it_has_any() {
        let read = |status, body: &str| {
            Server::read::<RoomEntry>(&Answer { status, body: body.into() }).unwrap_err().to_string()
        };
        assert_eq!(read(409, r#"{"error":"the room is full"}"#), "the room is full");
        assert_eq!(read(500, "<html>"), "the signaling server answered 500");
        assert!(read(200, "<html>").contains("makes no sense"));
    }
}
