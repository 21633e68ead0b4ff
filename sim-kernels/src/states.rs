//! The states that a backend holds: one by slot, and one of them in hand, which jobs are about.

use crate::job::KernelError;
use std::collections::BTreeMap;

/// See the module.
#[derive(Debug)]
pub(crate) struct States<T> {
    /// None: that slot is empty.
    in_hand: Option<T>,
    /// The number of the slot that `in_hand` is.
    slot: u8,
    /// All other slots that are not empty.
    others: BTreeMap<u8, T>,
}

impl<T> Default for States<T> {
    fn default() -> Self {
        Self { in_hand: None, slot: 0, others: BTreeMap::new() }
    }
}

impl<T> States<T> {
    /// Takes another slot in hand.
    pub fn select(&mut self, slot: u8) {
        if let Some(held) = self.in_hand.take() {
            self.others.insert(self.slot, held);
        }
        self.slot = slot;
        self.in_hand = self.others.remove(&slot);
    }

    /// Forgets what is in hand.
    pub fn forget(&mut self) {
        self.in_hand = None;
    }

    /// Puts a state into the slot in hand.
    pub fn put(&mut self, state: T) {
        self.in_hand = Some(state);
    }

    /// Puts a copy of another slot's state into the slot in hand.
    ///
    /// # Errors
    /// The other slot is empty.
    pub fn copy(&mut self, from: u8, copy: impl FnOnce(&T) -> T) -> Result<(), KernelError> {
        if from != self.slot {
            self.in_hand = Some(copy(self.others.get(&from).ok_or_else(nothing_loaded)?));
        }
        Ok(())
    }

    /// What is in hand.
    ///
    /// # Errors
    /// The slot is empty.
    pub fn held(&mut self) -> Result<&mut T, KernelError> {
        self.in_hand.as_mut().ok_or_else(nothing_loaded)
    }
}

/// What a job about an empty slot gets.
fn nothing_loaded() -> KernelError {
    KernelError::BadJob("nothing was loaded".into())
}
