//! Virtual time: what is due at which node, in order of time and then of asking. Time jumps from event to event.
//!
//! A node may be frozen: what is due at it waits until it goes on, and then comes in the order of asking.

use crate::Micros;
use std::collections::BTreeMap;

/// Events `E` at nodes `N`.
#[derive(Debug)]
pub struct Schedule<N, E> {
    now: Micros,
    queue: BTreeMap<(Micros, u64), (N, E)>,
    count: u64,
    frozen: BTreeMap<N, (Micros, Micros)>,
}

impl<N: Copy + Ord, E> Schedule<N, E> {
    /// Nothing is due; the clock shows `now`.
    pub fn new(now: Micros) -> Self {
        Self { now, queue: BTreeMap::new(), count: 0, frozen: BTreeMap::new() }
    }

    /// The time.
    pub fn now(&self) -> Micros {
        self.now
    }

    /// Lets an event happen at a node.
    pub fn push(&mut self, at: Micros, node: N, event: E) {
        self.count += 1;
        self.queue.insert((at, self.count), (node, event));
    }

    /// A node does nothing until `until`, if that is later than what it does nothing until anyway.
    pub fn freeze(&mut self, node: N, until: Micros) {
        let now = self.now;
        let entry = self.frozen.entry(node).or_insert((now, until));
        if entry.1 <= now {
            *entry = (now, until);
        }
        entry.1 = entry.1.max(until);
    }

    /// A node goes on now: what waited for it is due at once, in the order of asking.
    pub fn thaw(&mut self, node: N) {
        let Some((_, until)) = self.frozen.remove(&node) else { return };
        let waits: Vec<(Micros, u64)> =
            self.queue.range(..=(until, u64::MAX)).filter(|e| e.0.0 == until && e.1.0 == node).map(|e| *e.0).collect();
        for key in waits {
            if let Some(event) = self.queue.remove(&key) {
                self.queue.insert((self.now, key.1), event);
            }
        }
    }

    /// From when until when a node does nothing, if it does nothing now.
    pub fn frozen(&self, node: N) -> Option<(Micros, Micros)> {
        self.frozen.get(&node).copied().filter(|f| f.1 > self.now)
    }

    /// When the next event is due.
    pub fn next_at(&self) -> Option<Micros> {
        self.queue.first_key_value().map(|e| e.0.0)
    }

    /// Moves the clock to the next event and takes it; nothing when no event is left, or the next is one that
    /// waits for a frozen node (then `Some(None)`: the clock has moved, and nothing happened).
    pub fn pop(&mut self) -> Option<Option<(N, E)>> {
        let ((at, number), (node, event)) = self.queue.pop_first()?;
        self.now = at.max(self.now);
        if let Some((_, until)) = self.frozen(node) {
            self.queue.insert((until, number), (node, event));
            return Some(None);
        }
        Some(Some((node, event)))
    }

    /// Moves the clock on to `at`; what is due before stays due.
    pub fn pass(&mut self, at: Micros) {
        self.now = self.now.max(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_order_and_wait_for_the_frozen() {
        let mut all = Schedule::new(0);
        for (at, node, what) in [(5, 1, 'b'), (3, 1, 'a'), (5, 2, 'c'), (30, 2, 'd')] {
            all.push(at, node, what);
        }
        all.freeze(1, 20);
        let mut got = Vec::new();
        while let Some(event) = all.pop() {
            got.extend(event.map(|(_, what)| (all.now(), what)));
        }
        assert_eq!(got, [(5, 'c'), (20, 'b'), (20, 'a'), (30, 'd')]);
        assert_eq!((all.frozen(1), all.next_at()), (None, None));
        all.push(40, 1, 'e');
        all.freeze(1, 90);
        assert_eq!(all.pop(), Some(None));
        all.thaw(1);
        assert_eq!((all.pop(), all.now()), (Some(Some((1, 'e'))), 40));
    }
}
