//! Runs as files: a folder for each machine, in it one for each run.

use crate::figure::Run;
use anyhow::Context;
use std::path::{Path, PathBuf};

/// A name for a folder, of a machine's.
fn folder(machine: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = machine.chars().map(plain).collect();
    name.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// Where a run's figures lie, and the folder for its pages.
pub fn paths(store: &Path, run: &Run) -> (PathBuf, PathBuf) {
    let at = store.join(folder(&run.machine)).join(run.begun.strftime("%Y-%m-%d-%H%M%S").to_string());
    (at.join("figures.json"), at)
}

/// Writes a run.
///
/// # Errors
///
/// It cannot be written.
pub fn write(path: &Path, run: &Run) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let text = serde_json::to_string_pretty(run)? + "\n";
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

/// For each of a run's figures what was measured the last time on the same machine, as one run: a run of some groups alone does not
/// hide what older ones found of the others. Nothing where there is none.
///
/// # Errors
///
/// The store cannot be read. A file that is no run is passed over.
pub fn last(store: &Path, run: &Run) -> anyhow::Result<Option<Run>> {
    let machine = store.join(folder(&run.machine));
    if !machine.is_dir() {
        return Ok(None);
    }
    let mut all: Vec<Run> = Vec::new();
    for entry in std::fs::read_dir(&machine).with_context(|| format!("{} cannot be read", machine.display()))? {
        let text = std::fs::read(entry?.path().join("figures.json")).unwrap_or_default();
        all.extend(serde_json::from_slice::<Run>(&text).ok().filter(|other| other.quick == run.quick));
    }
    all.sort_by_key(|other| other.begun);
    let mut figures = Vec::new();
    for figure in &run.figures {
        figures.extend(all.iter().rev().find_map(|other| other.same(figure)).cloned());
    }
    Ok(all.pop().map(|newest| Run { figures, ..newest }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Figure;

    #[test]
    fn the_last_run_of_the_same_machine_is_found_again_figure_by_figure() {
        let store = std::env::temp_dir().join(format!("tidepool-bench-{}", std::process::id()));
        let of = |machine: &str, second, values: &[(&str, f64)]| {
            let mut run = Run::begun(false);
            run.machine = machine.into();
            run.begun = jiff::Timestamp::from_second(second).unwrap();
            run.figures = values.iter().map(|&(series, value)| Figure::new("g", series, value, "ns")).collect();
            run
        };
        let kept = [
            of("A, 2 cores", 10, &[("x", 1.0), ("y", 5.0)]),
            of("A, 2 cores", 20, &[("x", 2.0)]),
            of("B, 2 cores", 30, &[("x", 3.0)]),
        ];
        for run in &kept {
            write(&paths(&store, run).0, run).unwrap();
        }
        let now = of("A, 2 cores", 40, &[("x", 4.0), ("y", 4.0), ("z", 4.0)]);
        let found = last(&store, &now).unwrap().unwrap();
        std::fs::remove_dir_all(&store).unwrap();
        assert_eq!(found.figures.iter().map(|figure| figure.value).collect::<Vec<_>>(), [2.0, 5.0]);
        assert!(last(&store, &now).unwrap().is_none(), "a store that is not there holds nothing");
    }
}
