//! Sort, 2: gives a grid slot to every marked tile and its eight neighbours, in order of tiles, and takes the marks
//! back. Twin: `shader/slots.wgsl`.

use super::stages::Buffers;
use crate::shader::Resource::{Marks, SlotTiles, State, Table};
use crate::shader::layout::{
    FLAG_SLOTS, STATE_FLAGS, STATE_PARTICLES, STATE_SLOTS, STATE_SLOTS_WANTED, STATE_SORTED_FROM,
};

/// Writes the table (0: no slot), the slots' tiles, and how many slots there are and were wanted.
pub(super) fn slots(b: &mut Buffers) {
    let (len, slot_max) = (b.params.table_len, b.params.slot_max);
    let mut slot = 1;
    for tile in 0..len {
        let mut own = 0;
        if is_near(b, tile) {
            if slot < slot_max {
                own = slot;
                b[SlotTiles][slot as usize] = tile;
            }
            slot += 1;
        }
        b[Table][tile as usize] = own;
    }
    let state = &mut b[State];
    state[STATE_SORTED_FROM as usize] = state[STATE_PARTICLES as usize];
    state[STATE_SLOTS as usize] = slot.min(slot_max);
    state[STATE_SLOTS_WANTED as usize] = state[STATE_SLOTS_WANTED as usize].max(slot);
    if slot > slot_max {
        state[STATE_FLAGS as usize] |= FLAG_SLOTS;
    }
    b[Marks][..len as usize].fill(0);
}

/// The ring around the world is never marked, so a step over an end of a row finds nothing.
fn is_near(b: &Buffers, tile: u32) -> bool {
    let marked = |t: i64| usize::try_from(t).is_ok_and(|t| b[Marks].get(t).is_some_and(|&mark| mark != 0));
    let (tile, width) = (i64::from(tile), i64::from(b.params.table_width));
    (-1..=1).any(|row| (-1..=1).any(|column| marked(tile + row * width + column)))
}
