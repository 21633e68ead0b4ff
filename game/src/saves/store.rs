//! Files in a folder of the player's data, each save with its picture beside it. One thread reads and writes them, in the
//! order in which it is asked, so that no disk holds a frame up.

use super::by_itself::SLOTS;
use super::{FILE_BYTES_MAX, Job, OnShelf, Place, Told, too_large};
use bevy::prelude::*;
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{SystemTime, UNIX_EPOCH};
use words::{fill, say};

/// The sentence that says what to do where the file cannot be written.
pub(super) const KEEP_ELSEWHERE: &str = "save-elsewhere";
/// The most that are offered of each place; older ones can be dropped onto the window.
const LISTED_MAX: usize = 64;
/// A picture beside a save is no larger, in bytes.
const PICTURE_BYTES_MAX: u64 = 1 << 20;
/// Names with numbers end here.
const NUMBER_MAX: usize = 1000;
/// How files end that were thrown away and can be brought back, until the next one is.
const THROWN: &str = "thrown-away";
/// How files end that say whose a slot is.
const LOCK: &str = "lock";
/// How pictures end.
const PICTURE: &str = "png";

/// The slots that are this program's until it ends: two windows have one shelf, and each keeps worlds by itself.
struct Slots {
    /// What another kept before this is known to this program.
    since: SystemTime,
    /// Each with the file whose lock says so.
    mine: BTreeMap<&'static str, File>,
}

impl Slots {
    fn new() -> Self {
        Self { since: SystemTime::now(), mine: BTreeMap::new() }
    }

    /// The wanted slot, or, where another program has it or has put something there since, the oldest that nobody has.
    fn take(&mut self, data: &Path, wanted: &str) -> Result<String, String> {
        if self.mine.contains_key(wanted) {
            return Ok(wanted.to_owned());
        }
        let folder = folder_of(data, Place::ByItself);
        std::fs::create_dir_all(&folder).map_err(at(&folder))?;
        let mut all = SLOTS;
        all.sort_by_cached_key(|slot| {
            let about = std::fs::metadata(path_of(data, Place::ByItself, slot));
            let kept = about.and_then(|about| about.modified()).ok();
            (*slot != wanted || kept > Some(self.since), self.mine.contains_key(slot), kept)
        });
        for slot in all {
            if !self.mine.contains_key(slot) {
                let path = folder.join(format!("{slot}.{LOCK}"));
                let file = File::create(&path).map_err(at(&path))?;
                // Some disks know no locks, which is no reason to keep nothing.
                if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
                    continue;
                }
                self.mine.insert(slot, file);
            }
            return Ok(slot.to_owned());
        }
        Err(fill("save-name-taken", [("name", wanted.into())]))
    }
}

/// The thread that has the files.
#[derive(Resource)]
pub(super) struct Store {
    jobs: Sender<Job>,
    told: Mutex<Receiver<Told>>,
}

impl Default for Store {
    fn default() -> Self {
        Self::in_folder(crate::files::data_folder())
    }
}

impl Store {
    pub(super) fn in_folder(folder: Option<PathBuf>) -> Self {
        let (jobs, asked) = channel();
        let (tell, told) = channel();
        let work = move || {
            let mut slots = Slots::new();
            for job in asked {
                let Some(answer) = answer(folder.as_deref(), &mut slots, job) else { continue };
                if tell.send(answer).is_err() {
                    break;
                }
            }
        };
        // Without it nothing is kept, which is said where something is asked for.
        if let Err(why) = std::thread::Builder::new().name("saves".into()).spawn(work) {
            log::error!("saves: {why}");
        }
        Self { jobs, told: Mutex::new(told) }
    }

    /// One that has no folder.
    #[cfg(test)]
    pub(super) fn nowhere() -> Self {
        Self::in_folder(None)
    }

    pub(super) fn ask(&self, job: Job) {
        if self.jobs.send(job).is_err() {
            log::error!("saves: their thread has ended");
        }
    }

    pub(super) fn told(&self) -> Option<Told> {
        self.told.lock().ok()?.try_recv().ok()
    }
}

pub(super) fn listen() {}

pub(super) fn choose() {}

pub(super) fn chosen() -> Option<Result<(String, Vec<u8>), String>> {
    None
}

pub(super) fn for_the_page(_: &[u8]) -> bool {
    false
}

fn folder_of(data: &Path, place: Place) -> PathBuf {
    data.join(match place {
        Place::Named => "saves",
        Place::ByItself => "kept",
        Place::Stamps => "stamps",
    })
}

fn answer(data: Option<&Path>, slots: &mut Slots, job: Job) -> Option<Told> {
    let keeps = matches!(job, Job::Keep { .. } | Job::Export { .. });
    let Some(data) = data else {
        let asks_nothing = matches!(job, Job::List);
        return (!asks_nothing).then(|| Told::Failed { why: say("no-folder"), keeps });
    };
    let done = match job {
        Job::List => Ok(Some(Told::Listed(list(data)))),
        Job::Keep { save, contents } => keep(data, slots, save, &contents).map(Some),
        Job::Read { place, name, to_export } => {
            let path = path_of(data, place, &name);
            let gone = || fill("save-gone", [("name", name.as_str().into())]);
            let contents = if path.exists() { read_path(&path) } else { Err(gone()) };
            contents.map(|contents| Some(Told::Read { place, name, contents, to_export }))
        }
        Job::Rename(place, from, to) => rename(data, place, &from, &to).map(|()| None),
        Job::ThrowAway(place, name) => throw_away(data, place, &name).map(|()| Some(Told::ThrownAway { place, name })),
        Job::BringBack(place, name) => bring_back(data, place, &name).map(|()| Some(Told::BroughtBack { place, name })),
        Job::Export { file, contents } => export(data, &file, &contents).map(|at| Some(Told::Exported(at))),
    };
    done.unwrap_or_else(|why| Some(Told::Failed { why, keeps }))
}

fn path_of(data: &Path, place: Place, name: &str) -> PathBuf {
    folder_of(data, place).join(format!("{name}.{}", place.suffix()))
}

fn picture_of(data: &Path, place: Place, name: &str) -> PathBuf {
    folder_of(data, place).join(format!("{name}.{PICTURE}"))
}

fn at(path: &Path) -> impl Fn(io::Error) -> String {
    let path = path.display().to_string();
    move |why| format!("{path}: {why}")
}

/// The same of one of the shelf: that it is not there (any more) is said in words.
fn of(path: &Path, name: &str) -> impl Fn(io::Error) -> String {
    let (at, gone) = (at(path), fill("save-gone", [("name", name.into())]));
    move |why| if why.kind() == io::ErrorKind::NotFound { gone.clone() } else { at(why) }
}

/// Makes an empty file; false where something is called so.
fn claim(path: &Path) -> io::Result<bool> {
    match std::fs::File::options().write(true).create_new(true).open(path) {
        Ok(_) => Ok(true),
        Err(why) if why.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(why) => Err(why),
    }
}

/// Makes an empty file of this name, or with a number after it where another is called so that is not `mine`. The disk alone
/// knows: what was last listed is old, another program may write there, and to some disks capitals are no difference.
fn reserve(data: &Path, place: Place, wanted: &str, mine: impl Fn(&Path) -> bool) -> Result<String, String> {
    let folder = folder_of(data, place);
    std::fs::create_dir_all(&folder).map_err(at(&folder))?;
    let numbered = (2..NUMBER_MAX).map(|number| format!("{wanted} ({number})"));
    for name in std::iter::once(wanted.to_owned()).chain(numbered) {
        let path = path_of(data, place, &name);
        if claim(&path).map_err(at(&path))? || mine(&path) {
            return Ok(name);
        }
    }
    Err(fill("save-name-taken", [("name", wanted.into())]))
}

fn keep(data: &Path, slots: &mut Slots, save: OnShelf, contents: &[u8]) -> Result<Told, String> {
    let OnShelf { place, name: wanted, bytes, picture: seen, .. } = save;
    let is_same = |path: &Path| {
        std::fs::metadata(path).is_ok_and(|about| about.len() == bytes)
            && std::fs::read(path).is_ok_and(|there| there == contents)
    };
    let name = match place {
        Place::Named => wanted.clone(),
        Place::ByItself => slots.take(data, &wanted)?,
        Place::Stamps => reserve(data, place, &wanted, is_same)?,
    };
    let path = path_of(data, place, &name);
    if let Err(why) = crate::files::replace(&path, contents) {
        if place == Place::Stamps {
            remove_empty(&path);
        }
        return Err(at(&path)(why));
    }
    let picture = picture_of(data, place, &name);
    match &seen {
        // A save without its picture is a save.
        Some(bytes) => {
            if let Err(why) = crate::files::replace(&picture, bytes) {
                log::warn!("{}: {why}", picture.display());
            }
        }
        None => drop(std::fs::remove_file(picture)),
    }
    Ok(Told::Kept { place, wanted, name, at: path.display().to_string() })
}

/// Gives a reserved name back.
fn remove_empty(path: &Path) {
    if std::fs::metadata(path).is_ok_and(|about| about.len() == 0) {
        let _ = std::fs::remove_file(path);
    }
}

fn export(data: &Path, file: &str, contents: &[u8]) -> Result<String, String> {
    let path = data.join("exports").join(file);
    crate::files::replace(&path, contents).map_err(at(&path))?;
    Ok(path.display().to_string())
}

fn rename(data: &Path, place: Place, from: &str, to: &str) -> Result<(), String> {
    let (old, new) = (path_of(data, place, from), path_of(data, place, to));
    // What appears there between a look and the rename would be replaced: so the name is taken first, and one's own empty file
    // is what the rename replaces.
    if !claim(&new).map_err(at(&new))? {
        return Err(fill("save-name-taken", [("name", to.into())]));
    }
    if let Err(why) = std::fs::rename(&old, &new) {
        remove_empty(&new);
        return Err(of(&old, from)(why));
    }
    let _ = std::fs::rename(picture_of(data, place, from), picture_of(data, place, to));
    Ok(())
}

fn throw_away(data: &Path, place: Place, name: &str) -> Result<(), String> {
    let path = path_of(data, place, name);
    let thrown = path.with_added_extension(THROWN);
    // First, so that what went before is still there where this one is gone already.
    std::fs::rename(&path, &thrown).map_err(of(&path, name))?;
    for entry in std::fs::read_dir(folder_of(data, place)).into_iter().flatten().flatten() {
        if entry.path() != thrown && entry.path().extension().is_some_and(|ending| ending == THROWN) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    let picture = picture_of(data, place, name);
    let _ = std::fs::rename(&picture, picture.with_added_extension(THROWN));
    Ok(())
}

fn bring_back(data: &Path, place: Place, name: &str) -> Result<(), String> {
    let thrown = path_of(data, place, name).with_added_extension(THROWN);
    let to = reserve(data, place, name, |_| false)?;
    let path = path_of(data, place, &to);
    if let Err(why) = std::fs::rename(&thrown, &path) {
        remove_empty(&path);
        return Err(of(&thrown, name)(why));
    }
    if place == Place::Stamps {
        // As the oldest it would make room for others at once.
        let file = std::fs::File::options().append(true).open(&path);
        let _ = file.and_then(|file| file.set_modified(SystemTime::now()));
    }
    let picture = picture_of(data, place, name).with_added_extension(THROWN);
    let _ = std::fs::rename(picture, picture_of(data, place, &to));
    Ok(())
}

fn list(data: &Path) -> Vec<OnShelf> {
    Place::ALL.map(|place| list_of(data, place)).concat()
}

/// The newest first.
fn list_of(data: &Path, place: Place) -> Vec<OnShelf> {
    let suffix = place.suffix();
    let Ok(entries) = std::fs::read_dir(folder_of(data, place)) else { return Vec::new() };
    let mut all: Vec<OnShelf> = entries
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|ending| ending.eq_ignore_ascii_case(suffix)))
        .filter_map(|entry| {
            let (about, name) = (entry.metadata().ok()?, entry.file_name().into_string().ok()?);
            let seconds = about.modified().ok()?.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
            let name = name[..name.len() - suffix.len() - 1].to_owned();
            Some(OnShelf { place, name, seconds, bytes: about.len(), picture: None })
        })
        .collect();
    all.sort_by(|a, b| (b.seconds, &b.name).cmp(&(a.seconds, &a.name)));
    all.truncate(LISTED_MAX);
    for save in &mut all {
        let path = picture_of(data, place, &save.name);
        let is_small = std::fs::metadata(&path).is_ok_and(|about| about.len() <= PICTURE_BYTES_MAX);
        save.picture = is_small.then(|| std::fs::read(path).ok()).flatten();
    }
    all
}

pub(super) fn read_path(path: &Path) -> Result<Vec<u8>, String> {
    let file = || path.display().to_string();
    let why = |why: io::Error| fill("file-not-read", [("file", file().into()), ("why", why.to_string().into())]);
    if std::fs::metadata(path).map_err(why)?.len() > FILE_BYTES_MAX as u64 {
        return Err(too_large(file()));
    }
    std::fs::read(path).map_err(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("tidepool-saves-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn ask(data: &Path, job: Job) -> Option<Told> {
        answer(Some(data), &mut Slots::new(), job)
    }

    fn names(data: &Path) -> Vec<String> {
        list(data).into_iter().map(|save| save.name).collect()
    }

    fn keeps(data: &Path, place: Place, name: &str, picture: Option<&[u8]>) -> Option<Told> {
        let picture = picture.map(<[u8]>::to_vec);
        let save = OnShelf { place, name: name.into(), seconds: 0, bytes: 5, picture };
        ask(data, Job::Keep { save, contents: b"world".to_vec() })
    }

    #[test]
    fn saves_are_known_by_their_ending_however_it_is_written() {
        let data = folder("endings");
        for place in Place::ALL {
            let folder = folder_of(&data, place);
            std::fs::create_dir_all(&folder).unwrap();
            for name in ["a.tidepool", "b.TIDEPOOL", "c.ron", ".7-0.tidepool-part", "tidepool", "d.tidestamp"] {
                std::fs::write(folder.join(name), b"").unwrap();
            }
        }
        let names = |place| {
            let mut names: Vec<_> = list_of(&data, place).into_iter().map(|save| save.name).collect();
            names.sort();
            names
        };
        assert_eq!((names(Place::Named), names(Place::Stamps)), (vec!["a".into(), "b".into()], vec!["d".to_owned()]));
        std::fs::remove_dir_all(&data).unwrap();
    }

    #[test]
    fn a_save_is_kept_with_its_picture_renamed_thrown_away_and_brought_back() {
        let data = folder("shelf");
        assert!(matches!(keeps(&data, Place::Named, "castle", Some(b"picture")), Some(Told::Kept { .. })));
        assert!(matches!(keeps(&data, Place::ByItself, "1", None), Some(Told::Kept { .. })));
        assert!(ask(&data, Job::Rename(Place::Named, "castle".into(), "keep".into())).is_none());
        let saves = list(&data);
        assert_eq!((saves[0].name.as_str(), saves[0].picture.as_deref()), ("keep", Some(&b"picture"[..])));
        assert!(matches!(
            ask(&data, Job::Rename(Place::Named, "1".into(), "keep".into())),
            Some(Told::Failed { keeps: false, .. })
        ));
        assert!(matches!(
            ask(&data, Job::ThrowAway(Place::Named, "keep".into())),
            Some(Told::ThrownAway { place: Place::Named, .. })
        ));
        assert_eq!(names(&data), ["1"]);
        let bring = |name: &str| ask(&data, Job::BringBack(Place::Named, name.into()));
        assert!(matches!(bring("keep"), Some(Told::BroughtBack { place: Place::Named, name }) if name == "keep"));
        assert_eq!((names(&data), list(&data)[0].picture.is_some()), (vec!["keep".to_owned(), "1".to_owned()], true));
        // Only the last one comes back.
        keeps(&data, Place::Named, "other", None);
        ask(&data, Job::ThrowAway(Place::Named, "keep".into()));
        ask(&data, Job::ThrowAway(Place::Named, "other".into()));
        assert!(matches!(bring("keep"), Some(Told::Failed { .. })));
        let read = ask(&data, Job::Read { place: Place::ByItself, name: "1".into(), to_export: true });
        assert!(matches!(read, Some(Told::Read { contents, to_export: true, .. }) if contents == b"world"));
        std::fs::remove_dir_all(&data).unwrap();
    }

    /// Two windows have one shelf, and each knows what it listed last.
    #[test]
    fn what_another_put_there_is_neither_overwritten_nor_lost() {
        let data = folder("two-windows");
        let keeps = |contents: &[u8]| {
            let name = "Sand 3 x 3".into();
            let bytes = contents.len() as u64;
            let save = OnShelf { place: Place::Stamps, name, seconds: 0, bytes, picture: None };
            match ask(&data, Job::Keep { save, contents: contents.to_vec() }) {
                Some(Told::Kept { name, .. }) => name,
                other => panic!("{other:?}"),
            }
        };
        let sand = |number: &str| path_of(&data, Place::Stamps, &format!("Sand 3 x 3{number}"));
        let read = |number: &str| std::fs::read(sand(number)).unwrap();
        assert_eq!([keeps(b"one"), keeps(b"two"), keeps(b"one")], ["Sand 3 x 3", "Sand 3 x 3 (2)", "Sand 3 x 3"]);
        assert_eq!((read(""), read(" (2)")), (b"one".to_vec(), b"two".to_vec()));
        let (throw, bring) = (
            || ask(&data, Job::ThrowAway(Place::Stamps, "Sand 3 x 3".into())),
            || ask(&data, Job::BringBack(Place::Stamps, "Sand 3 x 3".into())),
        );
        assert!(matches!(throw(), Some(Told::ThrownAway { .. })));
        // The other window deletes it, too.
        assert!(matches!(throw(), Some(Told::Failed { keeps: false, .. })));
        assert_eq!(keeps(b"three"), "Sand 3 x 3");
        assert!(matches!(bring(), Some(Told::BroughtBack { .. })));
        assert_eq!((read(""), read(" (2)"), read(" (3)")), (b"three".to_vec(), b"two".to_vec(), b"one".to_vec()));
        assert!(matches!(bring(), Some(Told::Failed { .. })) && !sand(" (4)").exists());
        std::fs::remove_dir_all(&data).unwrap();
    }

    /// What two windows keep by themselves lies in different slots, also once one of them is closed.
    #[test]
    fn a_slot_is_one_windows() {
        let data = folder("slots");
        let keeps = |slots: &mut Slots, contents: &[u8]| {
            let save = OnShelf { place: Place::ByItself, name: "1".into(), seconds: 0, bytes: 5, picture: None };
            match answer(Some(&data), slots, Job::Keep { save, contents: contents.to_vec() }) {
                Some(Told::Kept { name, .. }) => name,
                other => panic!("{other:?}"),
            }
        };
        let read = |slot: &str| std::fs::read(path_of(&data, Place::ByItself, slot)).unwrap();
        let [mut one, mut two, mut three] = [Slots::new(), Slots::new(), Slots::new()];
        assert_eq!([keeps(&mut one, b"one"), keeps(&mut two, b"two"), keeps(&mut one, b"more")], ["1", "2", "1"]);
        assert_eq!((read("1"), read("2")), (b"more".to_vec(), b"two".to_vec()));
        drop(one);
        assert_eq!(keeps(&mut three, b"three"), "3", "it was kept there since");
        let later = Slots { since: SystemTime::now() + std::time::Duration::from_secs(9), ..Slots::new() };
        assert_eq!(keeps(&mut { later }, b"four"), "1", "this one has seen it");
        std::fs::remove_dir_all(&data).unwrap();
    }

    /// A name is given once, however many give it at the same time, and nothing is replaced.
    #[test]
    fn of_many_who_give_a_name_at_once_one_does_and_no_world_is_lost() {
        let data = folder("renames");
        let of = |k: usize| format!("world {k}");
        for round in 0..60 {
            (0..4).for_each(|k| drop(keeps(&data, Place::Named, &of(k), None)));
            let (to, at_once) = (format!("castle {round}"), std::sync::Barrier::new(4));
            let give = |k: usize| {
                at_once.wait();
                ask(&data, Job::Rename(Place::Named, of(k), to.clone())).is_none()
            };
            let renamed = std::thread::scope(|scope| {
                let give = &give;
                let all = [0, 1, 2, 3].map(|k| scope.spawn(move || give(k)));
                all.into_iter().map(|one| one.join().unwrap()).filter(|done| *done).count()
            });
            let there = (0..4).filter(|k| path_of(&data, Place::Named, &of(*k)).exists()).count();
            assert_eq!((renamed, there), (1, 3), "round {round}");
            assert_eq!(std::fs::read(path_of(&data, Place::Named, &to)).unwrap(), b"world");
        }
        std::fs::remove_dir_all(&data).unwrap();
    }

    #[test]
    fn that_a_world_is_gone_is_said_in_words_and_its_name_is_free() {
        let data = folder("gone");
        std::fs::create_dir_all(folder_of(&data, Place::Named)).unwrap();
        let gone = fill("save-gone", [("name", "castle".into())]);
        let castle = || "castle".to_owned();
        for job in [
            Job::Rename(Place::Named, castle(), "keep".into()),
            Job::ThrowAway(Place::Named, castle()),
            Job::BringBack(Place::Named, castle()),
            Job::Read { place: Place::Named, name: castle(), to_export: false },
        ] {
            let told = ask(&data, job);
            assert!(matches!(&told, Some(Told::Failed { why, keeps: false }) if *why == gone), "{told:?}");
        }
        assert_eq!(names(&data), [""; 0]);
        std::fs::remove_dir_all(&data).unwrap();
    }

    /// What cannot be written is told, and the thread goes on.
    #[test]
    fn a_folder_that_cannot_be_written_is_told() {
        let data = folder("denied");
        std::fs::write(data.join("kept"), b"a file where the folder should be").unwrap();
        assert!(matches!(keeps(&data, Place::ByItself, "1", None), Some(Told::Failed { keeps: true, .. })));
        assert!(matches!(
            answer(None, &mut Slots::new(), Job::ThrowAway(Place::Named, "x".into())),
            Some(Told::Failed { keeps: false, .. })
        ));
        assert!(answer(None, &mut Slots::new(), Job::List).is_none());
        std::fs::remove_dir_all(&data).unwrap();
    }
}
