//! What people show each other beside the world: pointers, points, words.

use crate::api::{Channel, Hand};
use crate::message::{About, Class, Messages, SMALL, WORDS, Who, declared, messages, row};
use crate::shown::{SPOT_MAX, is_sayable};

/// Pointers: a peer sends at most twenty a second; what a sleep held back comes at once.
const HANDS: Class = Class::new("hands", (400, 40), (16 << 10, 2 << 10));
/// Words and points: nobody types or taps faster, and whoever floods is not heard.
const SAYINGS: Class = Class::new("sayings", (12, 2), (6 << 10, 1 << 10));

messages! {
    "What people show each other beside the world: pointers, points, words. None of it touches the simulation.";

    /// Where my player's pointer is and what it holds; nothing where it is not over the world. May be lost.
    Hand(Option<Hand>) => row(Who::Member, HANDS, SMALL).relayed_on(Channel::View);
    /// My player wants the others to look here; in quarters of a cell.
    Point([u16; 2]) => row(Who::Member, SAYINGS, SMALL).relayed_on(Channel::Log);
    /// What my player says to everyone; at most [`SAID_MAX`](crate::shown::SAID_MAX) bytes.
    Say(String) => row(Who::Member, SAYINGS, WORDS).relayed_on(Channel::Log);
}

impl Messages for Message {
    declared!();

    fn is_valid(&self) -> bool {
        let is_spot = |at: &[u16; 2]| at.iter().all(|v| *v <= SPOT_MAX);
        match self {
            Self::Hand(hand) => hand.iter().all(|hand| is_spot(&hand.at)),
            Self::Point(at) => is_spot(at),
            Self::Say(text) => is_sayable(text),
        }
    }

    fn sample(kind: Kind) -> (Self, Vec<u8>) {
        let message = match kind {
            Kind::Hand => Self::Hand(Some(Hand { at: [400, 900], tool: 3, radius: 4, pressed: true })),
            Kind::Point => Self::Point([12, 16_000]),
            Kind::Say => Self::Say("look \u{1f30a}".into()),
        };
        (message, Vec::new())
    }

    fn near(kind: Kind, _: &About) -> Option<(Self, Vec<u8>)> {
        // A member may say it, and nothing follows from it but that it is shown.
        Some(Self::sample(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shown::SAID_MAX;

    #[test]
    fn what_cannot_be_shown_is_not_valid() {
        let say = |text: &str| Message::Say(text.into()).is_valid();
        assert!(say("hi") && say("\u{5e9}\u{5dc}\u{5d5}\u{5dd}") && say(&"x".repeat(SAID_MAX)));
        assert!(
            !say("") && !say("  ") && !say("two\nlines") && !say("\u{202e}turned") && !say(&"x".repeat(SAID_MAX + 1))
        );
        assert!(Message::Point([SPOT_MAX, 0]).is_valid() && !Message::Point([SPOT_MAX + 1, 0]).is_valid());
        let hand = Hand { at: [0, SPOT_MAX + 1], tool: 0, radius: 0, pressed: false };
        assert!(Message::Hand(None).is_valid() && !Message::Hand(Some(hand)).is_valid());
    }
}
