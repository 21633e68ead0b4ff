//! A hash over everything that goes into each room of a run and everything that comes out of it, in order: two builds
//! with equal hashes behave alike, so code can be moved and renamed under it.
//!
//! It is blind to names: bytes are hashed as they are, jobs and their answers by position, what is told to the player
//! by its `Debug` text without identifiers. Words for people are hashed as "something was said".

use driver::node::Tap;
use room::api::{Channel, Event, Input, Micros, Output, PeerId, Request};
use serde::Serialize;
use std::fmt::{self, Debug, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A running hash of 64 bits, eight bytes at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hash(u64);

impl Hash {
    /// Takes a number.
    pub fn word(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(23);
    }

    /// Takes bytes and their number.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
    }

    fn peer(&mut self, peer: PeerId) {
        self.word(peer.0 as u64);
        self.word((peer.0 >> 64) as u64);
    }

    /// By position, without names.
    fn data(&mut self, value: &impl Serialize) {
        let bytes = bincode::serde::encode_to_vec(value, bincode::config::legacy()).unwrap_or_default();
        self.bytes(&bytes);
    }

    /// By its `Debug` text, without names.
    fn debug(&mut self, value: &impl Debug) {
        let mut blind = Blind { hash: self, word: 0, length: 0, quoted: false, name: false, name_hash: 0 };
        let _ = write!(blind, "{value:?}");
        blind.flush();
    }

    /// What it is so far.
    pub fn value(self) -> u64 {
        self.0
    }
}

/// Takes `Debug` text and leaves out what begins with a letter outside quotes, except `true`, `false` and `None`.
struct Blind<'a> {
    hash: &'a mut Hash,
    word: u64,
    length: u32,
    quoted: bool,
    name: bool,
    name_hash: u64,
}

impl Blind<'_> {
    fn byte(&mut self, byte: u8) {
        self.word = self.word << 8 | u64::from(byte);
        self.length += 1;
        if self.length == 8 {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if self.length > 0 {
            self.hash.word(self.word);
        }
        (self.word, self.length) = (0, 0);
    }
}

/// The bytes of a word of up to eight letters as a number.
const fn letters(word: &[u8]) -> u64 {
    let (mut n, mut at) = (0, 0);
    while at < word.len() {
        n = n << 8 | word[at] as u64;
        at += 1;
    }
    n
}

impl fmt::Write for Blind<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            let starts = byte.is_ascii_alphabetic() || byte == b'_';
            if !self.quoted && (starts || self.name && byte.is_ascii_digit()) {
                self.name = true;
                self.name_hash = self.name_hash << 8 | u64::from(byte);
                continue;
            }
            if self.name {
                for (kept, mark) in [(&b"true"[..], b't'), (b"false", b'f'), (b"None", b'n')] {
                    if self.name_hash == letters(kept) {
                        self.byte(mark);
                    }
                }
            }
            (self.name, self.name_hash) = (false, 0);
            self.quoted ^= byte == b'"';
            if byte != b' ' {
                self.byte(byte);
            }
        }
        Ok(())
    }
}

/// What a run's rooms took and gave.
#[derive(Debug, Default)]
pub struct Trace {
    /// Of all of it.
    pub hash: Hash,
    /// How many inputs and outputs.
    pub items: u64,
    /// Print a line for each.
    pub lines: bool,
}

/// A trace that all rooms of a run write.
#[derive(Clone, Debug, Default)]
pub struct Shared(Arc<Mutex<Trace>>);

impl Shared {
    /// `lines`: print a line for each input and output.
    pub fn new(lines: bool) -> Self {
        Self(Arc::new(Mutex::new(Trace { lines, ..Trace::default() })))
    }

    /// A tap for one room.
    pub fn tap(&self, peer: PeerId) -> Box<dyn Tap> {
        Box::new(Room { trace: self.clone(), peer })
    }

    /// Looks at it.
    pub fn lock(&self) -> MutexGuard<'_, Trace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Room {
    trace: Shared,
    peer: PeerId,
}

impl Room {
    fn take(&self, now: Micros, code: u64, what: &str, size: usize, fill: impl FnOnce(&mut Hash)) {
        let mut trace = self.trace.lock();
        trace.items += 1;
        let hash = &mut trace.hash;
        hash.peer(self.peer);
        hash.word(now);
        hash.word(code);
        fill(hash);
        if trace.lines {
            println!("{:016x} {} P{} {now} {what} {size}", trace.hash.value(), trace.items, self.peer.0);
        }
    }
}

impl Tap for Room {
    fn input(&mut self, now: Micros, input: &Input) {
        match input {
            Input::PeerUp(peer) => self.take(now, 1, "in up", 0, |h| h.peer(*peer)),
            Input::PeerDown(peer) => self.take(now, 2, "in down", 0, |h| h.peer(*peer)),
            Input::PeerLeft(peer) => self.take(now, 3, "in left", 0, |h| h.peer(*peer)),
            Input::Message { from, channel, bytes } => self.take(now, 4, "in message", bytes.len(), |h| {
                h.peer(*from);
                h.word(code(*channel));
                h.bytes(bytes);
            }),
            Input::Link { peer, rtt_us, goodput } => self.take(now, 5, "in link", 0, |h| {
                h.peer(*peer);
                h.word(u64::from(*rtt_us) << 32 | u64::from(*goodput));
            }),
            Input::Done { job, result } => self.take(now, 6, "in done", *job as usize, |h| {
                h.word(*job);
                match result {
                    Ok(output) => h.data(output),
                    Err(_) => h.word(0),
                }
            }),
            Input::Player(request) => self.take(now, 7, "in player", 0, |h| ask(h, request)),
            Input::Wake => self.take(now, 8, "in wake", 0, |_| {}),
        }
    }

    fn output(&mut self, now: Micros, output: &Output) {
        match output {
            Output::Send { to, channel, bytes } => self.take(now, 11, "out message", bytes.len(), |h| {
                h.peer(*to);
                h.word(code(*channel));
                h.bytes(bytes);
            }),
            Output::Job { number, job } => self.take(now, 12, "out job", *number as usize, |h| {
                h.word(*number);
                h.data(job);
            }),
            Output::Event(event) => self.take(now, 13, "out event", 0, |h| tell(h, event)),
            Output::Wait(at) => self.take(now, 14, "out wait", *at as usize, |h| h.word(*at)),
        }
    }
}

fn code(channel: Channel) -> u64 {
    match channel {
        Channel::Log => 0,
        Channel::Border => 1,
        Channel::Bulk => 2,
        Channel::View => 3,
    }
}

fn ask(hash: &mut Hash, request: &Request) {
    match request {
        Request::Command(command) => {
            hash.word(1);
            hash.data(command);
        }
        Request::Pause => hash.word(2),
        Request::Step => hash.word(3),
        Request::Resume => hash.word(4),
        Request::Load(scene) => {
            hash.word(5);
            hash.data(scene);
        }
        Request::Save => hash.word(6),
        Request::Restore(bytes) => {
            hash.word(7);
            hash.bytes(bytes);
        }
        Request::Profile(profile) => {
            hash.word(8);
            hash.data(profile);
        }
        Request::Rewind { to, ticks } => {
            [13, u64::from(to.0), to.1, u64::from(*ticks)].into_iter().for_each(|word| hash.word(word));
        }
        Request::Record { from } => {
            [15, u64::from(from.0), from.1].into_iter().for_each(|word| hash.word(word));
        }
        Request::Vote { number, agrees } => {
            [14, *number, u64::from(*agrees)].into_iter().for_each(|word| hash.word(word));
        }
        Request::Leave => hash.word(9),
        Request::Hand(hand) => {
            hash.word(10);
            hash.data(hand);
        }
        Request::Point(at) => {
            hash.word(11);
            hash.data(at);
        }
        Request::Say(text) => {
            hash.word(12);
            hash.bytes(text.as_bytes());
        }
        Request::Tempo(tempo) => {
            hash.word(13);
            hash.data(tempo);
        }
    }
}

fn tell(hash: &mut Hash, event: &Event) {
    match event {
        Event::Status(status) => {
            hash.word(1);
            hash.debug(status);
        }
        Event::Globals(globals) => {
            hash.word(2);
            hash.data(&globals.digest());
        }
        Event::View { tick, region, full, tiles } => {
            hash.word(3);
            hash.data(&(tick, region, full));
            for tile in tiles {
                hash.data(&tile.tile);
                hash.data(&tile.cells);
            }
        }
        Event::Committed(committed) => {
            hash.word(4);
            hash.data(&committed.commands);
            hash.debug(committed);
        }
        Event::Recorded(bytes) => {
            hash.word(12);
            hash.bytes(bytes);
        }
        Event::Saved(bytes) => {
            hash.word(5);
            hash.bytes(bytes);
        }
        Event::Notice(_) => hash.word(6),
        Event::Refused(_) => hash.word(7),
        Event::Left => hash.word(8),
        Event::Hand { from, hand } => {
            hash.word(9);
            hash.peer(*from);
            hash.data(hand);
        }
        Event::Pointed { from, at } => {
            hash.word(10);
            hash.peer(from.id);
            hash.data(at);
        }
        Event::Said { from, text } => {
            hash.word(11);
            hash.peer(from.id);
            hash.bytes(text.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &impl Debug) -> u64 {
        let mut hash = Hash::default();
        hash.debug(value);
        hash.value()
    }

    #[test]
    fn names_do_not_count_and_values_do() {
        #[derive(Debug)]
        #[expect(dead_code, reason = "seen by its Debug text alone")]
        struct One {
            a: u32,
            words: Option<&'static str>,
            flag: bool,
        }
        #[derive(Debug)]
        #[expect(dead_code, reason = "seen by its Debug text alone")]
        struct Other2 {
            b_2: u32,
            text: Option<&'static str>,
            mark: bool,
        }
        let one = of(&One { a: 1, words: Some("x"), flag: true });
        assert_eq!(one, of(&Other2 { b_2: 1, text: Some("x"), mark: true }));
        assert_ne!(one, of(&One { a: 2, words: Some("x"), flag: true }));
        assert_ne!(one, of(&One { a: 1, words: Some("y"), flag: true }));
        assert_ne!(one, of(&One { a: 1, words: None, flag: true }));
        assert_ne!(one, of(&One { a: 1, words: Some("x"), flag: false }));
    }
}
