//! `pointers`: people in one room over WebRTC on this machine who all move their pointers, how old what the others see of
//! them is, and what that costs.

use crate::args::PointersArgs;
use crate::people::People;
use crate::progress::Progress;
use anyhow::ensure;
use driver::DriverConfig;
use room::api::{Event as RoomEvent, Hand, Pace, Request};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How often each pointer moves, as at 60 frames a second.
const MOVES: Duration = Duration::from_micros(16_667);
/// How often the age of what is seen is noted.
const NOTES: Duration = Duration::from_millis(10);
/// Pointers stand for the moments at which they were there: so many of these to a unit of `at[0]`.
const UNIT: Duration = Duration::from_millis(1);

/// What is found.
#[derive(Debug, Serialize)]
struct Found {
    people: u16,
    latency_ms: f64,
    /// Of pairs, every 10 ms.
    notes: usize,
    age_ms_p50: u16,
    age_ms_p99: u16,
    /// Datagrams whole, headers, acknowledgements and heartbeats with them.
    bytes_a_second_each_still: f64,
    bytes_a_second_each_moving: f64,
    /// What moving adds, from one to one other.
    bytes_a_second_to_each_other: f64,
}

/// Measures.
pub fn run(args: &PointersArgs) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(args.timeout);
    let mut people = People::gather(args.people, deadline, |number| {
        let mut config = DriverConfig::new(format!("person {number}"), crate::args::scene("fountain")?);
        config.backend = driver::backend::Choice::CpuThreads(1);
        config.lend = number == 0;
        config.pace = Pace::RealTime;
        config.netem = args.netem.netem()?;
        config.netem_seed = args.netem.seed_of(u64::from(number));
        Ok(config)
    })?;
    let period = Duration::from_secs(args.seconds);
    let mut bar = Progress::of_words();
    bar.words(format!("{} people rest", args.people));
    let still = rest(&mut people, period)?;
    bar.words(format!("{} people move", args.people));
    let (moving, mut ages) = moved(&mut people, period)?;
    bar.finish();
    ensure!(!ages.is_empty(), "nobody saw anybody");
    ages.sort_unstable();
    let at = |percent: usize| ages[(ages.len() * percent / 100).min(ages.len() - 1)];
    let found = Found {
        people: args.people,
        latency_ms: args.netem.latency,
        notes: ages.len(),
        age_ms_p50: at(50),
        age_ms_p99: at(99),
        bytes_a_second_each_still: still,
        bytes_a_second_each_moving: moving,
        bytes_a_second_to_each_other: (moving - still).max(0.0) / f64::from(args.people - 1),
    };
    found.print();
    crate::report::write(args.json.as_deref(), &found)
}

impl Found {
    fn print(&self) {
        eprintln!("{} people, {} ms added to each datagram", self.people, self.latency_ms);
        eprintln!("age of what is seen      p50 {} ms, p99 {} ms, of {}", self.age_ms_p50, self.age_ms_p99, self.notes);
        eprintln!(
            "bytes a second each      {:.0} at rest, {:.0} moving: {:.0} to each of the others",
            self.bytes_a_second_each_still, self.bytes_a_second_each_moving, self.bytes_a_second_to_each_other
        );
    }
}

/// Lets everyone rest; answers bytes a second of those who do not compute, on average.
fn rest(people: &mut People, period: Duration) -> anyhow::Result<f64> {
    let (began, before) = (Instant::now(), sent(people));
    while began.elapsed() < period {
        people.turn(|_, _| ())?;
    }
    Ok(rate(people, before, began))
}

/// Moves all pointers; answers bytes a second as [`rest`] does, and how old in milliseconds what each sees of each other is.
fn moved(people: &mut People, period: Duration) -> anyhow::Result<(f64, Vec<u16>)> {
    let (began, before) = (Instant::now(), sent(people));
    let (mut moves_at, mut notes_at) = (Duration::ZERO, Duration::from_secs(1).min(period / 2));
    let mut ages = Vec::new();
    // The newest moments of others that each was told of.
    let mut seen = BTreeMap::new();
    while began.elapsed() < period {
        people.turn(|number, told| {
            if let RoomEvent::Hand { from, hand: Some(hand) } = told {
                seen.insert((number, *from), hand.at[0]);
            }
        })?;
        let now = began.elapsed();
        let moment = (now.as_micros() / UNIT.as_micros()) as u16;
        if now >= moves_at {
            moves_at = now + MOVES;
            for person in people.all() {
                let hand = Hand { at: [moment, 100], tool: 2, radius: 5, pressed: true };
                person.handle.send(Request::Hand(Some(hand)));
            }
        }
        if now >= notes_at {
            notes_at = now + NOTES;
            ages.extend(seen.values().map(|at| moment.saturating_sub(*at)));
        }
    }
    Ok((rate(people, before, began), ages))
}

/// Bytes a second of each who does not compute, since so many were [`sent`].
fn rate(people: &People, before: u64, began: Instant) -> f64 {
    (sent(people) - before) as f64 / began.elapsed().as_secs_f64() / (people.all().len() - 1) as f64
}

/// Bytes that those who do not compute have sent so far.
fn sent(people: &People) -> u64 {
    people.all()[1..].iter().map(|p| p.handle.links().bytes[0]).sum()
}
