//! `returns`: people in one room over WebRTC on this machine who go back in time together, how long that takes, and what
//! it costs.

use crate::args::ReturnsArgs;
use crate::people::People;
use crate::progress::Progress;
use anyhow::{Context, ensure};
use driver::DriverConfig;
use room::api::{Event as RoomEvent, Moment, Pace, REPLAY_TICKS_MAX, Request};
use serde::Serialize;
use sim_kernels::command::{Command, Stroke};
use sim_kernels::digest::Digest;
use sim_kernels::materials::WATER;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How often each pours something.
const POURS: Duration = Duration::from_secs(1);
/// A room has its first moment after so long, where it is to go back to what was before that.
const UNTIL_FIRST: Duration = Duration::from_secs(10);
/// Ticks a second.
const TICKS: u64 = 60;

/// What is found.
#[derive(Debug, Serialize)]
struct Found {
    people: u16,
    particles: u64,
    returns: Vec<Return>,
}

/// One return.
#[derive(Debug, Serialize)]
struct Return {
    /// By so many ticks; to the world that was left last, none.
    ticks_back: u64,
    /// How many of them were computed again from the checkpoint before.
    ticks_again: u64,
    /// Until everyone had agreed, the world had begun at the checkpoint, and a digest of it was told.
    seconds_until_begun: f64,
    /// Until it was where it was wanted.
    seconds: f64,
    /// What all sent meanwhile, datagrams whole.
    bytes_sent: u64,
    /// What each keeps of the past, on average.
    bytes_kept_each: u64,
    /// Digests of ticks between the checkpoint and the goal that were told both times, and were the same.
    digests_compared: usize,
}

/// Measures.
pub fn run(args: &ReturnsArgs) -> anyhow::Result<()> {
    let longest = args.back.iter().copied().max().context("--back wants a number")?;
    let deadline = Instant::now() + Duration::from_secs(args.timeout);
    let people = People::gather(args.people, deadline, |number| {
        let mut config = DriverConfig::new(format!("person {number}"), crate::args::scene(&args.scene)?);
        config.backend = driver::backend::Choice::CpuThreads(1);
        config.pace = Pace::RealTime;
        config.netem = args.netem.netem()?;
        config.netem_seed = args.netem.seed_of(u64::from(number));
        Ok(config)
    })?;
    let mut room = Room { people, deadline, told: BTreeMap::new(), epoch: 0 };
    let mut bar = Progress::of_words();
    let mut returns = Vec::new();
    let plays = Duration::from_secs(longest) + UNTIL_FIRST;
    bar.words(format!("{} people play for {} s", args.people, plays.as_secs()));
    room.play(plays)?;
    for back in &args.back {
        bar.words(format!("the room goes back by {back} s"));
        let left = room.epoch;
        returns.push(room.goes_back(back * TICKS)?);
        room.play(Duration::from_secs(2))?;
        bar.words("the room goes to the world that it left".into());
        returns.push(room.goes_to_what_it_left(left)?);
        room.play(Duration::from_secs(2))?;
    }
    bar.finish();
    let found = Found { people: args.people, particles: room.people.all()[0].status.particles, returns };
    found.print();
    crate::report::write(args.json.as_deref(), &found)
}

/// What is known of the room.
struct Room {
    people: People,
    deadline: Instant,
    /// The digests told of each epoch, by tick.
    told: BTreeMap<u32, BTreeMap<u64, Digest>>,
    /// The newest epoch of which a digest was told.
    epoch: u32,
}

impl Room {
    /// Takes what was told, and answers as everyone who is asked does: yes.
    fn turn(&mut self) -> anyhow::Result<()> {
        let Self { people, told, epoch, .. } = self;
        people.turn(|_, event| {
            if let RoomEvent::Status(status) = event
                && let Some((tick, digest)) = status.digest
            {
                told.entry(status.digest_of.1).or_default().insert(tick, digest);
                *epoch = status.digest_of.1.max(*epoch);
            }
        })?;
        for person in people.all() {
            let asked = person.status.proposal.as_ref().filter(|p| person.me.is_some_and(|me| p.asked.contains(&me)));
            if let Some(proposal) = asked {
                person.handle.send(Request::Vote { number: proposal.number, agrees: true });
            }
        }
        ensure!(Instant::now() < self.deadline, "the room does not get there: --timeout gives it more time");
        Ok(())
    }

    /// Lets everyone pour for so long.
    fn play(&mut self, period: Duration) -> anyhow::Result<()> {
        let (began, mut pours_at) = (Instant::now(), Duration::ZERO);
        while began.elapsed() < period {
            self.turn()?;
            if began.elapsed() >= pours_at {
                pours_at += POURS;
                for (number, person) in self.people.all().iter().enumerate() {
                    let at = [40 + 60 * number as i32, 60];
                    let stroke = Stroke { from: at, to: at, radius: 3 };
                    person.handle.send(Request::Command(Command::Pour {
                        stroke,
                        material: WATER as u8,
                        velocity: [0, 0],
                    }));
                }
            }
        }
        Ok(())
    }

    /// Goes back by so many ticks.
    fn goes_back(&mut self, ticks: u64) -> anyhow::Result<Return> {
        let status = &self.people.all()[1].status;
        let goal = status.tick.saturating_sub(ticks);
        let fits = |m: &&Moment| m.tick <= goal && goal - m.tick <= REPLAY_TICKS_MAX.into();
        let moment = status.moments.iter().filter(fits).filter(|m| m.exact || m.tick == goal).max_by_key(|m| m.tick);
        let moment =
            *moment.with_context(|| format!("the room keeps no moment before tick {goal}: {:?}", status.moments))?;
        Return { ticks_back: ticks, ..self.goes(moment, (goal - moment.tick) as u32)? }.held_against(self, moment, goal)
    }

    /// Goes to the newest moment of an epoch that was left.
    fn goes_to_what_it_left(&mut self, epoch: u32) -> anyhow::Result<Return> {
        let left = |m: &&Moment| m.epoch == epoch;
        let moments = &self.people.all()[1].status.moments;
        let moment = *moments.iter().filter(left).max_by_key(|m| m.tick).context("the world that was left is lost")?;
        self.goes(moment, 0)?.held_against(self, moment, moment.tick)
    }

    /// Goes there, as the second one asks.
    fn goes(&mut self, moment: Moment, ticks: u32) -> anyhow::Result<Return> {
        let (began, before, left) = (Instant::now(), self.sent(), self.epoch);
        self.people.all()[1].handle.send(Request::Rewind { to: (moment.epoch, moment.step), ticks });
        while self.epoch == left {
            self.turn()?;
        }
        let seconds_until_begun = began.elapsed().as_secs_f64();
        let goal = moment.tick + u64::from(ticks);
        let epoch = self.epoch;
        // The heartbeats that were on their way tell of the world that is left.
        let is_there = |room: &Self| {
            let all = room.people.all();
            let told = |epoch| room.told.get(&epoch).and_then(|told| told.last_key_value());
            all.iter().all(|p| p.status.replays_to.is_none())
                && told(epoch).is_some_and(|(tick, _)| *tick >= goal)
                && all.iter().all(|p| p.status.tick >= goal)
        };
        while !is_there(self) {
            self.turn()?;
        }
        let kept: u64 = self.people.all().iter().map(|p| p.status.kept_bytes).sum();
        Ok(Return {
            ticks_back: 0,
            ticks_again: ticks.into(),
            seconds_until_begun,
            seconds: began.elapsed().as_secs_f64(),
            bytes_sent: self.sent() - before,
            bytes_kept_each: kept / self.people.all().len() as u64,
            digests_compared: 0,
        })
    }

    /// Bytes that all have sent so far.
    fn sent(&self) -> u64 {
        self.people.all().iter().map(|p| p.handle.links().bytes[0]).sum()
    }
}

impl Return {
    /// Compares what was told of these ticks in the epoch of the moment and in the present one.
    fn held_against(mut self, room: &Room, moment: Moment, goal: u64) -> anyhow::Result<Self> {
        let none = BTreeMap::new();
        let of = |epoch| room.told.get(&epoch).unwrap_or(&none).range(moment.tick..=goal);
        let now: BTreeMap<_, _> = of(room.epoch).collect();
        for (tick, digest) in of(moment.epoch) {
            if let Some(again) = now.get(tick) {
                ensure!(*again == digest, "at tick {tick} the world is {again}, and was {digest}");
                self.digests_compared += 1;
            }
        }
        Ok(self)
    }
}

impl Found {
    fn print(&self) {
        eprintln!("{} people, {} particles", self.people, self.particles);
        for found in &self.returns {
            let where_to = match found.ticks_back {
                0 => "to the world that was left".to_owned(),
                ticks => format!("by {} s, {} ticks again", ticks / TICKS, found.ticks_again),
            };
            eprintln!(
                "{where_to:<32} {:.1} s, of which {:.1} until begun; {} kB sent, {} kB kept by each; {} digests the same",
                found.seconds,
                found.seconds_until_begun,
                found.bytes_sent / 1000,
                found.bytes_kept_each / 1000,
                found.digests_compared,
            );
        }
    }
}
