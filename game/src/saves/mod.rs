//! Saved worlds as the player sees them. What the room saves is put on a shelf, by name and with a small picture: files in a
//! folder of the player's data, or the browser's own store in a page. From there a world is opened, renamed, exported and
//! thrown away; a file that is chosen or dropped opens, too. Worlds that would be lost are kept by themselves (`by_itself`).
//! Stamps lie there, too, in a place of their own (`stamps`). All of it is done beside the frames (`store`).

mod by_itself;
mod stamps;
#[cfg(not(target_arch = "wasm32"))]
mod store;
#[cfg(target_arch = "wasm32")]
#[path = "store_web.rs"]
mod store;

pub use stamps::STAMPS_MAX;

use crate::notices::Notices;
use crate::picture_file::is_picture;
use crate::schedule::AppSystems;
use crate::session::{Recorded, RoomRequest, Saved, Session};
use crate::stencil::PictureFile;
use crate::tools::{Copied, TakeStamp};
use crate::view::snap::{PictureTaken, Purpose, TakePicture};
use bevy::prelude::*;
use bevy::window::FileDragAndDrop;
use room::save::FILE_BYTES_MAX;
use sim_kernels::stamp_file::is_stamp;
use stamps::{Came, StampFile, StampThrown};
use std::collections::{HashMap, HashSet};
use store::Store;
use words::{fill, say, words};

/// How the files of worlds end.
pub const SUFFIX: &str = "tidepool";
/// How those of stamps do.
const STAMP_SUFFIX: &str = "tidestamp";
/// A picture beside a save is at most so large, in pixels.
const PICTURE_MAX: [u32; 2] = [240, 150];
/// A wish for a save is forgotten after this long, in seconds: the room has said by then that nothing came of it.
const WISH_S: f64 = 70.0;
/// The longest name of a save, in characters.
pub const NAME_CHARS_MAX: usize = 60;

/// Where a save lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Among those that the player made.
    Named,
    /// Among those that were kept by themselves.
    ByItself,
    /// Among the stamps, which are no worlds.
    Stamps,
}

impl Place {
    const ALL: [Self; 3] = [Self::Named, Self::ByItself, Self::Stamps];

    /// How the files in it end.
    fn suffix(self) -> &'static str {
        if self == Self::Stamps { STAMP_SUFFIX } else { SUFFIX }
    }
}

/// A save or a stamp on the shelf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnShelf {
    /// Where it lies.
    pub place: Place,
    /// What it is called, without the file's ending.
    pub name: String,
    /// When it was made, in seconds since 1970.
    pub seconds: i64,
    /// How large it is, in bytes.
    pub bytes: u64,
    /// A PNG file of what was seen then.
    pub picture: Option<Vec<u8>>,
}

/// Saves and stamps to choose from.
#[derive(Resource, Default, Debug)]
pub struct Shelf {
    /// Saved worlds, the newest first.
    pub saves: Vec<OnShelf>,
    /// Stamps, the newest first.
    pub stamps: Vec<OnShelf>,
    /// What one had on the last visit, while it is offered.
    pub offer: Option<OnShelf>,
    /// What was thrown away last of each place, and can be brought back.
    pub thrown_away: HashMap<Place, String>,
    /// Where that is being brought back: it is asked for once.
    comes_back: HashSet<Place>,
}

impl Shelf {
    /// Those that the player made.
    pub fn named(&self) -> impl Iterator<Item = &OnShelf> {
        self.saves.iter().filter(|save| save.place == Place::Named)
    }
}

/// Something that is asked of the shelf.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub enum ShelfRequest {
    /// Look for saves again.
    Look,
    /// Open a save, for everyone in the room; or take a stamp in hand.
    Open(Place, String),
    /// Let the player choose a file, where that is the browser's business.
    Choose,
    /// Give one another name.
    Rename(Place, String, String),
    /// Throw one away.
    ThrowAway(Place, String),
    /// Bring back what was thrown away last of a place.
    BringBack(Place),
    /// Give it as a file, out of the browser's store or the data folder.
    Export(Place, String),
}

/// What the store is asked for.
#[derive(Clone, Debug)]
enum Job {
    List,
    Keep {
        save: OnShelf,
        contents: Vec<u8>,
    },
    Read {
        place: Place,
        name: String,
        to_export: bool,
    },
    Rename(Place, String, String),
    ThrowAway(Place, String),
    BringBack(Place, String),
    /// A file of its own, for the player.
    Export {
        file: String,
        contents: Vec<u8>,
    },
}

/// What the store answers, later.
#[derive(Clone, Debug)]
enum Told {
    Listed(Vec<OnShelf>),
    /// It is on the shelf.
    Kept {
        place: Place,
        /// What it was to be called.
        wanted: String,
        /// What it is called: among the stamps with a number, where another has the name, and where another window has the
        /// slot another slot.
        name: String,
        /// Where it is, in words.
        at: String,
    },
    /// It is off the shelf, and can be brought back.
    ThrownAway {
        place: Place,
        name: String,
    },
    /// It is on the shelf again.
    BroughtBack {
        place: Place,
        name: String,
    },
    Read {
        place: Place,
        name: String,
        contents: Vec<u8>,
        to_export: bool,
    },
    Exported(String),
    /// It could not be done: why, and whether what failed was to keep something.
    Failed {
        why: String,
        keeps: bool,
    },
}

/// Something that a frame's picture is wanted for: the save waits for it, and for no longer than this, in seconds.
const PICTURE_S: f64 = 1.0;

/// Wishes for saves, and the one that waits for its picture.
#[derive(Resource, Default)]
struct Wishes {
    by_itself: Option<Wish>,
    waiting: Option<Waiting>,
}

/// What the room saved, which waits for its picture.
struct Waiting {
    /// Where it is to lie, and its names there.
    places: Vec<(Place, String)>,
    contents: Vec<u8>,
    since: f64,
}

/// A save that nobody asked for is wanted, of the world that has this slot.
struct Wish {
    slot: &'static str,
    /// What is saved after this time, in seconds, is none of it.
    until_s: f64,
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Shelf>()
        .init_resource::<Wishes>()
        .init_resource::<Store>()
        .add_message::<ShelfRequest>()
        .add_message::<Export>()
        .add_message::<Recorded>()
        .add_message::<FileDragAndDrop>()
        .add_message::<PictureFile>()
        .add_message::<Copied>()
        .add_message::<TakeStamp>()
        .add_message::<TakePicture>()
        .add_message::<PictureTaken>()
        .add_systems(Startup, (store::listen, look))
        .add_systems(Update, (keep, hand_out, obey, take, told).chain().in_set(AppSystems::Follow))
        .add_plugins((by_itself::plugin, stamps::plugin));
    #[cfg(target_arch = "wasm32")]
    app.add_systems(Update, save_for_the_page.in_set(AppSystems::Act));
}

/// Asks for the save that the page wants.
#[cfg(target_arch = "wasm32")]
fn save_for_the_page(mut asked: Local<bool>, mut requests: MessageWriter<RoomRequest>) {
    if store::is_wanted(&mut asked) {
        requests.write(RoomRequest::SaveByItself);
    }
}

fn look(store: Res<Store>) {
    store.ask(Job::List);
}

/// A save's bytes, or in words why they cannot be read.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn read_path(path: &std::path::Path) -> Result<Vec<u8>, String> {
    store::read_path(path)
}

/// Puts a file into the player's hands: among the downloads of a browser, or in the data folder. What it is called is told.
#[derive(Message, Clone, Debug)]
pub(crate) struct Export {
    pub file: String,
    pub contents: Vec<u8>,
}

/// Puts on the shelf what the room saved, with a picture of what is seen.
fn keep(
    mut saved: MessageReader<Saved>,
    mut taken: MessageReader<PictureTaken>,
    mut wishes: ResMut<Wishes>,
    mut pictures: MessageWriter<TakePicture>,
    session: Res<Session>,
    store: Res<Store>,
    time: Res<Time>,
) {
    let now = time.elapsed_secs_f64();
    wishes.by_itself.take_if(|wish| now > wish.until_s);
    for Saved { bytes: contents, by_player } in saved.read() {
        if store::for_the_page(contents) {
            continue;
        }
        let name = || save_name(session.room().map_or("alone", String::as_str), seconds());
        let named = by_player.then(|| (Place::Named, name()));
        let by_itself = wishes.by_itself.take().map(|wish| (Place::ByItself, wish.slot.to_owned()));
        let places: Vec<(Place, String)> = named.into_iter().chain(by_itself).collect();
        if !places.is_empty() {
            wishes.waiting = Some(Waiting { places, contents: contents.clone(), since: now });
            pictures.write(TakePicture(Purpose::Save));
        }
    }
    let picture = taken.read().filter(|taken| taken.purpose == Purpose::Save).last();
    let picture = picture.and_then(|taken| taken.pixels.shrunk(PICTURE_MAX[0], PICTURE_MAX[1]).encode());
    if wishes.waiting.as_ref().is_some_and(|waiting| picture.is_some() || now - waiting.since >= PICTURE_S)
        && let Some(Waiting { places, contents, .. }) = wishes.waiting.take()
    {
        for (place, name) in places {
            let bytes = contents.len() as u64;
            let save = OnShelf { place, name, seconds: seconds(), bytes, picture: picture.clone() };
            store.ask(Job::Keep { save, contents: contents.clone() });
        }
        store.ask(Job::List);
    }
}

/// Gives a recording as a file, to be opened again or sent.
fn hand_out(mut recorded: MessageReader<Recorded>, session: Res<Session>, store: Res<Store>) {
    for Recorded(contents) in recorded.read() {
        let room = session.room().map_or("alone", String::as_str);
        let file = format!("recording-{}.{SUFFIX}", save_name(room, seconds()));
        store.ask(Job::Export { file, contents: contents.clone() });
    }
}

/// Does what is asked of the shelf.
fn obey(mut asked: MessageReader<ShelfRequest>, mut shelf: ResMut<Shelf>, store: Res<Store>) {
    for request in asked.read().cloned() {
        match request {
            ShelfRequest::Look => {}
            ShelfRequest::Open(place, name) => {
                shelf.offer = None;
                store.ask(Job::Read { place, name, to_export: false });
                continue;
            }
            ShelfRequest::Export(place, name) => {
                store.ask(Job::Read { place, name, to_export: true });
                continue;
            }
            ShelfRequest::Choose => {
                store::choose();
                continue;
            }
            ShelfRequest::Rename(place, from, to) => match plain_save_name(&to) {
                Some(to) => store.ask(Job::Rename(place, from, to)),
                None => continue,
            },
            ShelfRequest::ThrowAway(place, name) => {
                store.ask(Job::ThrowAway(place, name));
            }
            ShelfRequest::BringBack(place) => {
                // It is offered until it is back: what fails can be tried again.
                let Some(name) = shelf.thrown_away.get(&place).cloned() else { continue };
                if !shelf.comes_back.insert(place) {
                    continue;
                }
                store.ask(Job::BringBack(place, name));
            }
        }
        store.ask(Job::List);
    }
}

/// Hears what the store has done.
fn told(
    store: Res<Store>,
    mut exports: MessageReader<Export>,
    mut shelf: ResMut<Shelf>,
    mut by_itself: ResMut<by_itself::ByItself>,
    mut notices: ResMut<Notices>,
    mut came: ResMut<Came>,
    (mut requests, mut stamp_files): (MessageWriter<RoomRequest>, MessageWriter<StampFile>),
    mut stamps_thrown: MessageWriter<StampThrown>,
    time: Res<Time>,
) {
    let now = time.elapsed_secs_f64();
    for Export { file, contents } in exports.read().cloned() {
        store.ask(Job::Export { file, contents });
    }
    while let Some(told) = store.told() {
        match told {
            Told::Listed(all) => {
                let (stamps, saves) = all.into_iter().partition(|one| one.place == Place::Stamps);
                (shelf.saves, shelf.stamps) = (saves, stamps);
                if let Some(offer) = by_itself.begin(&shelf.saves, seconds()) {
                    shelf.offer = Some(offer);
                }
            }
            Told::Kept { place: Place::Named, at, .. } => notices.push(fill("saved", [("place", at.into())]), now),
            Told::Kept { place: Place::Stamps, wanted, name, .. } => came.kept(&wanted, name, now),
            Told::Kept { place: Place::ByItself, wanted, name, .. } => {
                let is_there = shelf.saves.iter().any(|save| save.place == Place::ByItself && save.name == name);
                if by_itself.moved(&wanted, &name, &shelf.saves, seconds()) && is_there {
                    notices.push(by_itself::makes_room(), now);
                }
            }
            Told::ThrownAway { place, name } => {
                if place == Place::Stamps {
                    stamps_thrown.write(StampThrown(name.clone()));
                }
                shelf.thrown_away.insert(place, name);
            }
            Told::BroughtBack { place, name } => {
                shelf.comes_back.remove(&place);
                if shelf.thrown_away.get(&place) == Some(&name) {
                    shelf.thrown_away.remove(&place);
                }
            }
            Told::Read { place, name, contents, to_export: true } => {
                store.ask(Job::Export { file: format!("{name}.{}", place.suffix()), contents });
            }
            Told::Read { place: Place::Stamps, name, contents, .. } => {
                stamp_files.write(StampFile { name, bytes: contents, from_shelf: true });
            }
            Told::Read { name, contents, .. } => {
                restore(Ok((name, contents)), &mut notices, &mut requests, now);
            }
            Told::Exported(place) => notices.push(fill("exported", [("place", place.into())]), now),
            Told::Failed { why, keeps: true } => {
                came.failed();
                let instead = say(store::KEEP_ELSEWHERE);
                notices.warn(fill("save-failed", [("why", why.into()), ("instead", instead.into())]), now);
            }
            Told::Failed { why, keeps: false } => {
                shelf.comes_back.clear();
                notices.warn(why, now);
            }
        }
    }
}

/// A file that comes again within this time was dropped twice, in seconds.
const TWICE_S: f64 = 1.5;

/// The file that was dropped last: its name and size, and when, in seconds.
struct Dropped {
    name: String,
    bytes: usize,
    at_s: f64,
}

/// Opens what was dropped onto the window or chosen; a picture or a stamp is for the world that there is.
fn take(
    mut dropped: MessageReader<FileDragAndDrop>,
    mut notices: ResMut<Notices>,
    mut requests: MessageWriter<RoomRequest>,
    (mut pictures, mut stamp_files): (MessageWriter<PictureFile>, MessageWriter<StampFile>),
    (time, mut last): (Res<Time>, Local<Option<Dropped>>),
) {
    let now = time.elapsed_secs_f64();
    let files = dropped.read().filter_map(|event| match event {
        FileDragAndDrop::DroppedFile { path_buf, .. } => {
            Some(store::read_path(path_buf).map(|bytes| (plain_name(path_buf), bytes)))
        }
        _ => None,
    });
    for file in files.chain(store::chosen()) {
        if let Ok((name, bytes)) = &file {
            let dropped = Dropped { name: name.clone(), bytes: bytes.len(), at_s: now };
            let known = last.replace(dropped);
            if known.is_some_and(|last| last.name == *name && last.bytes == bytes.len() && now - last.at_s < TWICE_S) {
                continue;
            }
        }
        match file {
            Ok((name, bytes)) if is_picture(&bytes) => _ = pictures.write(PictureFile { name, bytes }),
            Ok((name, bytes)) if is_stamp(&bytes) || name.ends_with(STAMP_SUFFIX) => {
                stamp_files.write(StampFile { name, bytes, from_shelf: false });
            }
            file => restore(file, &mut notices, &mut requests, now),
        }
    }
}

/// Asks the room to go on from a file, name and bytes; what is plainly none is told at once, by its name. A recording is
/// looked through, since for it one may leave the room.
fn restore(
    file: Result<(String, Vec<u8>), String>,
    notices: &mut Notices,
    requests: &mut MessageWriter<RoomRequest>,
    now: f64,
) {
    match file.map(|(name, bytes)| (room::save::check(&bytes), name, bytes)) {
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

/// Since 1970.
pub(crate) fn seconds() -> i64 {
    let since = web_time::SystemTime::now().duration_since(web_time::UNIX_EPOCH);
    since.map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(0))
}

/// A name by room and time (UTC), which sorts by time within a room.
pub(crate) fn save_name(room: &str, seconds: i64) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let room: String = room.chars().map(plain).take(32).collect();
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default().strftime("%Y-%m-%d-%H%M%S");
    format!("{room}-{time}")
}

/// A name as it was typed, as far as a file can be called so; none where nothing is left of it.
fn plain_save_name(typed: &str) -> Option<String> {
    let plain = |c: char| if c.is_control() || r#"/\:*?"<>|."#.contains(c) { '-' } else { c };
    let name: String = typed.trim().chars().map(plain).take(NAME_CHARS_MAX).collect();
    (!name.trim().is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use room::notice::Severity;

    #[test]
    fn names_tell_room_and_time() {
        assert_eq!(save_name("amber cove/7", 0), "amber-cove-7-1970-01-01-000000");
        assert_eq!(save_name("x", 1_709_210_096), "x-2024-02-29-123456");
        assert_eq!(save_name("x", 1_735_689_599), "x-2024-12-31-235959");
    }

    #[test]
    fn a_typed_name_leads_out_of_no_folder() {
        assert_eq!(plain_save_name(" ../../etc/passwd ").as_deref(), Some("------etc-passwd"));
        assert_eq!(plain_save_name("My castle, at last").as_deref(), Some("My castle, at last"));
        assert_eq!((plain_save_name("   "), plain_save_name("")), (None, None));
        assert_eq!(plain_save_name(&"ä".repeat(200)).unwrap().chars().count(), NAME_CHARS_MAX);
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
            .init_resource::<crate::session::RoomStatus>()
            .init_resource::<crate::pointer::Pointer>()
            .add_message::<Saved>()
            .add_message::<RoomRequest>()
            .insert_resource(Store::nowhere())
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
