//! What mouse, trackpad and fingers mean: one finger or the left button is the tool; two fingers, another
//! button, or the left one with the space bar move the view; wheel and pinch zoom, the wheel with Shift sizes
//! the brush, the middle button without a way takes what lies there in hand. The only place that reads raw pointer input.

use crate::presses::SHIFT;
use crate::schedule::AppSystems;
use bevy::input::gestures::PinchGesture;
use bevy::input::mouse::{MouseScrollUnit, MouseWheel};
use bevy::prelude::*;
use bevy_egui::input::EguiWantsInput;
use bevy_egui::{EguiContexts, egui};

/// A finger must rest this long before it is the tool: the second finger of a pinch may follow.
const FINGER_DELAY_S: f64 = 0.09;
/// Zoom by one notch of a wheel.
const ZOOM_A_LINE: f32 = 1.15;
/// Trackpads and browsers scroll by pixels: so many are a notch.
const PIXELS_A_LINE: f32 = 80.0;
/// The most notches that one event may tell of; a broken driver shall not throw the view away.
const LINES_MAX: f32 = 10.0;
/// A button that moves less than so many points while it is pressed has clicked.
const CLICK_POINTS: f32 = 4.0;
/// Who presses the interface may press twice, and the first press may have taken away what lay there: a press that follows within
/// so many seconds (or frames, where those are slow) and points of one of the interface's is none of the tool's.
const AGAIN_S: f64 = 0.4;
const AGAIN_FRAMES: u32 = 4;
const AGAIN_POINTS: f32 = 12.0;
/// A pinch enlarges or shrinks at most this much in one event.
const PINCH_MAX: f32 = 2.0;

/// The pointer in this frame.
#[derive(Resource, Default, Debug)]
pub struct Pointer {
    /// Where it is, in screen points; none when it is over the interface or nowhere.
    pub at: Option<Vec2>,
    /// The tool is in use.
    pub pressed: bool,
    /// Screen points by which the view is dragged.
    pub pan: Vec2,
    /// Factor by which the view is enlarged.
    pub zoom: f32,
    /// About this screen point.
    pub zoom_at: Vec2,
    /// The whole world is to be shown.
    pub fit: bool,
    /// Steps by which the brush is to grow.
    pub resize: i32,
    /// What lies at this screen point is to be taken in hand.
    pub picked: Option<Vec2>,
    /// What is drawn is to be straight.
    pub straight: bool,
    /// What is drawn is not to be made.
    pub cancelled: bool,
    /// The space bar was held to move the view: letting it go means nothing else.
    pub space_used: bool,
    /// Keys move it: there is no arrow of the system's that shows it.
    pub by_keys: bool,
    /// The mouse or a finger moved or pressed in this frame.
    pub moved: bool,
    /// A finger was what moved or pressed last, and not the mouse.
    pub by_finger: bool,
    touch: Touching,
    /// The left button went down over the world, for the tool.
    mouse: bool,
    /// A button went down over the world, for the view.
    panning: bool,
    last: Option<Vec2>,
    /// Where the middle button went down, as long as it stays there.
    picks: Option<Vec2>,
    /// Shift-scroll that is not yet a whole step.
    scrolled: f32,
    /// Where the interface was pressed last, when, and how many frames ago.
    on_ui: Option<(Vec2, f64, u32)>,
}

/// What the fingers on the screen are doing.
#[derive(Default, Debug, Clone, Copy, PartialEq)]
enum Touching {
    /// None, or they began on the interface and wait to be lifted.
    #[default]
    Nothing,
    /// One finger since this time, not yet the tool.
    Resting(f64),
    /// One finger is the tool.
    Tool,
    /// Two fingers: their middle and distance when last seen.
    Two(Vec2, f32),
    /// Until all are lifted.
    Ignored,
}

impl Pointer {
    /// The tool is let go, and what it drew is not to be made.
    pub fn cancel(&mut self) {
        (self.mouse, self.pressed, self.cancelled) = (false, false, true);
    }

    /// Whether a press here and now is the interface's: it is pressed, or was just before.
    fn is_of_ui(&mut self, at: Vec2, over_ui: bool, now: f64) -> bool {
        let again = |(last, since, frames): (Vec2, f64, u32)| {
            (now - since < AGAIN_S || frames < AGAIN_FRAMES) && at.distance(last) < AGAIN_POINTS
        };
        // Not what was only taken for the interface's: who goes on pressing there is heard at last.
        if over_ui {
            self.on_ui = Some((at, now, 0));
        }
        over_ui || self.on_ui.is_some_and(again)
    }
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Pointer>().add_systems(Update, read.in_set(AppSystems::Input));
}

fn read(
    mut pointer: ResMut<Pointer>,
    window: Query<&Window>,
    buttons: Res<ButtonInput<MouseButton>>,
    keys: Res<ButtonInput<KeyCode>>,
    touches: Res<Touches>,
    mut wheel: MessageReader<MouseWheel>,
    mut pinch: MessageReader<PinchGesture>,
    ui: Res<EguiWantsInput>,
    mut contexts: EguiContexts,
    time: Res<Time>,
) {
    let (over_ui, now) = (ui.wants_any_pointer_input(), time.elapsed_secs_f64());
    let fingers: Vec<Vec2> = touches.iter().map(|t| t.position()).collect();
    (pointer.pan, pointer.zoom, pointer.fit, pointer.resize) = (Vec2::ZERO, 1.0, false, 0);
    (pointer.picked, pointer.straight, pointer.cancelled) = (None, false, false);
    pointer.on_ui = pointer.on_ui.map(|(at, since, frames)| (at, since, frames.saturating_add(1)));

    // The interface has not seen yet what came and went within a frame: what lies there is asked for.
    let mut is_free = |at: &Vec2| {
        let layer = contexts.ctx_mut().ok().and_then(|ctx| {
            let scale = ctx.zoom_factor();
            ctx.layer_id_at(egui::pos2(at.x / scale, at.y / scale))
        });
        layer.is_none_or(|layer| layer.order == egui::Order::Background)
    };
    let lifted = touches.iter_just_released().map(|touch| touch.position()).next().filter(&mut is_free);

    if !fingers.is_empty() || lifted.is_some() || pointer.touch != Touching::Nothing {
        (pointer.moved, pointer.by_finger) = (true, true);
        wheel.clear();
        pinch.clear();
        follow_fingers(&mut pointer, &fingers, lifted, over_ui, now);
        return;
    }
    let cursor = window.single().ok().and_then(Window::cursor_position);
    let space = keys.pressed(KeyCode::Space) && !ui.wants_any_keyboard_input();
    let held = Held {
        // A click within one frame is one, too.
        left: buttons.pressed(MouseButton::Left) || buttons.just_pressed(MouseButton::Left),
        left_now: buttons.just_pressed(MouseButton::Left),
        other: buttons.any_pressed([MouseButton::Middle, MouseButton::Right]),
        other_now: buttons.any_just_pressed([MouseButton::Middle, MouseButton::Right]),
        middle: buttons.pressed(MouseButton::Middle),
        middle_now: buttons.just_pressed(MouseButton::Middle),
        space,
        space_now: keys.just_pressed(KeyCode::Space),
    };
    // A press that comes in the frame of the move to it.
    let goes_down = held.left_now || held.other_now || held.middle_now;
    let over_ui = over_ui || goes_down && cursor.is_some_and(|at| !is_free(&at));
    follow_mouse(&mut pointer, cursor, held, over_ui, now);
    pointer.by_finger &= !pointer.moved;
    let shift = keys.any_pressed(SHIFT);
    pointer.straight = shift;
    for turn in wheel.read().filter(|_| !over_ui) {
        // Some systems turn a wheel sideways while Shift is held.
        let lines = lines(turn.unit, if shift && turn.y == 0.0 { turn.x } else { turn.y });
        if shift {
            pointer.scrolled += lines;
        } else {
            pointer.zoom *= ZOOM_A_LINE.powf(lines);
        }
        pointer.zoom_at = cursor.unwrap_or_default();
    }
    pointer.resize = pointer.scrolled.trunc() as i32;
    pointer.scrolled = pointer.scrolled.fract();
    for gesture in pinch.read().filter(|_| !over_ui) {
        pointer.zoom *= pinched(gesture.0);
        pointer.zoom_at = cursor.unwrap_or_default();
    }
}

/// Notches of a wheel, from what the system tells; pixels come from trackpads and browsers.
fn lines(unit: MouseScrollUnit, amount: f32) -> f32 {
    let lines = match unit {
        MouseScrollUnit::Line => amount,
        MouseScrollUnit::Pixel => amount / PIXELS_A_LINE,
    };
    if lines.is_finite() { lines.clamp(-LINES_MAX, LINES_MAX) } else { 0.0 }
}

/// The factor of a trackpad's pinch: systems tell by which share the picture grows, and some of them NaN.
fn pinched(delta: f32) -> f32 {
    if delta.is_finite() { (1.0 + delta).clamp(1.0 / PINCH_MAX, PINCH_MAX) } else { 1.0 }
}

/// Buttons in this frame, and whether they went down in it.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    left: bool,
    left_now: bool,
    other: bool,
    other_now: bool,
    middle: bool,
    middle_now: bool,
    space: bool,
    space_now: bool,
}

fn follow_mouse(pointer: &mut Pointer, cursor: Option<Vec2>, held: Held, over_ui: bool, now: f64) {
    pointer.moved = cursor != pointer.last || held.left || held.other;
    if held.space_now {
        pointer.space_used = false;
    }
    if held.left_now || held.other_now {
        // What begins on the interface belongs to it, wherever it is dragged.
        let is_of_ui = held.left_now && cursor.map_or(over_ui, |at| pointer.is_of_ui(at, over_ui, now));
        pointer.mouse = held.left_now && !is_of_ui && !held.space && !held.other;
        pointer.panning = !over_ui && (held.other || held.space);
    }
    pointer.mouse &= held.left;
    pointer.panning &= held.other || held.left;
    pointer.space_used |= pointer.panning && held.space;
    if held.middle_now {
        pointer.picks = cursor.filter(|_| !over_ui);
    }
    let stays = |from: &Vec2| cursor.is_some_and(|at| at.distance(*from) <= CLICK_POINTS);
    pointer.picks = pointer.picks.filter(stays);
    if !held.middle {
        pointer.picked = pointer.picks.take();
    }
    if let (true, Some(now), Some(last)) = (pointer.panning, cursor, pointer.last) {
        pointer.pan = now - last;
    }
    pointer.last = cursor;
    pointer.at = cursor.filter(|_| (!over_ui || pointer.mouse) && !pointer.panning && !held.space);
    pointer.pressed = pointer.mouse && pointer.at.is_some();
}

/// `lifted`: where a finger was lifted in this frame, if not over the interface.
fn follow_fingers(pointer: &mut Pointer, fingers: &[Vec2], lifted: Option<Vec2>, over_ui: bool, now: f64) {
    let two = |a: &[Vec2]| ((a[0] + a[1]) / 2.0, a[0].distance(a[1]).max(1.0));
    // In its first frame the interface has not seen a finger yet.
    let is_of_ui = fingers.first().copied().is_some_and(|at| match pointer.touch {
        Touching::Nothing => pointer.is_of_ui(at, false, now),
        Touching::Resting(_) | Touching::Ignored => over_ui && pointer.is_of_ui(at, true, now),
        Touching::Tool | Touching::Two(..) => false,
    });
    // Too short to be told from a pinch while it lasted, and so a touch of the tool.
    let tap = lifted
        .filter(|_| fingers.is_empty() && matches!(pointer.touch, Touching::Nothing | Touching::Resting(_)))
        .filter(|at| pointer.touch != Touching::Nothing || !pointer.is_of_ui(*at, false, now));
    pointer.touch = match (pointer.touch, fingers.len()) {
        (_, 0) => Touching::Nothing,
        (Touching::Nothing, 1) if is_of_ui => Touching::Ignored,
        (Touching::Nothing, 1) => Touching::Resting(now),
        (Touching::Resting(_), 1) if is_of_ui => Touching::Ignored,
        (Touching::Resting(since), 1) if now - since >= FINGER_DELAY_S => Touching::Tool,
        (Touching::Nothing | Touching::Resting(_) | Touching::Tool, 2) => {
            let (middle, apart) = two(fingers);
            pointer.cancelled = true;
            Touching::Two(middle, apart)
        }
        (Touching::Two(middle, apart), 2) => {
            let (middle_now, apart_now) = two(fingers);
            pointer.pan = middle_now - middle;
            pointer.zoom = apart_now / apart;
            pointer.zoom_at = middle_now;
            Touching::Two(middle_now, apart_now)
        }
        // After a pinch, the finger that stays is not a tool.
        (Touching::Two(..), _) => Touching::Ignored,
        (other, _) => other,
    };
    pointer.pressed = pointer.touch == Touching::Tool || tap.is_some();
    pointer.at = tap.or(fingers.first().copied()).filter(|_| pointer.pressed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_finger_becomes_the_tool_after_a_moment() {
        let mut p = Pointer::default();
        follow_fingers(&mut p, &[Vec2::ONE], None, false, 1.0);
        assert!(!p.pressed);
        follow_fingers(&mut p, &[Vec2::ONE], None, false, 1.2);
        assert!(p.pressed && p.at == Some(Vec2::ONE));
        follow_fingers(&mut p, &[], None, false, 1.3);
        assert!(!p.pressed && p.at.is_none());
    }

    #[test]
    fn two_fingers_pinch_and_the_last_one_does_not_pour() {
        let mut p = Pointer { zoom: 1.0, ..default() };
        follow_fingers(&mut p, &[Vec2::ZERO], None, false, 1.0);
        follow_fingers(&mut p, &[Vec2::ZERO, Vec2::new(10.0, 0.0)], None, false, 1.02);
        follow_fingers(&mut p, &[Vec2::ZERO, Vec2::new(20.0, 0.0)], None, false, 1.04);
        assert_eq!((p.zoom, p.pan, p.pressed), (2.0, Vec2::new(5.0, 0.0), false));
        follow_fingers(&mut p, &[Vec2::ZERO], None, false, 1.5);
        follow_fingers(&mut p, &[Vec2::ZERO], None, false, 2.5);
        assert!(!p.pressed);
    }

    #[test]
    fn a_finger_on_the_interface_is_not_a_tool() {
        let mut p = Pointer::default();
        follow_fingers(&mut p, &[Vec2::ONE], None, false, 1.0);
        follow_fingers(&mut p, &[Vec2::ONE], None, true, 1.05);
        follow_fingers(&mut p, &[Vec2::ONE], None, false, 2.0);
        assert!(!p.pressed);
    }

    #[test]
    fn a_tap_is_a_touch_of_the_tool_and_what_is_cancelled_is_not() {
        let at = Vec2::new(7.0, 9.0);
        let tap = |before: &[Vec2], lifted| {
            let mut p = Pointer::default();
            if !before.is_empty() {
                follow_fingers(&mut p, before, None, false, 1.0);
            }
            follow_fingers(&mut p, &[], lifted, false, 1.02);
            let pressed = (p.pressed, p.at);
            follow_fingers(&mut p, &[], None, false, 1.04);
            assert!(!p.pressed && p.touch == Touching::Nothing);
            pressed
        };
        assert_eq!(tap(&[at], Some(at)), (true, Some(at)));
        assert_eq!(tap(&[], Some(at)), (true, Some(at)), "within one frame");
        assert_eq!(tap(&[at], None), (false, None), "cancelled");
        assert_eq!(tap(&[at, at * 2.0], Some(at)), (false, None), "the end of a pinch");
    }

    #[test]
    fn two_fingers_move_the_view_together() {
        let mut p = Pointer { zoom: 1.0, ..default() };
        let at = |x: f32| [Vec2::new(x, 50.0), Vec2::new(x + 40.0, 50.0)];
        follow_fingers(&mut p, &at(0.0), None, false, 1.0);
        follow_fingers(&mut p, &[Vec2::ZERO], None, false, 1.0);
        let mut p = Pointer { zoom: 1.0, ..default() };
        follow_fingers(&mut p, &at(0.0)[..1], None, false, 1.0);
        follow_fingers(&mut p, &at(0.0), None, false, 1.02);
        follow_fingers(&mut p, &at(12.0), None, false, 1.04);
        assert_eq!((p.pan, p.zoom, p.pressed), (Vec2::new(12.0, 0.0), 1.0, false));
    }

    #[test]
    fn a_wheel_and_a_trackpad_zoom_alike_and_within_bounds() {
        assert_eq!(lines(MouseScrollUnit::Line, 1.0), lines(MouseScrollUnit::Pixel, PIXELS_A_LINE));
        assert_eq!(lines(MouseScrollUnit::Pixel, 1e9), LINES_MAX);
        assert_eq!(lines(MouseScrollUnit::Line, f32::NAN), 0.0);
    }

    #[test]
    fn a_pinch_enlarges_by_its_share_and_bears_nonsense() {
        assert!((pinched(0.1) - 1.1).abs() < 1e-6 && (pinched(-0.1) - 0.9).abs() < 1e-6);
        assert_eq!((pinched(f32::NAN), pinched(-7.0), pinched(50.0)), (1.0, 0.5, 2.0));
    }

    #[test]
    fn the_right_button_and_the_space_bar_move_the_view_and_never_pour() {
        let cursor = |x: f32| Some(Vec2::new(x, 0.0));
        let right = Held { other: true, other_now: true, ..Held::default() };
        let space = Held { left: true, left_now: true, space: true, space_now: true, ..Held::default() };
        for down in [right, space] {
            let mut p = Pointer::default();
            follow_mouse(&mut p, cursor(5.0), down, false, 0.0);
            follow_mouse(
                &mut p,
                cursor(9.0),
                Held { left_now: false, other_now: false, space_now: false, ..down },
                false,
                0.0,
            );
            assert_eq!((p.pan, p.pressed, p.at), (Vec2::new(4.0, 0.0), false, None));
            assert_eq!(p.space_used, down.space);
        }
    }

    #[test]
    fn the_middle_button_picks_where_it_stays_and_moves_the_view_otherwise() {
        let middle = Held { other: true, other_now: true, middle: true, middle_now: true, ..Held::default() };
        let picked = |from: f32, to: f32, over_ui| {
            let mut p = Pointer::default();
            let cursor = |x: f32| Some(Vec2::new(x, 0.0));
            follow_mouse(&mut p, cursor(from), middle, over_ui, 0.0);
            follow_mouse(&mut p, cursor(to), Held { other_now: false, middle_now: false, ..middle }, over_ui, 0.0);
            assert_eq!(p.picked, None, "not before it is let go");
            follow_mouse(&mut p, cursor(from), Held::default(), over_ui, 0.0);
            p.picked
        };
        assert_eq!(picked(5.0, 6.0, false), Some(Vec2::new(5.0, 0.0)));
        assert_eq!([picked(5.0, 30.0, false), picked(5.0, 5.0, true)], [None, None]);
    }

    #[test]
    fn a_second_finger_cancels_what_the_first_one_drew() {
        let mut p = Pointer::default();
        follow_fingers(&mut p, &[Vec2::ONE], None, false, 1.0);
        follow_fingers(&mut p, &[Vec2::ONE], None, false, 1.2);
        assert!(p.pressed && !p.cancelled);
        follow_fingers(&mut p, &[Vec2::ONE, Vec2::ONE * 30.0], None, false, 1.3);
        assert!(!p.pressed && p.cancelled);
    }

    /// A double click on what closes a window is not also a dab of the tool behind it.
    #[test]
    fn the_second_press_of_a_double_click_is_the_interfaces_too() {
        let down = Held { left: true, left_now: true, ..Held::default() };
        let at = Vec2::new(50.0, 50.0);
        let pressed = |place: Vec2, now: f64| {
            let mut p = Pointer::default();
            follow_mouse(&mut p, Some(at), down, true, 1.0);
            follow_mouse(&mut p, Some(at), Held::default(), true, 1.1);
            p.on_ui = p.on_ui.map(|(at, since, _)| (at, since, AGAIN_FRAMES));
            follow_mouse(&mut p, Some(place), down, false, now);
            p.pressed
        };
        assert!(!pressed(at, 1.2) && !pressed(at + 2.0, 1.3));
        assert!(pressed(at, 1.1 + AGAIN_S) && pressed(at + 60.0, 1.2), "another press");
        let touched = |now: f64| {
            let mut p = Pointer::default();
            follow_fingers(&mut p, &[at], None, true, 1.0);
            follow_fingers(&mut p, &[at], None, true, 1.02);
            follow_fingers(&mut p, &[], None, false, 1.1);
            p.on_ui = p.on_ui.map(|(at, since, _)| (at, since, AGAIN_FRAMES));
            follow_fingers(&mut p, &[at], None, false, now);
            follow_fingers(&mut p, &[at], None, false, now + 0.3);
            p.pressed
        };
        assert_eq!([touched(1.2), touched(2.0)], [false, true]);
    }

    #[test]
    fn a_drag_that_began_on_the_interface_stays_there() {
        let mut p = Pointer::default();
        let down = Held { left: true, left_now: true, ..Held::default() };
        follow_mouse(&mut p, Some(Vec2::ONE), down, true, 0.0);
        follow_mouse(&mut p, Some(Vec2::ONE * 9.0), Held { left_now: false, ..down }, false, 0.0);
        assert!(!p.pressed);
        // And a stroke goes on over the interface.
        let mut p = Pointer::default();
        follow_mouse(&mut p, Some(Vec2::ONE), down, false, 1.0);
        follow_mouse(&mut p, Some(Vec2::ONE * 9.0), Held { left_now: false, ..down }, true, 1.1);
        assert!(p.pressed);
    }
}
