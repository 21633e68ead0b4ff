//! The shelf of stamps: what was copied is kept, with a small picture, for other rooms and later visits; a stamp's file that is
//! chosen or dropped comes into hand, and onto the shelf, too. So many lie there that one finds one's way, and no more than a
//! browser lets a page keep: the oldest goes where there is no room, in words, and can be brought back.

use super::{Job, OnShelf, Place, STAMP_SUFFIX, Shelf, Store, plain_save_name, seconds};
use crate::notices::Notices;
use crate::png_file::Pixels;
use crate::schedule::AppSystems;
use crate::tools::{Copied, TakeStamp, colours};
use bevy::prelude::*;
use sim_kernels::materials::NAMES;
use sim_kernels::stamp::Stamp;
use sim_kernels::stamp_file::{self, FileError};
use std::collections::HashMap;
use words::{fill, say};

/// The most stamps on the shelf.
pub const STAMPS_MAX: usize = 48;
/// The most bytes that all of these have, without their pictures.
const BYTES_MAX: u64 = 12 << 20;
/// A picture is at most so large, in pixels; of a small stamp its cells are squares in it.
const PICTURE_SIDE_MAX: i32 = 128;
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

pub(super) fn plugin(app: &mut App) {
    app.add_message::<StampFile>()
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
    shelf: Res<Shelf>,
    store: Res<Store>,
    // What came there on this visit, by the hash of its code; the first time it is said where copies are.
    mut known: Local<HashMap<[u32; 4], String>>,
    mut notices: ResMut<Notices>,
    time: Res<Time>,
) {
    for Copied { stamp, name } in copied.read() {
        let hash = Stamp::name(&stamp.encode()).0;
        let lies = |name: &String| shelf.stamps.iter().any(|one| one.name == *name);
        if known.get(&hash).is_some_and(lies) {
            continue;
        }
        if known.is_empty() && name.is_none() {
            notices.push(say("stamp-is-kept"), time.elapsed_secs_f64());
        }
        let wanted = name.as_deref().and_then(plain_save_name).unwrap_or_else(|| name_of(stamp));
        // Copies that were made since the shelf was looked at last have their names, too.
        let is_taken =
            |name: &str| shelf.stamps.iter().any(|one| one.name == name) || known.values().any(|n| n == name);
        let name = free_name(&wanted, is_taken);
        known.insert(hash, name.clone());
        let contents = stamp_file::write(stamp);
        let picture = picture(stamp).encode();
        let save = OnShelf { place: Place::Stamps, name, seconds: seconds(), bytes: contents.len() as u64, picture };
        store.ask(Job::Keep { save, contents });
        store.ask(Job::List);
    }
}

/// Throws the oldest away where there are too many, one after the other.
fn make_room(
    mut shelf: ResMut<Shelf>,
    store: Res<Store>,
    mut notices: ResMut<Notices>,
    time: Res<Time>,
    // The one that goes: a list may still have it that was made before.
    mut goes: Local<Option<OnShelf>>,
) {
    goes.take_if(|goes| !shelf.stamps.contains(goes));
    if goes.is_some() || is_within(&shelf.stamps) {
        return;
    }
    let Some(oldest) = shelf.stamps.last().cloned() else { return };
    let words = fill("stamp-oldest-went", [("name", oldest.name.as_str().into()), ("count", STAMPS_MAX.into())]);
    notices.push(words, time.elapsed_secs_f64());
    store.ask(Job::ThrowAway(Place::Stamps, oldest.name.clone()));
    store.ask(Job::List);
    shelf.thrown_away.insert(Place::Stamps, oldest.name.clone());
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

/// The name, or with a number after it where there is one of that name.
fn free_name(wanted: &str, is_taken: impl Fn(&str) -> bool) -> String {
    // There are fewer on the shelf.
    let numbered = (2..1000).map(|number| format!("{wanted} ({number})"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_else(|| wanted.to_owned())
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
