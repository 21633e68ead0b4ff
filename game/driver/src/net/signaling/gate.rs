//! Which signals reach the WebRTC stack: those of a handshake in its order, with well-formed contents, from
//! participants who have not sent too many others.
//!
//! A handshake goes: this peer is told of a newcomer, offers, and is answered; or somebody who was here before offers,
//! and this peer answers. Candidates come after the description that they belong to. Everything else matchbox takes for
//! impossible: it panics on some of it (a second `NewPeer` for one id, a second `IdAssigned`, any description that the
//! stack below refuses) and holds a connection for ever on the rest (a candidate out of nowhere). Sans-IO.

use super::description::{Description, Kind, Malformed, Trickle};
use super::distrust::Distrust;
use crate::net::directory::who;
use matchbox_socket::{PeerEvent, PeerId as SocketId, PeerRequest, PeerSignal};
use room::api::{Micros, PeerId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The longest message of the signaling server that is read: a description within JSON within JSON.
pub(super) const MESSAGE_BYTES_MAX: usize = 40 << 10;
/// Candidates of one handshake; a machine with ten networks has about thirty.
const CANDIDATES_MAX: u32 = 64;
/// Handshakes that have not come to an end; a newcomer to a full room has as many at once as there are places.
const PENDING_MAX: usize = 64;
/// A handshake that takes longer never ends. matchbox keeps it all the same, for as long as its socket lives.
const HANDSHAKE_US: u64 = 30_000_000;
/// WebSockets of others that one socket hears of in its life.
const SENDERS_MAX: usize = 1024;
/// Handshakes that a page begins in its life, whichever socket they are of: matchbox never closes a connection there,
/// and Chrome lets a page have 500, the one after which ends the page.
#[cfg(target_arch = "wasm32")]
const PAGE_HANDSHAKES_MAX: usize = 400;
#[cfg(target_arch = "wasm32")]
static PAGE_HANDSHAKES: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

/// What came of the signals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignalFigures {
    /// Signals that were passed on.
    pub passed: u64,
    /// Signals against the rules.
    pub refused: u64,
    /// Signals that were not looked at: of those who sent too many bad ones, or left over from what was refused.
    pub ignored: u64,
    /// Participants who are not listened to any more.
    pub distrusted: u64,
}

impl SignalFigures {
    pub(crate) fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.refused += other.refused;
        self.ignored += other.ignored;
        self.distrusted += other.distrusted;
    }
}

/// What is to become of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Give this to matchbox.
    Pass(PeerEvent),
    /// Nothing.
    Drop,
    /// Nothing, and the sender is not listened to any more.
    Distrust(PeerId),
    /// This socket has met as many as it can: another one is needed.
    Exhausted,
}

/// How far a handshake is, as the peer's signals drive it.
#[derive(Debug, PartialEq, Eq)]
enum Stage {
    /// This peer is to offer; the offer's section, once it has gone out.
    Offering(Option<String>),
    /// The other's description has come, for a section of this name.
    Described { mid: String, candidates: u32 },
    /// Nothing of this handshake was passed on, and nothing will be.
    Refused,
}

#[derive(Debug)]
struct Sender {
    stage: Stage,
    began: Micros,
    connected: bool,
}

impl Sender {
    fn is_pending(&self) -> bool {
        !self.connected && self.stage != Stage::Refused
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Gate {
    named: bool,
    senders: BTreeMap<SocketId, Sender>,
    distrust: Arc<Mutex<Distrust>>,
    pub(super) figures: SignalFigures,
}

/// Why a signal is not passed on.
enum Fault {
    /// A rule is broken.
    Bad(&'static str),
    /// Left over from something that was refused, or more than this peer can take.
    Idle,
    /// See [`Verdict::Exhausted`].
    Exhausted,
}

impl From<Malformed> for Fault {
    fn from(why: Malformed) -> Self {
        log::debug!("a signal is malformed: {why}");
        Self::Bad("malformed")
    }
}

impl Gate {
    pub(super) fn new(distrust: Arc<Mutex<Distrust>>) -> Self {
        Self { named: false, senders: BTreeMap::new(), distrust, figures: SignalFigures::default() }
    }

    /// What is to become of a message of the signaling server.
    pub(super) fn message(&mut self, now: Micros, text: &str) -> Verdict {
        let event = if text.len() <= MESSAGE_BYTES_MAX { serde_json::from_str::<PeerEvent>(text).ok() } else { None };
        let Some(event) = event else {
            return match super::sender(text) {
                Some(sender) => self.judge(sender, Err(Fault::Bad("unreadable"))),
                None => self.unsigned(),
            };
        };
        match event {
            PeerEvent::IdAssigned(_) if std::mem::replace(&mut self.named, true) => self.unsigned(),
            PeerEvent::IdAssigned(_) => Verdict::Pass(event),
            PeerEvent::PeerLeft(_) => Verdict::Pass(event),
            PeerEvent::NewPeer(peer) => self.newcomer(now, peer),
            PeerEvent::Signal { sender, data } => {
                if self.is_distrusted(sender) {
                    self.figures.ignored += 1;
                    return Verdict::Drop;
                }
                let passed = self.signal(now, sender, data);
                self.judge(sender, passed.map(|data| PeerEvent::Signal { sender, data }))
            }
        }
    }

    /// A request of this peer goes out: an offer names the section that its answer must be for.
    pub(super) fn request(&mut self, request: &PeerRequest) {
        let PeerRequest::Signal { receiver, data: PeerSignal::Offer(sdp) } = request else { return };
        if let Some(Sender { stage: Stage::Offering(mid), .. }) = self.senders.get_mut(receiver) {
            match Description::read(sdp, Kind::Offer) {
                Ok(own) => *mid = Some(own.mid),
                Err(why) => log::warn!("this device's own offer is not understood: {why}"),
            }
        }
    }

    /// A handshake has come to its end.
    pub(crate) fn connected(&mut self, peer: SocketId) {
        if let Some(sender) = self.senders.get_mut(&peer) {
            sender.connected = true;
        }
    }

    /// What came of the signals so far.
    pub(crate) fn figures(&self) -> SignalFigures {
        self.figures
    }

    fn newcomer(&mut self, now: Micros, peer: SocketId) -> Verdict {
        // Twice the same one would take the first handshake's signals away, on which matchbox panics.
        if self.senders.contains_key(&peer) {
            return self.unsigned();
        }
        if self.is_distrusted(peer) {
            self.figures.ignored += 1;
            return Verdict::Drop;
        }
        let began = self.begin(now, peer, Stage::Offering(None));
        self.judge(peer, began.map(|()| PeerEvent::NewPeer(peer)))
    }

    fn signal(&mut self, now: Micros, from: SocketId, data: PeerSignal) -> Result<PeerSignal, Fault> {
        let stage = self.senders.get_mut(&from).map(|sender| &mut sender.stage);
        match (data, stage) {
            // Not one word of a handshake that was refused; its candidates are no further offence.
            (PeerSignal::IceCandidate(_), Some(Stage::Refused)) => Err(Fault::Idle),
            (PeerSignal::IceCandidate(json), Some(Stage::Described { mid, candidates })) => {
                *candidates += 1;
                if *candidates > CANDIDATES_MAX {
                    return Err(Fault::Bad("too many candidates"));
                }
                match Trickle::read(&json, mid)? {
                    Trickle::Candidate(candidate) => Ok(PeerSignal::IceCandidate(candidate.write(mid))),
                    Trickle::End => Ok(PeerSignal::IceCandidate("null".into())),
                    Trickle::Useless => Err(Fault::Idle),
                }
            }
            (PeerSignal::IceCandidate(_), _) => Err(Fault::Bad("a candidate before its description")),
            (PeerSignal::Offer(sdp), None) => match Description::read(&sdp, Kind::Offer) {
                Ok(offer) => {
                    self.begin(now, from, Stage::Described { mid: offer.mid.clone(), candidates: 0 })?;
                    Ok(PeerSignal::Offer(offer.write()))
                }
                Err(why) => {
                    self.begin(now, from, Stage::Refused)?;
                    Err(why.into())
                }
            },
            (PeerSignal::Offer(_), Some(_)) => Err(Fault::Bad("an offer that was not due")),
            (PeerSignal::Answer(sdp), Some(stage @ Stage::Offering(Some(_)))) => {
                // What happens to a handshake whose answer was refused: it waits. Another answer would do.
                let answer = Description::read(&sdp, Kind::Answer)?;
                if *stage != Stage::Offering(Some(answer.mid.clone())) {
                    return Err(Fault::Bad("an answer to another offer"));
                }
                *stage = Stage::Described { mid: answer.mid.clone(), candidates: 0 };
                Ok(PeerSignal::Answer(answer.write()))
            }
            (PeerSignal::Answer(_), _) => Err(Fault::Bad("an answer without an offer")),
        }
    }

    /// Remembers a handshake, where there is room for another one.
    fn begin(&mut self, now: Micros, peer: SocketId, stage: Stage) -> Result<(), Fault> {
        if self.senders.len() >= SENDERS_MAX {
            return Err(Fault::Exhausted);
        }
        let pending = self.senders.values().filter(|s| s.is_pending());
        let overdue = pending.clone().filter(|s| now >= s.began + HANDSHAKE_US).count();
        #[cfg(target_arch = "wasm32")]
        if stage != Stage::Refused
            && PAGE_HANDSHAKES.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= PAGE_HANDSHAKES_MAX
        {
            log::warn!("this page has met so many others that it can meet no more: reload it");
            return Err(Fault::Idle);
        }
        if stage == Stage::Refused || pending.count() < PENDING_MAX {
            self.senders.insert(peer, Sender { stage, began: now, connected: false });
            return Ok(());
        }
        if overdue * 2 > PENDING_MAX {
            return Err(Fault::Exhausted);
        }
        self.senders.insert(peer, Sender { stage: Stage::Refused, began: now, connected: false });
        Err(Fault::Idle)
    }

    fn judge(&mut self, sender: SocketId, passed: Result<PeerEvent, Fault>) -> Verdict {
        match passed {
            Ok(event) => {
                self.figures.passed += 1;
                Verdict::Pass(event)
            }
            Err(Fault::Idle) => {
                self.figures.ignored += 1;
                Verdict::Drop
            }
            Err(Fault::Exhausted) => Verdict::Exhausted,
            Err(Fault::Bad(why)) => {
                self.figures.refused += 1;
                log::info!("a signal of {sender} is refused: {why}");
                let who = who(sender.0.as_u128());
                if self.distrust.lock().unwrap_or_else(PoisonError::into_inner).strike(who) {
                    self.figures.distrusted += 1;
                    return Verdict::Distrust(who);
                }
                Verdict::Drop
            }
        }
    }

    /// A message that only the signaling server itself can be blamed for.
    fn unsigned(&mut self) -> Verdict {
        self.figures.refused += 1;
        log::info!("the signaling server sent a message that makes no sense");
        Verdict::Drop
    }

    fn is_distrusted(&self, peer: SocketId) -> bool {
        self.distrust.lock().unwrap_or_else(PoisonError::into_inner).has(who(peer.0.as_u128()))
    }
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
