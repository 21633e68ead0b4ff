//! The manifests of all packages: no dependency stands unused, and all packages have the project's lints.
//!
//! A dependency is used where its name is a word of the package's code: in any file of it, for any target, comments and
//! texts left out. One that is there for its features alone is named with a reason:
//!
//!     [package.metadata.unused]
//!     ring = "rustls is told to use it"

use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// The folders of the workspace's packages.
fn members() -> Vec<PathBuf> {
    let manifest = read(&top().join("Cargo.toml"));
    let list = manifest.split_once("\nmembers = [").expect("members").1.split_once(']').expect("an end").0;
    list.split('"').skip(1).step_by(2).map(|folder| top().join(folder)).collect()
}

/// The keys of the tables whose name ends like this, as they are written at the beginnings of lines: enough of TOML for
/// manifests that are formatted as these are.
fn keys(manifest: &str, table: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut is_inside = false;
    for line in manifest.lines() {
        if let Some(heading) = line.strip_prefix('[').and_then(|l| l.trim_end().strip_suffix(']')) {
            is_inside = heading == table || heading.ends_with(&format!(".{table}"));
            // `[dependencies.bevy]`
            if let Some((before, name)) = heading.rsplit_once('.')
                && (before == table || before.ends_with(&format!(".{table}")))
            {
                found.insert(name.to_owned(), String::new());
            }
        } else if is_inside
            && let Some((key, value)) = line.split_once('=')
            && key.starts_with(|c: char| c.is_ascii_alphanumeric())
        {
            let name = key.trim().trim_end_matches(".workspace");
            found.insert(name.to_owned(), value.trim().to_owned());
        }
    }
    found
}

/// All words of the Rust files below a folder; packages inside it left out.
fn words(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.join("Cargo.toml").is_file() && entry.file_name() != "target" {
            words(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let tokens = read(&path).parse().unwrap_or_else(|why| panic!("{}: {why}", path.display()));
            collect(tokens, into);
        }
    }
}

fn collect(tokens: TokenStream, into: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => drop(into.insert(word.to_string())),
            TokenTree::Group(group) => collect(group.stream(), into),
            _ => {}
        }
    }
}

/// All dependencies of a manifest.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    ["dependencies", "dev-dependencies", "build-dependencies"]
        .iter()
        .flat_map(|table| keys(manifest, table).into_keys())
        .collect()
}

#[test]
fn no_dependency_stands_unused() {
    let mut wrong = Vec::new();
    for folder in members() {
        let manifest = read(&folder.join("Cargo.toml"));
        let mut used = BTreeSet::new();
        words(&folder, &mut used);
        let excused = keys(&manifest, "package.metadata.unused");
        let name = folder.strip_prefix(top()).expect("members are below the top").display().to_string();
        let all = dependencies(&manifest);
        for dependency in &all {
            let is_used = used.contains(&dependency.replace('-', "_"));
            match (is_used, excused.contains_key(dependency)) {
                (false, false) => wrong.push(format!("{name}: {dependency} is in no .rs file")),
                (true, true) => wrong.push(format!("{name}: {dependency} is used and needs no excuse")),
                _ => {}
            }
        }
        let gone = excused.keys().filter(|k| !all.contains(*k));
        wrong.extend(gone.map(|k| format!("{name}: {k} is excused and no dependency")));
        wrong.extend(excused.iter().filter(|(_, why)| why.len() < 12).map(|(k, _)| format!("{name}: {k}: why?")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_the_workspace_names_is_used_by_a_package() {
    let named = keys(&read(&top().join("Cargo.toml")), "workspace.dependencies");
    let used: BTreeSet<String> =
        members().iter().flat_map(|folder| dependencies(&read(&folder.join("Cargo.toml")))).collect();
    let unused: Vec<&String> = named.keys().filter(|name| !used.contains(*name)).collect();
    assert!(unused.is_empty(), "in [workspace.dependencies] and in no package: {unused:?}");
}

#[test]
fn all_packages_have_the_lints() {
    for folder in members() {
        let manifest = read(&folder.join("Cargo.toml"));
        assert!(manifest.contains("[lints]\nworkspace = true\n"), "{}", folder.display());
    }
}

#[test]
fn tables() {
    let text = "[dependencies]\na.workspace = true\nb-c = { version = \"1\" }\n# d = 1\n\n[dependencies.bevy]\nworkspace = \
                true\n[target.'cfg(unix)'.dependencies]\ne = \"1\"\n[features]\nf = []\n[target.x.dev-dependencies]\ng = \"2\"\n";
    assert_eq!(dependencies(text).into_iter().collect::<Vec<_>>(), ["a", "b-c", "bevy", "e", "g"]);
    assert_eq!(keys("[package.metadata.unused]\nx = \"why\"", "package.metadata.unused")["x"], "\"why\"");
}
