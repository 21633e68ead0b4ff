//! The page's side: egui's controls become elements that nobody sees (`web/page/mirror.js` makes them), and what is done
//! to these is done in egui.

use super::tree::{Told, node_of};
use crate::notices::Notices;
use crate::panels::Panels;
use crate::ui::theme;
use bevy::prelude::*;
use bevy_egui::egui::accesskit::{Action, ActionData, ActionRequest, TreeId};
use bevy_egui::egui::{Event, ImeEvent, Key, Modifiers, Popup};
use bevy_egui::input::EguiInputEvent;
use bevy_egui::{
    EguiContext, EguiInput, EguiInputSet, EguiOutput, EguiPostUpdateSet, EguiPreUpdateSet, PrimaryEguiContext,
};
use std::cell::RefCell;
use std::collections::VecDeque;
use wasm_bindgen::prelude::*;

/// How often the page is told, in seconds: describing all controls takes a part of a frame.
const TELL_EVERY_S: f64 = 0.25;
/// The same while the page's elements are in use.
const TELL_EVERY_IN_USE_S: f64 = 0.1;
/// More than a person does between two frames.
const ASKED_MAX: usize = 64;

/// Something done to one of the page's elements.
struct Asked {
    id: String,
    what: String,
    value: String,
}

thread_local! {
    static ASKED: RefCell<VecDeque<Asked>> = const { RefCell::new(VecDeque::new()) };
}

/// The page's element of a control was focused, left, clicked, set to a value, typed into, got a key, or was to be closed with what it lies in; or, without an
/// id, the page's own field for typing into the canvas took the keys (`hold`) or gave them up (`free`), and something was
/// typed or composed there.
#[wasm_bindgen(js_name = tidepoolAct)]
pub fn act(id: String, what: String, value: String) {
    ASKED.with_borrow_mut(|asked| {
        if asked.len() < ASKED_MAX {
            asked.push_back(Asked { id, what, value });
        }
    });
}

/// What the page was told, and whether its elements have the keys.
#[derive(Resource, Default)]
struct Mirror {
    told: Told,
    has_keys: bool,
    next_s: f64,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Mirror>()
        .add_systems(PreUpdate, obey.in_set(EguiInputSet::ReadBevyMessages))
        .add_systems(PreUpdate, sample.after(EguiPreUpdateSet::ProcessInput).before(EguiPreUpdateSet::BeginPass))
        .add_systems(PostUpdate, tell.after(EguiPostUpdateSet::ProcessOutput))
        .add_systems(Last, announce.run_if(resource_changed::<Notices>));
}

/// Does in egui what was done to the page's elements.
fn obey(
    mut context: Query<(Entity, &mut EguiContext), With<PrimaryEguiContext>>,
    mut mirror: ResMut<Mirror>,
    mut events: MessageWriter<EguiInputEvent>,
    mut panels: ResMut<Panels>,
) {
    let Ok((context, mut egui)) = context.single_mut() else { return };
    while let Some(asked) = ASKED.with_borrow_mut(VecDeque::pop_front) {
        mirror.next_s = 0.0;
        // Escape closes what lies on top: a menu by itself, as egui sees the key, or else the windows.
        if asked.what == "close" && !Popup::is_any_open(egui.get_mut()) {
            panels.close();
        }
        match asked.what.as_str() {
            "focus" | "hold" => mirror.has_keys = true,
            "leave" | "free" => mirror.has_keys = false,
            _ => {}
        }
        if asked.what == "leave" {
            egui.get_mut().memory_mut(|memory| {
                if let Some(id) = memory.focused() {
                    memory.surrender_focus(id);
                }
            });
        }
        events.write_batch(events_of(&asked).into_iter().map(|event| EguiInputEvent { context, event }));
        // Who leaves a field in the frame that enters it never was there, as egui sees it.
        if matches!(asked.what.as_str(), "focus" | "text") {
            return;
        }
    }
}

/// What egui is to see of it.
fn events_of(Asked { id, what, value }: &Asked) -> Vec<Event> {
    let request = |action, data| {
        let request = |target_node| ActionRequest { action, target_tree: TreeId::ROOT, target_node, data };
        node_of(id).map(request).map(Event::AccessKitActionRequest).into_iter().collect::<Vec<_>>()
    };
    let press = |key, modifiers| {
        [true, false].map(|pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers })
    };
    match what.as_str() {
        "focus" => request(Action::Focus, None),
        "click" => request(Action::Click, None),
        "value" => {
            value.parse().map_or(vec![], |value| request(Action::SetValue, Some(ActionData::NumericValue(value))))
        }
        // The whole of it anew.
        "text" => {
            let mut all = request(Action::Focus, None);
            all.extend(press(Key::A, Modifiers::COMMAND));
            match value.is_empty() {
                true => all.extend(press(Key::Backspace, Modifiers::NONE)),
                false => all.push(Event::Text(value.clone())),
            }
            all
        }
        "close" => press(Key::Escape, Modifiers::NONE).to_vec(),
        "key" => Key::from_name(value).map_or(vec![], |key| press(key, Modifiers::NONE).to_vec()),
        "type" => vec![Event::Text(value.clone())],
        "compose" => vec![Event::Ime(ImeEvent::Preedit { text: value.clone(), active_range_chars: None })],
        "commit" => vec![Event::Ime(ImeEvent::Commit(value.clone()))],
        _ => Vec::new(),
    }
}

/// Has egui describe its controls in some passes only.
fn sample(
    mut context: Query<(&mut EguiContext, &mut EguiInput), With<PrimaryEguiContext>>,
    mut mirror: ResMut<Mirror>,
    time: Res<Time<Real>>,
) {
    let Ok((mut context, mut input)) = context.single_mut() else { return };
    // The canvas has lost the keys to an element that stands for a part of it.
    input.focused |= mirror.has_keys;
    let now = time.elapsed_secs_f64();
    if now < mirror.next_s {
        return context.get_mut().disable_accesskit();
    }
    mirror.next_s = now + if mirror.has_keys { TELL_EVERY_IN_USE_S } else { TELL_EVERY_S };
    context.get_mut().enable_accesskit();
}

/// Tells the page what changed.
fn tell(mut context: Query<(&mut EguiContext, &EguiOutput), With<PrimaryEguiContext>>, mut mirror: ResMut<Mirror>) {
    let Ok((mut context, output)) = context.single_mut() else { return };
    let Some(update) = &output.platform_output.accesskit_update else { return };
    let scale = context.get_mut().zoom_factor();
    if let Some(led) = theme::take_led(context.get_mut()) {
        mirror.told.lead_to(led.accesskit_id());
    }
    let changes = mirror.told.follow(update, scale);
    if mirror.told.measures() {
        mirror.next_s = 0.0;
    }
    if let Some(text) = changes.and_then(|changes| serde_json::to_string(&changes).ok()) {
        crate::page::tell("tidepoolMirror", [text.into()]);
    }
}

/// Notices, words of the others and what the key pointer finds are read out as they come.
fn announce(mut notices: ResMut<Notices>) {
    for text in notices.take_aloud() {
        crate::page::tell("tidepoolSay", [text.into()]);
    }
}
