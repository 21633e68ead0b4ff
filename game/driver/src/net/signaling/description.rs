//! What another participant says of its end of a connection: an SDP session description, an ICE candidate.
//!
//! matchbox hands both to the WebRTC stack and unwraps the result, so one bad line ends every connection of a room (in
//! a page it ends the page). Here a description is read into the few fields that a data channel needs, each with its
//! bounds, and written again from them: the stack below sees no text of a peer, only text of this module. What another
//! peer could say with other lines (media, codecs, extensions) nobody here wants to hear.
//!
//! This is also where a signature over the certificate's fingerprint will be checked: it is a field of its own.

use sdp_types::{
    AttributeError, CandidateAddress, CandidateType, Fingerprint, HashFunc, IcePwd, IceUfrag, MaxMessageSize, Media,
    Mid, SctpPort, Session, Setup, TypedAttribute,
};
use serde::Deserialize;
use std::fmt::Write as _;
use std::net::IpAddr;

/// The longest description. Browsers on machines with ten networks write about 4 KB.
pub(super) const DESCRIPTION_BYTES_MAX: usize = 16 << 10;
/// The longest candidate, as JSON.
pub(super) const CANDIDATE_BYTES_MAX: usize = 1024;
/// Candidates within one description; further ones are left out.
const CANDIDATES_MAX: usize = 32;
/// Ports below are refused by Chrome as an attack on other services; no WebRTC stack listens there.
const PORT_MIN: u16 = 1024;
/// The largest message that a description may announce, and what one without a limit is taken to allow.
const MESSAGE_BYTES_MAX: u64 = 1 << 30;
/// SCTP's usual port in WebRTC, for those who do not name it.
const SCTP_PORT: u16 = 5000;

/// Why a signal is not passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    /// Longer than anything honest.
    #[error("too long")]
    TooLong,
    /// Neither SDP nor a candidate.
    #[error("not to be read")]
    Unreadable,
    /// Not exactly one section with a data channel over DTLS.
    #[error("not one data channel")]
    Sections,
    /// A field is missing or has a value that no stack accepts.
    #[error("bad {0}")]
    Field(&'static str),
}

/// Which of the two descriptions of a handshake it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Offer,
    Answer,
}

/// A description, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Description {
    /// The section's name; an answer repeats the offer's.
    pub(super) mid: String,
    ufrag: String,
    pwd: String,
    /// SHA-256 of the certificate that the DTLS handshake must show.
    fingerprint: [u8; 32],
    setup: &'static str,
    sctp_port: u16,
    message_bytes: u64,
    candidates: Vec<Candidate>,
}

impl Description {
    /// Reads a description.
    pub(super) fn read(text: &str, kind: Kind) -> Result<Self, Malformed> {
        if text.len() > DESCRIPTION_BYTES_MAX {
            return Err(Malformed::TooLong);
        }
        let session = Session::parse(text.as_bytes()).map_err(|_| Malformed::Unreadable)?;
        let [media] = &session.medias[..] else { return Err(Malformed::Sections) };
        let is_data = media.media == "application" && media.fmt == "webrtc-datachannel";
        if !is_data || !matches!(media.proto.as_str(), "UDP/DTLS/SCTP" | "DTLS/SCTP") || media.port == 0 {
            return Err(Malformed::Sections);
        }
        let ends = Both { session: &session, media };
        let mid = ends.field::<Mid>("mid")?.0;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if mid.is_empty() || mid.len() > 16 || !mid.chars().all(is_plain) {
            return Err(Malformed::Field("mid"));
        }
        let setup = match (ends.field::<Setup>("setup")?, kind) {
            (Setup::ActPass, Kind::Offer) => "actpass",
            (Setup::Active, _) => "active",
            (Setup::Passive, _) => "passive",
            _ => return Err(Malformed::Field("setup")),
        };
        let sctp_port = ends.optional::<SctpPort>("sctp-port")?.map_or(SCTP_PORT, |port| port.0);
        if sctp_port == 0 {
            return Err(Malformed::Field("sctp-port"));
        }
        let message_bytes = ends.optional::<MaxMessageSize>("max-message-size")?.map_or(0, |size| size.0);
        let candidates = media.attributes_typed::<sdp_types::Candidate>().map(|candidate| {
            candidate.map_err(|_| Malformed::Field("candidate")).and_then(|candidate| Candidate::check(&candidate))
        });
        let candidates: Vec<Option<Candidate>> = candidates.collect::<Result<_, _>>()?;
        Ok(Self {
            mid,
            ufrag: ends.field::<IceUfrag>("ice-ufrag")?.0,
            pwd: ends.field::<IcePwd>("ice-pwd")?.0,
            fingerprint: fingerprint(&ends)?,
            setup,
            sctp_port,
            message_bytes: if message_bytes == 0 { MESSAGE_BYTES_MAX } else { message_bytes.min(MESSAGE_BYTES_MAX) },
            candidates: candidates.into_iter().flatten().take(CANDIDATES_MAX).collect(),
        })
    }

    /// The description in the words of this module.
    pub(super) fn write(&self) -> String {
        let Self { mid, ufrag, pwd, setup, sctp_port, message_bytes, .. } = self;
        let fingerprint = crate::net::trust::written(&self.fingerprint);
        let mut out = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {mid}\r\n\
             m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:{ufrag}\r\n\
             a=ice-pwd:{pwd}\r\na=ice-options:trickle\r\na=fingerprint:sha-256 {fingerprint}\r\na=setup:{setup}\r\n\
             a=mid:{mid}\r\na=sctp-port:{sctp_port}\r\na=max-message-size:{message_bytes}\r\n"
        );
        for candidate in &self.candidates {
            let _ = write!(out, "a=candidate:{candidate}\r\n");
        }
        out
    }
}

/// A section and the session around it, whose attributes stand for the section where it has none.
struct Both<'a> {
    session: &'a Session,
    media: &'a Media,
}

impl Both<'_> {
    fn optional<T>(&self, name: &'static str) -> Result<Option<T>, Malformed>
    where
        T: TypedAttribute + std::str::FromStr<Err = AttributeError>,
    {
        let found = self.media.get_first_attribute_typed().or_else(|| self.session.get_first_attribute_typed());
        found.transpose().map_err(|_| Malformed::Field(name))
    }

    fn field<T>(&self, name: &'static str) -> Result<T, Malformed>
    where
        T: TypedAttribute + std::str::FromStr<Err = AttributeError>,
    {
        self.optional(name)?.ok_or(Malformed::Field(name))
    }
}

/// The SHA-256 fingerprint. Every stack makes one; weaker hashes beside it count for nothing.
fn fingerprint(ends: &Both<'_>) -> Result<[u8; 32], Malformed> {
    let all = ends.media.attributes_typed::<Fingerprint>().chain(ends.session.attributes_typed::<Fingerprint>());
    let mut found = None;
    for fingerprint in all {
        let fingerprint = fingerprint.map_err(|_| Malformed::Field("fingerprint"))?;
        if fingerprint.hash_func == HashFunc::Sha256 {
            let bytes = fingerprint.fingerprint.try_into().map_err(|_| Malformed::Field("fingerprint"))?;
            // Two that differ: the DTLS handshake could show either.
            if found.is_some_and(|other| other != bytes) {
                return Err(Malformed::Field("fingerprint"));
            }
            found = Some(bytes);
        }
    }
    found.ok_or(Malformed::Field("fingerprint"))
}

/// An address at which a peer may be reached by UDP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    foundation: String,
    priority: u32,
    address: Address,
    port: u16,
    typ: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Address {
    Ip(IpAddr),
    /// A name that only the local network can resolve: browsers hide addresses so.
    Local(String),
}

/// What follows a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trickle {
    /// A candidate.
    Candidate(Candidate),
    /// A candidate that is in order and of no use here: TCP, another component.
    Useless,
    /// No more will come.
    End,
}

/// `RTCIceCandidateInit`, as far as it says anything new.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CandidateInit {
    candidate: String,
    #[serde(default)]
    sdp_mid: Option<String>,
    #[serde(default)]
    sdp_m_line_index: Option<u16>,
}

impl Trickle {
    /// Reads a candidate of a section named `mid`.
    pub(super) fn read(json: &str, mid: &str) -> Result<Self, Malformed> {
        if json.len() > CANDIDATE_BYTES_MAX {
            return Err(Malformed::TooLong);
        }
        if json.trim() == "null" {
            return Ok(Self::End);
        }
        let init: CandidateInit = serde_json::from_str(json).map_err(|_| Malformed::Unreadable)?;
        // The native stack names no section, or the empty one.
        let is_named = init.sdp_mid.is_none_or(|named| named.is_empty() || named == mid);
        if !is_named || init.sdp_m_line_index.is_some_and(|index| index != 0) {
            return Err(Malformed::Field("mid"));
        }
        let text = init.candidate.trim();
        let text = text.strip_prefix("candidate:").unwrap_or(text);
        if text.is_empty() {
            return Ok(Self::End);
        }
        let candidate: sdp_types::Candidate = text.parse().map_err(|_| Malformed::Field("candidate"))?;
        Ok(Candidate::check(&candidate)?.map_or(Self::Useless, Self::Candidate))
    }
}

impl Candidate {
    /// Nothing for one that is in order and of no use.
    fn check(from: &sdp_types::Candidate) -> Result<Option<Self>, Malformed> {
        let is_ice_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
        if from.foundation.is_empty() || from.foundation.len() > 32 || !from.foundation.chars().all(is_ice_char) {
            return Err(Malformed::Field("foundation"));
        }
        let priority = u32::try_from(from.priority).ok().filter(|p| *p > 0).ok_or(Malformed::Field("priority"))?;
        let typ = match from.typ {
            CandidateType::Host => "host",
            CandidateType::Srflx => "srflx",
            CandidateType::Prflx => "prflx",
            CandidateType::Relay => "relay",
            _ => return Err(Malformed::Field("candidate type")),
        };
        let address = match &from.address {
            CandidateAddress::IpAddr(ip) => Address::Ip(*ip),
            CandidateAddress::FQDN(name) => match Address::local(name) {
                Some(address) => address,
                // A name elsewhere, an address with a zone: nobody here asks for those.
                None => return Ok(None),
            },
        };
        let is_udp = from.transport.eq_ignore_ascii_case("udp");
        if !is_udp && !from.transport.eq_ignore_ascii_case("tcp") {
            return Err(Malformed::Field("transport"));
        }
        let is_of_use = is_udp && from.component_id == 1 && from.port >= PORT_MIN && address.is_of_use(typ);
        Ok(is_of_use.then(|| Self { foundation: from.foundation.clone(), priority, address, port: from.port, typ }))
    }

    /// As `RTCIceCandidateInit` has it.
    pub(super) fn write(&self, mid: &str) -> String {
        serde_json::json!({ "candidate": format!("candidate:{self}"), "sdpMid": mid, "sdpMLineIndex": 0 }).to_string()
    }
}

impl std::fmt::Display for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { foundation, priority, port, typ, .. } = self;
        match &self.address {
            Address::Ip(ip) => write!(f, "{foundation} 1 udp {priority} {ip} {port} typ {typ}")?,
            Address::Local(name) => write!(f, "{foundation} 1 udp {priority} {name} {port} typ {typ}")?,
        }
        // The grammar wants the address behind a NAT; whose it is nobody needs to know.
        if *typ == "host" { Ok(()) } else { write!(f, " raddr 0.0.0.0 rport 0") }
    }
}

impl Address {
    fn local(name: &str) -> Option<Self> {
        let label = name.strip_suffix(".local")?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (!label.is_empty() && label.len() <= 63 && label.chars().all(is_plain)).then(|| Self::Local(name.to_owned()))
    }

    /// Whether datagrams can go there, to one machine.
    fn is_of_use(&self, typ: &str) -> bool {
        match self {
            Self::Ip(IpAddr::V4(ip)) => !ip.is_unspecified() && !ip.is_multicast() && !ip.is_broadcast(),
            Self::Ip(IpAddr::V6(ip)) => !ip.is_unspecified() && !ip.is_multicast() && ip.to_ipv4_mapped().is_none(),
            Self::Local(_) => typ == "host",
        }
    }
}

#[cfg(test)]
#[path = "description_tests.rs"]
pub(super) mod tests;
