use super::*;
use crate::settings::SoundChoices;
use room::api::Status;
use sim_kernels::geom::{Rect, TILE_AREA};
use sim_kernels::globals::Globals;
use sim_kernels::view::{Sample, ViewTile};
use std::time::Duration;

/// Half a second of a world in which water falls, as it is told at the end.
fn told(change: impl Fn(&mut World)) -> Scape {
    let size = WorldSize::new(256, 128).unwrap();
    let mut app = App::new();
    app.init_resource::<Time>()
        .init_resource::<Viewport>()
        .insert_resource(Settings::default())
        .insert_resource(RoomStatus::default())
        .insert_resource(RoomGlobals(Some(Box::new(Globals::new(size)))))
        .add_message::<Frame>()
        .add_plugins(plugin);
    // No device in tests.
    app.world_mut().resource_mut::<Listener>().out = Out::Failed;
    change(app.world_mut());
    let tile = |x: u16| ViewTile { tile: [x, 2], cells: vec![Sample::of(128, 10, 0).pack(); TILE_AREA] };
    for tick in 0..30 {
        app.world_mut().resource_mut::<Time>().advance_by(Duration::from_millis(17));
        let region = Rect::new(0, 0, 256, 128);
        app.world_mut().write_message(Frame { tick, region, full: true, tiles: vec![tile(1), tile(2)] });
        app.update();
    }
    app.world().resource::<Listener>().told
}

#[test]
fn what_is_in_sight_is_heard_and_from_where_it_is() {
    let scape = told(|_| ());
    let flow = scape.of(sound::scape::Kind::Flow);
    assert!(flow.level > 0.1 && flow.pan < -0.3 && scape.gain > 0.0, "{scape:?}");
}

#[test]
fn who_pauses_mutes_or_does_not_look_hears_nothing() {
    let paused = told(|world| world.insert_resource(RoomStatus(Status { paused: true, ..Status::default() })));
    assert!(paused.is_silent());
    let muted = SoundChoices { on: false, ..SoundChoices::default() };
    assert!(told(|world| world.insert_resource(Settings { sound: muted.clone(), ..Settings::default() })).is_silent());
    let unseen = told(|world| {
        world.write_message(WindowOccluded { window: Entity::PLACEHOLDER, occluded: true });
    });
    assert!(unseen.is_silent());
}

/// A device that never comes, and one that goes: neither holds up the game.
#[test]
fn a_player_that_is_gone_is_noticed_and_one_that_does_not_listen_waits_for_nobody() {
    let (link, mut player, _ends) = player::link();
    (0..100).for_each(|_| assert!(link.tell(sound::synth::only(sound::scape::Kind::Wind, 0.5))));
    player.tune(48_000.0);
    let mut block = vec![0.0; 4800];
    player.fill(&mut block);
    assert!(block.iter().any(|sample| *sample != 0.0));
    drop(player);
    assert!(!link.tell(Scape::default()));
}
