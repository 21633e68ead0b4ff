//! Rooms, their members, and the tickets that lead into them: plain state, time as an argument.
//!
//! `L` is the way to a member (in the server: the sending half of its WebSocket's queue). Nothing here
//! waits, and nothing here knows of http.

mod tickets;
mod token;

pub(crate) use token::Token;

use crate::config::Limits;
use crate::doors::Source;
use crate::names::{PersonName, RoomName};
use matchbox_protocol::PeerId;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use tickets::{Ticket, Tickets};
use token::same;
use uuid::Uuid;

/// Why somebody is not let in; the words for the player are in `api::error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// All places are taken.
    RoomFull,
    /// `rooms_max` or `peers_max`.
    ServerFull,
    /// `peers_per_address_max`.
    AddressFull,
    /// The address's budget of tickets is spent; it has some again after this time.
    TooManyTickets(Duration),
    /// Unknown, used, expired, or for another room.
    BadTicket,
    /// The server asks for tickets and there was none.
    NoTicket,
    /// The key belongs to nobody in this room, or to somebody who may not do this.
    NotAllowed,
    /// There is no such room.
    NoRoom,
}

/// The answer to `join`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Joined {
    /// The room's name as the server writes it.
    pub room: String,
    /// The peer id that the WebSocket will be given.
    pub peer: PeerId,
    /// For the WebSocket's address, once.
    pub ticket: String,
    /// For `POST /rooms/NAME`, while in the room; and for being the same participant at the next `join`.
    pub key: String,
    /// Whether this peer opens the room.
    pub founder: bool,
    /// How long the ticket is good.
    pub expires_s: u64,
}

/// A room as the directory shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Entry {
    /// The room's name.
    pub name: String,
    /// How many are in it.
    pub people: usize,
    /// What they are called, in the order of joining.
    pub names: Vec<String>,
    /// What its host says of it.
    pub world: String,
    /// Places left.
    pub free: usize,
    /// The peer that opened the room or took that role over; `None` while it is still on its way.
    pub founder: Option<PeerId>,
}

/// A change to a room's entry, all parts optional.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    /// By the host.
    pub world: Option<String>,
    /// By the host; 1 to `places_max`.
    pub places: Option<usize>,
    /// By the host: another member takes the role.
    pub host: Option<PeerId>,
    /// By everyone, for himself.
    pub name: Option<PersonName>,
}

struct Member<L> {
    name: PersonName,
    key: Option<Token>,
    link: L,
    from: Source,
    joined: u64,
}

struct Room<L> {
    members: BTreeMap<PeerId, Member<L>>,
    world: String,
    places: usize,
    host: Option<PeerId>,
}

/// All rooms of a server.
pub(crate) struct Rooms<L> {
    limits: Limits,
    rooms: BTreeMap<RoomName, Room<L>>,
    tickets: Tickets,
    peers: usize,
    peers_from: HashMap<Source, usize>,
    joined: u64,
}

impl<L> Rooms<L> {
    /// No rooms yet.
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            tickets: Tickets::new(&limits),
            limits,
            rooms: BTreeMap::new(),
            peers: 0,
            peers_from: HashMap::new(),
            joined: 0,
        }
    }

    /// Hands out a ticket. The first one for a room without members makes its holder the founder, until
    /// it expires unused. With the `key` of an earlier answer its holder stays who it was; it takes its own place.
    pub(crate) fn join(
        &mut self,
        now: Duration,
        room: RoomName,
        name: PersonName,
        key: Option<Token>,
        from: Source,
    ) -> Result<Joined, Refusal> {
        self.expire(now);
        let key = key.unwrap_or_else(Token::random);
        let peer = key.peer();
        let places = self.rooms.get(&room).map_or(self.limits.places_max, |r| r.places);
        let others = |r: &Room<L>| r.members.keys().filter(|p| !same(**p, peer)).count();
        let members = self.rooms.get(&room).map_or(0, others);
        if members >= places {
            return Err(Refusal::RoomFull);
        }
        if (members == 0 && self.rooms.len() >= self.limits.rooms_max) || self.peers >= self.limits.peers_max {
            return Err(Refusal::ServerFull);
        }
        let founder = members == 0 && !self.tickets.await_founder(&room);
        let until = now + self.limits.ticket_life;
        let name_of_room = room.as_str().to_owned();
        let ticket = Ticket { room, peer, key: key.clone(), name, founder, from, until };
        let ticket = self.tickets.add(now, ticket).map_err(Refusal::TooManyTickets)?;
        Ok(Joined {
            room: name_of_room,
            peer,
            ticket: ticket.as_str().to_owned(),
            key: key.as_str().to_owned(),
            founder,
            expires_s: self.limits.ticket_life.as_secs(),
        })
    }

    /// Uses a ticket up and takes its holder into the room; `link` is made for the peer's id. Without a
    /// ticket (`None`; the caller has decided that this is allowed) the first one founds the room.
    /// Whoever was in it already leaves by its old WebSocket, which is the second answer.
    pub(crate) fn enter(
        &mut self,
        now: Duration,
        room: &RoomName,
        ticket: Option<&Token>,
        from: Source,
        link: impl FnOnce(PeerId) -> L,
    ) -> Result<(PeerId, Option<PeerId>), Refusal> {
        self.expire(now);
        let ticket = match ticket {
            Some(token) => Some(self.tickets.take(token, room).ok_or(Refusal::BadTicket)?),
            None => None,
        };
        let old = ticket.as_ref().and_then(|t| {
            let members = &self.rooms.get(room)?.members;
            members.keys().copied().find(|p| same(*p, t.peer))
        });
        let was_host = old.is_some_and(|old| self.rooms.get(room).is_some_and(|r| r.host == Some(old)));
        if let Some(old) = old {
            self.leave(room, old);
        }
        if self.peers >= self.limits.peers_max
            || (!self.rooms.contains_key(room) && self.rooms.len() >= self.limits.rooms_max)
        {
            return Err(Refusal::ServerFull);
        }
        if self.peers_from.get(&from).is_some_and(|n| *n >= self.limits.peers_per_address_max) {
            return Err(Refusal::AddressFull);
        }
        let awaited = self.tickets.await_founder(room);
        let places_max = self.limits.places_max;
        if self.rooms.get(room).is_some_and(|r| r.members.len() >= r.places) {
            return Err(Refusal::RoomFull);
        }
        let entry = self.rooms.entry(room.clone()).or_insert_with(|| Room {
            members: BTreeMap::new(),
            world: String::new(),
            places: places_max,
            host: None,
        });
        let (peer, key, name, founder) = match ticket {
            Some(t) => (t.peer, Some(t.key), t.name, t.founder),
            None => (PeerId(Uuid::new_v4()), None, PersonName::clean(""), !awaited),
        };
        if was_host || entry.host.is_none() && (founder || !awaited) {
            entry.host = Some(peer);
        }
        let member = Member { name, key, link: link(peer), from, joined: self.joined };
        self.joined += 1;
        self.peers += 1;
        *self.peers_from.entry(from).or_default() += 1;
        entry.members.insert(peer, member);
        Ok((peer, old))
    }

    /// Takes a peer out. True when it was in; a room that empties is gone.
    pub(crate) fn leave(&mut self, room: &RoomName, peer: PeerId) -> bool {
        let Some(entry) = self.rooms.get_mut(room) else { return false };
        let Some(member) = entry.members.remove(&peer) else { return false };
        self.peers -= 1;
        if let Some(n) = self.peers_from.get_mut(&member.from) {
            *n -= 1;
            if *n == 0 {
                self.peers_from.remove(&member.from);
            }
        }
        if entry.members.is_empty() {
            self.rooms.remove(room);
        } else if entry.host == Some(peer) {
            entry.host = oldest(entry);
        }
        true
    }

    /// The way to a member of this room.
    pub(crate) fn link(&self, room: &RoomName, peer: PeerId) -> Option<&L> {
        self.rooms.get(room)?.members.get(&peer).map(|m| &m.link)
    }

    /// All members of this room but one.
    pub(crate) fn others(&self, room: &RoomName, but: PeerId) -> impl Iterator<Item = (PeerId, &L)> {
        let members = self.rooms.get(room).into_iter().flat_map(|r| &r.members);
        members.filter(move |(id, _)| **id != but).map(|(id, m)| (*id, &m.link))
    }

    /// Changes a room's entry on behalf of the member who holds `key`.
    pub(crate) fn change(
        &mut self,
        now: Duration,
        room: &RoomName,
        key: &Token,
        change: Change,
    ) -> Result<Entry, Refusal> {
        self.expire(now);
        let places_max = self.limits.places_max;
        let entry = self.rooms.get_mut(room).ok_or(Refusal::NoRoom)?;
        let by = entry.members.iter().find(|(_, m)| m.key.as_ref() == Some(key)).map(|(id, _)| *id);
        let by = by.ok_or(Refusal::NotAllowed)?;
        let of_the_room = change.world.is_some() || change.places.is_some() || change.host.is_some();
        // A member is named by who it is; which WebSocket it has now, the others need not know.
        let host = change.host.map(|h| entry.members.keys().copied().find(|m| same(*m, h)));
        if (of_the_room && entry.host != Some(by)) || host == Some(None) {
            return Err(Refusal::NotAllowed);
        }
        if let Some(world) = change.world {
            entry.world = world;
        }
        if let Some(places) = change.places {
            entry.places = places.clamp(1, places_max);
        }
        if let Some(host) = host {
            entry.host = host;
        }
        if let (Some(name), Some(member)) = (change.name, entry.members.get_mut(&by)) {
            member.name = name;
        }
        Ok(show(room, entry))
    }

    /// One room's entry.
    pub(crate) fn entry(&mut self, now: Duration, room: &RoomName) -> Option<Entry> {
        self.expire(now);
        self.rooms.get(room).map(|r| show(room, r))
    }

    /// The rooms with most people, at most `rooms_listed_max` of them, by name.
    pub(crate) fn list(&mut self, now: Duration) -> Vec<Entry> {
        self.expire(now);
        let mut rooms: Vec<_> = self.rooms.iter().collect();
        if rooms.len() > self.limits.rooms_listed_max {
            rooms.sort_by_key(|(_, room)| std::cmp::Reverse(room.members.len()));
            rooms.truncate(self.limits.rooms_listed_max);
            rooms.sort_by_key(|(name, _)| *name);
        }
        rooms.into_iter().map(|(name, room)| show(name, room)).collect()
    }

    /// Rooms, people and unused tickets.
    pub(crate) fn counts(&self) -> [usize; 3] {
        [self.rooms.len(), self.peers, self.tickets.len()]
    }

    /// Drops what is past its time; a room whose founder never came goes to its oldest member.
    fn expire(&mut self, now: Duration) {
        self.tickets.expire(now);
        for (name, room) in &mut self.rooms {
            if room.host.is_none() && !self.tickets.await_founder(name) {
                room.host = oldest(room);
            }
        }
    }
}

fn oldest<L>(room: &Room<L>) -> Option<PeerId> {
    room.members.iter().min_by_key(|(_, m)| m.joined).map(|(id, _)| *id)
}

fn show<L>(name: &RoomName, room: &Room<L>) -> Entry {
    let mut members: Vec<&Member<L>> = room.members.values().collect();
    members.sort_by_key(|m| m.joined);
    Entry {
        name: name.as_str().to_owned(),
        people: members.len(),
        names: members.iter().map(|m| m.name.as_str().to_owned()).collect(),
        world: room.world.clone(),
        free: room.places.saturating_sub(members.len()),
        founder: room.host,
    }
}

#[cfg(test)]
mod tests;
