//! What the room is told of this peer: a changed name, a changed choice about lending, the save that it opens with.

use super::options::{Options, player_name};
use super::{HeldBack, RoomRequest, RoomStatus, Session, is_alone, lends};
use crate::settings::Settings;
use bevy::prelude::*;
use driver::Place;
use driver::share::Share;
use room::api::Profile;

/// A share counts when it has not changed for this long, in seconds: the whole room hears of it.
const SHARE_SETTLED_S: f64 = 0.4;

/// Writes requests for what changed.
pub(super) fn introduce(
    mut session: ResMut<Session>,
    options: Res<Options>,
    settings: Res<Settings>,
    held_back: Res<HeldBack>,
    status: Res<RoomStatus>,
    mut slider: Local<Slider>,
    mut requests: MessageWriter<RoomRequest>,
    time: Res<Time>,
) {
    if let Some(share) = slider.rests_at(settings.share(), time.elapsed_secs_f64()).filter(|s| *s != session.share) {
        session.share = share;
        requests.write(RoomRequest::Share(share));
    }
    let Some(me) = status.0.people.iter().find(|p| p.me) else { return };
    // There must be a world before another can take its place.
    if status.0.tick > 0
        && std::mem::take(&mut session.opens_save)
        && let Some(bytes) = session.carried.take().or_else(|| options.save.clone())
    {
        requests.write(RoomRequest::Restore { name: None, bytes });
    }
    let alone = session.place == Some(Place::Solo) || is_alone(&status.0);
    let lend = lends(settings.lend, session.founder, held_back.0, alone);
    let profile = Profile { name: player_name(&options, &settings), lend, ..me.profile.clone() };
    let known = session.told.as_ref().unwrap_or(&me.profile);
    if (&known.name, known.lend) != (&profile.name, profile.lend) {
        requests.write(RoomRequest::Profile(profile.clone()));
    }
    session.told = Some(profile);
}

/// Where the slider of the share stands, and since when.
#[derive(Default)]
pub(super) struct Slider(Option<(Share, f64)>);

impl Slider {
    /// The share that it shows, once it rests.
    fn rests_at(&mut self, share: Share, now: f64) -> Option<Share> {
        let since = match self.0 {
            Some((shown, since)) if shown == share => since,
            _ => {
                self.0 = Some((share, now));
                now
            }
        };
        (now - since >= SHARE_SETTLED_S).then_some(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_told_when_the_slider_rests() {
        let mut slider = Slider::default();
        for i in 0..90 {
            assert_eq!(slider.rests_at(Share::new(100 - i), f64::from(i) * 0.1), None);
        }
        assert_eq!(slider.rests_at(Share::new(40), 20.0), None);
        assert_eq!(slider.rests_at(Share::new(40), 20.1 + SHARE_SETTLED_S), Some(Share::new(40)));
    }
}
