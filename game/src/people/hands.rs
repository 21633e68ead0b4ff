//! The others' pointers, moved smoothly from where they were to where they are said to be, and the places that people point at.

use super::{Muted, cell};
use crate::session::{HandMoved, Pointed};
use bevy::prelude::*;
use room::api::{Hand, PeerId};
use std::collections::BTreeMap;

/// A pointer takes so long to where it is said to be: as long as until it is told again, or it would stop between.
const EASE_S: f64 = 0.06;
/// How long a place is shown that somebody points at, in seconds.
pub const POINT_S: f64 = 3.0;
/// The most of them at once.
const POINTS_MAX: usize = 16;

/// A pointer on its way.
#[derive(Clone, Copy, Debug)]
struct Moving {
    hand: Hand,
    from: Vec2,
    since: f64,
}

impl Moving {
    fn at(&self, now: f64) -> Vec2 {
        self.from.lerp(cell(self.hand.at), ((now - self.since) / EASE_S).clamp(0.0, 1.0) as f32)
    }
}

/// The others' pointers.
#[derive(Resource, Debug, Default)]
pub struct Hands(BTreeMap<PeerId, Moving>);

impl Hands {
    /// Somebody's pointer is here, or gone.
    pub fn moved(&mut self, id: PeerId, hand: Option<Hand>, now: f64) {
        match hand {
            Some(hand) => {
                let from = self.at(id, now).unwrap_or(cell(hand.at));
                self.0.insert(id, Moving { hand, from, since: now });
            }
            None => _ = self.0.remove(&id),
        }
    }

    /// Where somebody's pointer is, in cells.
    pub fn at(&self, id: PeerId, now: f64) -> Option<Vec2> {
        self.0.get(&id).map(|moving| moving.at(now))
    }

    /// All of them: whose, where in cells, and what they hold.
    pub fn all(&self, now: f64) -> impl Iterator<Item = (PeerId, Vec2, Hand)> {
        self.0.iter().map(move |(&id, moving)| (id, moving.at(now), moving.hand))
    }
}

/// Places that people point at, the newest last: who, where in cells, and since when. Nobody's is this player's before it
/// is in a room.
#[derive(Resource, Debug, Default)]
pub struct Points(pub Vec<(Option<PeerId>, Vec2, f64)>);

impl Points {
    /// Somebody points here.
    pub fn add(&mut self, who: Option<PeerId>, at: Vec2, now: f64) {
        self.0.retain(|(other, _, since)| *other != who && now - since < POINT_S);
        if self.0.len() == POINTS_MAX {
            self.0.remove(0);
        }
        self.0.push((who, at, now));
    }
}

pub(super) fn hear(
    mut moved: MessageReader<HandMoved>,
    mut pointed: MessageReader<Pointed>,
    mut hands: ResMut<Hands>,
    mut points: ResMut<Points>,
    muted: Res<Muted>,
    time: Res<Time>,
) {
    let now = time.elapsed_secs_f64();
    for HandMoved { from, hand } in moved.read() {
        hands.moved(*from, hand.filter(|_| !muted.0.contains(from)), now);
    }
    for Pointed { from, at } in pointed.read().filter(|pointed| !muted.0.contains(&pointed.from.id)) {
        points.add(Some(from.id), cell(*at), now);
    }
    muted.0.iter().for_each(|&id| hands.moved(id, None, now));
    if points.0.iter().any(|point| now - point.2 >= POINT_S) {
        points.0.retain(|point| now - point.2 < POINT_S);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: PeerId = PeerId(3);

    fn hand(x: u16) -> Option<Hand> {
        Some(Hand { at: [x, 0], tool: 0, radius: 1, pressed: false })
    }

    #[test]
    fn a_pointer_moves_smoothly_and_is_there_when_the_next_word_is_due() {
        let mut hands = Hands::default();
        hands.moved(A, hand(40), 1.0);
        assert_eq!(hands.at(A, 1.0), Some(Vec2::new(10.0, 0.0)), "it does not fly in from elsewhere");
        hands.moved(A, hand(80), 1.05);
        assert!((hands.at(A, 1.05 + EASE_S / 2.0).unwrap().x - 15.0).abs() < 0.01);
        assert_eq!(hands.at(A, 1.05 + EASE_S).unwrap().x, 20.0);
        hands.moved(A, None, 2.0);
        assert_eq!(hands.all(2.0).count(), 0);
    }

    #[test]
    fn each_points_at_one_place_and_there_are_not_too_many() {
        let mut points = Points::default();
        for i in 0..40 {
            points.add(Some(PeerId(i)), Vec2::ZERO, 1.0);
        }
        assert_eq!(points.0.len(), POINTS_MAX);
        points.add(Some(PeerId(39)), Vec2::ONE, 1.5);
        assert_eq!(points.0.iter().filter(|point| point.0 == Some(PeerId(39))).count(), 1);
    }
}
