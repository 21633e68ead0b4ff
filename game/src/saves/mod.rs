//! Saved worlds as the player sees them: what the room saves becomes a file, and a file that is chosen or dropped
//! opens in the room. On a desktop the files lie in a folder of the player's data; a page downloads and picks.

#[cfg(not(target_arch = "wasm32"))]
mod store;
#[cfg(target_arch = "wasm32")]
#[path = "store_web.rs"]
mod store;

use crate::notices::Notices;
use crate::schedule::AppSystems;
use crate::session::{RoomRequest, Saved, Session};
use bevy::prelude::*;
use bevy::window::FileDragAndDrop;
use room::save::FILE_BYTES_MAX;
use words::{fill, say, words};

/// How the files end.
pub const SUFFIX: &str = "tidepool";

/// Saves to choose from.
#[derive(Resource, Default, Debug)]
pub struct Shelf {
    /// File names, the newest first; none in a page, where the browser lets one choose.
    pub names: Vec<String>,
}

/// Something that is asked of the player's own files.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub enum ShelfRequest {
    /// Look for saves again.
    Look,
    /// Open a save of the shelf.
    Open(String),
    /// Let the player choose a file, where that is the browser's business.
    Choose,
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Shelf>()
        .add_message::<ShelfRequest>()
        .add_message::<FileDragAndDrop>()
        .add_systems(Startup, store::listen)
        .add_systems(Update, (keep, obey, take).chain().in_set(AppSystems::Follow));
    #[cfg(target_arch = "wasm32")]
    app.add_systems(Update, save_for_the_page.in_set(AppSystems::Act));
}

/// Asks for the save that the page wants.
#[cfg(target_arch = "wasm32")]
fn save_for_the_page(mut asked: Local<bool>, mut requests: MessageWriter<RoomRequest>) {
    if store::is_wanted(&mut asked) {
        requests.write(RoomRequest::Save);
    }
}

/// A save's bytes, or in words why they cannot be read.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn read_path(path: &std::path::Path) -> Result<Vec<u8>, String> {
    store::read_path(path)
}

/// Writes down what the room saved.
fn keep(
    mut saved: MessageReader<Saved>,
    session: Res<Session>,
    mut notices: ResMut<Notices>,
    mut shelf: ResMut<Shelf>,
    time: Res<Time>,
) {
    for Saved(bytes) in saved.read() {
        let name = file_name(session.room().map_or("alone", String::as_str), seconds());
        let now = time.elapsed_secs_f64();
        match store::keep(&name, bytes) {
            Ok(place) => notices.push(fill("saved", [("place", place.into())]), now),
            Err(why) => notices
                .warn(fill("save-failed", [("why", why.into()), ("instead", say(store::KEEP_ELSEWHERE).into())]), now),
        }
        shelf.names = store::list();
    }
}

/// Does what the scene picker asks.
fn obey(
    mut asked: MessageReader<ShelfRequest>,
    mut shelf: ResMut<Shelf>,
    mut notices: ResMut<Notices>,
    mut requests: MessageWriter<RoomRequest>,
    time: Res<Time>,
) {
    for request in asked.read() {
        match request {
            ShelfRequest::Look => shelf.names = store::list(),
            ShelfRequest::Open(name) => {
                let file = store::read(name).map(|bytes| (name.clone(), bytes));
                restore(file, &mut notices, &mut requests, time.elapsed_secs_f64());
            }
            ShelfRequest::Choose => store::choose(),
        }
    }
}

/// Opens what was dropped onto the window or chosen.
fn take(
    mut dropped: MessageReader<FileDragAndDrop>,
    mut notices: ResMut<Notices>,
    mut requests: MessageWriter<RoomRequest>,
    time: Res<Time>,
) {
    let files = dropped.read().filter_map(|event| match event {
        FileDragAndDrop::DroppedFile { path_buf, .. } => {
            Some(store::read_path(path_buf).map(|bytes| (plain_name(path_buf), bytes)))
        }
        _ => None,
    });
    for file in files.chain(store::chosen()) {
        restore(file, &mut notices, &mut requests, time.elapsed_secs_f64());
    }
}

/// Asks the room to go on from a file, name and bytes; what is plainly none is told at once, by its name.
fn restore(
    file: Result<(String, Vec<u8>), String>,
    notices: &mut Notices,
    requests: &mut MessageWriter<RoomRequest>,
    now: f64,
) {
    match file.map(|(name, bytes)| (room::save::head(&bytes), name, bytes)) {
        Ok((Ok(_), name, bytes)) => {
            requests.write(RoomRequest::Restore { name: Some(name), bytes });
        }
        Ok((Err(why), name, _)) => notices.warn(words().file_not_opened(&name, why), now),
        Err(why) => notices.warn(why, now),
    }
}

/// Why a file is not opened: it is larger than any save.
fn too_large(file: String) -> String {
    fill("file-too-large", [("file", file.into())])
}

/// A file's name without its folder.
fn plain_name(path: &std::path::Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn seconds() -> i64 {
    let since = web_time::SystemTime::now().duration_since(web_time::UNIX_EPOCH);
    since.map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(0))
}

/// A name by room and time (UTC), which sorts by time within a room.
fn file_name(room: &str, seconds: i64) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let room: String = room.chars().map(plain).take(32).collect();
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default().strftime("%Y-%m-%d-%H%M%S");
    format!("{room}-{time}.{SUFFIX}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use room::notice::Severity;

    #[test]
    fn names_tell_room_and_time() {
        assert_eq!(file_name("amber cove/7", 0), "amber-cove-7-1970-01-01-000000.tidepool");
        assert_eq!(file_name("x", 1_709_210_096), "x-2024-02-29-123456.tidepool");
        assert_eq!(file_name("x", 1_735_689_599), "x-2024-12-31-235959.tidepool");
    }

    /// A file that is none is told by its name, and the room is not asked.
    #[test]
    fn what_is_no_save_is_told_at_once() {
        let file = std::env::temp_dir().join(format!("tidepool-no-save-{}.tidepool", std::process::id()));
        std::fs::write(&file, b"something else").unwrap();
        let mut app = App::new();
        app.add_plugins(MinimalPlugins)
            .init_resource::<Notices>()
            .init_resource::<Session>()
            .add_message::<Saved>()
            .add_message::<RoomRequest>()
            .add_plugins(plugin);
        app.world_mut()
            .write_message(FileDragAndDrop::DroppedFile { window: Entity::PLACEHOLDER, path_buf: file.clone() });
        app.update();
        std::fs::remove_file(&file).unwrap();
        let notices = app.world().resource::<Notices>();
        assert!(
            notices.lines[0].severity == Severity::Problem && notices.lines[0].text.contains("tidepool-no-save"),
            "{notices:?}"
        );
        assert!(app.world().resource::<Messages<RoomRequest>>().is_empty());
    }
}
