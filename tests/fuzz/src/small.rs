//! A small good room, and an enemy in it: three members, of whom the last one's process was taken over, and a
//! stranger who is linked to everyone.

use netsim::Schedule;
use room::Room;
use room::api::{Channel, Config, Event, Input, Micros, Output, Pace, PeerId, Profile, Request};
use room::notice::BackendError;
use sim_kernels::command::{Command, Stroke};
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::scene::{Block, Scene};
use simulate::kernel::{Kernel, Stub};
use std::collections::VecDeque;

/// One way.
const LATENCY_US: Micros = 500;
/// What a room may want done at one moment; more is a loop without end.
const OUTPUTS_MAX: u32 = 20_000;
const ENEMY: PeerId = PeerId(3);
const STRANGER: PeerId = PeerId(4);

struct Good {
    id: PeerId,
    room: Room,
    kernel: Box<dyn Kernel>,
    done: VecDeque<Input>,
}

/// See the module.
pub struct Small {
    good: Vec<Good>,
    mail: Schedule<PeerId, (PeerId, Channel, Vec<u8>)>,
    /// What was said while everyone was good.
    pub said: Vec<Vec<u8>>,
    /// What was saved.
    pub saved: Vec<Vec<u8>>,
    hostile: bool,
}

fn scene() -> Scene {
    Scene {
        title: "small".into(),
        world: WorldSize::new(64, 32).expect("a small world"),
        gravity: [0, -4],
        terrain: vec![Rect::new(0, 0, 64, 2)],
        blocks: vec![Block::water(Rect::new(20, 4, 44, 7))],
        commands: vec![(4, Command::Explode { at: [32, 6], radius: 4, speed: 900 })],
    }
}

impl Small {
    /// A room that has run for a while.
    pub fn running() -> Self {
        let mut small = Self {
            good: Vec::new(),
            mail: Schedule::new(1_000_000),
            said: Vec::new(),
            saved: Vec::new(),
            hostile: false,
        };
        for n in 1..=3u128 {
            let config = Config {
                me: PeerId(n),
                profile: Profile { name: format!("P{n}"), lend: true, backend: "tiny".into(), throughput: 1000 },
                found: (n == 1).then(scene),
                superstep_ticks: 2,
                pace: Pace::RealTime,
                wait_for: 0,
                equal_strips: n == 1,
                stand_ins: true,
                end_tick: None,
            };
            let room = Room::new(config, small.mail.now());
            small.good.push(Good { id: PeerId(n), room, kernel: Stub::boxed(), done: VecDeque::new() });
        }
        for i in 0..3 {
            let (now, me) = (small.mail.now(), small.good[i].id);
            for other in [1, 2, 3, 4].map(PeerId).into_iter().filter(|p| *p != me) {
                small.good[i].room.handle(now, Input::PeerUp(other));
            }
        }
        small.run(60);
        let stroke = Stroke { from: [8, 20], to: [20, 24], radius: 2 };
        let pour = Command::Pour { stroke, material: 0, velocity: [5, 0] };
        small.ask(1, Request::Command(pour));
        small.run(60);
        // A save, and the room goes on from it.
        small.ask(1, Request::Save);
        small.run(60);
        if let Some(bytes) = small.saved.first().cloned() {
            small.ask(1, Request::Restore(bytes));
        }
        small.run(60);
        small.good.truncate(2);
        small.hostile = true;
        small
    }

    fn ask(&mut self, i: usize, request: Request) {
        let now = self.mail.now();
        self.good[i].room.handle(now, Input::Player(request));
    }

    /// Lets so many times 5 ms pass.
    pub fn run(&mut self, times: u32) {
        for _ in 0..times {
            for i in 0..self.good.len() {
                self.drain(i);
            }
            let until = self.mail.now() + 5_000;
            while self.mail.next_at().is_some_and(|at| at <= until) {
                let Some(Some((to, (from, channel, bytes)))) = self.mail.pop() else { continue };
                if let Some(i) = self.good.iter().position(|g| g.id == to) {
                    self.good[i].room.handle(self.mail.now(), Input::Message { from, channel, bytes });
                    self.drain(i);
                }
            }
            self.mail.pass(until);
            for i in 0..self.good.len() {
                while let Some(done) = self.good[i].done.pop_front() {
                    self.good[i].room.handle(self.mail.now(), done);
                }
                self.good[i].room.handle(self.mail.now(), Input::Wake);
                self.drain(i);
            }
        }
    }

    fn drain(&mut self, i: usize) {
        let good = &mut self.good[i];
        for count in 0.. {
            assert!(count < OUTPUTS_MAX, "{:?} wants more and more", good.id);
            match good.room.poll() {
                Output::Send { to, channel, bytes } => {
                    assert!(bytes.len() <= room::wire::MESSAGE_MAX);
                    if !self.hostile && self.said.len() < 4_000 {
                        self.said.push(bytes.clone());
                    }
                    self.mail.push(self.mail.now() + LATENCY_US, to, (good.id, channel, bytes));
                }
                Output::Job { number, job } => {
                    let result = good.kernel.run(job).map_err(|_| BackendError::BadJob);
                    good.done.push_back(Input::Done { job: number, result });
                }
                Output::Event(Event::Saved(bytes)) => self.saved.push(bytes),
                Output::Event(_) => {}
                Output::Wait(_) => return,
            }
        }
    }

    /// The enemy, or the stranger, says something to everyone.
    pub fn forge(&mut self, number: u32, bytes: &[u8]) {
        let from = if number.is_multiple_of(4) { STRANGER } else { ENEMY };
        let channel = [Channel::Log, Channel::Border, Channel::Bulk, Channel::View][number as usize % 4];
        for i in 0..self.good.len() {
            let now = self.mail.now();
            self.good[i].room.handle(now, Input::Message { from, channel, bytes: bytes.to_vec() });
            self.drain(i);
        }
        self.run(1);
    }

    /// Both still answer.
    pub fn check(&mut self) {
        self.run(4);
        assert_eq!(self.good.len(), 2);
    }
}
