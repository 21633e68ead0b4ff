//! The shaders' texts, `assets/shaders/picture`, put together from their files.

/// A file's name and text.
macro_rules! files {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../../assets/shaders/picture/", $name, ".wgsl")))),*]
    };
}

const FILES: &[(&str, &str)] = files! {
    "around" "beyond" "blur" "body" "cells" "far" "gather" "ground" "matter" "modes" "noise" "peak" "picture" "ramp" "rock" "runs" "shot"
    "sight" "sky" "soak" "spread" "surface" "sweep" "water" "whole"
};

/// The files that have entry points.
pub const ROOTS: [&str; 12] =
    ["around", "blur", "body", "far", "gather", "peak", "picture", "sky", "soak", "spread", "surface", "sweep"];

/// The text of a file and of all that it imports, each once, before what imports it.
///
/// # Panics
///
/// There is no such file: a mistake in a shader, which a test finds.
pub fn text(root: &str) -> String {
    let (mut done, mut out) = (Vec::new(), String::new());
    add(root, &mut done, &mut out);
    out
}

fn add(name: &str, done: &mut Vec<String>, out: &mut String) {
    if done.iter().any(|known| known == name) {
        return;
    }
    done.push(name.to_owned());
    let own = source(name);
    for line in own.lines() {
        if let Some(import) = line.strip_prefix("#import ") {
            add(import.trim(), done, out);
        }
    }
    out.extend(own.lines().filter(|line| !line.starts_with("#import ")).flat_map(|line| [line, "\n"]));
}

/// A folder in the environment replaces the files, for whoever works on them.
#[cfg(not(target_arch = "wasm32"))]
fn source(name: &str) -> std::borrow::Cow<'static, str> {
    if let Some(folder) = std::env::var_os("TIDEPOOL_SHADERS") {
        let path = std::path::Path::new(&folder).join(format!("{name}.wgsl"));
        if let Ok(text) = std::fs::read_to_string(path) {
            return text.into();
        }
    }
    built_in(name).into()
}

#[cfg(target_arch = "wasm32")]
fn source(name: &str) -> &'static str {
    built_in(name)
}

fn built_in(name: &str) -> &'static str {
    let found = FILES.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("no shader {name}")).1
}
