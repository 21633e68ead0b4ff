//! The others: where their pointers are, what they point at and say; and this player's own, told to them. None of it touches the
//! world.

mod chat;
mod hands;

pub use chat::{Chat, Line};
pub use hands::{Hands, POINT_S, Points};

use crate::camera::Viewport;
use crate::pointer::Pointer;
use crate::schedule::AppSystems;
use crate::session::{Phase, RoomRequest, RoomStatus};
use crate::tools::{Brush, TOOLS};
use bevy::prelude::*;
use room::api::{Hand, PeerId};
use room::shown::SPOT_MAX;
use std::collections::BTreeSet;

/// Quarters of a cell, in which places are told.
const QUARTERS: f32 = 4.0;

/// Those of whom this player wants to see and hear nothing, until it leaves.
#[derive(Resource, Debug, Default)]
pub struct Muted(pub BTreeSet<PeerId>);

/// Whose pointer the view follows, until this player moves the view.
#[derive(Resource, Debug, Default)]
pub struct Followed(pub Option<PeerId>);

/// Whether this player is about to point at a place.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pointing {
    /// It is not.
    #[default]
    No,
    /// With its next press over the world, which is then no tool's.
    NextPress,
    /// Where its pointer is in this frame.
    Now,
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Hands>()
        .init_resource::<Points>()
        .init_resource::<Chat>()
        .init_resource::<Muted>()
        .init_resource::<Followed>()
        .init_resource::<Pointing>()
        .add_systems(Update, (hands::hear, chat::hear).in_set(AppSystems::Follow))
        // Before tools see the pointer.
        .add_systems(Update, (point, follow).chain().in_set(AppSystems::Camera))
        .add_systems(Update, show_own.run_if(in_state(Phase::Playing)).after(AppSystems::Act).before(AppSystems::Draw));
}

/// A place of the world, as it is told.
fn spot(at: Vec2) -> [u16; 2] {
    (at * QUARTERS).to_array().map(|v| v.clamp(0.0, f32::from(SPOT_MAX)) as u16)
}

/// A place that was told, in cells.
fn cell(at: [u16; 2]) -> Vec2 {
    Vec2::from(at.map(f32::from)) / QUARTERS
}

/// The key, or the press that was announced, points.
fn point(
    mut pointer: ResMut<Pointer>,
    mut pointing: ResMut<Pointing>,
    mut points: ResMut<Points>,
    mut requests: MessageWriter<RoomRequest>,
    viewport: Res<Viewport>,
    status: Res<RoomStatus>,
    time: Res<Time>,
    mut swallows: Local<bool>,
) {
    *swallows &= pointer.pressed;
    let points_now = match *pointing {
        Pointing::No => false,
        Pointing::NextPress => pointer.pressed,
        Pointing::Now => true,
    };
    if *pointing == Pointing::NextPress && points_now {
        *swallows = true;
    }
    if points_now {
        *pointing = Pointing::No;
    }
    if let Some(at) = pointer.at.filter(|_| points_now) {
        let at = viewport.to_world(at);
        let me = status.0.people.iter().find(|person| person.me).map(|person| person.id);
        points.add(me, at, time.elapsed_secs_f64());
        requests.write(RoomRequest::Point(spot(at)));
    }
    // What points does not pour.
    pointer.pressed &= !*swallows;
}

/// Tells the others where this player's pointer is, when that changes; how often they are told, the room decides.
fn show_own(
    pointer: Res<Pointer>,
    brush: Res<Brush>,
    mut requests: MessageWriter<RoomRequest>,
    status: Res<RoomStatus>,
    mut told: Local<Option<Hand>>,
) {
    let alone = status.0.people.len() < 2;
    let hand = brush.at.filter(|_| !alone).map(|at| Hand {
        at: spot(at),
        tool: TOOLS.iter().position(|tool| brush.holds(*tool)).unwrap_or(0) as u8,
        radius: brush.tool.reach(brush.radius).clamp(0, 255) as u8,
        pressed: pointer.pressed,
    });
    if *told != hand {
        *told = hand;
        requests.write(RoomRequest::Hand(hand));
    }
}

/// The view goes with somebody's pointer, as long as this player leaves the view alone and it is there.
fn follow(
    mut followed: ResMut<Followed>,
    mut viewport: ResMut<Viewport>,
    pointer: Res<Pointer>,
    hands: Res<Hands>,
    status: Res<RoomStatus>,
    time: Res<Time>,
) {
    let Some(id) = followed.0 else { return };
    let stays = status.0.people.iter().any(|person| person.id == id);
    if !stays || pointer.pan != Vec2::ZERO || pointer.fit {
        followed.0 = None;
        return;
    }
    if let Some(at) = hands.at(id, time.elapsed_secs_f64()) {
        // Three quarters of the way each second and a half, so that a hand that trembles does not shake the view.
        let share = 1.0 - (-time.delta_secs() * 2.5).exp();
        let way = (at - viewport.centre) * share;
        let points = way * Vec2::new(-1.0, 1.0) / viewport.cells_per_pixel;
        viewport.pan(points);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_within_a_quarter_of_a_cell() {
        for at in [Vec2::ZERO, Vec2::new(4095.9, 1023.8), Vec2::new(17.26, 3.99)] {
            assert!((cell(spot(at)) - at).abs().max_element() <= 0.25, "{at}");
        }
        assert_eq!(spot(Vec2::new(-5.0, 1e9)), [0, SPOT_MAX]);
        assert_eq!(spot(Vec2::new(f32::NAN, 1.0))[0], 0);
    }
}
