//! A small file in the user's configuration folder.

use std::path::PathBuf;

fn path() -> Option<PathBuf> {
    Some(crate::files::config_folder()?.join("settings.json"))
}

pub(super) fn read() -> Option<String> {
    std::fs::read_to_string(path()?).ok()
}

pub(super) fn write(text: &str) {
    let Some(path) = path() else { return };
    if let Err(error) = crate::files::replace(&path, text.as_bytes()) {
        log::warn!("settings are not kept: {}: {error}", path.display());
    }
}
