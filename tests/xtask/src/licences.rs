//! The licences of what a program is built from, as one text: most ask to go along with it.

use crate::{place, wasm};
use anyhow::{Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How the names of files begin that hold a licence or what has to be said with it.
const BEGINNINGS: [&str; 5] = ["license", "licence", "copying", "notice", "unlicense"];
/// A longer file is no licence.
const BYTES_MAX: u64 = 256 << 10;

/// A crate that is built in.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Crate {
    name: String,
    version: String,
    licence: String,
    home: String,
}

/// The text for a package that is built for a target. All crates come from a registry, whose sources lie here because they
/// were built.
pub fn of(package: &str, target: &str) -> Result<String> {
    let mut tree = place::cargo();
    tree.args(["tree", "--package", package, "--target", target, "--edges", "normal", "--prefix", "none"]);
    tree.args(["--format", "{p}|{l}|{r}"]);
    let output = tree.output()?;
    if !output.status.success() {
        bail!("cargo tree failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    let crates = crates(&String::from_utf8_lossy(&output.stdout));
    let texts = crates.iter().map(|c| (c, texts(&c.name, &c.version)));
    Ok(write(package, texts))
}

/// The crates of `name v1.2.3 (place)|licence|home` lines; the project's own have a folder as their place.
fn crates(lines: &str) -> BTreeSet<Crate> {
    let line = |line: &str| {
        let mut parts = line.trim_end_matches(" (*)").split('|');
        let mut package = parts.next()?.split(' ');
        let (name, version) = (package.next()?, package.next()?.strip_prefix('v')?);
        let is_own = package.any(|place| place.starts_with("(/") || place.contains(":\\"));
        let (licence, home) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        (!is_own).then(|| Crate {
            name: name.into(),
            version: version.into(),
            licence: licence.into(),
            home: home.into(),
        })
    };
    lines.lines().filter_map(line).collect()
}

/// The texts in a crate's folder.
fn texts(name: &str, version: &str) -> Vec<String> {
    let folders = wasm::registries().into_iter().map(|r| r.join(format!("{name}-{version}")));
    let Some(folder) = folders.into_iter().find(|f| f.is_dir()) else { return Vec::new() };
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.sort();
    files.retain(|file| is_licence(file));
    files.iter().filter_map(|file| std::fs::read_to_string(file).ok()).collect()
}

fn is_licence(file: &Path) -> bool {
    let name = file.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let is_text = file.metadata().is_ok_and(|about| about.is_file() && about.len() <= BYTES_MAX);
    is_text && !name.ends_with(".rs") && BEGINNINGS.iter().any(|start| name.starts_with(start))
}

/// A list of the crates, then each text once, below the names of those that bring it.
fn write<'c>(package: &str, crates: impl Iterator<Item = (&'c Crate, Vec<String>)>) -> String {
    let mut list = format!("{package} is built from these crates, under the licences named.\n\n");
    let mut by_text: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (one, texts) in crates {
        list += &format!("{} {}: {}  {}\n", one.name, one.version, one.licence, one.home);
        for text in texts {
            let users = by_text.entry(text.replace("\r\n", "\n").trim_end().to_owned()).or_default();
            users.extend((users.last() != Some(&one.name.as_str())).then_some(one.name.as_str()));
        }
    }
    for (text, users) in by_text {
        list += &format!("\n{}\n{}\n\n{text}\n", "=".repeat(80), users.join(", "));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_tree() {
        let lines = "mine v0.1.0 (/here/mine)|MIT|\na v1.0.0|MIT OR Apache-2.0|https://a.example\n\
                     b v2.0.0+x (proc-macro)|Zlib|\na v1.0.0|MIT OR Apache-2.0|https://a.example (*)\n\n";
        let found: Vec<String> =
            crates(lines).into_iter().map(|c| format!("{} {} {}", c.name, c.version, c.licence)).collect();
        assert_eq!(found, ["a 1.0.0 MIT OR Apache-2.0", "b 2.0.0+x Zlib"]);
    }

    #[test]
    fn a_text_stands_once() {
        let one = |name: &str| Crate {
            name: name.into(),
            version: "1.0.0".into(),
            licence: "MIT".into(),
            home: String::new(),
        };
        let (a, b) = (one("a"), one("b"));
        let given = [(&a, vec!["same\r\n".to_owned()]), (&b, vec!["same".to_owned(), "other".to_owned()])];
        let text = write("it", given.into_iter());
        assert_eq!(text.matches("same").count(), 1);
        assert!(text.contains("\na, b\n\nsame\n") && text.contains("\nb\n\nother\n"), "{text}");
    }

    /// Everything that the server is built from brings its text, or is named in the list at least.
    #[test]
    fn the_server_has_texts() {
        let text = of("signaling", &format!("{}-unknown-linux-gnu", std::env::consts::ARCH)).unwrap();
        assert!(text.contains("\ntokio 1.") && text.contains("Permission is hereby granted"), "{}", &text[..400]);
        assert!(!text.contains("\nsignaling 0"));
    }
}
