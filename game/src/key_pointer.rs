//! A pointer that keys move over the world, for who has no other or does not see it: the arrows bring and move it, Enter or
//! the space bar use the tool there, and Escape takes it away, as the mouse and a finger do. It becomes the [`Pointer`], so
//! that tools, brush and the others' view of it follow from that. Where it rests, what is there is read out.

use crate::camera::Viewport;
use crate::notices::Notices;
use crate::pointer::Pointer;
use crate::presses::{CONTROL, Presses, SHIFT};
use crate::schedule::AppSystems;
use crate::tools::Brush;
use crate::view::Canvas;
use bevy::prelude::*;
use bevy_egui::input::EguiWantsInput;
use picture::field::Field;
use sim_kernels::materials;
use words::{fill, say};

/// A key that is held longer than this moves on, in seconds and in frames: where those are slow, a short press is seen in two.
const HOLD_S: f64 = 0.3;
const HOLD_FRAMES: u32 = 3;
/// How fast it moves then, in screen points a second, and so many times as fast with Shift.
const POINTS_A_SECOND: f32 = 240.0;
const FASTER: f32 = 4.0;
/// A step with Shift is so many cells at least.
const STRIDE_CELLS_MIN: i32 = 5;
/// The view goes along where it comes nearer than this to the edge of what the bars leave, in screen points.
const EDGE_POINTS: f32 = 24.0;
/// What lies below it is read out when it has rested for so long, in seconds: on the way nobody could follow.
const REST_S: f64 = 0.4;

/// What uses the tool.
const USES: [KeyCode; 3] = [KeyCode::Enter, KeyCode::NumpadEnter, KeyCode::Space];

/// The pointer of the keys.
#[derive(Resource, Debug, Default)]
pub struct KeyPointer {
    /// The place it is over, in cells; none while it is not in use.
    at: Option<Vec2>,
    /// The tool is in use.
    presses: bool,
    /// Since when an arrow has been held, in seconds, and for how many frames.
    held_since: Option<(f64, u32)>,
    /// The cell that it was seen over, and since when.
    seen: Option<([i32; 2], f64)>,
    /// What that cell holds was read out.
    told: bool,
}

impl KeyPointer {
    /// Whether it is in use: then Enter and the space bar are its own.
    pub fn is_here(&self) -> bool {
        self.at.is_some()
    }

    /// Takes it away; false where there was none.
    pub fn leave(&mut self) -> bool {
        self.presses = false;
        self.at.take().is_some()
    }

    /// The steps of arrows that went down, and the way of those that are held.
    fn go(&mut self, presses: &Presses, keys: &ButtonInput<KeyCode>, brush: &Brush, viewport: &Viewport, time: &Time) {
        let ways = [
            (KeyCode::ArrowRight, Vec2::X),
            (KeyCode::ArrowLeft, Vec2::NEG_X),
            (KeyCode::ArrowUp, Vec2::Y),
            (KeyCode::ArrowDown, Vec2::NEG_Y),
        ];
        let held: Vec2 = ways.iter().filter(|(key, _)| keys.pressed(*key)).map(|(_, way)| *way).sum();
        let (mut steps, mut went_down, mut at) = (Vec2::ZERO, false, self.at);
        for press in presses.plain() {
            let Some((_, way)) = ways.iter().find(|(key, _)| *key == press.place) else { continue };
            went_down = true;
            // The first of all brings it.
            match at {
                None => at = Some(beginning(viewport)),
                Some(_) => steps += way * if press.shift { stride(brush) as f32 } else { 1.0 },
            }
        }
        let now = time.elapsed_secs_f64();
        if held == Vec2::ZERO {
            self.held_since = None;
        } else if self.held_since.is_none() || went_down {
            self.held_since = Some((now, 0));
        }
        self.held_since = self.held_since.map(|(since, frames)| (since, frames.saturating_add(1)));
        let goes_on = self.held_since.is_some_and(|(since, frames)| now - since > HOLD_S && frames > HOLD_FRAMES);
        let pace = POINTS_A_SECOND * viewport.cells_per_pixel * if keys.any_pressed(SHIFT) { FASTER } else { 1.0 };
        let on = if goes_on { held * pace * time.delta_secs().min(0.1) } else { Vec2::ZERO };
        self.at = at.map(|at| (at + steps + on).clamp(Vec2::splat(0.5), viewport.world - 0.5));
    }
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<KeyPointer>()
        .add_systems(Update, steer.in_set(AppSystems::Keys))
        .add_systems(Update, tell.in_set(AppSystems::Draw));
}

/// How far a step with Shift goes, in cells: beside what the tool did. One that acts on a single cell, as the probe, goes as far as a
/// brush would, or Shift would do nothing.
fn stride(brush: &Brush) -> i32 {
    let reach = brush.tool.reach(brush.radius);
    (2 * if reach > 0 { reach } else { brush.radius } + 1).max(STRIDE_CELLS_MIN)
}

/// In the middle of what the bars leave of the window.
fn beginning(viewport: &Viewport) -> Vec2 {
    let [low, high] = free(viewport);
    let middle = viewport.to_world((low + high) / 2.0).floor() + 0.5;
    middle.clamp(Vec2::splat(0.5), viewport.world - 0.5)
}

/// The corners of what the bars leave of the window, in screen points.
fn free(viewport: &Viewport) -> [Vec2; 2] {
    let low = Vec2::new(EDGE_POINTS, viewport.insets.top + EDGE_POINTS);
    let high = viewport.window - Vec2::new(EDGE_POINTS, viewport.insets.bottom + EDGE_POINTS);
    [low, high.max(low)]
}

/// Moves it by the keys of this frame, and makes it the pointer.
pub(crate) fn steer(
    (presses, keys): (Res<Presses>, Res<ButtonInput<KeyCode>>),
    ui: Res<EguiWantsInput>,
    viewport: Res<Viewport>,
    brush: Res<Brush>,
    mut own: ResMut<KeyPointer>,
    mut pointer: ResMut<Pointer>,
    time: Res<Time>,
) {
    if pointer.moved {
        own.leave();
    }
    let typing = ui.wants_any_keyboard_input();
    if !typing && !keys.any_pressed(CONTROL) {
        own.go(&presses, &keys, &brush, &viewport, &time);
    }
    let was_pressed = own.presses;
    // A press that began elsewhere, as in a field, is no use of the tool.
    let goes_down = presses.plain().any(|press| USES.contains(&press.place));
    let stays_down = own.presses && keys.any_pressed(USES) && !keys.any_pressed(CONTROL);
    own.presses = !typing && own.is_here() && (goes_down || stays_down);
    if was_pressed && !own.presses {
        own.told = false;
    }
    pointer.by_keys = own.is_here();
    let Some(at) = own.at else { return };
    let place = viewport.to_screen(at);
    let [low, high] = free(&viewport);
    let way = place.clamp(low, high) - place;
    pointer.pan += way;
    pointer.at = Some(place + way);
    pointer.pressed = own.presses;
    // Its space bar neither pauses nor moves the view.
    pointer.space_used |= keys.pressed(KeyCode::Space) || keys.just_pressed(KeyCode::Space);
}

/// Reads out what lies below it, once it rests there or was used there.
fn tell(mut own: ResMut<KeyPointer>, canvas: Option<Res<Canvas>>, mut notices: ResMut<Notices>, time: Res<Time>) {
    let now = time.elapsed_secs_f64();
    let Some(at) = own.at else {
        if own.seen.take().is_some() {
            notices.aloud(say("pointer-left"));
        }
        return;
    };
    let cell = [at.x.floor() as i32, at.y.floor() as i32];
    if own.seen.is_none_or(|(seen, _)| seen != cell) {
        (own.seen, own.told) = (Some((cell, now)), false);
    }
    let rests = own.seen.is_some_and(|(_, since)| now - since > REST_S) && !own.presses;
    if let (true, false, Some(canvas)) = (rests, own.told, canvas) {
        own.told = true;
        let what = what_is_at(&canvas.field, cell);
        notices.aloud(fill("pointer-at", [("x", cell[0].into()), ("y", cell[1].into()), ("what", what.into())]));
    }
}

/// What is in a cell, in a word.
fn what_is_at(field: &Field, [x, y]: [i32; 2]) -> String {
    match field.material_at(x, y) {
        _ if field.is_solid(x, y) => say("wall-there"),
        Some(material) => say(&format!("material-{}", materials::NAMES[usize::from(material)])),
        None => say("nothing-there"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presses::fingers;

    /// A window with the key pointer alone.
    fn window() -> App {
        let mut app = App::new();
        app.init_resource::<EguiWantsInput>()
            .init_resource::<Viewport>()
            .init_resource::<Brush>()
            .init_resource::<Pointer>()
            .init_resource::<Notices>()
            .init_resource::<Time>()
            .add_plugins((fingers::plugin, plugin));
        app
    }

    /// A frame of a fiftieth of a second in which these go down, and those that were down are up.
    fn frame(app: &mut App, down: &[KeyCode]) -> (Option<Vec2>, bool) {
        let held: Vec<KeyCode> = app.world().resource::<ButtonInput<KeyCode>>().get_pressed().copied().collect();
        held.into_iter().for_each(|key| fingers::up(app, key));
        down.iter().for_each(|key| fingers::down(app, *key));
        step(app)
    }

    /// A frame in which the same keys are held.
    fn hold(app: &mut App) -> (Option<Vec2>, bool) {
        step(app)
    }

    fn step(app: &mut App) -> (Option<Vec2>, bool) {
        app.world_mut().resource_mut::<Time>().advance_by(std::time::Duration::from_millis(20));
        app.update();
        let (pointer, viewport) = (app.world().resource::<Pointer>(), app.world().resource::<Viewport>());
        (pointer.at.map(|at| viewport.to_world(at).floor()), pointer.pressed)
    }

    #[test]
    fn arrows_bring_a_pointer_and_move_it_by_a_cell_or_by_the_brush() {
        let mut app = window();
        assert_eq!(frame(&mut app, &[KeyCode::Enter]), (None, false), "there is none yet");
        let (begun, pressed) = frame(&mut app, &[KeyCode::ArrowRight]);
        let begun = begun.expect("it came");
        assert!(!pressed);
        assert_eq!(frame(&mut app, &[KeyCode::ArrowRight]).0, Some(begun + Vec2::X));
        let reach = 2 * Brush::default().radius + 1;
        let up = frame(&mut app, &[KeyCode::ShiftLeft, KeyCode::ArrowUp]).0;
        assert_eq!(up, Some(begun + Vec2::new(1.0, reach as f32)));
        // Held for a second it is far away, and the view has gone along: it is never out of sight.
        frame(&mut app, &[KeyCode::ArrowLeft]);
        for _ in 0..200 {
            hold(&mut app);
        }
        assert_eq!(app.world().resource::<KeyPointer>().at.unwrap().x, 0.5, "within the world");
    }

    #[test]
    fn enter_or_space_uses_the_tool_there_and_escape_takes_the_pointer_away() {
        for key in [KeyCode::Enter, KeyCode::Space] {
            let mut app = window();
            frame(&mut app, &[KeyCode::ArrowDown]);
            assert!(frame(&mut app, &[key]).1 && hold(&mut app).1, "a dab, and held a stroke");
            assert!(!frame(&mut app, &[]).1);
            assert_eq!(app.world().resource::<Pointer>().space_used, key == KeyCode::Space, "it does not pause");
            assert!(app.world_mut().resource_mut::<KeyPointer>().leave());
            assert_eq!(app.world().resource::<KeyPointer>().at, None);
            assert!(!app.world_mut().resource_mut::<KeyPointer>().leave(), "the next Escape is somebody else's");
        }
        // The mouse takes over.
        let mut app = window();
        frame(&mut app, &[KeyCode::ArrowDown]);
        app.world_mut().resource_mut::<Pointer>().moved = true;
        frame(&mut app, &[]);
        assert!(!app.world().resource::<KeyPointer>().is_here());
    }

    /// A press that a slow frame makes long is one step.
    #[test]
    fn a_short_press_is_one_step_where_frames_are_slow() {
        let mut app = window();
        let begun = frame(&mut app, &[KeyCode::ArrowRight]).0.expect("it came");
        frame(&mut app, &[]);
        let slow = |app: &mut App| {
            app.world_mut().resource_mut::<Time>().advance_by(std::time::Duration::from_millis(480));
        };
        frame(&mut app, &[KeyCode::ArrowRight]);
        slow(&mut app);
        assert_eq!(hold(&mut app).0, Some(begun + Vec2::X));
        for _ in 0..4 {
            slow(&mut app);
            hold(&mut app);
        }
        assert!(hold(&mut app).0.unwrap().x > begun.x + 2.0, "held, it moves on");
    }

    #[test]
    fn presses_within_one_frame_are_steps_each() {
        let mut app = window();
        let begun = frame(&mut app, &[KeyCode::ArrowRight]).0.expect("it came");
        frame(&mut app, &[]);
        for key in [KeyCode::ArrowRight, KeyCode::ArrowRight, KeyCode::ArrowUp, KeyCode::Enter] {
            fingers::down(&mut app, key);
            fingers::up(&mut app, key);
        }
        assert_eq!(step(&mut app), (Some(begun + Vec2::new(2.0, 1.0)), true));
        assert!(!step(&mut app).1, "and let go");
    }

    #[test]
    fn shift_goes_faster_with_every_tool() {
        for tool in crate::tools::TOOLS {
            for radius in [0, 5] {
                let brush = Brush { tool: *tool, radius, ..Brush::default() };
                assert!(stride(&brush) >= STRIDE_CELLS_MIN, "{} of radius {radius}", tool.id());
            }
        }
        let probe = crate::tools::TOOLS.iter().find(|tool| tool.id() == "probe").unwrap();
        assert_eq!(stride(&Brush { tool: *probe, radius: 5, ..Brush::default() }), 11);
    }

    #[test]
    fn what_lies_below_it_is_a_word() {
        let scene = driver::scene_file::named("dam-break").unwrap();
        let field = Field::new(scene.globals().size());
        assert_eq!(what_is_at(&field, [3, 3]), say("nothing-there"));
    }
}
