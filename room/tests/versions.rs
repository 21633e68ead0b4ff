//! Peers of other versions, and other kernels: each is refused, and can show why.
//!
//! `data/hello-5.bin` and `data/refused-5.bin` were written by a peer of version 5: a newcomer's hello, and the no of a
//! leader to a newcomer of version 6.

mod common;

use common::{config, founder};
use room::Room;
use room::api::{Channel, Event, Input, Output, PeerId};
use room::notice::Refusal;
use room::wire::membership::Message;
use room::wire::{PROTOCOL_VERSION, decode, encode};
use serde::Deserialize;

const HELLO_5: &[u8] = include_bytes!("data/hello-5.bin");
const REFUSED_5: &[u8] = include_bytes!("data/refused-5.bin");
const OTHER: PeerId = PeerId(9);

/// The first kinds of messages as version 5 reads them.
#[derive(Debug, PartialEq, Deserialize)]
enum Five {
    Hello { version: u32, constants: [u32; 4], profile: (String, bool, String, u64) },
    Refused(String),
}

/// As version 5 decodes a message: all of it, with its limit.
fn read_as_five(bytes: &[u8]) -> Five {
    let (msg, used) = bincode::serde::decode_from_slice::<Five, _>(bytes, bincode::config::standard()).unwrap();
    assert_eq!(used, bytes.len(), "version 5 takes nothing that follows");
    if let Five::Refused(words) = &msg {
        assert!(words.len() <= 500);
    }
    msg
}

/// What the other is answered, and what the player is told.
fn tell(room: &mut Room, now: u64, bytes: &[u8]) -> (Vec<Vec<u8>>, Vec<Event>) {
    room.handle(now, Input::Message { from: OTHER, channel: Channel::Log, bytes: bytes.to_vec() });
    polled(room)
}

fn polled(room: &mut Room) -> (Vec<Vec<u8>>, Vec<Event>) {
    let (mut sent, mut events) = (Vec::new(), Vec::new());
    loop {
        match room.poll() {
            Output::Send { to, bytes, .. } if to == OTHER => sent.push(bytes),
            Output::Event(event) => events.push(event),
            Output::Wait(_) => return (sent, events),
            _ => {}
        }
    }
}

fn leader() -> Room {
    let mut leader = Room::new(founder(1), 0);
    leader.handle(10, Input::PeerUp(OTHER));
    polled(&mut leader);
    leader
}

/// How a newcomer is refused that hears this from somebody and no welcome.
fn refusal_of(bytes: &[u8]) -> Option<Refusal> {
    let mut newcomer = Room::new(config(2, None), 0);
    newcomer.handle(10, Input::PeerUp(OTHER));
    polled(&mut newcomer);
    let (_, mut events) = tell(&mut newcomer, 20, bytes);
    newcomer.handle(3_000_000, Input::Wake);
    events.extend(polled(&mut newcomer).1);
    events.into_iter().find_map(|e| if let Event::Refused(why) = e { Some(why) } else { None })
}

#[test]
fn a_newcomer_of_version_5_is_refused_in_words_that_it_can_show() {
    let Five::Hello { version, profile, .. } = read_as_five(HELLO_5) else { panic!("the first kind") };
    assert_eq!((version, profile.0.as_str()), (5, "Anna"));
    let (sent, _) = tell(&mut leader(), 20, HELLO_5);
    let [answer] = &sent[..] else { panic!("one answer, not {}", sent.len()) };
    let words = format!("this room speaks protocol version {PROTOCOL_VERSION}, you speak 5: use the same release");
    assert_eq!(read_as_five(answer), Five::Refused(words));
}

#[test]
fn versions_to_come_are_refused_as_well() {
    let (sent, _) = tell(&mut leader(), 20, &[0, 77, 3, 3]);
    let Five::Refused(words) = read_as_five(&sent[0]) else { panic!("the second kind") };
    assert!(words.contains("you speak 77"), "{words}");
}

#[test]
fn a_room_of_version_5_refuses_and_only_its_number_is_taken() {
    assert_eq!(refusal_of(REFUSED_5), Some(Refusal::Version { room: Some(5), mine: PROTOCOL_VERSION }));
    for words in
        ["", "send money", "this room speaks protocol version x", "this room speaks protocol version 99999999999"]
    {
        let no = encode(&Message::RefusedForeign(words.into()).into(), &[]);
        assert_eq!(refusal_of(&no), Some(Refusal::Version { room: None, mine: PROTOCOL_VERSION }), "{words}");
    }
    assert_eq!(refusal_of(&encode(&Message::RefusedForeign("x".repeat(501)).into(), &[])), None, "too long");
}

#[test]
fn other_kernels_and_one_too_many_are_refused_by_type() {
    let profile = common::profile("X");
    let hello = Message::Hello { version: PROTOCOL_VERSION, constants: [1, 2, 3, 4], profile };
    let (sent, _) = tell(&mut leader(), 20, &encode(&hello.into(), &[]));
    assert_eq!(decode(&sent[0]), Ok((Message::Refused(Refusal::Kernels).into(), &[][..])));
    assert_eq!(refusal_of(&sent[0]), Some(Refusal::Kernels));
}
