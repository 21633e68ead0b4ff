//! Windows and the keys, on a desktop: what a key or a screen reader opens has the keys next, Escape closes it, and then they
//! go back to what opened it. Where a shortcut of the world opened it the world keeps the keys, and Tab leads in. The page
//! does the same with its elements (`web/page/mirror.js`).

use super::Screen;
use crate::panels::Panels;
use bevy::prelude::*;
use bevy_egui::egui::{self, Context, Id, Key, LayerId};

/// What was seen in the last pass.
#[derive(Default)]
pub(super) struct Seen {
    /// Windows that were there, each with what had the keys when it opened.
    open: Vec<(LayerId, Option<Id>)>,
    /// What had the keys, and whether it was a field.
    focused: Option<(Id, bool)>,
    /// Where the keys were last, as long as nothing else has them.
    within: Option<LayerId>,
    /// It has the keys as soon as something in it can.
    entering: Option<LayerId>,
    /// Tab leads there.
    fresh: Option<LayerId>,
    /// A menu was open.
    menu: bool,
}

/// This is drawn within a window or a menu.
pub(super) fn is_window(ui: &egui::Ui) {
    let layer = ui.layer_id();
    ui.data_mut(|data| data.get_temp_mut_or_default::<Vec<LayerId>>(drawn()).push(layer));
}

fn drawn() -> Id {
    Id::new("windows")
}

/// Leads the keys into windows and out of them.
pub(super) fn lead(ctx: Res<Screen>, mut panels: ResMut<Panels>, mut seen: Local<Seen>) {
    let (ctx, seen) = (&ctx.0, &mut *seen);
    let here = ctx.data_mut(|data| data.remove_temp::<Vec<LayerId>>(drawn())).unwrap_or_default();
    let had = seen.focused.take();
    let (pressed, tab, escape) = ctx.input(|input| {
        let only = |key| input.key_pressed(key) && !input.modifiers.any();
        (input.pointer.any_pressed(), only(Key::Tab), only(Key::Escape))
    });
    if pressed {
        (seen.within, seen.entering, seen.fresh) = default();
    }
    let (open, gone): (Vec<_>, Vec<_>) =
        std::mem::take(&mut seen.open).into_iter().partition(|(layer, _)| here.contains(layer));
    seen.open = open;
    // Not yet forgotten by egui where it was drawn no more.
    let now = ctx.memory(|memory| memory.focused()).filter(|&id| layer_of(ctx, id).is_some());
    for (layer, opener) in gone {
        if now.is_none() && seen.within == Some(layer) && !pressed {
            let opener = opener.filter(|&id| layer_of(ctx, id).is_some());
            opener.into_iter().for_each(|id| ctx.memory_mut(|memory| memory.request_focus(id)));
            seen.within = None;
        }
    }
    for layer in here {
        if seen.open.iter().all(|(known, _)| *known != layer) {
            // A field in there may have taken them already.
            let opener = had.map(|(id, _)| id).filter(|&id| layer_of(ctx, id).is_some_and(|of| of != layer));
            seen.open.push((layer, opener));
            match now {
                Some(id) if layer_of(ctx, id) == Some(layer) => {}
                Some(_) => seen.entering = Some(layer),
                None => seen.fresh = Some(layer),
            }
        }
    }
    if let Some(layer) = seen.entering {
        let opener = seen.open.iter().find(|(known, _)| *known == layer).and_then(|(_, opener)| *opener);
        if now != opener || enter(ctx, layer) {
            seen.entering = None;
        }
    }
    if tab
        && had.is_none()
        && let Some(layer) = seen.fresh.take()
    {
        enter(ctx, layer);
    }
    // A field is only left, as is a menu; both do so by themselves, and a menu has by now.
    let was_within = had.is_some_and(|(_, typed)| !typed) && seen.within.is_some();
    let was_menu = std::mem::replace(&mut seen.menu, egui::Popup::is_any_open(ctx));
    if escape && was_within && !was_menu {
        panels.close();
    }
    if let Some(id) = ctx.memory(|memory| memory.focused()) {
        seen.focused = Some((id, ctx.text_edit_focused()));
        seen.within = layer_of(ctx, id).filter(|layer| seen.open.iter().any(|(known, _)| known == layer));
    }
}

/// The layer of what was drawn in this pass.
fn layer_of(ctx: &Context, id: Id) -> Option<LayerId> {
    ctx.viewport(|viewport| viewport.this_pass.widgets.get(id).map(|widget| widget.layer_id))
}

/// Gives the keys to the first of what is in there, if there is something by now.
fn enter(ctx: &Context, layer: LayerId) -> bool {
    let first = ctx.viewport(|viewport| {
        let mut widgets = viewport.this_pass.widgets.get_layer(layer);
        // What lies below them all is pressed and moved, too.
        let ground = layer.id.with("move");
        let first = widgets.find(|widget| widget.id != ground && widget.enabled && widget.sense.is_focusable());
        first.map(|widget| widget.id)
    });
    first.into_iter().for_each(|id| ctx.memory_mut(|memory| memory.request_focus(id)));
    first.is_some()
}
