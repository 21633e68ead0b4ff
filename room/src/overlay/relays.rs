//! Ways around a link that is missing or bad, through a third participant, as the leader named them. What goes this
//! way is what any participant may say for any other: bands, requests for them, and views.

use super::{Overlay, Relay};
use crate::api::PeerId;

/// Who relays what two exchange, in either direction.
pub(crate) fn between(relays: &[Relay], a: PeerId, b: PeerId) -> Option<PeerId> {
    let pair = (a.min(b), a.max(b));
    relays.iter().find(|r| (r.a, r.b) == pair).map(|r| r.via)
}

/// Through whom `me` reaches another, where it does so around their own link.
pub(crate) fn relay(overlay: &Overlay, relays: &[Relay], me: PeerId, to: PeerId) -> Option<PeerId> {
    let relay = relays.iter().find(|r| [(r.a, r.b), (r.b, r.a)].contains(&(me, to)));
    relay.map(|r| r.via).filter(|&via| overlay.has(via))
}

/// The participant whose link carries what is sent to another in any case.
pub(crate) fn first_hop(overlay: &Overlay, relays: &[Relay], me: PeerId, to: PeerId) -> Option<PeerId> {
    if overlay.has(to) { Some(to) } else { relay(overlay, relays, me, to) }
}
