//! What mouse and fingers mean: one finger or the left button is the tool, two fingers or another button
//! move the view. The only place that reads raw pointer input.

use crate::AppSystems;
use bevy::input::mouse::{MouseMotion, MouseScrollUnit, MouseWheel};
use bevy::prelude::*;
use bevy_egui::input::EguiWantsInput;

/// A finger must rest this long before it is the tool: the second finger of a pinch may follow.
const FINGER_DELAY_S: f32 = 0.09;
/// Zoom by one notch of a wheel.
const ZOOM_A_LINE: f32 = 1.15;

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
    touch: Touching,
    mouse: bool,
}

/// What the fingers on the screen are doing.
#[derive(Default, Debug, Clone, Copy, PartialEq)]
enum Touching {
    /// None, or they began on the interface and wait to be lifted.
    #[default]
    Nothing,
    /// One finger since this time, not yet the tool.
    Resting(f32),
    /// One finger is the tool.
    Tool,
    /// Two fingers: their middle and distance when last seen.
    Two(Vec2, f32),
    /// Until all are lifted.
    Ignored,
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Pointer>().add_systems(Update, read.in_set(AppSystems::Input));
}

pub(crate) fn read(
    mut pointer: ResMut<Pointer>,
    window: Query<&Window>,
    buttons: Res<ButtonInput<MouseButton>>,
    touches: Res<Touches>,
    mut wheel: MessageReader<MouseWheel>,
    mut motion: MessageReader<MouseMotion>,
    ui: Res<EguiWantsInput>,
    time: Res<Time>,
) {
    let over_ui = ui.wants_any_pointer_input();
    let fingers: Vec<Vec2> = touches.iter().map(|t| t.position()).collect();
    (pointer.pan, pointer.zoom, pointer.fit) = (Vec2::ZERO, 1.0, false);

    if !fingers.is_empty() || pointer.touch != Touching::Nothing {
        wheel.clear();
        motion.clear();
        follow_fingers(&mut pointer, &fingers, over_ui, time.elapsed_secs());
        return;
    }
    let cursor = window.single().ok().and_then(Window::cursor_position);
    pointer.at = cursor.filter(|_| !over_ui || pointer.mouse);
    if buttons.just_pressed(MouseButton::Left) {
        pointer.mouse = !over_ui;
    }
    pointer.mouse &= buttons.pressed(MouseButton::Left);
    pointer.pressed = pointer.mouse && pointer.at.is_some();
    let dragged: Vec2 = motion.read().map(|m| m.delta).sum();
    if buttons.any_pressed([MouseButton::Middle, MouseButton::Right]) && !over_ui {
        pointer.pan = dragged / window.single().map_or(1.0, Window::scale_factor);
    }
    for turn in wheel.read().filter(|_| !over_ui) {
        let lines = match turn.unit {
            MouseScrollUnit::Line => turn.y,
            MouseScrollUnit::Pixel => turn.y / 80.0,
        };
        pointer.zoom *= ZOOM_A_LINE.powf(lines);
        pointer.zoom_at = cursor.unwrap_or_default();
    }
}

fn follow_fingers(pointer: &mut Pointer, fingers: &[Vec2], over_ui: bool, now: f32) {
    let two = |a: &[Vec2]| ((a[0] + a[1]) / 2.0, a[0].distance(a[1]).max(1.0));
    pointer.touch = match (pointer.touch, fingers.len()) {
        (_, 0) => Touching::Nothing,
        (Touching::Nothing, 1) => Touching::Resting(now),
        (Touching::Resting(_), 1) if over_ui => Touching::Ignored,
        (Touching::Resting(since), 1) if now - since >= FINGER_DELAY_S => Touching::Tool,
        (Touching::Nothing | Touching::Resting(_) | Touching::Tool, 2) => {
            let (middle, apart) = two(fingers);
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
    pointer.pressed = pointer.touch == Touching::Tool;
    pointer.at = fingers.first().copied().filter(|_| pointer.pressed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_finger_becomes_the_tool_after_a_moment() {
        let mut p = Pointer::default();
        follow_fingers(&mut p, &[Vec2::ONE], false, 1.0);
        assert!(!p.pressed);
        follow_fingers(&mut p, &[Vec2::ONE], false, 1.2);
        assert!(p.pressed && p.at == Some(Vec2::ONE));
        follow_fingers(&mut p, &[], false, 1.3);
        assert!(!p.pressed && p.at.is_none());
    }

    #[test]
    fn two_fingers_pinch_and_the_last_one_does_not_pour() {
        let mut p = Pointer { zoom: 1.0, ..default() };
        follow_fingers(&mut p, &[Vec2::ZERO], false, 1.0);
        follow_fingers(&mut p, &[Vec2::ZERO, Vec2::new(10.0, 0.0)], false, 1.02);
        follow_fingers(&mut p, &[Vec2::ZERO, Vec2::new(20.0, 0.0)], false, 1.04);
        assert_eq!((p.zoom, p.pan, p.pressed), (2.0, Vec2::new(5.0, 0.0), false));
        follow_fingers(&mut p, &[Vec2::ZERO], false, 1.5);
        follow_fingers(&mut p, &[Vec2::ZERO], false, 2.5);
        assert!(!p.pressed);
    }

    #[test]
    fn a_finger_on_the_interface_is_not_a_tool() {
        let mut p = Pointer::default();
        follow_fingers(&mut p, &[Vec2::ONE], false, 1.0);
        follow_fingers(&mut p, &[Vec2::ONE], true, 1.05);
        follow_fingers(&mut p, &[Vec2::ONE], false, 2.0);
        assert!(!p.pressed);
    }
}
