//! Keeping the directory and the room in step: what the room plays, who holds its role, who is there and cannot be
//! reached.

use crate::events::Event;
use crate::link::LinkConfig;
use crate::net::directory::parse_uuid;
use crate::net::matchbox::who;
use crate::node::Node;
use crate::notice::{Detail, DriverError, Notice};
use crate::reconnect::Answer;
use crate::task::spawn_short;
use crate::turn::{Clock, Driver};
use room::api::{Event as RoomEvent, Micros, PeerId};
use room::notice::Name;
use std::time::Duration;

/// A peer that sees nobody for this long asks the directory whether the founder's role fell to it.
const ALONE_US: u64 = 5_000_000;
/// How often the directory is told of the room's world until it knows the room, and the first pause.
const DESCRIBE_ATTEMPTS: u32 = 6;
const DESCRIBE_PAUSE: Duration = Duration::from_millis(300);
/// After this long in a room, those whom the directory names and no link reaches are named.
pub(crate) const REACH_US: u64 = crate::link::CONNECT_US;

impl Driver<'_> {
    /// Whether there is something here to come back with.
    pub(crate) fn has_world(&self) -> bool {
        self.founder || self.in_room
    }

    pub(crate) fn no_more_peers(&mut self, clock: Clock, why: String) -> Result<(), DriverError> {
        // Data channels that are up go on; without any, and without a world, there is no room.
        if self.node.up().next().is_none() && !self.has_world() {
            return Err(DriverError::LostBeforeMeeting(Detail::new(&why)));
        }
        if !self.reconnect.is_busy() {
            let why = DriverError::Server(Detail::new(&why));
            self.tell.tell(Event::Notice(Notice::ServerGone { why }));
        }
        self.reconnect.failed(clock.now());
        Ok(())
    }

    /// A peer that joined and sees nobody may have become the founder, when the first one never arrived.
    pub(crate) fn ask_for_the_role_if_alone(&mut self, clock: Clock) {
        let now = clock.now();
        if !self.waits_for_founder() || now < self.asked + ALONE_US {
            return;
        }
        self.asked = now;
        let Some((server, joined)) = self.server.clone() else { return };
        let (me, answers) = (self.me, self.answers.clone());
        spawn_short(async move {
            let entry = server.room(&joined.room).await;
            let mine = |id: &str| parse_uuid(id).map(who) == Some(me);
            if entry.is_ok_and(|e| e.founder.as_deref().is_some_and(mine)) {
                let _ = answers.try_send(Answer::Founder);
            }
        });
    }

    /// The directory says so. The world, or somebody who has it, may have come while it was asked.
    pub(crate) fn become_founder(&mut self, now: Micros) {
        if self.waits_for_founder() {
            self.founder = true;
            self.node = Node::new(self.config.room_config(self.me, &self.kernels, true), LinkConfig::default(), now);
            self.node.share(self.config.share);
            self.describe();
        }
    }

    /// A peer that has seen the room's world never begins another one, even when the others have left.
    fn waits_for_founder(&self) -> bool {
        !self.founder && !self.in_room && self.node.links().next().is_none()
    }

    /// matchbox tells of a peer only once its data channel is open; one that never opens is known to the
    /// directory alone. Asked once the time for connecting is over, and again as long as somebody is missing.
    pub(crate) fn look_for_the_unreachable(&mut self, clock: Clock) {
        let now = clock.now();
        let Some((server, joined)) = self.server.clone().filter(|_| now >= self.reach_at) else { return };
        self.reach_at = now + REACH_US;
        let answers = self.answers.clone();
        spawn_short(async move {
            if let Ok(entry) = server.room(&joined.room).await {
                let _ = answers.try_send(Answer::Names(entry.names));
            }
        });
    }

    /// The directory's answer to that.
    pub(crate) fn name_the_unreachable(&mut self, listed: Vec<String>) {
        let linked = self.node.links().count();
        for name in self.reach.missing(listed, linked) {
            self.tell.tell(Event::Notice(Notice::OutOfReach { name: Name::new(&name) }));
        }
    }

    /// Somebody sent signals that no program of good will sends, again and again.
    pub(crate) fn name_the_distrusted(&self, peer: PeerId) {
        self.tell.tell(Event::Notice(Notice::Distrusted { who: peer }));
    }

    /// Tells the directory what this room plays.
    pub(crate) fn describe(&self) {
        // Only the host may; others' words are refused by the directory.
        let host = self.host.map_or(self.founder, |host| host == self.me);
        let Some((server, joined)) = self.server.clone().filter(|_| host) else { return };
        let scene = &self.config.scene;
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

    /// After a return: a directory that was emptied knows neither the room's world nor who its host is.
    pub(crate) fn settle(&self) {
        self.describe();
        let Some(host) = self.host.filter(|host| *host != self.me) else { return };
        let Some((server, joined)) = self.server.clone() else { return };
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

    /// When the role of the host went from this peer to another, the directory is told by the one whose key
    /// may change it.
    pub(crate) fn watch_host(&mut self, event: &RoomEvent) {
        let RoomEvent::Status(status) = event else { return };
        self.reach.met(status.people.iter().map(|p| (p.id, p.profile.name.as_str())));
        let host = status.people.iter().find(|p| p.host).map(|p| p.id);
        let before = std::mem::replace(&mut self.host, host);
        let (Some(host), Some((server, joined))) = (host, self.server.clone()) else { return };
        if before == Some(self.me) && host != self.me {
            spawn_short(async move {
                if let Err(why) = server.hand_over(&joined, host.0).await {
                    log::warn!("the directory does not know the new host: {why}");
                }
            });
        }
    }
}
