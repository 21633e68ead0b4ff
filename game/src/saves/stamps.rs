//! The shelf of stamps: what was copied is kept, with a small picture, for other rooms and later visits; a stamp's file that is
//! chosen or dropped comes into hand, and onto the shelf, too. So many lie there that one finds one's way, and no more than a
//! browser lets a page keep: the oldest goes where there is no room, in words, and can be brought back.

use super::{Job, OnShelf, Place, STAMP_SUFFIX, Shelf, ShelfRequest, Store, plain_save_name, seconds};
use crate::notices::Notices;
use crate::png_file::Pixels;
use crate::schedule::AppSystems;
use crate::tools::{Copied, TakeStamp, colours};
use bevy::prelude::*;
use sim_kernels::materials::NAMES;
use sim_kernels::stamp::Stamp;
use sim_kernels::stamp_file::{self, FileError};
use words::{fill, say};

/// The most stamps on the shelf.
pub const STAMPS_MAX: usize = 48;
/// The most bytes that all of these have, without their pictures.
const BYTES_MAX: u64 = 12 << 20;
/// A picture is at most so large, in pixels; of a small stamp its cells are squares in it.
const PICTURE_SIDE_MAX: i32 = 128;
/// What was put on the shelf may not be listed yet for so long, in seconds.
const ON_ITS_WAY_S: f64 = 10.0;
/// What is behind a stamp in its picture.
const BEHIND: [u8; 3] = [24, 28, 40];
/// What bedrock looks like there.
const BEDROCK: [u8; 3] = [104, 100, 98];

/// Bytes that say that they are a stamp's.
#[derive(Message, Clone, Debug)]
pub(super) struct StampFile {
    /// What the file is called, or the stamp on the shelf.
    pub name: String,
    /// Its contents.
    pub bytes: Vec<u8>,
    /// It lies there already.
    pub from_shelf: bool,
}

/// The stamp of this name is off the shelf, and can be brought back.
#[derive(Message, Clone, Debug)]
pub(super) struct StampThrown(pub String);

/// What was put on the shelf on this visit, so that it is not put there twice.
#[derive(Resource, Default, Debug)]
pub(super) struct Came(Vec<One>);

/// One of these.
#[derive(Debug)]
struct One {
    /// The hash of its code.
    hash: [u32; 4],
    /// What it is called; what it is to be called, as long as it is not kept.
    name: String,
    is_kept: bool,
    /// Of when, in seconds, this is known.
    since: f64,
}

impl Came {
    /// The store has kept one, and calls it so.
    pub(super) fn kept(&mut self, wanted: &str, name: String, now: f64) {
        if let Some(one) = self.0.iter_mut().find(|one| !one.is_kept && one.name == wanted) {
            (one.name, one.is_kept, one.since) = (name, true, now);
        }
    }

    /// Something was not kept: what is not on the shelf by now may be copied again.
    pub(super) fn failed(&mut self) {
        self.0.retain(|one| one.is_kept);
    }

    fn thrown_away(&mut self, name: &str) {
        self.0.retain(|one| one.name != name);
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Came>()
        .add_message::<StampThrown>()
        .add_message::<StampFile>()
        .add_systems(Update, (read, keep, make_room).chain().in_set(AppSystems::Follow).after(super::told));
}

/// Takes in hand what a file holds.
fn read(
    mut files: MessageReader<StampFile>,
    mut taken: MessageWriter<TakeStamp>,
    mut copied: MessageWriter<Copied>,
    mut notices: ResMut<Notices>,
    time: Res<Time>,
) {
    for StampFile { name, bytes, from_shelf } in files.read() {
        match stamp_file::read(bytes) {
            Ok(stamp) => {
                if !from_shelf {
                    let name = name.strip_suffix(STAMP_SUFFIX).unwrap_or(name).trim_end_matches('.');
                    copied.write(Copied { stamp: stamp.clone(), name: Some(name.to_owned()) });
                }
                taken.write(TakeStamp(stamp));
            }
            Err(why) => {
                let words = fill("stamp-not-read", [("file", name.as_str().into()), ("why", reason(why).into())]);
                notices.warn(words, time.elapsed_secs_f64());
            }
        }
    }
}

/// Why a stamp's file is not read, in words.
fn reason(why: FileError) -> String {
    match why {
        FileError::Foreign => say("stamp-file-foreign"),
        FileError::TooLarge => say("stamp-file-too-large"),
        FileError::Version(version) => {
            fill("stamp-file-version", [("version", version.into()), ("here", stamp_file::VERSION.into())])
        }
        FileError::Damaged => say("stamp-file-damaged"),
        FileError::Material => say("stamp-file-material"),
    }
}

/// Puts on the shelf what was copied, unless it lies there.
fn keep(
    mut copied: MessageReader<Copied>,
    mut asked: MessageReader<ShelfRequest>,
    shelf: Res<Shelf>,
    store: Res<Store>,
    mut came: ResMut<Came>,
    mut notices: ResMut<Notices>,
    time: Res<Time>,
) {
    for request in asked.read() {
        if let ShelfRequest::ThrowAway(Place::Stamps, name) = request {
            came.thrown_away(name);
        }
    }
    for Copied { stamp, name } in copied.read() {
        let hash = Stamp::name(&stamp.encode()).0;
        let now = time.elapsed_secs_f64();
        let is_there = |one: &One| now - one.since < ON_ITS_WAY_S || shelf.stamps.iter().any(|s| s.name == one.name);
        if came.0.iter().any(|one| one.hash == hash && is_there(one)) {
            continue;
        }
        // The first time it is said where copies are.
        if came.0.is_empty() && name.is_none() {
            notices.push(say("stamp-is-kept"), now);
        }
        let name = name.as_deref().and_then(plain_save_name).unwrap_or_else(|| name_of(stamp));
        came.0.retain(|one| one.hash != hash);
        came.0.push(One { hash, name: name.clone(), is_kept: false, since: now });
        let contents = stamp_file::write(stamp);
        let picture = picture(stamp).encode();
        let save = OnShelf { place: Place::Stamps, name, seconds: seconds(), bytes: contents.len() as u64, picture };
        store.ask(Job::Keep { save, contents });
        store.ask(Job::List);
    }
}

/// Throws the oldest away where there are too many, one after the other.
fn make_room(
    shelf: Res<Shelf>,
    store: Res<Store>,
    mut came: ResMut<Came>,
    mut notices: ResMut<Notices>,
    mut thrown: MessageReader<StampThrown>,
    time: Res<Time>,
    // The one that goes: a list may still have it that was made before.
    mut goes: Local<Option<OnShelf>>,
) {
    // Not before it can be brought back is that said.
    for StampThrown(name) in thrown.read().filter(|StampThrown(name)| goes.as_ref().is_some_and(|g| g.name == *name)) {
        let words = fill("stamp-oldest-went", [("name", name.as_str().into()), ("count", STAMPS_MAX.into())]);
        notices.push(words, time.elapsed_secs_f64());
    }
    goes.take_if(|goes| !shelf.stamps.contains(goes));
    if goes.is_some() || is_within(&shelf.stamps) {
        return;
    }
    let Some(oldest) = shelf.stamps.last().cloned() else { return };
    came.thrown_away(&oldest.name);
    store.ask(Job::ThrowAway(Place::Stamps, oldest.name.clone()));
    store.ask(Job::List);
    *goes = Some(oldest);
}

/// Whether the shelf has room for these.
fn is_within(stamps: &[OnShelf]) -> bool {
    stamps.len() <= STAMPS_MAX && stamps.iter().map(|stamp| stamp.bytes).sum::<u64>() <= BYTES_MAX
}

/// What a stamp is called at first: by what most of it is, and its size.
fn name_of(stamp: &Stamp) -> String {
    let mut counts = vec![0u32; NAMES.len()];
    stamp.particles().iter().for_each(|p| counts[p.material() as usize] += 1);
    let most = (0..NAMES.len()).max_by_key(|&code| counts[code]).filter(|&code| counts[code] > 0);
    let what = most.map_or_else(|| say("tool-wall"), |code| say(&format!("material-{}", NAMES[code])));
    let [width, height] = stamp.size();
    format!("{what} {width} x {height}")
}

/// What a stamp looks like: of each cell the colour of what lies there, at rest.
fn picture(stamp: &Stamp) -> Pixels {
    let [width, height] = stamp.size();
    let cells = colours(stamp, BEDROCK, |look| look.body);
    let times = (PICTURE_SIDE_MAX / width.max(height)).max(1);
    let rows = (0..height * times).rev();
    let pixels = rows.flat_map(|y| (0..width * times).map(move |x| (x / times, y / times)));
    let rgba = pixels.flat_map(|(x, y)| {
        let [r, g, b] = cells[(y * width + x) as usize].unwrap_or(BEHIND);
        [r, g, b, 255]
    });
    let all = Pixels { width: (width * times) as u32, height: (height * times) as u32, rgba: rgba.collect() };
    all.shrunk(PICTURE_SIDE_MAX as u32, PICTURE_SIDE_MAX as u32)
}

#[cfg(test)]
mod tests {
    use super::super::plugin;
    use super::*;
    use crate::session::{RoomRequest, RoomStatus, Saved, Session};
    use bevy::window::FileDragAndDrop;
    use room::notice::Severity;
    use std::path::Path;

    /// The shelf alone, in a folder.
    fn shelf_in(folder: &Path) -> App {
        let mut app = App::new();
        app.add_plugins(MinimalPlugins)
            .init_resource::<Notices>()
            .init_resource::<Session>()
            .init_resource::<RoomStatus>()
            .init_resource::<crate::pointer::Pointer>()
            .add_message::<Saved>()
            .add_message::<RoomRequest>()
            .insert_resource(Store::in_folder(Some(folder.to_owned())))
            .add_plugins(plugin);
        app
    }

    /// Lets frames pass until something holds.
    fn until(app: &mut App, what: &str, holds: impl Fn(&App) -> bool) {
        for _ in 0..1000 {
            app.update();
            if holds(app) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        panic!("{what}: {:?}", app.world().resource::<Notices>());
    }

    fn names(app: &App) -> Vec<String> {
        app.world().resource::<Shelf>().stamps.iter().map(|one| one.name.clone()).collect()
    }

    #[test]
    fn a_stamp_is_called_by_what_most_of_it_is_and_looks_like_it() {
        let stamp = Stamp::sample();
        assert_eq!(name_of(&stamp), "Jelly 3 x 2");
        let seen = picture(&stamp);
        assert_eq!((seen.width, seen.height), (126, 84));
        let colour = |x: usize, y: usize| seen.rgba[(y * 126 + x) * 4..][..3].to_vec();
        let jelly = sim_kernels::materials::named("jelly").unwrap();
        let jelly = sim_kernels::materials::material(u32::from(jelly)).look.body;
        assert_eq!(
            [colour(60, 60), colour(60, 9), colour(120, 80), colour(0, 0)],
            [jelly.to_vec(), jelly.to_vec(), BEDROCK.to_vec(), BEHIND.to_vec()]
        );
    }

    #[test]
    fn what_is_copied_lies_on_the_shelf_and_comes_from_files_too() {
        let folder = std::env::temp_dir().join(format!("tidepool-stamps-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let mut app = shelf_in(&folder);
        let copy = |app: &mut App, stamp: Stamp| app.world_mut().write_message(Copied { stamp, name: None });
        copy(&mut app, Stamp::sample());
        copy(&mut app, Stamp::sample());
        copy(&mut app, Stamp::sample().turned());
        until(&mut app, "both are there, once", |app| names(app).len() == 2);
        let mut there = names(&app);
        there.sort();
        assert_eq!(there, ["Jelly 2 x 3", "Jelly 3 x 2"]);
        let taken = |app: &mut App| app.world_mut().resource_mut::<Messages<TakeStamp>>().drain().next();
        app.world_mut().write_message(ShelfRequest::Open(Place::Stamps, "Jelly 3 x 2".into()));
        until(&mut app, "it comes into hand", |app| !app.world().resource::<Messages<TakeStamp>>().is_empty());
        assert_eq!(taken(&mut app).map(|TakeStamp(stamp)| stamp), Some(Stamp::sample()));
        // What was deleted and is copied again at once is there again.
        app.world_mut().write_message(ShelfRequest::ThrowAway(Place::Stamps, "Jelly 3 x 2".into()));
        until(&mut app, "it is off the shelf", |app| names(app).len() == 1);
        copy(&mut app, Stamp::sample());
        until(&mut app, "it is there again", |app| names(app).len() == 2);
        // Another room, another day; and a file of somebody else's, and one that is none.
        let mut app = shelf_in(&folder);
        until(&mut app, "they are still there", |app| names(app).len() == 2);
        let (file, none) = (folder.join("castle.tidestamp"), folder.join("none.tidestamp"));
        std::fs::write(&file, stamp_file::write(&Stamp::sample().mirrored())).unwrap();
        std::fs::write(&none, b"something else").unwrap();
        for path_buf in [file, none] {
            app.world_mut().write_message(FileDragAndDrop::DroppedFile { window: Entity::PLACEHOLDER, path_buf });
        }
        until(&mut app, "it lies there, too", |app| names(app).contains(&"castle".into()));
        let notices = app.world().resource::<Notices>();
        let said = &notices.lines.back().unwrap();
        assert!(said.severity == Severity::Problem && said.text.contains("none.tidestamp"), "{notices:?}");
        assert!(app.world().resource::<Messages<RoomRequest>>().is_empty());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_oldest_makes_room_in_words_and_can_be_brought_back() {
        let folder = std::env::temp_dir().join(format!("tidepool-many-stamps-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("stamps")).unwrap();
        let file = |number: usize| folder.join(format!("stamps/{number:02}.tidestamp"));
        for number in 0..=STAMPS_MAX {
            std::fs::write(file(number), stamp_file::write(&Stamp::sample())).unwrap();
            let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000 + number as u64);
            std::fs::File::options().append(true).open(file(number)).unwrap().set_modified(at).unwrap();
        }
        let mut app = shelf_in(&folder);
        let is_full = |app: &App| names(app).len() == STAMPS_MAX;
        until(&mut app, "the oldest goes", |app| is_full(app) && !names(app).contains(&"00".into()));
        assert!(app.world().resource::<Notices>().lines.back().unwrap().text.contains("“00”"));
        app.world_mut().write_message(ShelfRequest::BringBack(Place::Stamps));
        until(&mut app, "it is back, as the newest", |app| names(app).first().is_some_and(|name| name == "00"));
        until(&mut app, "and the next one goes", |app| is_full(app) && !names(app).contains(&"01".into()));
        std::fs::remove_dir_all(&folder).unwrap();
    }
    /// It is offered until it is back: what failed can be tried again.
    #[test]
    fn what_could_not_be_brought_back_is_offered_still() {
        let folder = std::env::temp_dir().join(format!("tidepool-back-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("stamps")).unwrap();
        std::fs::write(folder.join("stamps/one.tidestamp"), stamp_file::write(&Stamp::sample())).unwrap();
        let mut app = shelf_in(&folder);
        until(&mut app, "it lies there", |app| names(app) == ["one"]);
        app.world_mut().write_message(ShelfRequest::ThrowAway(Place::Stamps, "one".into()));
        let offered = |app: &App| app.world().resource::<Shelf>().thrown_away.contains_key(&Place::Stamps);
        until(&mut app, "it is offered", |app| offered(app) && names(app).is_empty());
        let (thrown, elsewhere) = (folder.join("stamps/one.tidestamp.thrown-away"), folder.join("elsewhere"));
        std::fs::rename(&thrown, &elsewhere).unwrap();
        app.world_mut().write_message(ShelfRequest::BringBack(Place::Stamps));
        until(&mut app, "that it failed is told", |app| !app.world().resource::<Notices>().lines.is_empty());
        assert!(offered(&app));
        std::fs::rename(&elsewhere, &thrown).unwrap();
        // Twice, as one who is in a hurry does.
        app.world_mut().write_message(ShelfRequest::BringBack(Place::Stamps));
        app.world_mut().write_message(ShelfRequest::BringBack(Place::Stamps));
        until(&mut app, "it is back", |app| names(app) == ["one"] && !offered(app));
        assert_eq!(app.world().resource::<Notices>().lines.len(), 1);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
