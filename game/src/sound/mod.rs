//! Sound: what is in sight is heard (the crate `sound`), and told to whatever plays it twenty times a second: a thread of
//! its own, or the page's worklet. Silent while the world is paused, while nobody sees the window, and where no device is.

mod out;
#[cfg(not(target_arch = "wasm32"))]
mod player;

use crate::camera::Viewport;
use crate::schedule::AppSystems;
use crate::session::{Frame, RoomGlobals, RoomStatus};
use crate::settings::Settings;
use bevy::prelude::*;
use bevy::window::WindowOccluded;
use out::Out;
use sim_kernels::geom::WorldSize;
use sound::ear::{Ear, Sight};
use sound::scape::Scape;

/// From one telling to the next, in seconds.
const TELL_EVERY_S: f64 = 0.05;

/// What listens, and what was told last.
#[derive(Resource, Default)]
struct Listener {
    ear: Option<(WorldSize, Ear)>,
    /// Nothing is heard now, whatever happens.
    deaf: bool,
    /// Nobody sees the window.
    unseen: bool,
    told: Scape,
    told_at: f64,
    out: Out,
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Listener>()
        .add_message::<WindowOccluded>()
        .add_systems(Update, (watch, hear).chain().in_set(AppSystems::Follow))
        .add_systems(Update, tell.in_set(AppSystems::Draw));
}

/// Whether there is anything to listen for.
fn watch(
    mut listener: ResMut<Listener>,
    mut occluded: MessageReader<WindowOccluded>,
    window: Query<&Window>,
    (status, settings): (Res<RoomStatus>, Res<Settings>),
) {
    for news in occluded.read() {
        listener.unseen = news.occluded;
    }
    let minimised = window.single().is_ok_and(|window| window.physical_width() == 0 || window.physical_height() == 0);
    let stands = status.0.paused || status.0.nobody_computes || status.0.waiting_for.is_some();
    listener.deaf = stands || minimised || listener.unseen || settings.sound.gain() <= 0.0;
}

fn hear(
    mut frames: MessageReader<Frame>,
    mut listener: ResMut<Listener>,
    (globals, viewport): (Res<RoomGlobals>, Res<Viewport>),
    time: Res<Time>,
) {
    let size = globals.0.as_ref().map(|globals| globals.size());
    if listener.deaf || size.is_none() {
        frames.clear();
        return;
    }
    if listener.ear.as_ref().map(|(of, _)| *of) != size {
        listener.ear = size.map(|size| (size, Ear::new(size)));
    }
    let (Some((_, ear)), sight) = (&mut listener.ear, sight(&viewport)) else { return };
    for frame in frames.read() {
        ear.hear(frame.region, &frame.tiles, &sight, time.elapsed_secs_f64());
    }
}

fn tell(mut listener: ResMut<Listener>, settings: Res<Settings>, viewport: Res<Viewport>, time: Res<Time>) {
    let now = time.elapsed_secs_f64();
    if now - listener.told_at < TELL_EVERY_S {
        return;
    }
    listener.told_at = now;
    let Listener { ear, deaf, told, out, .. } = &mut *listener;
    let mut scape = match ear {
        Some((_, ear)) if !*deaf => ear.listen(&sight(&viewport), now),
        _ => Scape::default(),
    };
    scape.gain = settings.sound.gain();
    // Silence is told once: then nothing is awake for it.
    if !(scape.is_silent() && told.is_silent()) {
        out.tell(&scape);
    }
    *told = scape;
}

fn sight(viewport: &Viewport) -> Sight {
    let half = viewport.window / 2.0 * viewport.cells_per_pixel;
    Sight { centre: viewport.centre.into(), half: half.into() }
}

#[cfg(target_os = "linux")]
mod device;
#[cfg(any(windows, target_os = "macos"))]
#[path = "device_cpal.rs"]
mod device;

#[cfg(test)]
mod tests;
