//! The replicated log, as Raft keeps it: entries with the terms in which they were sealed, up to some step committed.
//! What an entry says is opaque here; so are committed entries, of which only the terms stay.

use std::collections::VecDeque;

/// See the module.
#[derive(Debug)]
pub(crate) struct Log<E> {
    /// The first step that is not committed.
    commit_index: u64,
    /// Terms of the newest committed entries, the last one of which is before `commit_index`.
    terms: VecDeque<u64>,
    /// The term of the last committed entry.
    committed_term: u64,
    /// Entries that are not committed yet.
    open: VecDeque<(u64, E)>,
}

impl<E> Log<E> {
    /// A log of which everything before a step is committed, and the entry before it has this term.
    pub fn new(commit_index: u64, committed_term: u64) -> Self {
        Self { commit_index, committed_term, terms: VecDeque::new(), open: VecDeque::new() }
    }

    /// The first step that is not committed.
    pub fn commit_index(&self) -> u64 {
        self.commit_index
    }

    /// The first step that is not in the log.
    pub fn end(&self) -> u64 {
        self.commit_index + self.open.len() as u64
    }

    /// The term of the last committed entry.
    pub fn committed_term(&self) -> u64 {
        self.committed_term
    }

    /// The term of the last entry.
    pub fn last_term(&self) -> u64 {
        self.open.back().map_or(self.committed_term, |e| e.0)
    }

    /// The term of an entry, where it is known.
    pub fn term_of(&self, step: u64) -> Option<u64> {
        if step >= self.commit_index {
            return self.place(step).map(|place| self.open[place].0);
        }
        let back = usize::try_from(self.commit_index - step).ok()?;
        match self.terms.len().checked_sub(back) {
            Some(place) => self.terms.get(place).copied(),
            None => (back == 1).then_some(self.committed_term),
        }
    }

    /// How many entries are not committed.
    pub fn open_len(&self) -> usize {
        self.open.len()
    }

    /// The entries that are not committed, with their terms.
    pub fn open(&self) -> impl DoubleEndedIterator<Item = &(u64, E)> + ExactSizeIterator {
        self.open.iter()
    }

    /// An entry that is not committed.
    pub fn get(&self, step: u64) -> Option<&E> {
        self.place(step).map(|place| &self.open[place].1)
    }

    /// Where an entry is among those that are not committed.
    pub fn place(&self, step: u64) -> Option<usize> {
        let place = usize::try_from(step.checked_sub(self.commit_index)?).ok()?;
        (place < self.open.len()).then_some(place)
    }

    /// Whether entries from a step on, before which is one of this term, may follow here (the paper's consistency
    /// check). An entry of another term in that place goes, and what follows it: it was not committed, since what is
    /// committed is the same in every log.
    pub fn follows(&mut self, from: u64, before_term: u64) -> bool {
        if from > self.end() {
            return false;
        }
        if from > self.commit_index && self.term_of(from - 1) != Some(before_term) {
            self.open.truncate((from - 1 - self.commit_index) as usize);
            return false;
        }
        true
    }

    /// Whether the entry of this term is here. One of another term in its place goes, and what follows it.
    pub fn has(&mut self, step: u64, term: u64) -> bool {
        if step < self.commit_index {
            return true;
        }
        match self.place(step) {
            Some(place) if self.open[place].0 == term => true,
            Some(place) => {
                self.open.truncate(place);
                false
            }
            None => false,
        }
    }

    /// Adds an entry at the end. Terms never go back: the peer that appends asks [`Log::last_term`] first.
    pub fn append(&mut self, term: u64, entry: E) {
        debug_assert!(term >= self.last_term());
        self.open.push_back((term, entry));
    }

    /// Commits the next entry, if it is before a step.
    pub fn commit_next(&mut self, before: u64) -> Option<E> {
        let (term, entry) = self.open.pop_front_if(|_| self.commit_index < before)?;
        self.terms.push_back(term);
        self.committed_term = term;
        self.commit_index += 1;
        Some(entry)
    }

    /// Forgets the terms of entries before a step.
    pub fn forget_before(&mut self, step: u64) {
        let kept = usize::try_from(self.commit_index.saturating_sub(step)).unwrap_or(usize::MAX);
        self.terms.drain(..self.terms.len().saturating_sub(kept));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log whose entries are their own terms, the first of which are committed.
    fn log(terms: &[u64], committed: u64) -> Log<u64> {
        let mut log = Log::new(0, 0);
        terms.iter().for_each(|&term| log.append(term, term));
        while log.commit_next(committed).is_some() {}
        log
    }

    fn terms(log: &Log<u64>) -> Vec<u64> {
        (0..log.end()).filter_map(|step| log.term_of(step)).collect()
    }

    /// The paper's figure 7: logs that a new leader of term 8 may meet, and what its first message does to them.
    #[test]
    fn follower_check_append_entries() {
        // The leader's entry 9 follows one of term 6 (steps count from 0).
        for (follower, taken) in [
            (&[1, 1, 1, 4, 4, 5, 5, 6, 6][..], true),
            (&[1, 1, 1, 4], false),
            (&[1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6], true),
            (&[1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7], true),
            (&[1, 1, 1, 4, 4, 4, 4], false),
            (&[1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3], false),
        ] {
            assert_eq!(log(follower, 0).follows(9, 6), taken, "{follower:?}");
        }
    }

    #[test]
    fn follower_append_entries() {
        // From step 2 on entries of terms 3 and 4 come, after one of term 2: what is other goes, what is the same
        // stays.
        for (before, after) in [
            (&[1, 2][..], &[1, 2, 3, 4][..]),
            (&[1, 2, 3, 4], &[1, 2, 3, 4]),
            (&[1, 2, 2], &[1, 2, 3, 4]),
            (&[1, 2, 3, 3, 3], &[1, 2, 3, 4]),
        ] {
            let mut log = log(before, 0);
            assert!(log.follows(2, 2));
            for (step, term) in [(2, 3), (3, 4)] {
                if !log.has(step, term) {
                    log.append(term, term);
                }
            }
            assert_eq!(terms(&log), after, "{before:?}");
        }
    }

    #[test]
    fn another_entry_before_goes_with_all_that_follow_it() {
        let mut log = log(&[1, 2, 2, 2], 1);
        assert!(!log.follows(3, 3), "of another term");
        assert_eq!(terms(&log), [1, 2]);
        assert!(!log.follows(3, 2), "a gap");
        assert!(log.follows(1, 9), "what is committed is the same in every log");
    }

    #[test]
    fn terms_of_committed_entries_stay_until_they_are_forgotten() {
        let mut log = log(&[1, 1, 2, 3, 3], 4);
        assert_eq!((log.commit_index(), log.end(), log.committed_term(), log.last_term()), (4, 5, 3, 3));
        assert_eq!([0, 2, 3, 4, 5].map(|step| log.term_of(step)), [Some(1), Some(2), Some(3), Some(3), None]);
        assert_eq!((log.get(3), log.get(4)), (None, Some(&3)));
        log.forget_before(3);
        assert_eq!([1, 2, 3, 4].map(|step| log.term_of(step)), [None, None, Some(3), Some(3)]);
        log.forget_before(9);
        assert_eq!(log.term_of(3), Some(3), "that of the last one is needed for what follows");
        assert_eq!(Log::<u64>::new(7, 5).term_of(6), Some(5));
    }
}
