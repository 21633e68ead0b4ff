//! A superstep's cell operations as one buffer of words for `shader/ops.wgsl`.
//!
//! First come, operation by operation, a header of [`OP_WORDS`] words and the cells' words:
//!
//! | word | what |
//! |---|---|
//! | 0 | kind, and [`OP_UNIFORM`] when all cells have the same word |
//! | 1 to 4 | x0, y0, x1, y1 of the rectangle, clipped to the padded region |
//! | 5 | where the cells' words begin (row by row; just one when uniform) |
//! | 6, 7 | spawn: velocity; carry: what all share; remove: the stroke; forget: the first and one past the last; take: the material; replace: it, and the other |
//! | 8 to 10 | spawn: material, seed, stroke; carry: the next substep's number |
//! | 11 | the stroke for which what is taken away is kept, and from bit [`TAKEN_TICK_SHIFT`] on the tick's number |
//!
//! Then, tick by tick, [`GRAB_WORDS`](crate::constants::GRAB_WORDS) words for each grab, before the tick's operations, and
//! behind them three words for each tile touched (index in the tile table, where its list begins, how long it is) and the
//! lists: where each operation's header begins, in the order in which they apply.

use crate::geom::{Rect, TILE_CELLS};
use crate::globals::{CellOp, CellOpKind};
use crate::grabs::Pull;
use crate::materials::Class;
use crate::shader::layout::{
    OP_CARRY, OP_ERASE, OP_FORGET, OP_PUSH, OP_REMOVE, OP_REPLACE, OP_SPAWN, OP_TAKE, OP_UNIFORM, OP_WARM, OP_WORDS,
    TAKEN_TICK_SHIFT,
};
use std::collections::BTreeMap;

/// The buffer's words, and where each tick finds its part.
#[derive(Debug, Default, PartialEq)]
pub(super) struct OpsPlan {
    /// What is uploaded.
    pub(super) words: Vec<u32>,
    /// For each tick: where its tiles begin, and how many they are.
    pub(super) ticks: Vec<TickOps>,
    /// The class that covers what they add and do.
    pub(super) class: Class,
}

/// One tick's part of an [`OpsPlan`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TickOps {
    /// In words.
    pub(super) tiles: u32,
    /// How many tiles are touched; with none there is nothing to do.
    pub(super) tile_count: u32,
    /// Where its grabs begin, in words.
    pub(super) grabs: u32,
    /// How many they are.
    pub(super) grab_count: u32,
    /// The most particles that the tick can add.
    pub(super) spawned_max: u64,
    /// How many its strokes may take away, at twice rest density; 0 where they take nothing.
    pub(super) taken_max: u64,
}

impl OpsPlan {
    /// Adds the next tick's operations and grabs; nothing outside `within` is touched.
    pub(super) fn push(&mut self, ops: &[CellOp], pulls: &[Pull], within: Rect, table_width: u32) {
        let near = pulls.iter().filter(|pull| !pull.rect().intersect(within).is_empty());
        let mut tick = TickOps { grabs: self.words.len() as u32, ..TickOps::default() };
        for pull in near {
            self.words.extend(pull.words());
            tick.grab_count += 1;
        }
        let mut lists: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for op in ops {
            let rect = op.rect.intersect(within);
            if let Some(header) = self.push_op(op, rect, &mut tick) {
                self.class = self.class.max(op.class());
                for ty in rect.y0 / TILE_CELLS..=(rect.y1 - 1) / TILE_CELLS {
                    for tx in rect.x0 / TILE_CELLS..=(rect.x1 - 1) / TILE_CELLS {
                        let index = (ty + 1) as u32 * table_width + (tx + 1) as u32;
                        lists.entry(index).or_default().push(header);
                    }
                }
            }
        }
        tick.tiles = self.words.len() as u32;
        tick.tile_count = lists.len() as u32;
        let mut at = tick.tiles + 3 * tick.tile_count;
        for (&index, list) in &lists {
            self.words.extend([index, at, list.len() as u32]);
            at += list.len() as u32;
        }
        self.words.extend(lists.values().flatten());
        self.ticks.push(tick);
    }

    /// Writes an operation; answers where its header is, or nothing if it does nothing.
    fn push_op(&mut self, op: &CellOp, rect: Rect, tick: &mut TickOps) -> Option<u32> {
        if rect.is_empty() {
            return None;
        }
        // No cells: 1 for every cell.
        let width = if op.cells.is_empty() { 0 } else { op.rect.width() as usize };
        let first_in = |y: i32| (y - op.rect.y0) as usize * width + (rect.x0 - op.rect.x0) as usize;
        let row = |y: i32| op.cells.get(first_in(y)..first_in(y) + rect.width() as usize).unwrap_or_default();
        let rows = (rect.y0..rect.y1).map(row);
        let first = if op.cells.is_empty() { 1 } else { op.cells[first_in(rect.y0)] };
        let uniform = rows.clone().flatten().all(|w| *w == first);
        let touched = if uniform { rect.area() } else { rows.clone().flatten().filter(|w| **w != 0).count() } as u64;
        if touched == 0 || (uniform && first == 0) {
            return None;
        }
        let header = self.words.len() as u32;
        let (kind, told) = match op.kind {
            CellOpKind::Erase(_) => (OP_ERASE, [0; 5]),
            CellOpKind::Push => (OP_PUSH, [0; 5]),
            CellOpKind::Warm => (OP_WARM, [0; 5]),
            CellOpKind::Carry { told: [x, y], number } => (OP_CARRY, [x, y, number, 0, 0]),
            // These are the host's.
            CellOpKind::Settle | CellOpKind::Place(_) => return None,
            CellOpKind::Remove(stroke) => (OP_REMOVE, [stroke.into(), 0, 0, 0, 0]),
            CellOpKind::Forget { from, to } => (OP_FORGET, [from.into(), to.into(), 0, 0, 0]),
            CellOpKind::Take { material, .. } => (OP_TAKE, [material, 0, 0, 0, 0]),
            CellOpKind::Replace { from, to, .. } => (OP_REPLACE, [from, to, 0, 0, 0]),
            CellOpKind::Spawn { velocity, material, seed, stroke, .. } => {
                tick.spawned_max += 4 * touched;
                (OP_SPAWN, [velocity[0] as u32, velocity[1] as u32, material, seed, stroke.into()])
            }
        };
        let taking = op.taking();
        tick.taken_max += 8 * touched * u64::from(taking != 0);
        self.words.push(kind | if uniform { OP_UNIFORM } else { 0 });
        self.words.extend([rect.x0, rect.y0, rect.x1, rect.y1].map(|w| w as u32));
        self.words.push(header + OP_WORDS);
        self.words.extend(told);
        // So that the host can tell what was taken away in which tick.
        self.words.push(u32::from(taking) | (self.ticks.len() as u32) << TAKEN_TICK_SHIFT);
        self.words.resize((header + OP_WORDS) as usize, 0);
        if uniform {
            self.words.push(first);
        } else {
            self.words.extend(rows.flatten());
        }
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clips_and_lists_by_tile() {
        let mut plan = OpsPlan::default();
        let rect = Rect::new(14, 0, 18, 2);
        let cells = vec![0, 1, 2, 3, 4, 5, 6, 7];
        let push = CellOp { rect, kind: CellOpKind::Push, cells };
        let erase = CellOp { rect: Rect::new(0, 0, 32, 16), kind: CellOpKind::Erase(7), cells: vec![1; 512] };
        let nothing = CellOp { rect, kind: CellOpKind::Erase(7), cells: vec![0; 8] };
        plan.push(&[nothing, push, erase], &[], Rect::new(15, 0, 64, 64), 10);

        let TickOps { tiles, tile_count, spawned_max, taken_max, .. } = plan.ticks[0];
        assert_eq!((tile_count, spawned_max, taken_max), (2, 0, 17 * 16 * 8));
        let w = &plan.words;
        assert_eq!(w[0..6], [OP_PUSH, 15, 0, 18, 2, OP_WORDS]);
        assert_eq!(w[12..18], [1, 2, 3, 5, 6, 7]);
        assert_eq!(w[18..30], [OP_ERASE | OP_UNIFORM, 15, 0, 32, 16, 30, 0, 0, 0, 0, 0, 7]);
        assert_eq!(w[30], 1);
        let t = tiles as usize;
        assert_eq!(t, 31);
        assert_eq!(w[t..t + 6], [11, 37, 2, 12, 39, 2]);
        assert_eq!(w[37..], [0, 18, 0, 18]);
    }
}
