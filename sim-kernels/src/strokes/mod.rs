//! What people may take back: who began which stroke, and what the strokes did to the terrain.
//!
//! A stroke is what somebody does from one press to the next ([`crate::command::Command::Begin`]). It has a number, which the
//! particles that it adds bear in their [`label`](crate::materials::label) and the emitters that it adds hand on. To undo it
//! takes those particles away, wherever they are and whatever they became, ends its emitters, and puts the terrain back where
//! no later stroke wrote. What it took away itself, by erasing or in the place of what it built, comes back where that was, at
//! rest: until then it lies dormant there (see [`crate::cpu::dormant`]). What was pushed, held or warmed is not taken back.
//!
//! Everybody keeps this, since commands alone change it; so who leads the room need know nothing of it. Numbers go round, in
//! blocks: before a block is used again, its numbers are nobody's, of the particles that bear them, too.

mod cells;

use crate::command::{Emitter, SOURCES_MAX};
use crate::digest::Digest;
use crate::geom::WorldSize;
use cells::Cells;
pub(crate) use cells::Span;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Numbers are below this; 0 is nobody's.
pub const NUMBERS: u16 = 4096;
/// Numbers that are freed at once.
const BLOCK: u16 = 512;
/// The most strokes that one person may take back.
pub const OF_ONE_MAX: usize = 50;
/// For how many ticks a stroke may be taken back: ten minutes.
pub const TICKS_MAX: u64 = 36_000;
/// The most spans of cells that one command writes and that can be taken back: whatever the terrain was like, that takes
/// no longer than the command itself.
const SPANS_MAX: usize = 4096;

/// One that may be taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Begun {
    /// 1 to [`NUMBERS`] - 1.
    number: u16,
    /// Whose: not 0.
    author: u128,
    /// When it began.
    tick: u64,
    /// Whether what it takes away is kept for it.
    keeps: bool,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strokes {
    /// In the order in which they began.
    begun: Vec<Begun>,
    /// The newest number that was given; 0 before the first.
    newest: u16,
    /// The strokes of the emitters, in their order.
    emitters: Vec<u16>,
    /// Emitters that strokes have taken away: which stroke did, and whose it was.
    stopped: Vec<(u16, Emitter, u16)>,
    /// What they wrote of the terrain, by place in the world's rows. Where that is too much, the oldest strokes' is forgotten.
    cells: Cells,
}

/// Which strokes can no longer be taken back, once another has begun.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Over {
    /// Some keep nothing any more: see [`Strokes::kept`].
    pub settles: bool,
    /// These can no longer be, and their numbers are nobody's from now on.
    pub freed: Option<Range<u16>>,
}

/// What is left to do where a stroke is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// Its number.
    pub number: u16,
    /// Cells to be solid or open as they were.
    pub cells: Vec<Span>,
    /// Emitters that it had taken away, and whose they were.
    pub emitters: Vec<(Emitter, u16)>,
}

impl Strokes {
    /// None so far, in a world with so many emitters.
    pub(crate) fn of_nobody(emitters: usize) -> Self {
        Self { emitters: vec![0; emitters], ..Self::default() }
    }

    /// How many strokes somebody may take back.
    pub fn of(&self, author: u128) -> usize {
        self.begun.iter().filter(|b| b.author == author).count()
    }

    /// Of those strokes for which what they take away is kept, the older half, whose is not from now on.
    pub(crate) fn settle(&mut self) -> Over {
        let count = self.begun.iter().filter(|b| b.keeps).count().div_ceil(2);
        self.begun.iter_mut().filter(|b| b.keeps).take(count).for_each(|b| b.keeps = false);
        Over { settles: count > 0, freed: None }
    }

    /// By number, whether what a stroke takes away is kept for it.
    pub fn kept(&self) -> Vec<bool> {
        let mut kept = vec![false; NUMBERS.into()];
        self.begun.iter().filter(|b| b.keeps).for_each(|b| kept[usize::from(b.number)] = true);
        kept
    }

    /// The stroke for which what it takes away is kept: itself, or nobody's.
    pub(crate) fn taking(&self, stroke: u16) -> u16 {
        let keeps = self.begun.iter().rev().find(|b| b.number == stroke).is_some_and(|b| b.keeps);
        if keeps { stroke } else { 0 }
    }

    /// The newest number that was given; 0 before the first.
    pub fn newest(&self) -> u16 {
        self.newest
    }

    /// The number of what somebody does now; 0 where no stroke of theirs has begun.
    pub(crate) fn current(&self, author: u128) -> u16 {
        self.begun.iter().rev().find(|b| b.author == author).map_or(0, |b| b.number)
    }

    /// The stroke of an emitter, by its place among them.
    pub(crate) fn of_emitter(&self, place: usize) -> u16 {
        self.emitters.get(place).copied().unwrap_or(0)
    }

    /// An emitter of a stroke is there, after all others.
    pub(crate) fn emits(&mut self, stroke: u16) {
        self.emitters.push(stroke);
    }

    /// A stroke takes emitters away, each of which was of another stroke; 0 for good.
    pub(crate) fn stopped(&mut self, by: u16, emitters: Vec<(Emitter, u16)>) {
        if by != 0 {
            self.stopped.extend(emitters.into_iter().map(|(emitter, own)| (by, emitter, own)));
            self.stopped.drain(..self.stopped.len().saturating_sub(SOURCES_MAX));
        }
    }

    /// The emitters that strokes have taken away.
    pub fn emitters_stopped(&self) -> impl Iterator<Item = &Emitter> {
        self.stopped.iter().map(|(_, emitter, _)| emitter)
    }

    /// Keeps those of the emitters for which this says so, in their order.
    pub(crate) fn keep_emitters(&mut self, mut keep: impl FnMut() -> bool) {
        self.emitters.retain(|_| keep());
    }

    /// A stroke of somebody's begins.
    pub(crate) fn begin(&mut self, author: u128, tick: u64) -> Over {
        if author == 0 {
            return Over::default();
        }
        let before = self.begun.len();
        self.begun.retain(|b| tick < b.tick + TICKS_MAX);
        if self.of(author) == OF_ONE_MAX {
            let oldest = self.begun.iter().position(|b| b.author == author);
            oldest.map(|at| self.begun.remove(at));
        }
        let settles = self.begun.len() < before;
        let number = self.newest % (NUMBERS - 1) + 1;
        let freed = (number - 1).is_multiple_of(BLOCK).then(|| number..(number + BLOCK).min(NUMBERS));
        if let Some(freed) = &freed {
            self.begun.retain(|b| !freed.contains(&b.number));
            let all = self.emitters.iter_mut().chain(self.stopped.iter_mut().map(|(.., own)| own));
            all.filter(|own| freed.contains(own)).for_each(|own| *own = 0);
            self.cells.forget(|stroke| freed.contains(&stroke));
        }
        self.newest = number;
        let begun = &self.begun;
        self.stopped.retain(|(by, ..)| begun.iter().any(|b| b.number == *by));
        self.begun.push(Begun { number, author, tick, keeps: true });
        Over { settles, freed }
    }

    /// A stroke writes cells of the terrain, each with whether it was solid before; 0 for good.
    pub(crate) fn wrote(&mut self, stroke: u16, spans: &[Span]) {
        if stroke == 0 || spans.len() > SPANS_MAX {
            return spans.iter().for_each(|span| self.cells.settle(span.first, span.cells));
        }
        spans.iter().for_each(|&span| self.cells.write(span, stroke));
        if !self.cells.exceeds(1) {
            return;
        }
        // Half of it, so that this is seldom done.
        let begun: Vec<u16> = self.begun.iter().map(|b| b.number).collect();
        self.cells.forget(|stroke| !begun.contains(&stroke));
        for oldest in begun {
            if !self.cells.exceeds(2) {
                break;
            }
            self.cells.forget(|stroke| stroke == oldest);
        }
    }

    /// Takes somebody's newest stroke back, if there is one. What later strokes wrote stays, and goes back further once they
    /// are taken back.
    pub(crate) fn undo(&mut self, author: u128) -> Option<Undone> {
        let at = self.begun.iter().rposition(|b| b.author == author)?;
        let number = self.begun.remove(at).number;
        // What it had itself added does not come back.
        self.stopped.retain(|(.., own)| *own != number);
        let back = self.stopped.extract_if(.., |(by, ..)| *by == number);
        let emitters = back.map(|(_, emitter, own)| (emitter, own)).collect();
        Some(Undone { number, cells: self.cells.undo(number), emitters })
    }

    /// What began after a tick counts as begun then.
    pub(crate) fn earlier(&mut self, tick: u64) {
        self.begun.iter_mut().for_each(|b| b.tick = b.tick.min(tick));
    }

    /// Whether what came from outside is within every limit, for a world of this size and with so many emitters at a tick.
    pub(crate) fn is_valid(&self, size: WorldSize, emitters: usize, tick: u64) -> bool {
        let cells = size.width as u32 * size.height as u32;
        let mut numbers: Vec<u16> = self.begun.iter().map(|b| b.number).collect();
        let mut authors: Vec<u128> = self.begun.iter().map(|b| b.author).collect();
        numbers.sort_unstable();
        authors.sort_unstable();
        let good = |b: &Begun| b.author != 0 && b.tick <= tick;
        self.newest < NUMBERS
            && numbers.iter().all(|n| (1..NUMBERS).contains(n))
            && numbers.windows(2).all(|pair| pair[0] < pair[1])
            && authors.chunk_by(|a, b| a == b).all(|own| own.len() <= OF_ONE_MAX)
            && self.begun.iter().all(good)
            && self.cells.is_valid(cells, |stroke| (1..NUMBERS).contains(&stroke))
            && self.emitters.len() == emitters
            && self.emitters.iter().all(|stroke| *stroke < NUMBERS)
            && self.stopped.len() <= SOURCES_MAX
            && self.stopped.iter().all(|(by, _, own)| (1..NUMBERS).contains(by) && *own < NUMBERS)
    }

    /// The digest; nothing before the first stroke.
    pub(crate) fn digest(&self) -> Digest {
        if self.newest == 0 {
            return Digest::default();
        }
        let mut words = vec![u32::from(self.newest), self.begun.len() as u32];
        for b in &self.begun {
            words.extend([u32::from(b.number) << 1 | u32::from(b.keeps), b.tick as u32, (b.tick >> 32) as u32]);
            words.extend([0, 32, 64, 96].map(|shift| (b.author >> shift) as u32));
        }
        words.extend(self.emitters.iter().map(|&stroke| u32::from(stroke)));
        words.push(self.stopped.len() as u32);
        for (by, emitter, own) in &self.stopped {
            words.push(u32::from(*by) << 16 | u32::from(*own));
            words.extend(emitter.words());
        }
        words.extend(self.cells.words());
        Digest::of_words(0x57_0be5, words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_freed_before_they_are_given_again() {
        let mut strokes = Strokes::default();
        let mut borne: Vec<u16> = Vec::new();
        for tick in 0..10_000 {
            if let Some(freed) = strokes.begin(1 + u128::from(tick as u32 % 3), tick).freed {
                borne.retain(|n| !freed.contains(n));
            }
            let number = strokes.current(1 + u128::from(tick as u32 % 3));
            assert!((1..NUMBERS).contains(&number) && !borne.contains(&number), "{number} at {tick}");
            borne.push(number);
            assert!(strokes.is_valid(WorldSize { width: 64, height: 64 }, 0, tick));
        }
        assert_eq!([1, 2, 3].map(|author| strokes.of(author)), [OF_ONE_MAX; 3]);
        assert!(
            strokes.begin(9, 10_000 + TICKS_MAX).settles && strokes.kept().iter().filter(|kept| **kept).count() == 1
        );
        assert_eq!([1, 2, 3, 9].map(|author| strokes.of(author)), [0, 0, 0, 1], "their time is over");
    }

    #[test]
    fn nobody_takes_back_what_others_did() {
        let mut strokes = Strokes::default();
        strokes.begin(1, 0);
        strokes.begin(2, 0);
        assert_eq!(strokes.undo(3), None);
        assert_eq!(strokes.undo(0), None);
        assert_eq!(strokes.undo(1).map(|u| u.number), Some(1));
        assert_eq!(strokes.undo(1), None);
        assert_eq!((strokes.current(1), strokes.current(2)), (0, 2));
        assert_eq!(strokes.begin(0, 0), Over::default(), "nobody begins nothing");
        assert_eq!(strokes.of(0), 0);
    }

    /// A stroke writes these cells.
    fn wrote(strokes: &mut Strokes, stroke: u16, cells: &[(u32, bool)]) {
        let spans: Vec<Span> = cells.iter().map(|&(first, solid)| Span { first, cells: 1, solid }).collect();
        strokes.wrote(stroke, &spans);
    }

    /// The cells that become what they were.
    fn undone(strokes: &mut Strokes, author: u128) -> Vec<(u32, bool)> {
        let spans = strokes.undo(author).expect("there is a stroke").cells;
        spans.iter().flat_map(|span| (span.first..span.first + span.cells).map(|cell| (cell, span.solid))).collect()
    }

    #[test]
    fn terrain_goes_back_where_no_later_stroke_wrote() {
        let mut strokes = Strokes::default();
        // One builds at 5, 6; two opens 6, 7; one goes on at 6, 7.
        strokes.begin(1, 0);
        wrote(&mut strokes, 1, &[(5, false), (6, false)]);
        strokes.begin(2, 0);
        wrote(&mut strokes, 2, &[(6, true), (7, true)]);
        let (mut first, mut second) = (strokes.clone(), strokes.clone());
        assert_eq!(undone(&mut first, 1), [(5, false)]);
        assert_eq!(undone(&mut first, 2), [(6, false), (7, true)], "6 is as before both");
        assert_eq!(undone(&mut second, 2), [(6, true), (7, true)]);
        assert_eq!(undone(&mut second, 1), [(5, false), (6, false)]);
        wrote(&mut strokes, 1, &[(6, false), (7, false)]);
        assert_eq!(undone(&mut strokes, 1), [(5, false), (6, false), (7, false)]);
        assert_eq!(undone(&mut strokes, 2), [(6, false), (7, true)]);
    }

    #[test]
    fn what_nobody_can_take_back_stays() {
        let mut strokes = Strokes::default();
        strokes.begin(1, 0);
        wrote(&mut strokes, 1, &[(5, false)]);
        wrote(&mut strokes, 0, &[(5, true)]);
        assert_eq!(undone(&mut strokes, 1), []);
        // Nor what is more than a command may.
        strokes.begin(1, 0);
        let stripes: Vec<(u32, bool)> = (0..SPANS_MAX as u32 + 1).map(|i| (2 * i, false)).collect();
        wrote(&mut strokes, 2, &stripes);
        assert_eq!(undone(&mut strokes, 1), []);
    }

    #[test]
    fn what_the_oldest_wrote_is_forgotten_first() {
        let mut strokes = Strokes::default();
        for author in 1..4u16 {
            strokes.begin(author.into(), 0);
            let first = u32::from(author) * 100_000;
            let stripes: Vec<(u32, bool)> = (0..3_000).map(|i| (first + 2 * i, false)).collect();
            wrote(&mut strokes, author, &stripes);
        }
        assert_eq!([1, 2, 3].map(|author| undone(&mut strokes, author).len()), [0, 0, 3_000]);
    }
}
