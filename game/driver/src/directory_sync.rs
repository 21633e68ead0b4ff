//! Keeping the directory and the room in step: what the room plays, who holds its role, who is there and cannot be
//! reached. Questions are asked beside the loop, which gets each [`Answer`] when it comes.

use crate::link::CONNECT_US;
use crate::net::directory::{Ice, Joined, Server, parse_uuid, who};
use crate::net::http::HttpError;
use crate::reach::Reach;
use crate::task::spawn_short;
use room::api::{Micros, PeerId, Status};
use sim_kernels::scene::Scene;
use std::time::Duration;

/// Answers that wait for the loop at most; there are seldom two.
const ANSWERS_MAX: usize = 8;
/// A peer that sees nobody for this long asks the directory whether the founder's role fell to it.
const ALONE_US: u64 = 5_000_000;
/// How often the directory is told of the room's world until it knows the room, and the first pause.
const DESCRIBE_ATTEMPTS: u32 = 6;
const DESCRIBE_PAUSE: Duration = Duration::from_millis(300);
/// After this long in a room, those whom the directory names and no link reaches are named.
const REACH_US: u64 = CONNECT_US;

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

/// This peer's place in the directory.
pub(crate) struct DirectorySync {
    me: PeerId,
    /// None for who plays alone.
    place: Option<(Server, Joined)>,
    answers: async_channel::Sender<Answer>,
    host: Option<PeerId>,
    asked: Micros,
    reach_at: Micros,
    reach: Reach,
}

impl DirectorySync {
    /// The place that the server gave, if there is one, and where answers come.
    pub(crate) fn new(
        me: PeerId,
        place: Option<(Server, Joined)>,
        now: Micros,
    ) -> (Self, async_channel::Receiver<Answer>) {
        let (answers, answered) = async_channel::bounded(ANSWERS_MAX);
        let reach = Reach::default();
        (Self { me, place, answers, host: None, asked: now, reach_at: now + REACH_US, reach }, answered)
    }

    /// Whether there is a server.
    pub(crate) fn has_server(&self) -> bool {
        self.place.is_some()
    }

    /// The address of the WebSocket that another ticket is for. The error says why the ticket is none for this peer.
    pub(crate) fn socket(&self, joined: &Joined) -> Result<String, String> {
        let Some((server, _)) = &self.place else { return Err("this peer plays alone".into()) };
        if parse_uuid(&joined.peer).map(who) != Some(self.me) {
            return Err("the signaling server takes this peer for another one".into());
        }
        Ok(server.socket(joined))
    }

    /// That ticket is used.
    pub(crate) fn joined_again(&mut self, joined: Joined) {
        if let Some((_, place)) = &mut self.place {
            *place = joined;
        }
    }

    /// A peer that joined and sees nobody may have become the founder, when the first one never arrived: this is asked
    /// from time to time.
    pub(crate) fn ask_for_the_role(&mut self, now: Micros) {
        if now < self.asked + ALONE_US {
            return;
        }
        self.asked = now;
        let Some((server, joined)) = self.place.clone() else { return };
        let (me, answers) = (self.me, self.answers.clone());
        spawn_short(async move {
            let entry = server.room(&joined.room).await;
            let mine = |id: &str| parse_uuid(id).map(who) == Some(me);
            if entry.is_ok_and(|e| e.founder.as_deref().is_some_and(mine)) {
                let _ = answers.try_send(Answer::Founder);
            }
        });
    }

    /// matchbox tells of a peer only once its data channel is open; one that never opens is known to the
    /// directory alone. Asked once the time for connecting is over, and again as long as somebody is missing.
    pub(crate) fn look_for_the_unreachable(&mut self, now: Micros) {
        let Some((server, joined)) = self.place.clone().filter(|_| now >= self.reach_at) else { return };
        self.reach_at = now + REACH_US;
        let answers = self.answers.clone();
        spawn_short(async move {
            if let Ok(entry) = server.room(&joined.room).await {
                let _ = answers.try_send(Answer::Names(entry.names));
            }
        });
    }

    /// The directory's answer to that: who is out of reach of this peer, which has so many links.
    pub(crate) fn unreachable(&mut self, listed: Vec<String>, linked: usize) -> Vec<String> {
        self.reach.missing(listed, linked)
    }

    /// Asks how many the directory lists.
    pub(crate) fn ask_who_is_there(&self) {
        let Some((server, joined)) = self.place.clone() else { return };
        let answers = self.answers.clone();
        spawn_short(async move {
            let people = server.room(&joined.room).await.map(|entry| entry.people);
            let _ = answers.try_send(Answer::People(people));
        });
    }

    /// Asks for another way in, for the same peer.
    pub(crate) fn ask_for_entry(&self, name: String) {
        let Some((server, joined)) = self.place.clone() else { return };
        let answers = self.answers.clone();
        spawn_short(async move {
            let entry = match server.ice().await {
                Ok(ice) => server.join_again(&joined, &name).await.map(|joined| (ice, joined)),
                Err(why) => Err(why),
            };
            let _ = answers.try_send(Answer::Entry(entry));
        });
    }

    /// Tells the directory what this room plays.
    pub(crate) fn describe(&self, founder: bool, scene: &Scene) {
        // Only the host may; others' words are refused by the directory.
        let host = self.host.map_or(founder, |host| host == self.me);
        let Some((server, joined)) = self.place.clone().filter(|_| host) else { return };
        let world = format!("{}, {} x {}", scene.title, scene.world.width, scene.world.height);
        spawn_short(async move {
            // The room is in the directory once this peer's WebSocket is, which takes a moment.
            for attempt in 1..=DESCRIBE_ATTEMPTS {
                futures_timer::Delay::new(DESCRIBE_PAUSE * attempt).await;
                match server.describe(&joined, &world).await {
                    Ok(()) => return,
                    Err(why) if attempt == DESCRIBE_ATTEMPTS => {
                        log::warn!("the directory does not show this room's world: {why}");
                    }
                    Err(_) => {}
                }
            }
        });
    }

    /// After a return: a directory that was emptied does not know who the host is.
    pub(crate) fn name_the_host(&self) {
        let Some(host) = self.host.filter(|host| *host != self.me) else { return };
        let Some((server, joined)) = self.place.clone() else { return };
        let me = self.me;
        spawn_short(async move {
            for attempt in 1..=DESCRIBE_ATTEMPTS {
                futures_timer::Delay::new(DESCRIBE_PAUSE * attempt).await;
                let entry = server.room(&joined.room).await.ok();
                let holder = entry.and_then(|e| e.founder).and_then(|id| parse_uuid(&id)).map(who);
                // The host may come back later than this peer.
                if holder.is_some_and(|id| id != me) || server.hand_over(&joined, host.0).await.is_ok() {
                    return;
                }
            }
        });
    }

    /// The room says who is in it. When the role of the host went from this peer to another, the directory is told by
    /// the one whose key may change it.
    pub(crate) fn follow(&mut self, status: &Status) {
        self.reach.met(status.people.iter().map(|p| (p.id, p.profile.name.as_str())));
        let host = status.people.iter().find(|p| p.leader).map(|p| p.id);
        let before = std::mem::replace(&mut self.host, host);
        let (Some(host), Some((server, joined))) = (host, self.place.clone()) else { return };
        if before == Some(self.me) && host != self.me {
            spawn_short(async move {
                if let Err(why) = server.hand_over(&joined, host.0).await {
                    log::warn!("the directory does not know the new host: {why}");
                }
            });
        }
    }
}
