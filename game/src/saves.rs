//! Saved worlds as the player sees them: what the room saves becomes a file, and a file that is chosen or dropped
//! opens in the room. On a desktop the files lie in a folder of the player's data; a page downloads and picks.

use crate::AppSystems;
use crate::link::Link;
use crate::notices::Notices;
use bevy::prelude::*;
use bevy::window::FileDragAndDrop;
use room::api::Request;
use room::save::FILE_BYTES_MAX;

/// How the files end.
pub const SUFFIX: &str = "tidepool";
/// The most saves that are offered; older ones can be dropped onto the window.
#[cfg(not(target_arch = "wasm32"))]
const LISTED_MAX: usize = 8;

/// The room's answer to a wish to save.
#[derive(Message, Debug)]
pub struct Saved(pub Vec<u8>);

/// Saves to choose from.
#[derive(Resource, Default, Debug)]
pub struct Shelf {
    /// File names, the newest first; none in a page, where the browser lets one choose.
    pub names: Vec<String>,
}

impl Shelf {
    /// Looks for saves again.
    pub fn look(&mut self) {
        self.names = store::list();
    }
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Shelf>()
        .add_message::<Saved>()
        .add_message::<FileDragAndDrop>()
        .add_systems(Startup, store::listen)
        .add_systems(Update, (keep, take).chain().after(crate::link::receive).in_set(AppSystems::Receive));
}

/// Opens a save of the shelf.
pub fn open(link: &Link, notices: &mut Notices, name: &str, now: f32) {
    match store::read(name) {
        Ok(bytes) => restore(link, notices, name, bytes, now),
        Err(why) => notices.warn(why, now),
    }
}

/// A save's bytes, or in words why they cannot be read.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn read_path(path: &std::path::Path) -> Result<Vec<u8>, String> {
    store::read_path(path)
}

/// Lets the player choose a file, where that is the browser's business.
#[cfg(target_arch = "wasm32")]
pub fn choose() {
    store::choose();
}

/// Writes down what the room saved.
fn keep(
    mut saved: MessageReader<Saved>,
    link: Res<Link>,
    mut notices: ResMut<Notices>,
    mut shelf: ResMut<Shelf>,
    time: Res<Time>,
) {
    for Saved(bytes) in saved.read() {
        let name = file_name(link.room().map_or("alone", String::as_str), seconds());
        let now = time.elapsed_secs();
        match store::keep(&name, bytes) {
            Ok(place) => notices.push(format!("Saved: {place}"), now),
            Err(why) => notices.warn(format!("The world is not saved: {why}. {}", store::KEEP_ELSEWHERE), now),
        }
        shelf.look();
    }
}

/// Opens what was dropped onto the window or chosen.
fn take(mut dropped: MessageReader<FileDragAndDrop>, link: Res<Link>, mut notices: ResMut<Notices>, time: Res<Time>) {
    let files = dropped.read().filter_map(|event| match event {
        FileDragAndDrop::DroppedFile { path_buf, .. } => {
            Some(store::read_path(path_buf).map(|bytes| (plain_name(path_buf), bytes)))
        }
        _ => None,
    });
    for file in files.chain(store::chosen()) {
        match file {
            Ok((name, bytes)) => restore(&link, &mut notices, &name, bytes, time.elapsed_secs()),
            Err(why) => notices.warn(why, time.elapsed_secs()),
        }
    }
}

/// Asks the room to go on from a file; what is plainly none is told at once, by its name.
fn restore(link: &Link, notices: &mut Notices, name: &str, bytes: Vec<u8>, now: f32) {
    match room::save::head(&bytes) {
        Ok(_) => {
            notices.opens(name);
            link.send(Request::Restore(bytes));
        }
        Err(why) => notices.warn(words::english().file_not_opened(name, why), now),
    }
}

/// A file's name without its folder.
fn plain_name(path: &std::path::Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn seconds() -> u64 {
    web_time::SystemTime::now().duration_since(web_time::UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

/// A name by room and time (UTC), which sorts by time within a room.
fn file_name(room: &str, seconds: u64) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let room: String = room.chars().map(plain).take(32).collect();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{room}-{year:04}-{month:02}-{day:02}-{hour:02}{minute:02}{second:02}.{SUFFIX}")
}

/// The date of a day since 1970, by Howard Hinnant's `civil_from_days`.
fn civil(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let (era, of_era) = (z / 146_097, z % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(not(target_arch = "wasm32"))]
mod store {
    use super::{FILE_BYTES_MAX, LISTED_MAX, SUFFIX};
    use std::path::{Path, PathBuf};

    /// What to do where the file cannot be written.
    pub(super) const KEEP_ELSEWHERE: &str = "Make room there, or name another folder by XDG_DATA_HOME.";

    fn folder() -> Option<PathBuf> {
        let data = std::env::var_os("XDG_DATA_HOME").or_else(|| std::env::var_os("APPDATA")).map(PathBuf::from);
        let data = data.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local").join("share")));
        Some(data?.join("tidepool").join("saves"))
    }

    pub(super) fn listen() {}

    pub(super) fn chosen() -> Option<Result<(String, Vec<u8>), String>> {
        None
    }

    /// The place, in words.
    pub(super) fn keep(name: &str, bytes: &[u8]) -> Result<String, String> {
        let folder = folder().ok_or("this user has no folder for it")?;
        let path = folder.join(name);
        let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, bytes));
        written.map(|()| path.display().to_string()).map_err(|why| format!("{}: {why}", path.display()))
    }

    pub(super) fn list() -> Vec<String> {
        let Some(entries) = folder().and_then(|f| std::fs::read_dir(f).ok()) else { return Vec::new() };
        let mut all: Vec<(std::time::SystemTime, String)> = entries
            .flatten()
            .filter(|e| e.path().extension().is_some_and(|x| x == SUFFIX))
            .filter_map(|e| Some((e.metadata().ok()?.modified().ok()?, e.file_name().into_string().ok()?)))
            .collect();
        all.sort();
        all.into_iter().rev().take(LISTED_MAX).map(|(_, name)| name).collect()
    }

    pub(super) fn read(name: &str) -> Result<Vec<u8>, String> {
        read_path(&folder().ok_or("this user has no folder for saves")?.join(name))
    }

    pub(super) fn read_path(path: &Path) -> Result<Vec<u8>, String> {
        let why = |why: std::io::Error| format!("{} cannot be read: {why}", path.display());
        if std::fs::metadata(path).map_err(why)?.len() > FILE_BYTES_MAX as u64 {
            return Err(format!("{} is too large for a saved world", path.display()));
        }
        std::fs::read(path).map_err(why)
    }
}

#[cfg(target_arch = "wasm32")]
mod store {
    use super::FILE_BYTES_MAX;
    use std::cell::RefCell;
    use std::collections::VecDeque;
    use std::path::Path;
    use wasm_bindgen::prelude::*;
    use web_sys::{Document, DragEvent, HtmlAnchorElement, HtmlInputElement, KeyboardEvent};

    thread_local! {
        static CHOSEN: RefCell<VecDeque<Result<(String, Vec<u8>), String>>> = const { RefCell::new(VecDeque::new()) };
    }

    /// What to do where the file cannot be written.
    pub(super) const KEEP_ELSEWHERE: &str = "Allow this page to download, and save again.";

    fn document() -> Option<Document> {
        web_sys::window()?.document()
    }

    /// Files may be dropped anywhere on the page, and Ctrl-S saves the world, not the page.
    pub(super) fn listen() {
        let Some(document) = document() else { return };
        let over = Closure::<dyn Fn(DragEvent)>::new(|event: DragEvent| event.prevent_default());
        let dropped = Closure::<dyn Fn(DragEvent)>::new(|event: DragEvent| {
            event.prevent_default();
            if let Some(file) = event.data_transfer().and_then(|d| d.files()).and_then(|files| files.get(0)) {
                take(file);
            }
        });
        let key = Closure::<dyn Fn(KeyboardEvent)>::new(|event: KeyboardEvent| {
            if (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("s") {
                event.prevent_default();
            }
        });
        let _ = document.add_event_listener_with_callback("dragover", over.as_ref().unchecked_ref());
        let _ = document.add_event_listener_with_callback("drop", dropped.as_ref().unchecked_ref());
        let _ = document.add_event_listener_with_callback("keydown", key.as_ref().unchecked_ref());
        // As long as the page.
        (over.forget(), dropped.forget(), key.forget());
    }

    fn take(file: web_sys::File) {
        if file.size() > FILE_BYTES_MAX as f64 {
            let words = format!("{} is too large for a saved world", file.name());
            return CHOSEN.with_borrow_mut(|all| all.push_back(Err(words)));
        }
        wasm_bindgen_futures::spawn_local(async move {
            let read = wasm_bindgen_futures::JsFuture::from(file.array_buffer()).await;
            let bytes = read.map(|buffer| js_sys::Uint8Array::new(&buffer).to_vec());
            let bytes = bytes.map(|bytes| (file.name(), bytes)).map_err(|_| format!("{} cannot be read", file.name()));
            CHOSEN.with_borrow_mut(|all| all.push_back(bytes));
        });
    }

    pub(super) fn chosen() -> Option<Result<(String, Vec<u8>), String>> {
        CHOSEN.with_borrow_mut(VecDeque::pop_front)
    }

    pub(super) fn choose() {
        let made = document().and_then(|d| d.create_element("input").ok());
        let Some(input) = made.and_then(|e| e.dyn_into::<HtmlInputElement>().ok()) else { return };
        input.set_type("file");
        input.set_accept(".tidepool");
        let picked = input.clone();
        let change = Closure::once_into_js(move || {
            if let Some(file) = picked.files().and_then(|files| files.get(0)) {
                take(file);
            }
        });
        input.set_onchange(Some(change.unchecked_ref()));
        input.click();
    }

    /// The browser puts it where it puts downloads.
    pub(super) fn keep(name: &str, bytes: &[u8]) -> Result<String, String> {
        let download = || -> Result<(), JsValue> {
            let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
            let blob = web_sys::Blob::new_with_u8_array_sequence(&parts)?;
            let url = web_sys::Url::create_object_url_with_blob(&blob)?;
            let document = document().ok_or(JsValue::NULL)?;
            let anchor = document.create_element("a")?.dyn_into::<HtmlAnchorElement>()?;
            anchor.set_href(&url);
            anchor.set_download(name);
            anchor.click();
            web_sys::Url::revoke_object_url(&url)
        };
        download().map(|()| format!("{name}, among the downloads")).map_err(|_| "the browser does not let it".into())
    }

    pub(super) fn list() -> Vec<String> {
        Vec::new()
    }

    pub(super) fn read(name: &str) -> Result<Vec<u8>, String> {
        Err(format!("{name} cannot be read"))
    }

    pub(super) fn read_path(path: &Path) -> Result<Vec<u8>, String> {
        read(&path.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_room_and_time() {
        assert_eq!(file_name("amber cove/7", 0), "amber-cove-7-1970-01-01-000000.tidepool");
        assert_eq!(file_name("x", 1_709_210_096), "x-2024-02-29-123456.tidepool");
        assert_eq!(file_name("x", 1_735_689_599), "x-2024-12-31-235959.tidepool");
    }
}
