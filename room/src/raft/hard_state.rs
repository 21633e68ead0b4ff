//! What this peer has said as a voter, history by history: how much of the log it holds, and in which term. A peer that
//! leaves a history and comes back to it must know this still. A leader whose term is over, because it was frozen
//! or cut off, could otherwise count on a voter that has helped its successor meanwhile.

use std::collections::VecDeque;

/// Histories that are remembered, the newest ones.
const KEPT_MAX: usize = 32;

#[derive(Clone, Copy, Debug)]
struct Kept {
    lineage: u64,
    term: u64,
    known: u64,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct HardState(VecDeque<Kept>);

impl HardState {
    fn find(&self, lineage: u64) -> Option<&Kept> {
        self.0.iter().find(|p| p.lineage == lineage)
    }

    /// This peer holds so much of a history's log, and spoke in a term.
    pub fn note(&mut self, lineage: u64, term: u64, known: u64) {
        let old = self.find(lineage).copied().unwrap_or(Kept { lineage, term, known });
        self.0.retain(|p| p.lineage != lineage);
        self.0.push_back(Kept { lineage, term: old.term.max(term), known: old.known.max(known) });
        if self.0.len() > KEPT_MAX {
            self.0.pop_front();
        }
    }

    /// What a newer leader's log replaced was never committed: to have held it binds this peer to nothing.
    pub fn replaced(&mut self, lineage: u64, known: u64) {
        if let Some(kept) = self.0.iter_mut().find(|p| p.lineage == lineage) {
            kept.known = kept.known.min(known);
        }
    }

    /// The newest term in which this peer spoke.
    pub fn term(&self, lineage: u64) -> u64 {
        self.find(lineage).map_or(0, |p| p.term)
    }

    /// How much of the log it said that it holds.
    pub fn known(&self, lineage: u64) -> u64 {
        self.find(lineage).map_or(0, |p| p.known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_forgotten_by_going_elsewhere() {
        let mut state = HardState::default();
        state.note(1, 2, 37);
        state.note(9, 1, 4);
        state.note(1, 1, 12);
        assert_eq!((state.term(1), state.known(1)), (2, 37));
        state.replaced(1, 30);
        assert_eq!((state.term(1), state.known(1), state.known(9)), (2, 30, 4));
        (100..200).for_each(|lineage| state.note(lineage, 1, 1));
        assert_eq!((state.0.len(), state.term(1)), (KEPT_MAX, 0));
    }
}
