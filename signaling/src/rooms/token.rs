//! The random words that a client is given: tickets and keys; and who a key says that its holder is.

use matchbox_protocol::PeerId;
use uuid::Uuid;

/// A random, unguessable word: 122 bits, as 32 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Token(String);

impl Token {
    pub(super) fn random() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// Whatever a client sent; a wrong one matches nothing. `None` when it cannot be one at all.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        fits.then(|| Self(text.to_owned()))
    }

    /// As text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Who holds this key, on this server, any other, and after any restart: nobody else can ask for the same one.
    fn identity(&self) -> u128 {
        let digest = ring::digest::digest(&ring::digest::SHA256, self.0.to_ascii_lowercase().as_bytes());
        let bytes = digest.as_ref().first_chunk().copied().unwrap_or_default();
        u128::from_le_bytes(bytes) & IDENTITY
    }

    /// The id of a holder's next WebSocket. Each has its own: matchbox takes an id for one connection.
    pub(super) fn peer(&self) -> PeerId {
        PeerId(Uuid::from_u128(self.identity() | (Uuid::new_v4().as_u128() & !IDENTITY)))
    }
}

/// The part of a peer's id that says who it is; the rest, its first 32 bits, says which WebSocket.
const IDENTITY: u128 = u128::MAX >> 32;

/// Whether two ids are of one participant.
pub(super) fn same(a: PeerId, b: PeerId) -> bool {
    (a.0.as_u128() ^ b.0.as_u128()) & IDENTITY == 0
}
