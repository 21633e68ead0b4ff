//! Files of the player's own: where they lie, and writing them so that a full disk or a power cut never costs what was
//! there.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The folder of the player's settings.
pub(crate) fn config_folder() -> Option<PathBuf> {
    Some(directories::BaseDirs::new()?.config_dir().join("tidepool"))
}

/// The folder of what the player keeps.
pub(crate) fn data_folder() -> Option<PathBuf> {
    Some(directories::BaseDirs::new()?.data_dir().join("tidepool"))
}

/// Gives a file new contents, all of them or none: they are written beside it and then take its place in one step. Its
/// folder is made if need be.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_by(path, |file| file.write_all(bytes))
}

fn replace_by(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.map(std::fs::create_dir_all).transpose()?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let written = File::create(&beside).and_then(|mut file| {
        write(&mut file)?;
        file.sync_all()
    });
    let replaced = written.and_then(|()| std::fs::rename(&beside, path));
    if replaced.is_err() {
        // It is of no use any more; where even that fails, the next one writes over it.
        let _ = std::fs::remove_file(&beside);
    }
    replaced?;
    // On Unix a renamed file is safe once its folder is. Elsewhere folders cannot be opened, and need not be.
    #[cfg(unix)]
    if let Some(folder) = folder {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_costs_only_what_is_new() {
        let folder = std::env::temp_dir().join(format!("tidepool-full-{}", std::process::id()));
        let path = folder.join("a.tidepool");
        replace(&path, b"the old world").unwrap();
        let full = |file: &mut File| {
            file.write_all(b"the new wo")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        };
        assert_eq!(replace_by(&path, full).unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(std::fs::read(&path).unwrap(), b"the old world");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing half-written is left");
        replace(&path, b"the new world").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"the new world");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_place_that_is_taken_by_a_folder_is_left_alone() {
        let folder = std::env::temp_dir().join(format!("tidepool-taken-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("a.tidepool")).unwrap();
        assert!(replace(&folder.join("a.tidepool"), b"a world").is_err());
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing half-written is left");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
