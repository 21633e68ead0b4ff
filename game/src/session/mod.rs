//! The session: the room that this program is in, from the first place to the last. The only place that touches the
//! driver: it starts one, hands it what is asked for in [`RoomRequest`]s, and turns its events into resources and
//! messages that the rest of the app reads. Changing rooms is ending one driver and starting another.
//!
//! [`Phase`] says how far that is, for `run_if`. Nothing here knows of tools, pictures or windows.

#[cfg(not(target_arch = "wasm32"))]
mod exit;
#[cfg(not(target_arch = "wasm32"))]
mod hosting;
mod introduce;
mod lending;
mod messages;
pub mod names;
mod open;
mod options;
mod receive;
mod saving;
mod send;
#[expect(clippy::module_inception, reason = "the resource after which the folder is named")]
mod session;
mod status;
mod way_back;
#[cfg(target_arch = "wasm32")]
mod web;

pub use lending::{HeldBack, lends};
pub use messages::{Applied, Frame, HandMoved, Pointed, Recorded, RoomRequest, Said, Saved};
pub use options::{Options, chosen_name};
pub use session::{Phase, Session};
pub use status::{RoomGlobals, RoomStatus, is_alone};
pub use way_back::{Kept, Replaced, WayBack};

use crate::schedule::AppSystems;
use bevy::prelude::*;

pub(crate) fn plugin(app: &mut App) {
    app.init_state::<Phase>()
        .init_resource::<Session>()
        .init_resource::<RoomStatus>()
        .init_resource::<RoomGlobals>()
        .init_resource::<HeldBack>()
        .init_resource::<WayBack>()
        .add_message::<RoomRequest>()
        .add_message::<Frame>()
        .add_message::<Applied>()
        .add_message::<Saved>()
        .add_message::<Recorded>()
        .add_message::<HandMoved>()
        .add_message::<Pointed>()
        .add_message::<Said>()
        .add_systems(Startup, (options::apply, open::choose).chain())
        .add_systems(
            Update,
            (open::open, receive::receive, way_back::release, session::follow_phase)
                .chain()
                .in_set(AppSystems::Receive),
        )
        .add_systems(Update, introduce::introduce.run_if(in_state(Phase::Playing)).in_set(AppSystems::Act))
        .add_systems(Last, send::send.in_set(AppSystems::Send));
    #[cfg(target_arch = "wasm32")]
    app.add_systems(Update, web::come_back.in_set(AppSystems::Prepare));
    #[cfg(not(target_arch = "wasm32"))]
    app.add_plugins(exit::plugin);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use sim_kernels::command::{Command, Stroke};

    /// Goes on until something is so, for at least half a minute.
    fn until(app: &mut App, what: &str, done: &dyn Fn(&World) -> bool) {
        for _ in 0..3000 {
            app.update();
            if done(app.world()) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("{what}: {:?}", status(app.world()));
    }

    fn status(world: &World) -> room::api::Status {
        world.resource::<RoomStatus>().0.clone()
    }

    /// The whole way without a window: the driver plays a scene, the resources fill, a request is obeyed.
    #[test]
    fn a_solo_room_plays_and_obeys_requests() {
        let mut app = app(Options {
            solo: true,
            scene: Some("dam-break".into()),
            backend: Some("cpu".into()),
            ..Options::default()
        });
        let phase = |world: &World| *world.resource::<State<Phase>>().get();
        assert_eq!(phase(app.world()), Phase::Lobby);
        until(&mut app, "a driver", &|world| phase(world) == Phase::Connecting);
        until(&mut app, "a world", &|world| world.resource::<RoomGlobals>().0.is_some());
        until(&mut app, "water that moves", &|world| status(world).particles > 0 && status(world).tick > 2);
        until(&mut app, "a view frame", &|world| !world.resource::<Messages<Frame>>().is_empty());
        assert_eq!(phase(app.world()), Phase::Playing);
        let before = status(app.world()).particles;
        let size = app.world().resource::<RoomGlobals>().0.as_ref().unwrap().size();
        let at = [size.width / 2, size.height - 20];
        let stroke = Stroke { from: at, to: at, radius: 6 };
        let pour = Command::Pour { stroke, material: 0, velocity: [0, 0] };
        app.world_mut().write_message(RoomRequest::Command(pour));
        until(&mut app, "more water", &|world| status(world).particles > before);
        app.world_mut().write_message(RoomRequest::Pause);
        until(&mut app, "a pause", &|world| status(world).paused);
        app.world_mut().write_message(RoomRequest::Resume);
        until(&mut app, "an end of it", &|world| !status(world).paused);
    }

    /// A world of one's own is taken along into the room that one opens.
    #[test]
    fn a_room_is_opened_with_the_world_that_one_played_in() {
        let server = signaling::Server::start(signaling::Config::loopback()).unwrap();
        let mut app = app(Options {
            signaling: server.ws_url(),
            room: Some("cove".into()),
            scene: Some("dam-break".into()),
            backend: Some("cpu".into()),
            ..Options::default()
        });
        until(&mut app, "a world", &|world| status(world).tick > 3 && status(world).particles > 0);
        app.world_mut().write_message(RoomRequest::Command(Command::Clear));
        until(&mut app, "an empty world", &|world| status(world).particles == 0);
        let stroke = Stroke { from: [40, 60], to: [40, 60], radius: 3 };
        let pour = Command::Pour { stroke, material: 0, velocity: [0, 0] };
        app.world_mut().write_message(RoomRequest::Command(pour));
        until(&mut app, "a little of one's own", &|world| status(world).particles > 0);
        app.world_mut().write_message(RoomRequest::Pause);
        until(&mut app, "a pause", &|world| status(world).paused);
        let own = status(app.world()).particles;
        app.world_mut().write_message(RoomRequest::MoveTo("reef".into()));
        until(&mut app, "the other room", &|world| {
            world.resource::<Session>().room().is_some_and(|room| room == "reef") && status(world).particles == own
        });
    }

    /// The session alone, without a window.
    pub(super) fn app(options: Options) -> App {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, bevy::asset::AssetPlugin::default(), bevy::state::app::StatesPlugin))
            .insert_resource(options)
            .insert_resource(Settings { lend: Some(true), ..Settings::default() })
            .add_plugins((
                crate::schedule::plugin,
                crate::notices::plugin,
                crate::scenes::plugin,
                crate::session::plugin,
            ));
        app
    }
}
