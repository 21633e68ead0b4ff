//! Where the page's buttons are, for tests that press them as a person would.

use std::cell::RefCell;
use std::collections::BTreeMap;

thread_local! {
    static BUTTONS: RefCell<BTreeMap<String, [f32; 2]>> = const { RefCell::new(BTreeMap::new()) };
}

/// Where each button was drawn last, in screen points.
pub fn all() -> BTreeMap<String, [f32; 2]> {
    BUTTONS.with_borrow(Clone::clone)
}

/// A button is drawn around this point.
pub(super) fn drawn_at(name: &str, centre: [f32; 2]) {
    BUTTONS.with_borrow_mut(|all| match all.get_mut(name) {
        Some(at) => *at = centre,
        None => drop(all.insert(name.to_owned(), centre)),
    });
}
