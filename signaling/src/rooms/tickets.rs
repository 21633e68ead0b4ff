//! Unused tickets: bounded in number and by a budget for each address, and never in a way that keeps others out.

use super::Token;
use crate::config::Limits;
use crate::doors::Source;
use crate::doors::budget::Budgets;
use crate::names::{PersonName, RoomName};
use matchbox_protocol::PeerId;
use std::collections::HashMap;
use std::time::Duration;

/// A way into a room, once.
pub(super) struct Ticket {
    pub(super) room: RoomName,
    pub(super) peer: PeerId,
    pub(super) key: Token,
    pub(super) name: PersonName,
    pub(super) founder: bool,
    pub(super) from: Source,
    pub(super) until: Duration,
}

/// All that were handed out and not yet used.
pub(super) struct Tickets {
    unused: HashMap<Token, Ticket>,
    unused_max: usize,
    budgets: Budgets,
    /// How many tickets to found it there are for each room.
    founders: HashMap<RoomName, usize>,
}

impl Tickets {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            unused: HashMap::new(),
            unused_max: limits.tickets_max.max(1),
            budgets: Budgets::new(limits.tickets, limits.addresses_max),
            founders: HashMap::new(),
        }
    }

    /// Hands one out, or says how long its address has to wait. Where there are too many, the oldest of the address that
    /// holds most is void.
    pub(super) fn add(&mut self, now: Duration, ticket: Ticket) -> Result<Token, Duration> {
        self.budgets.take(now, ticket.from)?;
        if self.unused.len() >= self.unused_max
            && let Some(token) = self.to_give_way()
        {
            self.remove(&token);
        }
        if ticket.founder {
            *self.founders.entry(ticket.room.clone()).or_default() += 1;
        }
        let token = Token::random();
        self.unused.insert(token.clone(), ticket);
        Ok(token)
    }

    /// Uses one up: only the one who has it, and only for its room.
    pub(super) fn take(&mut self, token: &Token, room: &RoomName) -> Option<Ticket> {
        if self.unused.get(token)?.room != *room {
            return None;
        }
        self.remove(token)
    }

    /// Drops what is past its time.
    pub(super) fn expire(&mut self, now: Duration) {
        let late: Vec<Token> =
            self.unused.iter().filter(|(_, t)| t.until <= now).map(|(token, _)| token.clone()).collect();
        for token in late {
            self.remove(&token);
        }
    }

    /// Whether somebody holds an unused ticket to found this room.
    pub(super) fn await_founder(&self, room: &RoomName) -> bool {
        self.founders.contains_key(room)
    }

    pub(super) fn len(&self) -> usize {
        self.unused.len()
    }

    fn remove(&mut self, token: &Token) -> Option<Ticket> {
        let ticket = self.unused.remove(token)?;
        if ticket.founder
            && let Some(n) = self.founders.get_mut(&ticket.room)
        {
            *n -= 1;
            if *n == 0 {
                self.founders.remove(&ticket.room);
            }
        }
        Some(ticket)
    }

    fn to_give_way(&self) -> Option<Token> {
        let mut held: HashMap<Source, usize> = HashMap::new();
        for ticket in self.unused.values() {
            *held.entry(ticket.from).or_default() += 1;
        }
        let (largest, _) = held.into_iter().max_by_key(|(source, n)| (*n, *source))?;
        let of_it = self.unused.iter().filter(|(_, ticket)| ticket.from == largest);
        of_it.min_by_key(|(_, ticket)| ticket.until).map(|(token, _)| token.clone())
    }
}
