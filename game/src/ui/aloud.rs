//! What is said to who does not see it, on a desktop: lines that a screen reader speaks as they come. The page has a list of
//! its own for them (`web/page/mirror.js`).

use super::Screen;
use crate::notices::Notices;
use bevy::prelude::*;
use bevy_egui::egui::{Id, accesskit};
use std::collections::VecDeque;

/// How many lines a reader can go back to.
const SAID_MAX: usize = 6;

/// The last lines, and how many there were before them.
#[derive(Default)]
pub(super) struct Said {
    before: u64,
    lines: VecDeque<String>,
}

/// Has new lines spoken. None of them is drawn.
pub(super) fn show(ctx: Res<Screen>, mut notices: ResMut<Notices>, mut said: Local<Said>) {
    if notices.is_changed() {
        said.lines.extend(notices.bypass_change_detection().take_aloud());
    }
    while said.lines.len() > SAID_MAX {
        said.lines.pop_front();
        said.before += 1;
    }
    for (number, line) in (said.before..).zip(&said.lines) {
        // A node of its own for each: one that comes is spoken, even if it says the same as the one before.
        ctx.0.accesskit_node_builder(Id::new(("said", number)), |node| {
            node.set_role(accesskit::Role::Label);
            node.set_value(line.as_str());
            node.set_live(accesskit::Live::Polite);
        });
    }
}
