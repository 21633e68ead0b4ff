//! What was seen of the world lately, one small picture a second, and the moments that the room can be taken back to: from
//! both come the stops at which one looks when one wants to go back.

use crate::png_file::Pixels;
use crate::schedule::AppSystems;
use crate::session::{RoomStatus, Session};
use crate::view::snap::{PictureTaken, Purpose, TakePicture};
use bevy::prelude::*;
use room::api::{Moment, Playing, REPLAY_TICKS_MAX, Status};
use std::collections::VecDeque;
use std::sync::Arc;

/// Between two pictures, in seconds; and where frames are slow, which reading them back would make slower.
const EVERY_S: f64 = 1.0;
const EVERY_SLOW_S: f64 = 5.0;
/// Frames that take longer are slow, in seconds.
const SLOW_S: f32 = 0.05;
/// A picture's size at most, in pixels.
const SIZE_MAX: [u32; 2] = [240, 150];
/// The most pictures: 17 MB of the largest.
const SEEN_MAX: usize = 120;
/// Up to this age pictures are kept about equally dense, in seconds.
const AGE_S: f64 = 20.0;
/// Older ones go, in seconds: the room keeps no older moment.
const LONGEST_S: f64 = 600.0;
/// The most stops of a recording, and what lies between two at least, in ticks.
const RECORDED_STOPS_MAX: u64 = 240;
const RECORDED_EVERY: u64 = 60;
/// A stop without a picture of its own borrows one from so near, in seconds.
const NEAR_S: f64 = 3.0;
/// The same in ticks.
const NEAR_TICKS: u64 = 180;

/// What was seen at a tick.
#[derive(Debug)]
struct Seen {
    epoch: u32,
    tick: u64,
    at_s: f64,
    picture: Arc<Pixels>,
}

/// Names a stop: epoch, step, and ticks after it.
pub(crate) type StopKey = (u32, u64, u32);

/// A moment at which one can stop.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    /// How long ago, in seconds; of a recording, before its end.
    pub ago_s: f64,
    /// Of a recording: how long after its beginning, in seconds.
    pub recorded_s: Option<f64>,
    /// The moment before it that the room keeps.
    pub moment: Moment,
    /// So many ticks after that.
    pub ticks: u32,
    /// What was seen then.
    pub picture: Option<Arc<Pixels>>,
}

/// See the module.
#[derive(Resource, Debug, Default)]
pub(crate) struct Past {
    seen: VecDeque<Seen>,
    asked_s: f64,
    asked_of: Option<(u32, u64)>,
}

impl Stop {
    /// When it is, in seconds of whichever clock stands still for it.
    pub(crate) fn when(&self, now: f64) -> f64 {
        self.recorded_s.unwrap_or(now - self.ago_s)
    }

    /// Its name.
    pub(crate) fn key(&self) -> StopKey {
        (self.moment.epoch, self.moment.step, self.ticks)
    }
}

impl Past {
    fn add(&mut self, seen: Seen) {
        while self.seen.front().is_some_and(|first| seen.at_s - first.at_s > LONGEST_S) {
            self.seen.pop_front();
        }
        self.seen.push_back(seen);
        if self.seen.len() > SEEN_MAX {
            // The one goes that is missed least: between two that are near each other, for their age.
            let now = self.seen.back().map_or(0.0, |newest| newest.at_s);
            let gap = |place: &usize| {
                let [before, here, after] = [place - 1, *place, place + 1].map(|place| self.seen[place].at_s);
                (after - before) / (now - here + AGE_S)
            };
            let least = (1..self.seen.len() - 1).min_by(|a, b| gap(a).total_cmp(&gap(b)));
            least.map(|place| self.seen.remove(place));
        }
    }

    /// Where one can stop in a recording that is played, from its beginning to its end: what is still to come has no picture.
    pub(crate) fn recorded(&self, moments: &[Moment], playing: &Playing) -> Vec<Stop> {
        let &Playing { from, until, .. } = playing;
        let every = (until.saturating_sub(from) / RECORDED_STOPS_MAX).max(RECORDED_EVERY);
        // Worlds before the recording have ticks of their own.
        let first = moments.iter().map(|m| m.epoch).min().unwrap_or(0);
        let stop = |tick: u64| {
            let moment = *moments.iter().filter(|m| m.tick <= tick).max_by_key(|m| (m.tick, m.epoch))?;
            let near = self.seen.iter().filter(|seen| seen.epoch >= first && seen.tick.abs_diff(tick) <= every);
            let picture = near.min_by_key(|seen| seen.tick.abs_diff(tick)).map(|seen| seen.picture.clone());
            let [ago_s, recorded_s] = [until - tick, tick - from].map(|ticks| ticks as f64 / 60.0);
            Some(Stop { ago_s, recorded_s: Some(recorded_s), moment, ticks: (tick - moment.tick) as u32, picture })
        };
        (from..until).step_by(every as usize).chain([until]).filter_map(stop).collect()
    }

    /// Where one can stop, the longest ago first.
    pub(crate) fn stops(&self, moments: &[Moment], now: f64) -> Vec<Stop> {
        let before = |seen: &Seen| {
            let of = moments.iter().filter(|m| m.epoch == seen.epoch && m.tick <= seen.tick);
            let moment = of.max_by_key(|m| m.tick)?;
            let ticks = seen.tick - moment.tick;
            (ticks == 0 || moment.exact && ticks <= u64::from(REPLAY_TICKS_MAX)).then_some((*moment, ticks as u32))
        };
        let mut stops: Vec<Stop> = self
            .seen
            .iter()
            .filter_map(|seen| {
                let (moment, ticks) = before(seen)?;
                let picture = Some(seen.picture.clone());
                Some(Stop { ago_s: now - seen.at_s, recorded_s: None, moment, ticks, picture })
            })
            .collect();
        // Who came later, or looked away, has the moments without pictures; the newest is older than the next picture.
        let near = |moment: &Moment| {
            let seen = self.seen.iter().filter(|seen| seen.epoch == moment.epoch);
            let nearest = seen.min_by_key(|seen| seen.tick.abs_diff(moment.tick))?;
            (nearest.tick.abs_diff(moment.tick) <= NEAR_TICKS).then(|| nearest.picture.clone())
        };
        for moment in moments {
            let ago_s = f64::from(moment.age_s);
            let is_seen = |stop: &Stop| stop.moment == *moment && (stop.ago_s - ago_s).abs() < NEAR_S;
            if !stops.iter().any(is_seen) {
                stops.push(Stop { ago_s, recorded_s: None, moment: *moment, ticks: 0, picture: near(moment) });
            }
        }
        stops.sort_by(|a, b| b.ago_s.total_cmp(&a.ago_s));
        stops
    }
}

/// The epoch of the world that is seen, and its tick.
fn place_of(status: &Status) -> (u32, u64) {
    (status.digest_of.1, status.tick)
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Past>().add_systems(Update, look.in_set(AppSystems::Draw));
}

fn look(
    mut past: ResMut<Past>,
    mut taken: MessageReader<PictureTaken>,
    mut pictures: MessageWriter<TakePicture>,
    (session, status): (Res<Session>, Res<RoomStatus>),
    mut place: Local<Option<String>>,
    // The room's own clock is real, and so is this.
    time: Res<Time<Real>>,
) {
    let past = past.bypass_change_detection();
    // Another room has another past.
    if place.as_ref() != session.room() {
        *place = session.room().cloned();
        *past = Past::default();
    }
    let now = time.elapsed_secs_f64();
    for PictureTaken { pixels, .. } in taken.read().filter(|taken| taken.purpose == Purpose::Past) {
        if let Some((epoch, tick)) = past.asked_of.take() {
            let picture = Arc::new(pixels.shrunk(SIZE_MAX[0], SIZE_MAX[1]));
            past.add(Seen { epoch, tick, at_s: past.asked_s, picture });
        }
    }
    let every = if time.delta_secs() > SLOW_S { EVERY_SLOW_S } else { EVERY_S };
    let of = place_of(&status.0);
    let is_new = past.seen.back().is_none_or(|seen| (seen.epoch, seen.tick) != of);
    if now - past.asked_s >= every && is_new && of.0 > 0 && !status.0.moments.is_empty() {
        (past.asked_s, past.asked_of) = (now, Some(of));
        pictures.write(TakePicture(Purpose::Past));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(epoch: u32, tick: u64, at_s: f64) -> Seen {
        let picture = Arc::new(Pixels { width: 1, height: 1, rgba: vec![0; 4] });
        Seen { epoch, tick, at_s, picture }
    }

    fn moment(epoch: u32, tick: u64, age_s: u32) -> Moment {
        Moment { epoch, step: tick / 2, tick, age_s, exact: true }
    }

    #[test]
    fn one_stops_where_something_was_seen_and_where_the_room_keeps_a_moment() {
        let mut past = Past::default();
        for at in 0..10 {
            past.add(seen(1, 600 + 60 * at, at as f64));
        }
        let moments = [moment(1, 300, 16), moment(1, 660, 9), moment(1, 960, 4)];
        let stops = past.stops(&moments, 10.0);
        let all: Vec<(u64, u32, bool)> =
            stops.iter().map(|stop| (stop.moment.tick, stop.ticks, stop.picture.is_some())).collect();
        assert_eq!(all[..4], [(300, 0, false), (300, 300, true), (660, 0, true), (660, 60, true)]);
        assert_eq!(all.last(), Some(&(960, 180, true)));
        assert!(stops.windows(2).all(|w| w[0].ago_s >= w[1].ago_s));
        // What the room does not know all of is not offered at any tick.
        let coarse = moments.map(|moment| Moment { exact: false, ..moment });
        assert!(past.stops(&coarse, 10.0).iter().all(|stop| stop.ticks == 0));
        // A moment that was made just now shows what was seen last.
        let newest = past.stops(&[moment(1, 1200, 0)], 10.0);
        assert!(newest.iter().all(|stop| stop.ticks == 0 && stop.picture.is_some()), "{newest:?}");
        // Another world's pictures are none of this one's.
        assert!(past.stops(&[moment(2, 0, 3)], 10.0).iter().all(|stop| stop.picture.is_none()));
    }

    #[test]
    fn in_a_recording_one_stops_anywhere() {
        let mut past = Past::default();
        past.add(seen(3, 1300, 0.0)); // Of the world before.
        (0..3).for_each(|at| past.add(seen(4, 1000 + 60 * at, at as f64)));
        let moments = [moment(4, 1000, 9), moment(4, 1300, 2), moment(5, 1000, 1)];
        let playing = Playing { from: 1000, until: 1630, compared: 0, differs: None };
        let stops = past.recorded(&moments, &playing);
        let all: Vec<(u64, u32, bool)> =
            stops.iter().map(|stop| (stop.moment.tick, stop.ticks, stop.picture.is_some())).collect();
        assert_eq!((all[0], all[1], all[5]), ((1000, 0, true), (1000, 60, true), (1300, 0, false)));
        assert_eq!(all.last(), Some(&(1300, 330, false)));
        assert_eq!((stops[0].moment.epoch, stops[1].when(77.0)), (5, 1.0));
        // A quarter of an hour has no more of them than the slider has places.
        let long = Playing { until: 1000 + 54_000, ..playing };
        assert!(past.recorded(&moments, &long).len() <= RECORDED_STOPS_MAX as usize + 2);
    }

    #[test]
    fn pictures_are_bounded_and_the_oldest_get_thin() {
        let mut past = Past::default();
        for at in 0..1000 {
            past.add(seen(1, at, at as f64));
        }
        assert!(past.seen.len() <= SEEN_MAX);
        let gaps: Vec<f64> = past.seen.iter().zip(past.seen.iter().skip(1)).map(|(a, b)| b.at_s - a.at_s).collect();
        assert!(
            gaps[gaps.len() - 5..].iter().all(|&gap| gap <= 2.0) && gaps[0] > 4.0 && gaps.iter().all(|&gap| gap < 60.0),
            "{gaps:?}"
        );
        assert!((399.0..500.0).contains(&past.seen[0].at_s), "{}", past.seen[0].at_s);
    }
}
