//! The end of the program: a window that closes, or Ctrl-C, leaves the room as one who goes, not as one who vanishes.
//! Region and role are handed over and the others need not wait for a silence. It takes a moment and never longer than
//! a bound; a page has its own way (see the loader's `pagehide`).

use super::Session;
use bevy::prelude::*;
use bevy::window::ExitSystems;
use std::time::Duration;

/// The longest that an orderly leave may take.
const LEAVE_MAX: Duration = Duration::from_millis(1_000);
/// A goodbye without order, where that was not enough.
const GOODBYE_MAX: Duration = Duration::from_millis(250);

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Last, leave.after(ExitSystems));
}

fn leave(mut exits: MessageReader<AppExit>, mut session: ResMut<Session>) {
    if exits.read().next().is_some() {
        session.end(LEAVE_MAX, GOODBYE_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Options, RoomStatus};
    use super::*;
    use crate::notices::Notices;
    use std::time::Instant;

    fn player(name: &str, signaling: &str) -> App {
        super::super::tests::app(Options {
            room: Some("goodbye".into()),
            signaling: Some(signaling.into()),
            backend: Some("cpu".into()),
            name: Some(name.into()),
            ..Options::default()
        })
    }

    fn until(what: &str, apps: &mut [&mut App], done: impl Fn(&World) -> bool) {
        let began = Instant::now();
        while !done(apps[0].world()) {
            apps.iter_mut().for_each(|app| app.update());
            let world = apps[0].world();
            assert!(began.elapsed() < Duration::from_secs(60), "{what}: {:?}", world.resource::<RoomStatus>().0);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Two in a room over real sockets: one closes its window, and the other is told who left.
    #[test]
    fn one_who_closes_the_window_leaves_in_order() {
        let server = signaling::Server::start(signaling::Config::loopback()).unwrap();
        let signaling = server.ws_url().unwrap();
        let mut anna = player("Anna", &signaling);
        let people =
            |world: &World| world.resource::<RoomStatus>().0.people.iter().filter(|p| p.region.is_some()).count();
        until("a room", &mut [&mut anna], |world| people(world) == 1);
        let mut ben = player("Ben", &signaling);
        until("two who compute", &mut [&mut anna, &mut ben], |world| people(world) == 2);
        ben.world_mut().write_message(AppExit::Success);
        // Anna's driver goes on by itself meanwhile.
        let began = Instant::now();
        ben.update();
        let ends = began.elapsed();
        assert!(ends < LEAVE_MAX + GOODBYE_MAX + Duration::from_secs(1), "{ends:?}");
        until("Anna is alone", &mut [&mut anna], |world| world.resource::<RoomStatus>().0.people.len() == 1);
        let told: Vec<_> = anna.world().resource::<Notices>().lines.iter().map(|line| line.text.clone()).collect();
        assert!(told.iter().any(|text| text.contains("Ben") && text.ends_with(" left")), "{told:?}");
    }
}
