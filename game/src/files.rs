//! Files of the player's own: where they lie, and how they are written.

use std::io;
use std::path::{Path, PathBuf};

/// The folder of the player's settings.
pub(crate) fn config_folder() -> Option<PathBuf> {
    Some(directories::BaseDirs::new()?.config_dir().join("tidepool"))
}

/// The folder of what the player keeps.
pub(crate) fn data_folder() -> Option<PathBuf> {
    Some(directories::BaseDirs::new()?.data_dir().join("tidepool"))
}

/// Gives a file new contents, all of them or none. Its folder is made if need be.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    path.parent().map(std::fs::create_dir_all).transpose()?;
    driver::whole_file::replace(path, bytes)
}
