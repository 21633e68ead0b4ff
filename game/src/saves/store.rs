//! Files in a folder of the player's data.

use super::{FILE_BYTES_MAX, SUFFIX, too_large};
use std::io;
use std::path::{Path, PathBuf};
use words::{fill, say};

/// The sentence that says what to do where the file cannot be written.
pub(super) const KEEP_ELSEWHERE: &str = "save-elsewhere";
/// The most saves that are offered; older ones can be dropped onto the window.
const LISTED_MAX: usize = 8;

fn folder() -> Option<PathBuf> {
    Some(crate::files::data_folder()?.join("saves"))
}

pub(super) fn listen() {}

pub(super) fn choose() {}

pub(super) fn chosen() -> Option<Result<(String, Vec<u8>), String>> {
    None
}

/// The place, in words.
pub(super) fn keep(name: &str, bytes: &[u8]) -> Result<String, String> {
    let path = folder().ok_or_else(|| say("no-folder"))?.join(name);
    let written = crate::files::replace(&path, bytes);
    written.map(|()| path.display().to_string()).map_err(|why| format!("{}: {why}", path.display()))
}

pub(super) fn list() -> Vec<String> {
    folder().map(|folder| list_of(&folder)).unwrap_or_default()
}

fn list_of(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut all: Vec<(std::time::SystemTime, String)> = entries
        .flatten()
        .filter(|e| e.path().extension().is_some_and(|x| x.eq_ignore_ascii_case(SUFFIX)))
        .filter_map(|e| Some((e.metadata().ok()?.modified().ok()?, e.file_name().into_string().ok()?)))
        .collect();
    all.sort();
    all.into_iter().rev().take(LISTED_MAX).map(|(_, name)| name).collect()
}

pub(super) fn read(name: &str) -> Result<Vec<u8>, String> {
    read_path(&folder().ok_or_else(|| say("no-folder"))?.join(name))
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
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn saves_are_known_by_their_ending_however_it_is_written() {
        let folder = folder("endings");
        for name in ["a.tidepool", "b.TIDEPOOL", "c.ron", ".7-0.tidepool-part", "tidepool"] {
            std::fs::write(folder.join(name), b"").unwrap();
        }
        let mut names = list_of(&folder);
        names.sort();
        assert_eq!(names, ["a.tidepool", "b.TIDEPOOL"]);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
