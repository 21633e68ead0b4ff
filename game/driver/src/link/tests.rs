//! Two links over a simulated pipe; time jumps to the earliest wake-up. One seed drives every choice.

use super::wire::{DATAGRAM_BYTES_MAX, Fragment, Sessions, Writer};
use super::*;
use std::collections::{BTreeMap, BTreeSet};

struct Rng(u64);

impl Rng {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

#[derive(Clone, Copy, Default)]
struct Pipe {
    latency_us: u64,
    jitter_us: u64,
    loss_permille: u64,
    double_permille: u64,
    damage_permille: u64,
}

struct Pair {
    links: [Link; 2],
    now: Micros,
    /// By arrival time and a counter: to whom, bytes.
    wire: BTreeMap<(Micros, u64), (usize, Vec<u8>)>,
    count: u64,
    pipe: Pipe,
    rng: Rng,
    got: [Vec<LinkEvent>; 2],
    cut: bool,
    largest_burst: u64,
    /// Bytes of all datagrams to each.
    posted: [u64; 2],
}

impl Pair {
    fn new(pipe: Pipe, seed: u64) -> Self {
        let link = || Link::new(LinkConfig::default(), 0);
        Self {
            links: [link(), link()],
            now: 0,
            wire: BTreeMap::new(),
            count: 0,
            pipe,
            rng: Rng(seed),
            got: Default::default(),
            cut: false,
            largest_burst: 0,
            posted: [0; 2],
        }
    }

    fn post(&mut self, to: usize, bytes: Vec<u8>) {
        assert!(bytes.len() <= DATAGRAM_BYTES_MAX);
        self.posted[to] += bytes.len() as u64;
        let copies = 1 + u64::from(self.rng.next(1000) < self.pipe.double_permille);
        for _ in 0..copies {
            if self.cut || self.rng.next(1000) < self.pipe.loss_permille {
                continue;
            }
            let mut bytes = bytes.clone();
            if self.rng.next(1000) < self.pipe.damage_permille {
                let at = 1 + self.rng.next(bytes.len() as u64 - 1) as usize;
                bytes[at] ^= 1 << self.rng.next(8);
            }
            let at = self.now + self.pipe.latency_us + self.rng.next(self.pipe.jitter_us + 1);
            self.count += 1;
            self.wire.insert((at, self.count), (to, bytes));
        }
    }

    fn run_until(&mut self, end: Micros) {
        loop {
            for i in 0..2 {
                self.links[i].tick(self.now);
                let mut burst = 0;
                while let Some(bytes) = self.links[i].poll_transmit(self.now) {
                    burst += bytes.len() as u64;
                    self.post(1 - i, bytes);
                }
                self.largest_burst = self.largest_burst.max(burst);
                while let Some(event) = self.links[i].poll_event() {
                    self.got[i].push(event);
                }
            }
            let next = self.links.iter().filter_map(|l| l.next_timeout(self.now)).min();
            let next = [next, self.wire.keys().next().map(|k| k.0)].into_iter().flatten().min();
            let Some(next) = next.filter(|n| *n < end) else { break };
            // A wake-up in the past is done at once; that it makes progress shows in the tests ending.
            self.now = self.now.max(next);
            while let Some(entry) = self.wire.first_entry().filter(|e| e.key().0 <= self.now) {
                let (to, bytes) = entry.remove();
                self.links[to].handle_datagram(self.now, &bytes);
            }
        }
        self.now = end;
    }

    fn messages(&self, side: usize, channel: Channel) -> Vec<&Vec<u8>> {
        let of = |e: &'_ LinkEvent| matches!(e, LinkEvent::Message(c, _) if *c == channel);
        let bytes = self.got[side].iter().filter(|e| of(e));
        bytes.map(|e| if let LinkEvent::Message(_, b) = e { b } else { unreachable!() }).collect()
    }

    fn downs(&self, side: usize) -> Vec<&DownReason> {
        self.got[side].iter().filter_map(|e| if let LinkEvent::Down(r) = e { Some(r) } else { None }).collect()
    }
}

fn message(tag: u32, length: usize) -> Vec<u8> {
    let mut bytes = tag.to_le_bytes().to_vec();
    bytes.extend((4..length.max(4)).map(|i| (i as u32 ^ tag) as u8));
    bytes
}

#[test]
fn everything_reliable_arrives_once_whatever_the_pipe_does() {
    for seed in 0..12 {
        let pipe =
            Pipe { latency_us: 20_000, jitter_us: 15_000, loss_permille: 80, double_permille: 50, damage_permille: 20 };
        let mut pair = Pair::new(pipe, seed);
        let mut expected: BTreeMap<usize, BTreeSet<Vec<u8>>> = BTreeMap::new();
        for step in 0..60u32 {
            for (c, channel) in [Channel::Log, Channel::Border, Channel::Bulk, Channel::View].into_iter().enumerate() {
                let length = match channel {
                    Channel::Log => 40,
                    Channel::Border => 30_000 + step as usize * 13,
                    Channel::Bulk => 100_000 * usize::from(step % 20 == 0),
                    Channel::View => 5_000,
                };
                let bytes = message(step * 4 + c as u32, length);
                expected.entry(c).or_default().insert(bytes.clone());
                pair.links[step as usize % 2].send(0, channel, bytes);
            }
            let next = pair.now + 33_000;
            pair.run_until(next);
        }
        let end = pair.now + 10_000_000;
        pair.run_until(end);
        for (c, channel) in [Channel::Log, Channel::Border, Channel::Bulk].into_iter().enumerate() {
            let got: Vec<Vec<u8>> = [0, 1].into_iter().flat_map(|s| pair.messages(s, channel)).cloned().collect();
            assert_eq!(got.len(), expected[&c].len(), "seed {seed} {channel:?}");
            assert_eq!(got.into_iter().collect::<BTreeSet<_>>(), expected[&c], "seed {seed} {channel:?}");
        }
        let views = pair.messages(0, Channel::View).len() + pair.messages(1, Channel::View).len();
        assert!(views > 30, "seed {seed}: {views} of 60 view messages");
        assert!(pair.links.iter().all(|l| l.is_idle() && !l.is_down()));
    }
}

#[test]
fn a_band_on_a_clean_link_takes_a_trip_and_its_pacing() {
    let mut pair = Pair::new(Pipe { latency_us: 1_000, ..Pipe::default() }, 1);
    pair.run_until(100_000);
    assert_eq!(pair.got[0][0], LinkEvent::Up);
    pair.links[0].send(0, Channel::Border, message(1, 48_000));
    let began = pair.now;
    while pair.messages(1, Channel::Border).is_empty() {
        let next = pair.now + 100;
        pair.run_until(next);
        assert!(pair.now < began + 5_000);
    }
    assert!(pair.largest_burst <= Pacer::BURST + DATAGRAM_BYTES_MAX as u64);
    let rtt = pair.links[0].rtt_us().unwrap();
    assert!((1_900..4_000).contains(&rtt), "{rtt}");
}

#[test]
fn a_lost_tail_is_sent_again_within_tens_of_milliseconds() {
    let mut pair = Pair::new(Pipe { latency_us: 5_000, ..Pipe::default() }, 1);
    pair.run_until(300_000);
    pair.cut = true;
    pair.links[0].send(0, Channel::Border, message(1, 20_000));
    let next = pair.now + 1_000;
    pair.run_until(next);
    pair.cut = false;
    let began = pair.now;
    while pair.messages(1, Channel::Border).is_empty() {
        let next = pair.now + 500;
        pair.run_until(next);
        assert!(pair.now < began + 80_000, "still missing after 80 ms");
    }
}

#[test]
fn a_border_overtakes_a_snapshot() {
    let mut pair = Pair::new(Pipe { latency_us: 2_000, ..Pipe::default() }, 3);
    pair.run_until(100_000);
    pair.links[0].send(0, Channel::Bulk, message(1, 40 << 20));
    let next = pair.now + 50_000;
    pair.run_until(next);
    pair.links[0].send(0, Channel::Border, message(2, 30_000));
    let next = pair.now + 10_000;
    pair.run_until(next);
    assert_eq!(pair.messages(1, Channel::Border).len(), 1);
    assert_eq!(pair.messages(1, Channel::Bulk).len(), 0);
    let next = pair.now + 5_000_000;
    pair.run_until(next);
    assert_eq!(pair.messages(1, Channel::Bulk)[0].len(), 40 << 20);
    let figures = pair.got[0]
        .iter()
        .rev()
        .find_map(|e| if let LinkEvent::Figures { goodput, .. } = e { Some(*goodput) } else { None });
    assert!(figures.unwrap() > 5_000_000, "{figures:?}");
}

#[test]
fn silence_goodbye_and_the_unreachable_are_told_apart() {
    let mut pair = Pair::new(Pipe { latency_us: 1_000, ..Pipe::default() }, 1);
    pair.run_until(8_000_000);
    assert!(pair.downs(0).is_empty(), "heartbeats keep a quiet link up");
    pair.cut = true;
    pair.run_until(14_000_000);
    assert_eq!((pair.downs(0), pair.downs(1)), (vec![&DownReason::Silence], vec![&DownReason::Silence]));

    let mut pair = Pair::new(Pipe { latency_us: 1_000, ..Pipe::default() }, 1);
    pair.run_until(1_000_000);
    pair.links[0].close();
    pair.run_until(1_100_000);
    assert_eq!((pair.downs(0), pair.downs(1)), (vec![&DownReason::Closed], vec![&DownReason::Goodbye]));

    let mut pair = Pair::new(Pipe::default(), 1);
    pair.cut = true;
    pair.run_until(16_000_000);
    assert_eq!(pair.downs(0), vec![&DownReason::Unreachable]);
}

#[test]
fn hostile_bytes_never_panic_and_never_grow_without_bound() {
    let mut rng = Rng(99);
    for round in 0..300 {
        let mut link = Link::new(LinkConfig::default(), 0);
        for number in 0..60u32 {
            let length = rng.next(400) as usize;
            let junk: Vec<u8> = (0..length).map(|_| rng.next(256) as u8).collect();
            link.handle_datagram(1000, &junk);
            // Well-formed packets with hostile contents.
            let ack = Ack {
                largest: rng.next(1 << 32) as u32,
                delay_us: rng.next(1 << 22) as u32,
                bitmap: [rng.next(1 << 31) << 33; 8],
                credit_kib: [rng.next(1 << 32) as u32; 3],
            };
            let between = Sessions { from: 1 + round / 100, to: rng.next(2) as u32 };
            let packet = rng.next(1 << 32) as u32 * (number % 2);
            let mut writer = Writer::new(between, packet, Some(&ack), number % 3 == 0, false);
            let channel = wire::channel(rng.next(4) as usize).unwrap();
            let (total, offset) = (rng.next(1 << 20) as u32, rng.next(1 << 20) as u32);
            writer.fragment(&Fragment {
                channel,
                message: rng.next(1 << 10) as u32,
                total,
                offset: offset.min(total),
                bytes: &junk,
            });
            link.handle_datagram(2000, &writer.finish());
            link.send(0, Channel::Log, vec![1; 100]);
            link.tick(2000 + u64::from(number));
            while link.poll_transmit(2000 + u64::from(number)).is_some() {}
            while link.poll_event().is_some() {}
            let _ = link.next_timeout(3000);
        }
    }
}

#[test]
fn another_version_is_refused_in_words() {
    let mut link = Link::new(LinkConfig::default(), 0);
    for _ in 0..FOREIGN_DATAGRAMS {
        assert_eq!(link.poll_event(), None);
        link.handle_datagram(1, &[77; 20]);
    }
    let Some(LinkEvent::Down(reason)) = link.poll_event() else { panic!("still up") };
    assert!(reason.to_string().contains("version"));
}

#[test]
fn a_flipped_bit_in_the_version_ends_no_link() {
    // Before anything was heard: no two flips are alike in a row.
    let mut link = Link::new(LinkConfig::default(), 0);
    for bit in (0..8).cycle().take(80) {
        link.handle_datagram(1, &[wire::VERSION ^ (1 << bit); 20]);
    }
    assert!(!link.is_down());
    // Once the link is up no other version counts.
    let mut pair = Pair::new(Pipe::default(), 1);
    pair.run_until(1_000_000);
    for _ in 0..80 {
        pair.links[0].handle_datagram(1_000_000, &[wire::VERSION ^ 1; 20]);
    }
    pair.run_until(2_000_000);
    assert!(pair.links[0].is_up() && pair.links[1].is_up());
}

#[test]
fn a_peer_that_takes_nothing_is_given_up_within_the_queue_s_bound() {
    let mut link = Link::new(LinkConfig::default(), 0);
    for _ in 0..20 {
        link.send(0, Channel::Log, vec![0; 1 << 20]);
    }
    assert_eq!(link.poll_event(), Some(LinkEvent::Down(DownReason::QueueFull(Channel::Log))));
    // View messages push the older ones out instead.
    let mut link = Link::new(LinkConfig::default(), 0);
    for _ in 0..100 {
        link.send(0, Channel::View, vec![0; 1 << 20]);
    }
    assert_eq!(link.poll_event(), None);
}

#[test]
fn a_band_that_waits_is_not_queued_twice() {
    let mut pair = Pair::new(Pipe { latency_us: 20_000, ..Pipe::default() }, 1);
    pair.run_until(1_000_000);
    // Asked for again and again over a link that is slow: far more than may wait, were each kept.
    for again in 0..40 {
        for band in 0..400 {
            pair.links[0].send(0, Channel::Border, message(band, 20_000));
        }
        pair.run_until(1_000_000 + again * 10_000);
    }
    pair.run_until(60_000_000);
    assert!(pair.downs(0).is_empty(), "{:?}", pair.downs(0));
    let got = pair.messages(1, Channel::Border);
    let (came, distinct) = (got.len(), got.into_iter().collect::<BTreeSet<_>>().len());
    assert_eq!(distinct, 400);
    assert!(came < 400 * 3, "{came} came");
    // Once it has arrived, it goes again: the other may have dropped it.
    pair.links[0].send(0, Channel::Border, message(7, 20_000));
    pair.run_until(61_000_000);
    assert_eq!(pair.messages(1, Channel::Border).len(), came + 1);
}

#[test]
fn a_short_band_that_is_asked_for_again_goes_before_it_is_known_to_be_lost() {
    let took = |ask_again: bool| {
        let mut pair = Pair::new(Pipe { latency_us: 300_000, ..Pipe::default() }, 1);
        pair.run_until(3_000_000);
        pair.cut = true;
        pair.links[0].send(3_000_000, Channel::Border, message(1, 900));
        pair.run_until(3_020_000);
        pair.cut = false;
        for step in 1..=40 {
            let now = 3_000_000 + step * 50_000;
            pair.run_until(now);
            if !pair.messages(1, Channel::Border).is_empty() {
                return (now - 3_000_000, pair.links[0].figures().0.resent);
            }
            if ask_again {
                pair.links[0].send(now, Channel::Border, message(1, 900));
            }
        }
        panic!("it never came");
    };
    let (alone, asked) = (took(false), took(true));
    assert!(alone.0 >= 900_000, "{alone:?}");
    // Half a round trip, the way, and up to two of these steps.
    assert!(asked.0 <= 700_000 && asked.1 == 1, "{asked:?}");
}

/// What one link has to say now, given to another.
fn pass(from: &mut Link, to: &mut Link, now: Micros) -> Vec<Vec<u8>> {
    let all: Vec<_> = std::iter::from_fn(|| from.poll_transmit(now)).collect();
    all.iter().for_each(|bytes| to.handle_datagram(now, bytes));
    all
}

fn events(link: &mut Link) -> Vec<LinkEvent> {
    std::iter::from_fn(|| link.poll_event()).collect()
}

#[test]
fn a_hello_alone_brings_nothing_up() {
    let config = LinkConfig::default();
    let (mut a, mut b) = (Link::new(config, 0), Link::new(config, 0));
    let hello = pass(&mut a, &mut b, 0);
    assert!(events(&mut b).is_empty() && !b.is_up(), "it may be years old");
    // The answer names the hello's link, which proves it.
    pass(&mut b, &mut a, 0);
    assert_eq!(events(&mut a), [LinkEvent::Up]);
    pass(&mut a, &mut b, 0);
    assert_eq!(events(&mut b), [LinkEvent::Up]);
    // The hello comes a second time: nothing begins again.
    hello.iter().for_each(|bytes| b.handle_datagram(1, bytes));
    assert!(events(&mut b).is_empty());
}

#[test]
fn a_later_link_ends_the_old_one_and_hears_nothing_of_it() {
    let config = LinkConfig::default();
    let (mut a, mut b) = (Link::new(config, 0), Link::new(config, 0));
    for _ in 0..2 {
        pass(&mut a, &mut b, 0);
        pass(&mut b, &mut a, 0);
    }
    assert!(a.is_up() && b.is_up());
    b.send(0, Channel::Log, vec![1; 10]);
    let late: Vec<_> = std::iter::from_fn(|| b.poll_transmit(1)).collect();
    // A has slept, and begins again.
    let mut a2 = Link::with_session(config, 2, 10);
    late.iter().for_each(|bytes| a2.handle_datagram(10, bytes));
    assert!(events(&mut a2).is_empty() && a2.theirs() == 0, "what is late goes to nobody");
    events(&mut b);
    let hello = pass(&mut a2, &mut b, 10);
    assert_eq!(events(&mut b), [LinkEvent::Down(DownReason::Renewed)]);
    let mut b2 = Link::with_session(config, 2, 10);
    hello.iter().for_each(|bytes| b2.handle_datagram(10, bytes));
    for _ in 0..2 {
        pass(&mut b2, &mut a2, 10);
        pass(&mut a2, &mut b2, 10);
    }
    assert_eq!([events(&mut a2), events(&mut b2)], [[LinkEvent::Up], [LinkEvent::Up]]);
    b2.send(0, Channel::Log, vec![2; 10]);
    pass(&mut b2, &mut a2, 11);
    assert_eq!(events(&mut a2), [LinkEvent::Message(Channel::Log, vec![2; 10])]);
    // And the old link's other end, should it still speak.
    pass(&mut a, &mut b2, 12);
    assert!(events(&mut b2).is_empty() && b2.is_up());
}

#[test]
fn links_that_begin_again_and_again_at_both_ends_come_to_rest() {
    let config = LinkConfig::default();
    let mut rng = Rng(3);
    for _ in 0..200 {
        let mut links = [Link::new(config, 0), Link::new(config, 0)];
        let mut sessions = [1, 1];
        let mut wire: Vec<(usize, Vec<u8>)> = Vec::new();
        for now in 0..400u64 {
            let i = rng.next(2) as usize;
            // Some ends forget their link in the first half, whatever its state.
            let forgets = now < 200 && rng.next(20) == 0;
            if forgets || events(&mut links[i]).iter().any(|e| matches!(e, LinkEvent::Down(_))) {
                sessions[i] += 1;
                links[i] = Link::with_session(config, sessions[i], now * 1000);
            }
            links[i].tick(now * 1000);
            while let Some(bytes) = links[i].poll_transmit(now * 1000) {
                wire.push((1 - i, bytes));
            }
            // In any order, and some twice; in the second half nothing is lost.
            for _ in 0..3 {
                if wire.is_empty() {
                    break;
                }
                let (to, bytes) = wire.swap_remove(rng.next(wire.len() as u64) as usize);
                links[to].handle_datagram(now * 1000, &bytes);
                if now < 200 && rng.next(4) == 0 {
                    wire.push((to, bytes));
                }
            }
        }
        assert!(links.iter().all(Link::is_up), "{sessions:?}");
        assert_eq!([links[0].theirs(), links[1].theirs()], [sessions[1], sessions[0]]);
    }
}

/// Pointers that move, both ways: 17 little messages a second each, and one right after each heartbeat. They ask for no
/// acknowledgements, and the path, which becomes longer, is measured all the same.
#[test]
fn what_is_little_and_may_be_lost_costs_little() {
    let mut pair = Pair::new(Pipe { latency_us: 50_000, ..Pipe::default() }, 3);
    pair.run_until(2_000_000);
    assert!(pair.links[0].rtt_us().is_some_and(|us| us < 110_000));
    pair.pipe.latency_us = 90_000;
    let before = pair.posted[1];
    let (mut sent, mut heartbeat) = (0, [0, 1].map(|side| pair.links[side].live.next_timeout(pair.now)));
    for ms in 0..10_200 {
        for (side, due) in heartbeat.iter_mut().enumerate() {
            let next = pair.links[side].live.next_timeout(pair.now);
            let beat = std::mem::replace(due, next) != next;
            if beat || ms % 60 == 0 {
                pair.links[side].send(pair.now, Channel::View, vec![ms as u8; 9]);
                sent += usize::from(side == 0);
            }
        }
        pair.run_until(pair.now + 1_000);
    }
    let bytes_a_second = (pair.posted[1] - before) * 1_000_000 / 10_200_000;
    assert!(bytes_a_second < 700, "{bytes_a_second}");
    assert!(sent > 175 && pair.messages(1, Channel::View).len() + 4 >= sent, "{sent}");
    let rtt_us = pair.links[0].rtt_us();
    assert!(rtt_us.is_some_and(|us| (150_000..200_000).contains(&us)), "{rtt_us:?}");
    // What is larger is followed as ever.
    pair.links[0].send(pair.now, Channel::View, vec![0; 400]);
    pair.run_until(pair.now + 300_000);
    assert_eq!(pair.messages(1, Channel::View).last().map(|bytes| bytes.len()), Some(400));
}
