//! Which stroke wrote which cell of the terrain, and what was there before.
//!
//! Of each cell that strokes wrote there is a stack: the newest one last. What nobody can take back leaves nothing. Neighbours
//! with the same stack are one run, so that a dab costs what its rows do and not its cells.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most runs that are kept, and the most writings of them all: what they take in messages and saves.
const RUNS_MAX: usize = 8_192;
const WRITINGS_MAX: usize = 16_384;

/// Cells that follow each other in the world's rows, and whether they are, or were, solid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first one's place in the rows.
    pub first: u32,
    /// How many.
    pub cells: u32,
    /// See above.
    pub solid: bool,
}

/// A stroke wrote cells: its number, and whether they were solid before.
type Writing = (u16, bool);

/// Cells with the same stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Run {
    cells: u32,
    stack: Vec<Writing>,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<u32, Run>", into = "BTreeMap<u32, Run>")]
pub(super) struct Cells {
    /// By their first cell.
    runs: BTreeMap<u32, Run>,
    /// Of all stacks.
    writings: usize,
}

impl Cells {
    /// A stroke writes cells that were as the span says.
    pub(super) fn write(&mut self, span: Span, stroke: u16) {
        let Span { first, cells, solid } = span;
        let end = first + cells;
        self.split(first);
        self.split(end);
        let (mut at, mut open, mut starts) = (first, Vec::new(), vec![end]);
        for (&start, run) in self.runs.range_mut(first..end) {
            if at < start {
                open.push((at, start - at));
            }
            if run.stack.last().is_none_or(|newest| newest.0 != stroke) {
                run.stack.push((stroke, solid));
                self.writings += 1;
            }
            at = start + run.cells;
            starts.push(start);
        }
        if at < end {
            open.push((at, end - at));
        }
        for (start, cells) in open {
            self.runs.insert(start, Run { cells, stack: vec![(stroke, solid)] });
            self.writings += 1;
            starts.push(start);
        }
        starts.into_iter().for_each(|start| self.join(start));
    }

    /// Cells stay as they are now.
    pub(super) fn settle(&mut self, first: u32, cells: u32) {
        let end = first + cells;
        self.split(first);
        self.split(end);
        while let Some((&start, run)) = self.runs.range(first..end).next() {
            self.writings -= run.stack.len();
            self.runs.remove(&start);
        }
    }

    /// Takes a stroke's writings back; answers the cells that become what they were, in order. Where a later stroke wrote, that
    /// one goes back further.
    pub(super) fn undo(&mut self, stroke: u16) -> Vec<Span> {
        let mut back = Vec::new();
        self.rewrite(|&first, run| {
            let mut then = None;
            while let Some(at) = run.stack.iter().rposition(|writing| writing.0 == stroke) {
                let (_, was) = run.stack.remove(at);
                match run.stack.get_mut(at) {
                    Some(later) => later.1 = was,
                    None => then = Some(was),
                }
            }
            back.extend(then.map(|solid| Span { first, cells: run.cells, solid }));
        });
        back
    }

    /// What such strokes wrote stays, and so does all before.
    pub(super) fn forget(&mut self, is_over: impl Fn(u16) -> bool) {
        self.rewrite(|_, run| {
            if let Some(at) = run.stack.iter().rposition(|writing| is_over(writing.0)) {
                run.stack.drain(..=at);
            }
        });
    }

    /// Whether there is more than a share of what is kept.
    pub(super) fn exceeds(&self, share: usize) -> bool {
        self.runs.len() > RUNS_MAX / share || self.writings > WRITINGS_MAX / share
    }

    /// Whether what came from outside makes sense, for a world of so many cells and such strokes.
    pub(super) fn is_valid(&self, cells: u32, is_stroke: impl Fn(u16) -> bool) -> bool {
        let mut end = 0;
        let follows = self.runs.iter().all(|(&first, run)| {
            let good = first >= end && run.cells > 0 && run.cells <= cells && first <= cells - run.cells;
            end = first.saturating_add(run.cells);
            good && !run.stack.is_empty() && run.stack.iter().all(|writing| is_stroke(writing.0))
        });
        follows && !self.exceeds(1)
    }

    /// Words that say all of it.
    pub(super) fn words(&self) -> impl Iterator<Item = u32> + '_ {
        self.runs.iter().flat_map(|(&first, run)| {
            let writing = |&(stroke, was): &Writing| u32::from(stroke) << 1 | u32::from(was);
            [first, run.cells, run.stack.len() as u32].into_iter().chain(run.stack.iter().map(writing))
        })
    }

    /// Makes a run begin at a cell that lies within one.
    fn split(&mut self, at: u32) {
        let Some((&first, run)) = self.runs.range_mut(..at).next_back() else { return };
        let end = first + run.cells;
        if at < end {
            run.cells = at - first;
            self.writings += run.stack.len();
            let rest = Run { cells: end - at, stack: run.stack.clone() };
            self.runs.insert(at, rest);
        }
    }

    /// Makes a run that begins at a cell one with that before it, where they are alike.
    fn join(&mut self, at: u32) {
        let (Some(run), Some((&first, before))) = (self.runs.get(&at), self.runs.range(..at).next_back()) else {
            return;
        };
        if first + before.cells == at && before.stack == run.stack {
            self.writings -= run.stack.len();
            let cells = before.cells + run.cells;
            self.runs.remove(&at);
            self.runs.entry(first).and_modify(|run| run.cells = cells);
        }
    }

    /// Changes all stacks; those that are empty then are gone.
    fn rewrite(&mut self, mut change: impl FnMut(&u32, &mut Run)) {
        self.runs.retain(|first, run| {
            change(first, run);
            !run.stack.is_empty()
        });
        let starts: Vec<u32> = self.runs.keys().copied().collect();
        self.writings = self.runs.values().map(|run| run.stack.len()).sum();
        starts.into_iter().for_each(|start| self.join(start));
    }
}

impl From<Cells> for BTreeMap<u32, Run> {
    fn from(cells: Cells) -> Self {
        cells.runs
    }
}

impl From<BTreeMap<u32, Run>> for Cells {
    /// What comes from outside is to be looked at: see [`Cells::is_valid`].
    fn from(runs: BTreeMap<u32, Run>) -> Self {
        Self { writings: runs.values().map(|run| run.stack.len()).sum(), runs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::hash4;

    /// The same, cell by cell.
    #[derive(Default)]
    struct Plain(BTreeMap<u32, Vec<Writing>>);

    impl Plain {
        fn runs(&self) -> BTreeMap<u32, Run> {
            let mut runs: BTreeMap<u32, Run> = BTreeMap::new();
            for (&cell, stack) in self.0.iter().filter(|(_, stack)| !stack.is_empty()) {
                match runs.last_entry() {
                    Some(mut last) if last.key() + last.get().cells == cell && last.get().stack == *stack => {
                        last.get_mut().cells += 1;
                    }
                    _ => _ = runs.insert(cell, Run { cells: 1, stack: stack.clone() }),
                }
            }
            runs
        }
    }

    #[test]
    fn runs_are_what_their_cells_are() {
        let (mut cells, mut plain) = (Cells::default(), Plain::default());
        for i in 0..6_000 {
            let h = hash4([i, 0, 0, 0]);
            let (first, count, stroke) = (h[1] % 80, 1 + h[2] % 20, (h[3] >> 8) as u16 % 6);
            let range = first..first + count;
            match h[0] % 40 {
                0 => {
                    cells.settle(first, count);
                    plain.0.retain(|cell, _| !range.contains(cell));
                }
                1 => {
                    let mut back = BTreeMap::new();
                    for (&cell, stack) in &mut plain.0 {
                        while let Some(at) = stack.iter().rposition(|w| w.0 == stroke) {
                            let (_, was) = stack.remove(at);
                            match stack.get_mut(at) {
                                Some(later) => later.1 = was,
                                None => _ = back.insert(cell, was),
                            }
                        }
                    }
                    let all = |span: Span| (span.first..span.first + span.cells).map(move |cell| (cell, span.solid));
                    assert!(cells.undo(stroke).into_iter().flat_map(all).eq(back));
                }
                2 => {
                    cells.forget(|number| number == stroke);
                    for stack in plain.0.values_mut() {
                        let over = stack.iter().rposition(|w| w.0 == stroke).map_or(0, |at| at + 1);
                        stack.drain(..over);
                    }
                }
                _ => {
                    let solid = h[3] & 1 == 1;
                    cells.write(Span { first, cells: count, solid }, stroke);
                    for cell in range {
                        let stack = plain.0.entry(cell).or_default();
                        if stack.last().is_none_or(|w| w.0 != stroke) {
                            stack.push((stroke, solid));
                        }
                    }
                }
            }
            assert_eq!(cells.runs, plain.runs(), "{i}");
            assert_eq!(Cells::from(cells.runs.clone()), cells);
            assert!(cells.is_valid(100, |stroke| stroke < 6) && !cells.is_valid(0, |_| true) || cells.runs.is_empty());
        }
    }

    #[test]
    fn runs_that_make_no_sense_are_refused() {
        let of = |runs: &[(u32, u32, &[Writing])]| {
            let run = |&(first, cells, stack): &(u32, u32, &[Writing])| (first, Run { cells, stack: stack.to_vec() });
            Cells::from(runs.iter().map(run).collect::<BTreeMap<_, _>>()).is_valid(100, |stroke| stroke == 1)
        };
        assert!(of(&[(4, 3, &[(1, true)]), (7, 1, &[(1, false)]), (9, 91, &[(1, true), (1, false)])]));
        let long = vec![(1, true); WRITINGS_MAX + 1];
        for bad in [
            &[(4, 0, &[(1, true)][..])][..],
            &[(4, 1, &[])],
            &[(4, 1, &[(2, true)])],
            &[(4, 3, &[(1, true)]), (6, 1, &[(1, true)])],
            &[(99, 2, &[(1, true)])],
            &[(u32::MAX, 2, &[(1, true)])],
            &[(0, u32::MAX, &[(1, true)])],
            &[(0, 1, &long)],
        ] {
            assert!(!of(bad), "{bad:?}");
        }
    }
}
