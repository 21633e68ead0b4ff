//! Keyboard shortcuts; idle while a text field has the keyboard.

use crate::camera::Viewport;
use crate::key_pointer::{self, KeyPointer};
use crate::panels::Panels;
use crate::people::{Chat, Pointing};
use crate::pointer::Pointer;
use crate::presses::{CONTROL, Press, Presses};
use crate::schedule::AppSystems;
use crate::session::{RoomRequest, RoomStatus};
use crate::settings::Settings;
use crate::stencil::Stencil;
use crate::tools::tool::Way;
use crate::tools::{Brush, Make, Revise, Stamping, TOOLS, Tool, key_label};
use bevy::prelude::*;
use bevy_egui::input::EguiWantsInput;
use room::api::Tempo;
use sim_kernels::command::Command;
use words::{fill, say};

/// Screen points a second by which a held key moves the view.
const PAN_POINTS_A_SECOND: f32 = 700.0;
/// Factor by which a held + or - zooms in a second.
const ZOOM_A_SECOND: f32 = 4.0;
/// The probe is in hand while its key is held so many seconds or longer, and after a shorter press until another is taken.
const HELD_S: f64 = 0.3;

/// What the help window lists besides the tools: `key-NAME` and `key-NAME-does` among the sentences.
const SHORTCUTS: [&str; 35] = [
    "arrows", "use", "acts", "material", "pick", "look", "size", "tip", "drawing", "straight", "cancel", "undo",
    "redo", "past", "copy", "turn", "stamps", "pause", "step", "tempo", "clear", "move", "drag", "zoom", "fit",
    "scenes", "save", "room", "strips", "say", "point", "picture", "sound", "figures", "help",
];

/// What the help window lists: a key, and what it does.
pub fn shortcuts() -> Vec<(String, String)> {
    let of_row = || TOOLS.iter().filter(|tool| is_digit(tool.key()));
    let label = |tool: Option<&&dyn Tool>| tool.map(|tool| key_label(tool.key())).unwrap_or_default();
    let (first, last) = (label(of_row().next()), label(of_row().next_back()));
    let row = (fill("key-tools", [("first", first.into()), ("last", last.into())]), say("key-tools-does"));
    let letters = TOOLS.iter().filter(|tool| !is_digit(tool.key()));
    let others = SHORTCUTS.map(|name| (say(&format!("key-{name}")), say(&format!("key-{name}-does"))));
    std::iter::once(row).chain(letters.map(|tool| (key_label(tool.key()), tool.name()))).chain(others).collect()
}

/// The key of a tool that looks, as long as it is held.
struct HeldKey {
    key: KeyCode,
    since: f64,
    /// What was in hand.
    before: &'static dyn Tool,
}

/// Whether a key is one of the row of digits.
fn is_digit(key: KeyCode) -> bool {
    format!("{key:?}").starts_with("Digit")
}

pub(crate) fn plugin(app: &mut App) {
    // After the pointer, whose intentions of this frame it adds to.
    app.add_systems(Update, (look_around, act).chain().in_set(AppSystems::Keys).after(key_pointer::steer));
}

fn act(
    (presses, keys, ui): (Res<Presses>, Res<ButtonInput<KeyCode>>, Res<EguiWantsInput>),
    status: Res<RoomStatus>,
    mut requests: MessageWriter<RoomRequest>,
    mut brush: ResMut<Brush>,
    (mut settings, mut panels): (ResMut<Settings>, ResMut<Panels>),
    (mut pointer, mut key_pointer): (ResMut<Pointer>, ResMut<KeyPointer>),
    (mut chat, mut pointing, mut stencil): (ResMut<Chat>, ResMut<Pointing>, ResMut<Stencil>),
    (mut revise, mut make): (MessageWriter<Revise>, MessageWriter<Make>),
    (mut held, time, mut stamping): (Local<Option<HeldKey>>, Res<Time>, ResMut<Stamping>),
) {
    if pointer.resize != 0 {
        brush.resize(pointer.resize);
    }
    if presses.with_control().any(|press| press.is(KeyCode::KeyS)) {
        requests.write(RoomRequest::Save);
    }
    // Here, and not in the list, which would take a key that is held for many presses: while one types, it closes that.
    if presses.with_control().any(|press| press.is(KeyCode::KeyK)) {
        panels.toggle_acts();
    }
    if ui.wants_any_keyboard_input() {
        return;
    }
    for press in presses.with_control() {
        if press.is(KeyCode::KeyY) || press.is(KeyCode::KeyZ) && press.shift {
            revise.write(Revise::Redo);
        } else if press.is(KeyCode::KeyZ) {
            revise.write(Revise::Undo);
        } else if press.is(KeyCode::KeyC) {
            stamping.copy(&mut brush);
        } else if press.is(KeyCode::KeyV) {
            stamping.paste_again(&mut brush);
        }
    }
    let pressed = |key| presses.plain().any(|press| press.is(key));
    if pressed(KeyCode::F2) {
        panels.past = !panels.past;
    }
    // On letting go: while it is held, dragging moves the view.
    let controlled = keys.any_pressed(CONTROL);
    if keys.just_released(KeyCode::Space) && !controlled && !std::mem::take(&mut pointer.space_used) {
        requests.write(if status.0.paused { RoomRequest::Resume } else { RoomRequest::Pause });
    }
    let now = time.elapsed_secs_f64();
    if let Some(tool) = TOOLS.iter().find(|tool| pressed(tool.key())) {
        let key = presses.plain().find(|press| press.is(tool.key())).filter(|_| tool.way() == Way::Look);
        *held = key.map(|press| press.place).map(|key| HeldKey { key, since: now, before: brush.tool });
        brush.tool = *tool;
    }
    if let Some(HeldKey { since, before, .. }) = held.take_if(|held| !keys.pressed(held.key))
        && now - since >= HELD_S
        && brush.tool.way() == Way::Look
    {
        brush.tool = before;
    }
    if pressed(KeyCode::KeyQ) {
        brush.turn(-1);
    }
    if pressed(KeyCode::KeyE) {
        brush.turn(1);
    }
    // By place on the keyboard, and by what is printed there.
    let character = |text: &str| presses.plain().any(|press| press.printed() == Some(text));
    if pressed(KeyCode::BracketLeft) || character("[") {
        brush.resize(-1);
    }
    // On a German keyboard a plus is printed there, which enlarges.
    if (pressed(KeyCode::BracketRight) && !character("+")) || character("]") {
        brush.resize(1);
    }
    if pressed(KeyCode::KeyB) {
        brush.turn_tip();
    }
    if pressed(KeyCode::KeyJ) {
        brush.turn_drawing();
    }
    if pressed(KeyCode::KeyK) {
        pointer.picked = pointer.at;
    }
    if pressed(KeyCode::KeyN) && status.0.paused {
        requests.write(RoomRequest::Step);
    }
    for (key, faster) in [(KeyCode::Comma, false), (KeyCode::Period, true)] {
        if pressed(key)
            && let Some(tempo) = next_tempo(status.0.tempo, faster)
        {
            requests.write(RoomRequest::Tempo(tempo));
        }
    }
    if pressed(KeyCode::Delete) {
        make.write(Make(vec![Command::Clear]));
    }
    if pressed(KeyCode::KeyF) || pressed(KeyCode::Home) {
        pointer.fit = true;
    }
    if pressed(KeyCode::KeyT) {
        settings.strips = !settings.strips;
    }
    if pressed(KeyCode::KeyC) {
        panels.scenes = !panels.scenes;
    }
    // What hangs at the pointer has these two keys for itself.
    let hangs = stamping.holds() && brush.tool.way() == Way::Stamp;
    if hangs && pressed(KeyCode::KeyR) {
        stamping.turn();
    } else if pressed(KeyCode::KeyR) {
        panels.toggle_room();
    }
    if pressed(KeyCode::Enter) && status.0.people.len() > 1 && !key_pointer.is_here() {
        chat.draft = Some(String::new());
    }
    if pressed(KeyCode::KeyP) {
        *pointing = Pointing::Now;
    }
    if pressed(KeyCode::KeyV) {
        panels.toggle_picture();
    }
    if hangs && pressed(KeyCode::KeyM) {
        stamping.mirror();
    } else if pressed(KeyCode::KeyM) {
        settings.sound.on = !settings.sound.on;
    }
    if pressed(KeyCode::F4) {
        panels.toggle_stamps();
    }
    if pressed(KeyCode::F3) {
        settings.figures = !settings.figures;
    }
    if pressed(KeyCode::KeyH) || pressed(KeyCode::F1) || character("?") {
        panels.toggle_help();
    }
    if pressed(KeyCode::Escape) {
        if stencil.bypass_change_detection().drop_it() {
            pointer.cancel();
        } else if !brush.shown.is_empty() {
            pointer.cancel();
            stamping.drop_held();
        } else if brush.tool.way() == Way::Stamp && stamping.drop_held() {
        } else if !key_pointer.leave() {
            panels.close();
        }
    }
}

/// The tempo that is next, if there is one.
fn next_tempo(tempo: Tempo, faster: bool) -> Option<Tempo> {
    let place = Tempo::ALL.iter().position(|each| *each == tempo)?;
    let next = if faster { place + 1 } else { place.checked_sub(1)? };
    Tempo::ALL.get(next).copied()
}

fn look_around(
    (presses, keys, ui): (Res<Presses>, Res<ButtonInput<KeyCode>>, Res<EguiWantsInput>),
    mut pointer: ResMut<Pointer>,
    viewport: Res<Viewport>,
    mut zooming: Local<Option<(KeyCode, f32)>>,
    time: Res<Time>,
) {
    let idle = ui.wants_any_keyboard_input() || keys.any_pressed(CONTROL);
    // Held by its place: what is printed changes when Shift is let go first.
    *zooming = presses.plain().find_map(zoom_of).or(*zooming).filter(|(key, _)| !idle && keys.pressed(*key));
    if !idle {
        let nearer = zooming.map_or(0.0, |(_, nearer)| nearer);
        move_view(&keys, nearer, &mut pointer, &viewport, time.delta_secs());
    }
}

/// The key of a press that zooms, with 1 to enlarge and -1 for the opposite: by what is printed on it or, where that is no
/// character (as that of an accent), by its place.
fn zoom_of(press: &Press) -> Option<(KeyCode, f32)> {
    let nearer = match (press.printed(), press.place) {
        (Some("+"), _) | (Some("="), KeyCode::Equal) => 1.0,
        (Some("-" | "\u{2212}"), _) | (Some("_"), KeyCode::Minus) => -1.0,
        (None, KeyCode::Equal | KeyCode::NumpadAdd) => 1.0,
        (None, KeyCode::Minus | KeyCode::NumpadSubtract) => -1.0,
        _ => return None,
    };
    Some((press.place, nearer))
}

fn move_view(keys: &ButtonInput<KeyCode>, nearer: f32, pointer: &mut Pointer, viewport: &Viewport, seconds: f32) {
    // Also what went down and up within this frame.
    let held = |key| f32::from(u8::from(keys.pressed(key) || keys.just_pressed(key)));
    let right = held(KeyCode::KeyD) - held(KeyCode::KeyA);
    let down = held(KeyCode::KeyS) - held(KeyCode::KeyW);
    // A slow frame is not a leap.
    let seconds = seconds.min(0.1);
    pointer.pan -= Vec2::new(right, down) * PAN_POINTS_A_SECOND * seconds;
    if nearer != 0.0 {
        pointer.zoom *= ZOOM_A_SECOND.powf(nearer * seconds);
        pointer.zoom_at = viewport.window / 2.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notices::Notices;
    use crate::presses::fingers;
    use crate::tools::{Drawing, Tip};

    #[test]
    fn strokes_are_taken_back_by_z_and_done_again_by_y() {
        let revised = |held: &[KeyCode], keys: &[KeyCode]| {
            let (_, mut app) = pressed(KeyCode::F12, false);
            held.iter().for_each(|key| fingers::down(&mut app, *key));
            for key in keys {
                fingers::down(&mut app, *key);
                fingers::up(&mut app, *key);
            }
            held.iter().for_each(|key| fingers::up(&mut app, *key));
            app.update();
            app.world_mut().resource_mut::<Messages<Revise>>().drain().collect::<Vec<_>>()
        };
        assert_eq!(revised(&[KeyCode::ControlLeft], &[KeyCode::KeyZ]), [Revise::Undo]);
        assert_eq!(revised(&[KeyCode::SuperLeft, KeyCode::ShiftLeft], &[KeyCode::KeyZ]), [Revise::Redo]);
        let [z, y] = [KeyCode::KeyZ, KeyCode::KeyY];
        assert_eq!(revised(&[KeyCode::ControlRight], &[z, z, y]), [Revise::Undo, Revise::Undo, Revise::Redo]);
        assert_eq!(revised(&[], &[z]), []);
    }

    /// What a pressed key requests and changes.
    fn pressed(key: KeyCode, paused: bool) -> (Vec<RoomRequest>, App) {
        pressed_as(key, None, paused)
    }

    /// The same, where something is printed on the key.
    fn pressed_as(key: KeyCode, printed: Option<&str>, paused: bool) -> (Vec<RoomRequest>, App) {
        let mut app = App::new();
        app.init_resource::<EguiWantsInput>()
            .init_resource::<Time>()
            .init_resource::<Viewport>()
            .init_resource::<Pointer>()
            .init_resource::<Brush>()
            .init_resource::<Stamping>()
            .init_resource::<Settings>()
            .init_resource::<Panels>()
            .init_resource::<Chat>()
            .init_resource::<Pointing>()
            .init_resource::<Notices>()
            .insert_resource(RoomStatus(room::api::Status { paused, ..Default::default() }))
            .add_message::<RoomRequest>()
            .add_message::<Revise>()
            .add_message::<Make>()
            .init_resource::<Stencil>()
            .add_plugins((fingers::plugin, key_pointer::plugin, plugin));
        match printed {
            Some(printed) => fingers::down_as(&mut app, key, printed),
            None => fingers::down(&mut app, key),
        }
        app.world_mut().resource_mut::<Time>().advance_by(std::time::Duration::from_millis(20));
        app.world_mut().resource_mut::<Pointer>().zoom = 1.0;
        app.update();
        let requests = app.world_mut().resource_mut::<Messages<RoomRequest>>().drain().collect();
        (requests, app)
    }

    #[test]
    fn every_tools_key_takes_it_in_hand() {
        for tool in TOOLS {
            let (requests, app) = pressed(tool.key(), false);
            assert!(app.world().resource::<Brush>().holds(*tool) && requests.is_empty(), "{}", tool.id());
        }
        assert_eq!(shortcuts()[0].0, "1 to 0");
        let letters = TOOLS.iter().filter(|tool| !is_digit(tool.key())).count();
        assert_eq!(shortcuts().len(), 1 + letters + SHORTCUTS.len());
        let ids = SHORTCUTS.iter().flat_map(|name| [format!("key-{name}"), format!("key-{name}-does")]);
        assert_eq!(ids.filter(|id| !words::english().has(id)).collect::<Vec<_>>(), [""; 0]);
    }

    /// Held, the probe's key lends it; pressed shortly, it takes it in hand.
    #[test]
    fn who_holds_the_probes_key_has_the_tool_of_before_again() {
        for (held_ms, stays) in [(400, false), (100, true)] {
            let (_, mut app) = pressed(KeyCode::KeyI, false);
            assert_eq!(app.world().resource::<Brush>().tool.way(), Way::Look);
            app.update();
            fingers::up(&mut app, KeyCode::KeyI);
            app.world_mut().resource_mut::<Time>().advance_by(std::time::Duration::from_millis(held_ms));
            app.update();
            assert_eq!(app.world().resource::<Brush>().tool.way() == Way::Look, stays, "{held_ms} ms");
        }
    }

    #[test]
    fn keys_go_through_the_materials_and_round() {
        let taken = |key| pressed(key, false).1.world().resource::<Brush>().material;
        let last = sim_kernels::materials::palette().last();
        assert_eq!((taken(KeyCode::KeyE), Some(taken(KeyCode::KeyQ))), (1, last));
    }

    #[test]
    fn keys_choose_the_tip_and_the_way_of_drawing() {
        let brush = |key| {
            let app = pressed(key, false).1;
            let brush = app.world().resource::<Brush>();
            (brush.tip, brush.drawing)
        };
        assert_eq!(brush(KeyCode::KeyB), (Tip::Square, Drawing::Free));
        assert_eq!(brush(KeyCode::KeyJ), (Tip::Round, Drawing::Line));
    }

    #[test]
    fn control_k_opens_what_finds_every_act() {
        let (_, mut app) = pressed(KeyCode::F12, false);
        fingers::down(&mut app, KeyCode::ControlLeft);
        fingers::down(&mut app, KeyCode::KeyK);
        app.update();
        assert!(app.world().resource::<Panels>().acts);
    }

    #[test]
    fn escape_cancels_what_is_drawn_before_it_closes_anything() {
        let (_, mut app) = pressed(KeyCode::F12, false);
        app.world_mut().resource_mut::<Panels>().help = true;
        let shown = sim_kernels::area::Area::Box(sim_kernels::geom::Rect::new(0, 0, 4, 4));
        app.world_mut().resource_mut::<Brush>().shown.push(shown);
        fingers::down(&mut app, KeyCode::Escape);
        app.update();
        assert!(app.world().resource::<Panels>().help && app.world().resource::<Pointer>().cancelled);
    }

    #[test]
    fn keys_ask_the_room_and_open_windows() {
        assert!(matches!(pressed(KeyCode::KeyN, true).0[..], [RoomRequest::Step]));
        assert!(pressed(KeyCode::KeyN, false).0.is_empty(), "only while paused");
        let mut cleared = pressed(KeyCode::Delete, false).1;
        let made: Vec<Make> = cleared.world_mut().resource_mut::<Messages<Make>>().drain().collect();
        assert_eq!(made, [Make(vec![Command::Clear])]);
        assert!(matches!(pressed(KeyCode::Comma, false).0[..], [RoomRequest::Tempo(Tempo::Half)]));
        assert!(matches!(pressed(KeyCode::Period, false).0[..], [RoomRequest::Tempo(Tempo::Double)]));
        assert_eq!((next_tempo(Tempo::Tenth, false), next_tempo(Tempo::Double, true)), (None, None));
        assert!(pressed(KeyCode::F4, false).1.world().resource::<Panels>().stamps);
        let (requests, app) = pressed(KeyCode::KeyC, false);
        assert!(requests.is_empty() && app.world().resource::<Panels>().scenes);
    }

    #[test]
    fn plus_and_minus_are_what_is_printed() {
        let zoom = |place: KeyCode, printed: Option<&str>| {
            zoom_of(&Press::of(place, printed)).map(|(key, nearer)| (key == place, nearer))
        };
        let (nearer, farther) = (Some((true, 1.0)), Some((true, -1.0)));
        // On a German keyboard.
        assert_eq!([zoom(KeyCode::BracketRight, Some("+")), zoom(KeyCode::Slash, Some("-"))], [nearer, farther]);
        assert_eq!([zoom(KeyCode::Minus, Some("\u{df}")), zoom(KeyCode::Digit0, Some("="))], [None, None]);
        // On an American one, with Shift and without; the pad; an accent.
        assert_eq!([zoom(KeyCode::Equal, Some("=")), zoom(KeyCode::Equal, Some("+"))], [nearer; 2]);
        assert_eq!([zoom(KeyCode::Minus, Some("-")), zoom(KeyCode::NumpadSubtract, Some("-"))], [farther; 2]);
        assert_eq!([zoom(KeyCode::Equal, None), zoom(KeyCode::NumpadAdd, Some("+"))], [nearer; 2]);
    }

    #[test]
    fn a_german_plus_enlarges_and_leaves_the_brush_as_it_is() {
        let (_, app) = pressed_as(KeyCode::BracketRight, Some("+"), false);
        assert_eq!(app.world().resource::<Brush>().radius, Brush::default().radius);
        assert!(app.world().resource::<Pointer>().zoom > 1.0);
    }

    #[test]
    fn letters_move_the_view_and_plus_enlarges_about_the_middle() {
        let viewport = Viewport::default();
        let (mut keys, mut pointer) = (ButtonInput::default(), Pointer::default());
        pointer.zoom = 1.0;
        keys.press(KeyCode::KeyD);
        move_view(&keys, 1.0, &mut pointer, &viewport, 0.05);
        // The world goes left when one looks to the right.
        assert!(pointer.pan.x < 0.0 && pointer.pan.y == 0.0);
        assert!(pointer.zoom > 1.0 && pointer.zoom_at == viewport.window / 2.0);
    }
}
