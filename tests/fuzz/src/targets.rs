//! What is tried. A target panics where something is wrong.

use crate::small::Small;
use driver::link::{Link, LinkConfig, LinkEvent, wire as datagram};
use room::save::recording as recordings;
use room::{bandcode, save as saves, wire};
use sim_kernels::stamp::Stamp;
use sim_kernels::stamp_file;

/// A target.
#[derive(Clone, Copy)]
pub struct Target {
    /// Names its folder in the corpus.
    pub name: &'static str,
    /// Takes any bytes.
    pub run: fn(&[u8]),
}

/// All of them, the quick ones first.
pub const ALL: [Target; 9] = [
    Target { name: "message", run: message },
    Target { name: "band", run: band },
    Target { name: "datagram", run: datagram },
    Target { name: "stamp", run: stamp },
    Target { name: "link", run: link },
    Target { name: "scene", run: scene },
    Target { name: "save", run: save },
    Target { name: "recording", run: recording },
    Target { name: "room", run: room },
];

/// The target of this name.
pub fn named(name: &str) -> Option<Target> {
    ALL.into_iter().find(|t| t.name == name)
}

/// A message of the room: what can be read says the same when it is written and read again.
fn message(bytes: &[u8]) {
    if let Ok((msg, payload)) = wire::decode(bytes) {
        let again = wire::encode(&msg, payload);
        let (same, rest) = wire::decode(&again).expect("what was read can be read again");
        assert_eq!((&same, rest), (&msg, payload));
    }
}

/// A band's code.
fn band(bytes: &[u8]) {
    if let Some(particles) = bandcode::decode(bytes) {
        assert_eq!(particles.len() as u64, bandcode::count(bytes));
        let mut again = bandcode::decode(&bandcode::encode(&particles)).expect("our own code can be read");
        let mut particles = particles;
        particles.sort_unstable();
        again.sort_unstable();
        assert_eq!(particles, again);
    }
}

/// A datagram of a link.
fn datagram(bytes: &[u8]) {
    let _ = datagram::read(bytes);
}

/// A stamp's file, or its code alone, which no checksum guards: what can be read is the same when it is written and read
/// again, and when it is turned all the way round.
fn stamp(bytes: &[u8]) {
    for stamp in [stamp_file::read(bytes).ok(), Stamp::decode(bytes)].into_iter().flatten() {
        assert_eq!(stamp_file::read(&stamp_file::write(&stamp)).as_ref(), Ok(&stamp));
        assert_eq!(stamp.clone().laid(2, true).laid(2, true), stamp);
    }
}

/// Datagrams to a link that is in the middle of something: pieces of the bytes, each as long as its first two
/// bytes say.
fn link(bytes: &[u8]) {
    let mut now = 1_000_000;
    let mut link = Link::new(LinkConfig::default(), now);
    link.send(now, room::api::Channel::Log, vec![7; 40_000]);
    let mut rest = bytes;
    while let [a, b, more @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*a, *b])).min(more.len());
        let (piece, next) = more.split_at(length);
        rest = next;
        now += 3_000;
        link.handle_datagram(now, piece);
        link.tick(now);
        while link.poll_transmit(now).is_some() {}
        while let Some(event) = link.poll_event() {
            if let LinkEvent::Message(_, bytes) = event {
                assert!(bytes.len() <= wire::MESSAGE_MAX);
            }
        }
    }
}

/// A scene's file.
fn scene(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(scene) = driver::scene_file::parse("fuzz.ron", text)
    {
        assert!(scene.problem().is_none());
    }
}

/// A saved world: what can be read holds what its head says.
fn save(bytes: &[u8]) {
    if let Ok(head) = saves::head(bytes) {
        assert!(head.scene.problem().is_none() && head.globals.is_valid());
    }
    if let Ok(save) = saves::decode(bytes.to_vec()) {
        let all = save.particles(save.head().scene.world.rect());
        assert_eq!(all.len() as u64, save.head().particles);
        let mut digest = save.head().globals.digest();
        digest.add(sim_kernels::digest::Digest::of_all(&all));
        assert_eq!(digest, save.head().digest);
    }
}

/// A recording, as it is and under a right name: what can be read is the same when it is written and read again, and each
/// of its ticks can be computed.
fn recording(bytes: &[u8]) {
    save(bytes);
    let mut named = bytes.to_vec();
    recordings::name_again(&mut named);
    let Ok(read) = saves::decode(named.clone()) else { return };
    let Some(log) = read.log() else { return };
    let begin = read.head().globals.tick;
    assert!((begin..=begin + u64::from(room::api::RECORDING_TICKS_MAX)).contains(&log.end));
    let world = read.head().scene.world;
    let all = (begin..log.end).flat_map(|tick| log.commands_at(tick));
    assert!(all.take(10_000).all(|command| command.is_valid(world)));
    let end = 32 + u32::from_le_bytes(named[12..16].try_into().expect("four bytes")) as usize;
    let again = recordings::encode(&named[32..end], log).expect("what was read can be written");
    assert_eq!(saves::decode(again).expect("and read again").log(), Some(log));
}

/// A hostile peer in an otherwise good room: messages, each as long as its first two bytes say, to everyone.
fn room(bytes: &[u8]) {
    let mut small = Small::running();
    let mut rest = bytes;
    let mut from = 0;
    while let [a, b, more @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*a, *b])).min(more.len());
        let (piece, next) = more.split_at(length);
        rest = next;
        from += 1;
        small.forge(from, piece);
    }
    small.run(40);
    small.check();
}
