//! Reconnecting to the room without the player's help: this notices that it is needed, asks for another ticket beside the
//! loop, opens another socket, and tells the player. [`attempts`] says when.

pub(crate) mod attempts;

use crate::config::truncated;
use crate::events::Event;
use crate::link::SILENCE_US;
use crate::net::directory::{Ice, Joined, parse_uuid};
use crate::net::http::HttpError;
use crate::net::matchbox::who;
use crate::notice::Notice;
use crate::task::spawn_short;
use crate::turn::{Clock, Driver};
use attempts::Todo;
use room::api::Micros;
use std::time::Duration;

/// Answers of the signaling server that wait for the loop at most; there are seldom two.
pub(crate) const ANSWERS_MAX: usize = 8;
/// Between two times that this peer asks again because it slept: a page whose timers are slowed sleeps all the time.
const SLEPT_PAUSE_US: u64 = 30_000_000;

/// What the signaling server answered.
pub(crate) enum Answer {
    /// The way in.
    Entry(Result<(Ice, Joined), HttpError>),
    /// How many the directory lists, this peer included.
    People(Result<usize, HttpError>),
    /// The role of the one who never arrived fell to this peer.
    Founder,
    /// What those are called whom the directory lists, this peer included.
    Names(Vec<String>),
}

/// Both of the machine's clocks: one stands still while a laptop sleeps, the other may be set.
pub(crate) struct Wakeful {
    steady: web_time::Instant,
    wall: web_time::SystemTime,
    lonely: bool,
    slept_at: Option<Micros>,
}

impl Wakeful {
    pub(crate) fn new() -> Self {
        let (steady, wall) = (web_time::Instant::now(), web_time::SystemTime::now());
        Self { steady, wall, lonely: false, slept_at: None }
    }

    /// Whether more time passed since the last call than the others wait for anybody.
    fn slept(&mut self) -> bool {
        let wall = web_time::SystemTime::now();
        let longest = self.steady.elapsed().max(wall.duration_since(self.wall).unwrap_or_default());
        (self.steady, self.wall) = (web_time::Instant::now(), wall);
        longest >= Duration::from_micros(SILENCE_US)
    }
}

impl Driver<'_> {
    /// The signaling server has let this peer in.
    pub(crate) fn listed(&mut self, clock: Clock) {
        self.reconnect.open(clock.now());
        if std::mem::replace(&mut self.listed_before, true) {
            self.settle();
        }
    }

    /// Does what is due, after the node's turn.
    pub(crate) fn reconnect_if_due(&mut self, clock: Clock) {
        let now = clock.now();
        let slept = self.wakeful.slept();
        if self.server.is_none() || !self.has_world() || self.node.is_leaving() {
            return;
        }
        let lonely = self.node.is_lonely();
        let newly = lonely && !std::mem::replace(&mut self.wakeful.lonely, lonely);
        self.wakeful.lonely = lonely;
        if slept && self.wakeful.slept_at.is_none_or(|at| now >= at + SLEPT_PAUSE_US) {
            self.wakeful.slept_at = Some(now);
            if lonely {
                self.miss_company(now);
            } else if self.node.up().next().is_some() {
                self.reconnect.slept(now);
            }
        } else if newly && self.reconnect.is_busy() {
            self.miss_company(now);
        } else if newly {
            // Perhaps they have only gone.
            self.ask_who_is_there();
        }
        match self.reconnect.turn(now, self.node.has_company()) {
            Some(Todo::Ask) => self.ask_again(),
            Some(todo) => self.tell_of(todo),
            None => {}
        }
        self.net.net_mut().retire(now, self.node.up());
    }

    /// Takes an answer in.
    pub(crate) fn answered(&mut self, clock: Clock, answer: Answer) {
        let now = clock.now();
        match answer {
            Answer::People(Ok(0..=1)) => {}
            Answer::People(_) if self.node.is_lonely() => self.miss_company(now),
            Answer::People(_) => {}
            Answer::Founder => self.become_founder(now),
            Answer::Names(names) => self.name_the_unreachable(names),
            Answer::Entry(entry) => {
                if let Err(why) = entry.map_err(String::from).and_then(|(ice, joined)| self.open(&ice, joined)) {
                    log::info!("not back yet: {why}");
                    self.reconnect.failed(now);
                }
            }
        }
    }

    fn open(&mut self, ice: &Ice, joined: Joined) -> Result<(), String> {
        let Some((server, _)) = &self.server else { return Ok(()) };
        if parse_uuid(&joined.peer).map(who) != Some(self.me) {
            return Err("the signaling server takes this peer for another one".into());
        }
        self.net.net_mut().open(&server.socket(&joined), ice, &self.config.trust)?;
        let nobody_else = joined.founder;
        self.server = Some((server.clone(), joined));
        if nobody_else && let Some(todo) = self.reconnect.nobody_else() {
            self.tell_of(todo);
        }
        Ok(())
    }

    fn miss_company(&mut self, now: Micros) {
        if self.reconnect.bereft(now) {
            self.say(Notice::ConnectionLost);
        }
    }

    fn tell_of(&self, todo: Todo) {
        match todo {
            Todo::Back => self.say(Notice::BackInRoom),
            Todo::Alone => self.say(Notice::NobodyReachable),
            Todo::Ask => {}
        }
    }

    fn say(&self, notice: Notice) {
        self.tell.tell(Event::Notice(notice));
    }

    fn ask_who_is_there(&self) {
        let Some((server, joined)) = self.server.clone() else { return };
        let answers = self.answers.clone();
        spawn_short(async move {
            let people = server.room(&joined.room).await.map(|entry| entry.people);
            let _ = answers.try_send(Answer::People(people));
        });
    }

    fn ask_again(&self) {
        let Some((server, joined)) = self.server.clone() else { return };
        let name = truncated(&self.config.name, 32);
        let answers = self.answers.clone();
        spawn_short(async move {
            let entry = match server.ice().await {
                Ok(ice) => server.join_again(&joined, &name).await.map(|joined| (ice, joined)),
                Err(why) => Err(why),
            };
            let _ = answers.try_send(Answer::Entry(entry));
        });
    }
}
