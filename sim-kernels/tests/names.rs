//! What comments name is there: files, and tests and examples to run.

use std::path::{Path, PathBuf};

fn files_below(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, into);
        } else {
            into.push(path);
        }
    }
}

#[test]
fn what_comments_name_is_there() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    ["src", "shader", "tests", "examples"].iter().for_each(|folder| files_below(&own.join(folder), &mut files));
    let mut named = files.clone();
    named.push(own.join("../ARCHITECTURE.md"));
    files_below(&own.join("../docs"), &mut named);
    let mut gone = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).expect("it is text");
        let is_prose = file.extension().is_some_and(|ending| ending == "md");
        for (number, line) in text.lines().enumerate() {
            let comment = if is_prose { line } else { line.split_once("//").map_or("", |(_, comment)| comment) };
            let words: Vec<&str> = comment
                .split(|c: char| !c.is_ascii_alphanumeric() && !"_./-".contains(c))
                .map(|word| word.trim_end_matches('.'))
                .collect();
            let mut missing: Vec<&str> = words.windows(2).filter_map(|pair| is_missing_program(own, pair)).collect();
            let is_file =
                |word: &&&str| [".rs", ".wgsl", ".md"].iter().any(|end| word.len() > 4 && word.ends_with(end));
            missing.extend(words.iter().filter(is_file).filter(|word| !named.iter().any(|path| path.ends_with(word))));
            gone.extend(missing.iter().map(|word| format!("{}:{}: {word}", file.display(), number + 1)));
        }
    }
    assert!(gone.is_empty(), "{}", gone.join("\n"));
}

/// The name behind `--test` or `--example`, where there is no such program.
fn is_missing_program<'a>(own: &Path, pair: &[&'a str]) -> Option<&'a str> {
    let folder = match pair[0] {
        _ if pair[1].is_empty() => return None,
        "--test" => "tests",
        "--example" => "examples",
        _ => return None,
    };
    // Other packages' programs are theirs to look after.
    let places = [own.join(folder), own.join("../room/tests")];
    (!places.iter().any(|place| place.join(format!("{}.rs", pair[1])).is_file())).then_some(pair[1])
}
