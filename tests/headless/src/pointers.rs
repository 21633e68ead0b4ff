//! `pointers`: people in one room over WebRTC on this machine who all move their pointers, how old what the others see of
//! them is, and what that costs.

use crate::args::PointersArgs;
use crate::progress::Progress;
use anyhow::{Context, bail, ensure};
use driver::{DriverConfig, Event, Handle, Place};
use room::api::{Event as RoomEvent, Hand, Pace, PeerId, Request};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How often the drivers are looked at.
const LOOK: Duration = Duration::from_millis(2);
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
    let server =
        signaling::Server::start(signaling::Config::loopback()).context("the signaling server does not start")?;
    let signaling = server.ws_url().context("the signaling server has no plain port")?;
    let deadline = Instant::now() + Duration::from_secs(args.timeout);
    let mut people = Vec::new();
    for number in 0..args.people {
        people.push(Person::start(number, args, &signaling)?);
        // The first one to ask founds the room.
        while number == 0 && people[0].me.is_none() {
            ensure!(Instant::now() < deadline, "the first one does not get into its room");
            people[0].turn()?;
            std::thread::sleep(LOOK);
        }
    }
    while people.iter().any(|p| p.others < args.people) {
        ensure!(Instant::now() < deadline, "not everyone came into the room");
        people.iter_mut().try_for_each(Person::turn)?;
        std::thread::sleep(LOOK);
    }
    let period = Duration::from_secs(args.seconds);
    let mut bar = Progress::of_words();
    bar.words(format!("{} people rest", args.people));
    let still = rest(&mut people, period)?;
    bar.words(format!("{} people move", args.people));
    let (moving, mut ages) = moved(&mut people, period)?;
    bar.finish();
    people.iter().for_each(|p| p.handle.close());
    server.stop();
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
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(&found)?;
        std::fs::write(path, text + "\n").with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
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
fn rest(people: &mut [Person], period: Duration) -> anyhow::Result<f64> {
    let (began, before) = (Instant::now(), sent(people));
    while began.elapsed() < period {
        people.iter_mut().try_for_each(Person::turn)?;
        std::thread::sleep(LOOK);
    }
    Ok(rate(people, before, began))
}

/// Moves all pointers; answers bytes a second as [`rest`] does, and how old in milliseconds what each sees of each other is.
fn moved(people: &mut [Person], period: Duration) -> anyhow::Result<(f64, Vec<u16>)> {
    let (began, before) = (Instant::now(), sent(people));
    let (mut moves_at, mut notes_at) = (Duration::ZERO, Duration::from_secs(1).min(period / 2));
    let mut ages = Vec::new();
    while began.elapsed() < period {
        people.iter_mut().try_for_each(Person::turn)?;
        let now = began.elapsed();
        let moment = (now.as_micros() / UNIT.as_micros()) as u16;
        if now >= moves_at {
            moves_at = now + MOVES;
            for person in people.iter() {
                let hand = Hand { at: [moment, 100], tool: 2, radius: 5, pressed: true };
                person.handle.send(Request::Hand(Some(hand)));
            }
        }
        if now >= notes_at {
            notes_at = now + NOTES;
            ages.extend(people.iter().flat_map(|p| p.seen.values()).map(|at| moment.saturating_sub(*at)));
        }
        std::thread::sleep(LOOK);
    }
    Ok((rate(people, before, began), ages))
}

/// Bytes a second of each who does not compute, since so many were [`sent`].
fn rate(people: &[Person], before: u64, began: Instant) -> f64 {
    (sent(people) - before) as f64 / began.elapsed().as_secs_f64() / (people.len() - 1) as f64
}

/// Bytes that those who do not compute have sent so far.
fn sent(people: &[Person]) -> u64 {
    people[1..].iter().map(|p| p.handle.links().bytes[0]).sum()
}

struct Person {
    handle: Handle,
    number: u16,
    me: Option<PeerId>,
    /// How many it knows to be in the room.
    others: u16,
    /// The newest moments of the others that it was told of.
    seen: BTreeMap<PeerId, u16>,
}

impl Person {
    fn start(number: u16, args: &PointersArgs, signaling: &str) -> anyhow::Result<Self> {
        let mut config = DriverConfig::new(format!("person {number}"), crate::args::scene("fountain")?);
        config.place = Place::Room { signaling: signaling.into(), room: "pointers".into() };
        config.backend = driver::backend::Choice::CpuThreads(1);
        config.lend = number == 0;
        config.pace = Pace::RealTime;
        config.netem = args.netem.netem()?;
        config.netem_seed = args.netem.seed_of(u64::from(number));
        Ok(Self { handle: driver::start(config), number, me: None, others: 0, seen: BTreeMap::new() })
    }

    fn turn(&mut self) -> anyhow::Result<()> {
        while let Some(event) = self.handle.try_recv() {
            match event {
                Event::Joined { me, .. } => self.me = Some(me),
                Event::Room(RoomEvent::Status(status)) => self.others = status.people.len() as u16,
                Event::Room(RoomEvent::Hand { from, hand: Some(hand) }) => {
                    self.seen.insert(from, hand.at[0]);
                }
                Event::Failed(why) => bail!("person {}: {}", self.number, words::english().driver_error(&why).text),
                Event::Ended => bail!("person {} ended by itself", self.number),
                _ => {}
            }
        }
        Ok(())
    }
}
