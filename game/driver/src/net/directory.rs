//! Asking the signaling server: who founds the room, and the ticket in. See the signaling crate's page for
//! the protocol.

use super::http;
use super::trust::Trust;
use serde::{Deserialize, Serialize};

/// Bytes of an answer that are read at most.
pub const ANSWER_BYTES_MAX: usize = 1 << 20;

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

/// A signaling server's addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    http: String,
    ws: String,
    trust: Trust,
}

impl Server {
    /// From `ws://host:3536`, `http://host:3536`, `https://host:3537`, or `host:3536`. A server below a path is named as
    /// its page is: what stands before the last slash counts, so that an invitation's link will do.
    pub fn parse(url: &str) -> Result<Self, String> {
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        let address = rest.split(['?', '#']).next().unwrap_or("");
        let (host, path) = address.split_at(address.find('/').unwrap_or(address.len()));
        let folder = path.rfind('/').map_or("", |end| path[..end].trim_end_matches('/'));
        if host.is_empty() || address.contains(|c: char| c.is_whitespace() || c == '@') {
            return Err(format!("`{url}` names no server: write ws://HOST:3536"));
        }
        match scheme {
            "ws" | "http" => Ok(Self::new(format!("http://{host}{folder}"), format!("ws://{host}{folder}"))),
            "wss" | "https" => Ok(Self::new(format!("https://{host}{folder}"), format!("wss://{host}{folder}"))),
            other => Err(format!("`{other}` is not a way to a signaling server: write ws://HOST:3536")),
        }
    }

    /// Where it is asked over http or https: an address that ends without a slash.
    pub fn http(&self) -> &str {
        &self.http
    }

    fn new(http: String, ws: String) -> Self {
        Self { http, ws, trust: Trust::default() }
    }

    /// The same server, believed by `trust`.
    pub fn trusting(self, trust: Trust) -> Self {
        Self { trust, ..self }
    }

    /// The address of a room's WebSocket.
    pub fn socket(&self, joined: &Joined) -> String {
        format!("{}/{}?ticket={}", self.ws, escape(&joined.room), escape(&joined.ticket))
    }

    /// Asks for a place in a room.
    pub async fn join(&self, room: &str, name: &str) -> Result<Joined, String> {
        self.get(&format!("/join?room={}&name={}", escape(room), escape(name))).await
    }

    /// Asks for a place in the same room again, for the same peer.
    pub async fn join_again(&self, joined: &Joined, name: &str) -> Result<Joined, String> {
        let (room, key) = (escape(&joined.room), escape(&joined.key));
        self.get(&format!("/join?room={room}&name={}&key={key}", escape(name))).await
    }

    /// The rooms there are.
    pub async fn rooms(&self) -> Result<Vec<RoomEntry>, String> {
        #[derive(Deserialize)]
        struct Rooms {
            rooms: Vec<RoomEntry>,
        }
        self.get::<Rooms>("/rooms").await.map(|r| r.rooms)
    }

    /// One room.
    pub async fn room(&self, room: &str) -> Result<RoomEntry, String> {
        self.get(&format!("/rooms/{}", escape(room))).await
    }

    /// The ICE servers to use.
    pub async fn ice(&self) -> Result<Ice, String> {
        #[derive(Deserialize)]
        struct Config {
            #[serde(default)]
            ice: Ice,
        }
        self.get::<Config>("/config.json").await.map(|c| c.ice)
    }

    /// Describes the room, as its host may.
    pub async fn describe(&self, joined: &Joined, world: &str) -> Result<(), String> {
        let path = format!("/rooms/{}?key={}", escape(&joined.room), escape(&joined.key));
        let body = serde_json::json!({ "world": world }).to_string();
        let (status, answer) = http::request(&format!("{}{path}", self.http), Some(&body), &self.trust).await?;
        Self::read::<serde_json::Value>(status, &answer).map(drop)
    }

    /// Hands the role of the room's host to another member, in the directory.
    pub async fn hand_over(&self, joined: &Joined, host: u128) -> Result<(), String> {
        let path = format!("/rooms/{}?key={}", escape(&joined.room), escape(&joined.key));
        let body = serde_json::json!({ "host": uuid_text(host) }).to_string();
        let (status, answer) = http::request(&format!("{}{path}", self.http), Some(&body), &self.trust).await?;
        Self::read::<serde_json::Value>(status, &answer).map(drop)
    }

    async fn get<T: for<'a> Deserialize<'a>>(&self, path: &str) -> Result<T, String> {
        let (status, answer) = http::request(&format!("{}{path}", self.http), None, &self.trust).await?;
        Self::read(status, &answer)
    }

    fn read<T: for<'a> Deserialize<'a>>(status: u16, answer: &[u8]) -> Result<T, String> {
        if status != 200 {
            let words: Option<serde_json::Value> = serde_json::from_slice(answer).ok();
            let words = words.as_ref().and_then(|v| v.get("error")).and_then(|e| e.as_str());
            return Err(words.map_or_else(|| format!("the signaling server answered {status}"), str::to_owned));
        }
        serde_json::from_slice(answer).map_err(|e| format!("the signaling server's answer makes no sense: {e}"))
    }
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

/// Percent-encoding for a part of a path or query.
fn escape(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_understood_or_refused_in_words() {
        for url in ["ws://h:3536", "http://h:3536/?room=x", "h:3536", "ws://h:3536/room"] {
            assert_eq!(Server::parse(url).unwrap(), Server::new("http://h:3536".into(), "ws://h:3536".into()));
        }
        assert!(Server::parse("wss://h:1").unwrap().ws.starts_with("wss"));
        for url in ["https://h/tide/", "wss://h/tide/?room=x", "https://h/tide//#y"] {
            let below = Server::new("https://h/tide".into(), "wss://h/tide".into());
            assert_eq!(Server::parse(url).unwrap(), below, "{url}");
        }
        for url in ["", "ftp://x", "ws://", "ws://a b", "ws://h/a b/"] {
            assert!(Server::parse(url).is_err(), "{url}");
        }
        assert_eq!(escape("a b/ü"), "a%20b%2F%C3%BC");
        let id = 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef;
        assert_eq!(parse_uuid(&uuid_text(id)), Some(id));
        assert_eq!(parse_uuid("x"), None);
    }
}
