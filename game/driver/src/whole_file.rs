//! Files that are written whole or not at all: saves.
//!
//! A file that is written in place is lost when the disk is full, or when the program ends half-way. Here the bytes go
//! into a file beside it, are on the disk before that file takes the other's name, and the other is gone only then.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// How many names are tried for the file beside. A program that was ended may have left some.
const NAMES_MAX: u32 = 16;

/// Puts `bytes` in the place of the file at `path`, whether it exists or not. Its permissions stay. Where `path` is a
/// symbolic link, the file behind it is replaced; what is no file (a pipe, a terminal) is written to as it is.
///
/// # Errors
///
/// Where the folder does not let a file be made, the disk is full, or the file may not be replaced. What was there
/// before is then as it was, and the file beside is gone.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let old = fs::metadata(&path).ok();
    if old.as_ref().is_some_and(|about| !about.is_file()) {
        return OpenOptions::new().write(true).open(&path)?.write_all(bytes);
    }
    // A rename asks the folder alone, so a file that is locked against writing would be replaced all the same.
    if old.as_ref().is_some_and(|about| about.permissions().readonly()) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file there is read-only"));
    }
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (mut file, beside) = make_beside(folder)?;
    let written = (|| {
        if let Some(about) = &old {
            file.set_permissions(about.permissions())?;
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        // Some systems do not rename a file that is open.
        drop(file);
        fs::rename(&beside, &path)
    })();
    match &written {
        // The name is in the folder, which is a file of its own. Not every system can sync one, and the bytes are safe.
        Ok(()) => drop(File::open(folder).and_then(|folder| folder.sync_all())),
        Err(_) => drop(fs::remove_file(&beside)),
    }
    written
}

/// A new file in the folder. Its name does not grow with the other's, which may be as long as names can be.
fn make_beside(folder: &Path) -> io::Result<(File, PathBuf)> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let mut tried = 0;
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!(".{}-{count}.tidepool-part", std::process::id()));
        tried += 1;
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Err(why) if why.kind() == io::ErrorKind::AlreadyExists && tried < NAMES_MAX => {}
            made => return Ok((made?, path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An empty folder of the test's own.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("tidepool-whole-file-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_made_and_replaced_and_nothing_is_left_beside_it() {
        let folder = folder("made");
        let file = folder.join("w".repeat(240) + ".tidepool");
        for bytes in [&b"first"[..], b"the second one", b""] {
            replace(&file, bytes).unwrap();
            assert_eq!(fs::read(&file).unwrap(), bytes);
        }
        assert_eq!(names(&folder).len(), 1);
        assert!(replace(&folder.join("no/such/folder"), b"x").is_err());
        let taken = folder.join("taken.tidepool");
        fs::create_dir(&taken).unwrap();
        assert!(replace(&taken, b"x").is_err() && taken.is_dir(), "a folder is left alone");
        fs::remove_dir(taken).unwrap();
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_was_left_by_another_program_is_not_in_the_way() {
        let folder = folder("left");
        let file = folder.join("world.tidepool");
        // The counter is shared with the other tests: some of these names are the next ones.
        for count in 0..8 {
            fs::write(folder.join(format!(".{}-{count}.tidepool-part", std::process::id())), "left").unwrap();
        }
        replace(&file, b"new").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(names(&folder).len(), 9);
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn links_permissions_and_devices_stay_what_they_are() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = folder("links");
        let (file, link) = (folder.join("world.tidepool"), folder.join("newest"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("world.tidepool", &link).unwrap();
        replace(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).unwrap();
        assert_eq!(replace(&file, b"other").unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(fs::read(&file).unwrap(), b"new");
        replace(Path::new("/dev/null"), b"gone").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        fs::remove_dir_all(folder).unwrap();
    }

    /// A limit on the size of files stands for the full disk: the write fails half-way, after the file was made.
    #[cfg(unix)]
    #[test]
    fn on_a_full_disk_the_old_file_stays() {
        const FOLDER: &str = "TIDEPOOL_TEST_FULL_DISK";
        if let Some(folder) = std::env::var_os(FOLDER) {
            let file = PathBuf::from(folder).join("world.tidepool");
            assert!(replace(&file, &vec![7; 1 << 20]).is_err());
            return;
        }
        let folder = folder("full");
        let file = folder.join("world.tidepool");
        fs::write(&file, "old").unwrap();
        let itself = std::env::current_exe().unwrap();
        let child = std::process::Command::new("sh")
            .args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" on_a_full_disk"])
            .arg(itself)
            .env(FOLDER, &folder)
            .output()
            .unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
        assert_eq!(fs::read(&file).unwrap(), b"old");
        assert_eq!(names(&folder), ["world.tidepool"]);
        fs::remove_dir_all(folder).unwrap();
    }
}
