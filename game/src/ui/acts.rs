//! The list of all that can be done: typed words find a tool, a material, a scene, a window or a button, tell its key and do it.
//! It works with the keyboard alone.

use super::palette::tempo_text;
use super::{Screen, cards, letters, scrolled, theme};
use crate::panels::Panels;
use crate::pointer::Pointer;
use crate::scenes::{SceneAsset, Scenes};
use crate::session::{RoomGlobals, RoomRequest, RoomStatus};
use crate::settings::Settings;
use crate::tools::{Brush, Drawing, Make, Revise, Stamping, TOOLS, Tip, Tool, gravity_towards, key_label};
use bevy::prelude::*;
use bevy_egui::egui::{self, Key, Modifiers};
use room::api::Tempo;
use sim_kernels::command::Command;
use sim_kernels::materials;
use words::{fill, say};

/// How wide the list is at most, and how much of the screen's height it takes.
const WIDTH_MAX: f32 = 460.0;
const HEIGHT_SHARE: f32 = 0.55;
/// How high a line is, in points: a finger hits it.
const LINE_POINTS: f32 = 34.0;

/// Something that can be done.
#[derive(Clone, Debug)]
enum Act {
    Take(&'static dyn Tool),
    Material(u8),
    Tip(Tip),
    Drawing(Drawing),
    Revise(Revise),
    Ask(RoomRequest),
    Make(Command),
    Scene(Handle<SceneAsset>),
    Gravity([i32; 2]),
    Fit,
    Stamp(fn(&mut Stamping, &mut Brush)),
    Open(fn(&mut Panels)),
    Set(fn(&mut Settings)),
}

/// An act, what it is called, and the key that does the same.
#[derive(Clone, Debug)]
struct Listed {
    name: String,
    key: String,
    act: Act,
}

/// What acts change.
#[derive(bevy::ecs::system::SystemParam)]
pub(super) struct Hands<'w> {
    brush: ResMut<'w, Brush>,
    stamping: ResMut<'w, Stamping>,
    panels: ResMut<'w, Panels>,
    settings: ResMut<'w, Settings>,
    pointer: ResMut<'w, Pointer>,
    globals: Res<'w, RoomGlobals>,
    requests: MessageWriter<'w, RoomRequest>,
    revise: MessageWriter<'w, Revise>,
    make: MessageWriter<'w, Make>,
}

/// What was typed, which line is chosen, and whether the field was given the keyboard.
#[derive(Debug, Default)]
pub(super) struct Typed {
    text: String,
    chosen: usize,
    has_focus: bool,
}

/// Draws the list.
pub(super) fn show(
    ctx: Res<Screen>,
    status: Res<RoomStatus>,
    scenes: Res<Scenes>,
    mut hands: Hands<'_>,
    mut typed: Local<Typed>,
) {
    if !hands.panels.acts {
        *typed = Typed::default();
        return;
    }
    let ctx = &ctx.0;
    let found = found(all(&scenes, &hands.stamping, status.0.paused), &typed.text);
    let screen = ctx.content_rect();
    let width = (screen.width() - 40.0).min(WIDTH_MAX);
    // Before the field, which would take them.
    let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let closes = pressed(Key::Escape);
    // The key that opened it may repeat, and is no word then.
    ctx.input_mut(|input| {
        if input.modifiers.command && !input.modifiers.alt {
            input.events.retain(|event| !matches!(event, egui::Event::Text(_)));
        }
    });
    let (down, up, enter) = (pressed(Key::ArrowDown), pressed(Key::ArrowUp), pressed(Key::Enter));
    let last = found.len().saturating_sub(1);
    typed.chosen = (typed.chosen + usize::from(down)).min(last).saturating_sub(usize::from(up));
    let mut done = found.get(typed.chosen).filter(|_| enter).map(|listed| listed.act.clone());
    let mut open = !closes;
    egui::Window::new(say("acts"))
        .open(&mut open)
        .anchor(egui::Align2::CENTER_TOP, [0.0, 64.0])
        .default_width(width)
        .max_width(width)
        .resizable(false)
        .collapsible(false)
        .show(ctx, |ui| {
            let name = say("acts-search");
            let Typed { text, chosen, has_focus } = &mut *typed;
            let field = ui.add(egui::TextEdit::singleline(text).hint_text(name.as_str()).desired_width(width));
            letters::typed(ui, &field, text);
            field.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::TextEdit, true, &name));
            // The key that opened it is no word, as long as it is held.
            if !*has_focus && !ui.input(|input| input.keys_down.contains(&Key::K)) {
                *has_focus = theme::opens_typing(&field);
            }
            if field.changed() {
                *chosen = 0;
            }
            if found.is_empty() {
                ui.label(theme::quiet(say("acts-none")));
            }
            scrolled(ui, screen.height() * HEIGHT_SHARE, |ui| {
                for (place, Listed { name, key, act }) in found.iter().enumerate() {
                    let key = if words::names_keys() { key.as_str() } else { "" };
                    let line = egui::Button::selectable(place == *chosen, name.as_str())
                        .shortcut_text(theme::quiet(key))
                        .min_size(egui::vec2(ui.available_width(), LINE_POINTS));
                    let line = ui.add(line);
                    if place == *chosen && (up || down) {
                        line.scroll_to_me(None);
                    }
                    if line.clicked() {
                        done = Some(act.clone());
                    }
                }
            });
        });
    hands.panels.acts = open && done.is_none();
    done.into_iter().for_each(|act| hands.act(act));
}

impl Hands<'_> {
    fn act(&mut self, act: Act) {
        match act {
            Act::Take(tool) => self.brush.tool = tool,
            Act::Material(code) => self.brush.take(code),
            Act::Tip(tip) => self.brush.tip = tip,
            Act::Drawing(drawing) => self.brush.drawing = drawing,
            Act::Revise(revise) => _ = self.revise.write(revise),
            Act::Make(command) => _ = self.make.write(Make(vec![command])),
            Act::Ask(request) => _ = self.requests.write(request),
            Act::Scene(scene) => _ = self.requests.write(RoomRequest::Load(scene)),
            Act::Gravity(direction) => {
                let now = self.globals.0.as_ref().map_or([0, 0], |globals| globals.gravity);
                self.requests.write(RoomRequest::Command(gravity_towards(direction, now)));
            }
            Act::Fit => self.pointer.fit = true,
            Act::Stamp(act) => act(&mut self.stamping, &mut self.brush),
            Act::Open(open) => open(&mut self.panels),
            Act::Set(set) => set(&mut self.settings),
        }
    }
}

/// All that can be done now.
fn all(scenes: &Scenes, stamping: &Stamping, paused: bool) -> Vec<Listed> {
    let key = |name: &str| say(&format!("key-{name}"));
    let listed = |name: String, key: String, act: Act| Listed { name, key, act };
    let named = |kind: &str, what: String| fill(&format!("act-{kind}"), [("what", what.into())]);
    let mut all: Vec<Listed> = TOOLS
        .iter()
        .map(|tool| listed(named("tool", tool.name()), key_label(tool.key()), Act::Take(*tool)))
        .chain(
            materials::palette()
                .map(|code| listed(named("material", cards::name_of(code)), String::new(), Act::Material(code))),
        )
        .chain(
            Tip::ALL.map(|(tip, name)| listed(named("brush", say(&format!("tip-{name}"))), key("tip"), Act::Tip(tip))),
        )
        .chain(Drawing::ALL.map(|(drawing, name)| {
            listed(named("drawing", say(&format!("drawing-{name}"))), key("drawing"), Act::Drawing(drawing))
        }))
        .collect();
    all.push(listed(say("undo"), key("undo"), Act::Revise(Revise::Undo)));
    all.push(listed(say("redo"), key("redo"), Act::Revise(Revise::Redo)));
    let pause = if paused { RoomRequest::Resume } else { RoomRequest::Pause };
    all.push(listed(say(if paused { "go-on" } else { "pause" }), key("pause"), Act::Ask(pause)));
    let step = if paused { RoomRequest::Step } else { RoomRequest::Pause };
    all.push(listed(say("step"), key("step"), Act::Ask(step)));
    all.extend(Tempo::ALL.map(|tempo| {
        listed(named("tempo", tempo_text(tempo).to_owned()), key("tempo"), Act::Ask(RoomRequest::Tempo(tempo)))
    }));
    all.extend(of_stamps(stamping).into_iter().map(|(name, by, act)| listed(say(name), key(by), act)));
    all.push(listed(say("clear"), key("clear"), Act::Make(Command::Clear)));
    all.push(listed(say("save"), key("save"), Act::Ask(RoomRequest::Save)));
    for (name, direction) in [("down", [0, -1]), ("up", [0, 1]), ("left", [-1, 0]), ("right", [1, 0]), ("none", [0, 0])]
    {
        all.push(listed(named("gravity", say(&format!("gravity-{name}"))), String::new(), Act::Gravity(direction)));
    }
    all.extend(
        scenes
            .all
            .iter()
            .map(|scene| listed(named("scene", scene.shown()), String::new(), Act::Scene(scene.scene.clone()))),
    );
    all.push(listed(say("materials"), String::new(), Act::Open(|panels| panels.materials = true)));
    all.push(listed(say("scenes"), key("scenes"), Act::Open(|panels| panels.scenes = true)));
    let acts = [
        ("room", Act::Open(Panels::toggle_room)),
        ("past", Act::Open(|panels| panels.past = !panels.past)),
        ("picture", Act::Open(Panels::toggle_picture)),
        ("help", Act::Open(Panels::toggle_help)),
        ("stamps", Act::Open(Panels::toggle_stamps)),
        ("fit", Act::Fit),
        ("strips", Act::Set(|settings| settings.strips = !settings.strips)),
        ("figures", Act::Set(|settings| settings.figures = !settings.figures)),
        ("sound", Act::Set(|settings| settings.sound.on = !settings.sound.on)),
    ];
    all.extend(acts.map(|(name, act)| listed(does(name), key(name), act)));
    all
}

/// What can be done with stamps now: the sentence, the key's name, and the act.
fn of_stamps(stamping: &Stamping) -> Vec<(&'static str, &'static str, Act)> {
    let mut all = vec![("act-copy", "copy", Act::Stamp(Stamping::copy))];
    if stamping.can_paste_again() {
        all.push(("act-paste", "copy", Act::Stamp(Stamping::paste_again)));
    }
    if stamping.holds() {
        all.push(("act-turn", "turn", Act::Stamp(|stamping, _| stamping.turn())));
        all.push(("act-mirror", "turn", Act::Stamp(|stamping, _| stamping.mirror())));
        all.push(("act-drop", "cancel", Act::Stamp(|stamping, _| _ = stamping.drop_held())));
    }
    all
}

/// What a key does, as a line of its own.
fn does(name: &str) -> String {
    let said = say(&format!("key-{name}-does"));
    let mut rest = said.chars();
    let first: String = rest.next().into_iter().flat_map(char::to_uppercase).collect();
    first + rest.as_str()
}

/// Those that answer what was typed, the best first.
fn found(all: Vec<Listed>, typed: &str) -> Vec<Listed> {
    let mut found: Vec<(usize, Listed)> =
        all.into_iter().filter_map(|listed| Some((cards::answers(&listed.name, typed)?, listed))).collect();
    found.sort_by_key(|(answers, _)| *answers);
    found.into_iter().map(|(_, listed)| listed).collect()
}
