//! What the driver tells its owner, in a queue that cannot grow.
//!
//! A hidden tab draws nothing for minutes while its driver goes on; so a status replaces the one that still
//! waits, and view tiles of a region are merged into the waiting ones.

use crate::notice::{DriverError, Notice};
use room::api::{Event as RoomEvent, PeerId};
use sim_kernels::command::Command;
use std::collections::VecDeque;

/// Notices and the like that wait at most; the oldest go.
const LINES_MAX: usize = 128;
/// View events that may wait before they are merged.
const VIEWS_MAX: usize = 8;
/// View events of different regions that may wait; the oldest go.
const REGIONS_MAX: usize = 512;

/// What the driver tells.
#[derive(Clone, Debug)]
pub enum Event {
    /// What computes here: its name, and whether it is a GPU.
    Backend {
        /// "CPU, 2 threads", "NVIDIA H200 (Vulkan)".
        name: String,
        /// Whether a GPU does the work.
        gpu: bool,
    },
    /// This peer has its place in the room.
    Joined {
        /// Its id.
        me: PeerId,
        /// Whether it opened the room.
        founder: bool,
        /// The room's name as the server writes it; empty when playing alone.
        room: String,
    },
    /// These commands of this player are committed; they act at the start of this tick.
    Applied {
        /// When.
        tick: u64,
        /// What.
        commands: Vec<Command>,
    },
    /// From the room.
    Room(RoomEvent),
    /// Something worth a line of text that the room does not know.
    Notice(Notice),
    /// The driver cannot go on. The last event.
    Failed(DriverError),
    /// The driver has ended in order. The last event.
    Ended,
}

/// The queue between the driver and its owner.
#[derive(Debug, Default)]
pub struct EventQueue {
    events: VecDeque<Event>,
}

impl EventQueue {
    /// Adds an event, merging where it can.
    pub fn push(&mut self, event: Event) {
        match event {
            Event::Room(RoomEvent::Status(new)) => {
                let waiting = self.events.iter_mut().find_map(|e| match e {
                    Event::Room(RoomEvent::Status(old)) => Some(old),
                    _ => None,
                });
                match waiting {
                    Some(old) => *old = new,
                    None => self.events.push_back(Event::Room(RoomEvent::Status(new))),
                }
            }
            Event::Room(RoomEvent::Globals(new)) => {
                self.events.retain(|e| !matches!(e, Event::Room(RoomEvent::Globals(_))));
                self.events.push_back(Event::Room(RoomEvent::Globals(new)));
            }
            Event::Room(RoomEvent::Hand { from, hand }) => {
                // Only where somebody's pointer is by now.
                self.events.retain(|e| !matches!(e, Event::Room(RoomEvent::Hand { from: of, .. }) if *of == from));
                self.events.push_back(Event::Room(RoomEvent::Hand { from, hand }));
            }
            Event::Room(view @ RoomEvent::View { .. }) => self.push_view(view),
            line => {
                self.events.push_back(line);
                let is_line = |e: &Event| {
                    use RoomEvent::{Notice, Pointed, Said};
                    matches!(
                        e,
                        Event::Room(Notice(_) | Pointed { .. } | Said { .. })
                            | Event::Notice(_)
                            | Event::Applied { .. }
                    )
                };
                if self.events.iter().filter(|e| is_line(e)).count() > LINES_MAX
                    && let Some(oldest) = self.events.iter().position(is_line)
                {
                    self.events.remove(oldest);
                }
            }
        }
    }

    /// The next event.
    pub fn pop(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn push_view(&mut self, view: RoomEvent) {
        let RoomEvent::View { tick, region, full, tiles } = view else { return };
        let is_view = |e: &Event| matches!(e, Event::Room(RoomEvent::View { .. }));
        if self.events.iter().filter(|e| is_view(e)).count() >= VIEWS_MAX {
            for waiting in self.events.iter_mut().rev() {
                let Event::Room(RoomEvent::View { tick: t, region: r, full: f, tiles: old }) = waiting else {
                    continue;
                };
                if *r != region {
                    continue;
                }
                *t = tick;
                if full {
                    *f = true;
                    *old = tiles;
                } else {
                    let mut merged: std::collections::BTreeMap<[u16; 2], _> =
                        old.drain(..).map(|t| (t.tile, t)).collect();
                    merged.extend(tiles.into_iter().map(|t| (t.tile, t)));
                    *old = merged.into_values().collect();
                }
                return;
            }
            // Another partition came meanwhile. The oldest that nobody has looked at gives way.
            if self.events.iter().filter(|e| is_view(e)).count() >= REGIONS_MAX
                && let Some(oldest) = self.events.iter().position(is_view)
            {
                self.events.remove(oldest);
            }
        }
        self.events.push_back(Event::Room(RoomEvent::View { tick, region, full, tiles }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use room::api::Status;
    use room::notice::Notice as RoomNotice;
    use sim_kernels::geom::Rect;
    use sim_kernels::view::ViewTile;

    #[test]
    fn nobody_looking_costs_nothing() {
        let mut queue = EventQueue::default();
        let tile = |x: u16, v: u32| ViewTile { tile: [x, 0], cells: vec![v; 256] };
        for i in 0..10_000u16 {
            let region = Rect::new(0, 0, 64, 64);
            queue.push(Event::Room(RoomEvent::View {
                tick: u64::from(i),
                region,
                full: false,
                tiles: vec![tile(i % 4, i.into())],
            }));
            queue.push(Event::Room(RoomEvent::Status(Box::new(Status { tick: u64::from(i), ..Status::default() }))));
            queue.push(Event::Room(RoomEvent::Notice(RoomNotice::OthersWait)));
            queue.push(Event::Notice(Notice::BackInRoom));
        }
        assert!(queue.events.len() < LINES_MAX + VIEWS_MAX + 2);
        let mut newest = std::collections::BTreeMap::new();
        let mut status = 0;
        while let Some(event) = queue.pop() {
            match event {
                Event::Room(RoomEvent::View { tiles, .. }) => {
                    newest.extend(tiles.into_iter().map(|t| (t.tile[0], t.cells[0])));
                }
                Event::Room(RoomEvent::Status(s)) => status = s.tick,
                _ => {}
            }
        }
        assert_eq!(newest.into_values().collect::<Vec<_>>(), [9996, 9997, 9998, 9999]);
        assert_eq!(status, 9999);
    }
}
