//! Keyboard shortcuts; idle while a text field has the keyboard.

use crate::AppSystems;
use crate::link::{Link, RoomStatus};
use crate::pointer::Pointer;
use crate::settings::Settings;
use crate::tools::{Brush, Tool};
use crate::ui::Panels;
use bevy::prelude::*;
use bevy_egui::input::EguiWantsInput;
use room::api::Request;
use sim_kernels::command::Command;

/// What the help window lists.
pub const SHORTCUTS: [(&str, &str); 9] = [
    ("1 to 6", "choose a tool"),
    ("[ and ]", "smaller, larger brush"),
    ("Space", "pause and go on"),
    ("N", "one tick, while paused"),
    ("Delete", "remove all water"),
    ("F", "show the whole world"),
    ("T", "show who computes what"),
    ("Tab", "room and people"),
    ("H", "this help"),
];

const DIGITS: [KeyCode; 6] =
    [KeyCode::Digit1, KeyCode::Digit2, KeyCode::Digit3, KeyCode::Digit4, KeyCode::Digit5, KeyCode::Digit6];

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Update, act.in_set(AppSystems::Input).after(crate::pointer::read));
}

fn act(
    keys: Res<ButtonInput<KeyCode>>,
    ui: Res<EguiWantsInput>,
    link: Res<Link>,
    status: Res<RoomStatus>,
    mut brush: ResMut<Brush>,
    mut settings: ResMut<Settings>,
    mut panels: ResMut<Panels>,
    mut pointer: ResMut<Pointer>,
) {
    if ui.wants_any_keyboard_input() || keys.get_just_pressed().next().is_none() {
        return;
    }
    for (key, tool) in DIGITS.into_iter().zip(Tool::ALL) {
        if keys.just_pressed(key) {
            brush.tool = tool;
        }
    }
    let pressed = |key| keys.just_pressed(key);
    if pressed(KeyCode::BracketLeft) || pressed(KeyCode::Minus) {
        brush.resize(-1);
    }
    if pressed(KeyCode::BracketRight) || pressed(KeyCode::Equal) {
        brush.resize(1);
    }
    if pressed(KeyCode::Space) {
        link.send(if status.0.paused { Request::Resume } else { Request::Pause });
    }
    if pressed(KeyCode::KeyN) && status.0.paused {
        link.send(Request::Step);
    }
    if pressed(KeyCode::Delete) {
        link.send(Request::Command(Command::Clear));
    }
    if pressed(KeyCode::KeyF) {
        pointer.fit = true;
    }
    if pressed(KeyCode::KeyT) {
        settings.strips = !settings.strips;
    }
    if pressed(KeyCode::Tab) {
        panels.room = !panels.room;
    }
    if pressed(KeyCode::KeyH) {
        panels.help = !panels.help;
    }
}
