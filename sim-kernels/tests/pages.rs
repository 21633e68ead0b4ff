//! The pages of the materials, in docs/materials: each material has one, what it says of constants, bounds, heat and
//! reactions is what the code has, its picture is there, and so is all that it names. docs/materials.md has a line for each,
//! and the whole table of reactions. What differs is written by
//!
//!     TIDEPOOL_DOCS=write cargo test -p sim-kernels --test pages
//!
//! between the marks that a file has for it; all else is written by hand.

mod page_parts;

use page_parts::{Page, each, generated, laws, outcome, pages, when};
use sim_kernels::materials::reactions::TABLE;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Before and behind what is written by this test.
const MARKS: [&str; 2] =
    ["<!-- From the code: TIDEPOOL_DOCS=write cargo test -p sim-kernels --test pages -->\n", "<!-- By hand. -->\n"];

/// The largest picture, in bytes, and all of them together.
const PICTURE_BYTES_MAX: u64 = 25 << 10;
const PICTURES_BYTES_MAX: u64 = 1 << 20;

/// One test at a time has the files, or one would read what another writes.
fn alone() -> MutexGuard<'static, ()> {
    static FILES: Mutex<()> = Mutex::new(());
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn folder() -> PathBuf {
    top().join("docs/materials")
}

fn text(page: &Page) -> String {
    let path = folder().join(format!("{}.md", page.name));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{} should be there: {e}", path.display()))
}

/// Sees that what stands in a file between two marks is this, or writes it.
fn hold(file: &Path, [begin, end]: [&str; 2], wanted: &str) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let (before, rest) = text.split_once(begin).ok_or_else(|| format!("{} has no line {begin:?}", file.display()))?;
    let (is, after) = rest.split_once(end).ok_or_else(|| format!("{} has no line {end:?}", file.display()))?;
    if is == wanted {
        return Ok(());
    }
    if std::env::var_os("TIDEPOOL_DOCS").is_some_and(|v| v == "write") {
        return std::fs::write(file, format!("{before}{begin}{wanted}{end}{after}")).map_err(|e| e.to_string());
    }
    Err(format!("{} should have between its marks (TIDEPOOL_DOCS=write writes it):\n{wanted}", file.display()))
}

#[test]
fn each_page_says_what_the_code_has() {
    let _alone = alone();
    let pages = pages();
    let wrong: Vec<String> = pages
        .iter()
        .filter_map(|page| {
            let file = folder().join(format!("{}.md", page.name));
            hold(&file, MARKS, &format!("{}\n", generated(page))).err()
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The index: a picture, a name, the family, the masses and the first sentence of each page.
fn index() -> String {
    let mut text = "\n| | material | family | mass | what it is known by |\n|---|---|---|---|---|\n".to_owned();
    for page in pages() {
        let (name, masses) = (page.name, each(&page, &|m| hundredths(m.mass)));
        let own = self::text(&page);
        let (title, rest) = own.split_once('\n').expect("it has a title");
        let title = title.trim_start_matches("# ");
        let known = rest.split("\n\n").next().unwrap_or_default().replace('\n', " ");
        let known = known.split_once(". ").map_or(&*known, |(first, _)| first).trim_end_matches('.');
        text += &format!(
            "| <a href=\"materials/{name}.md\"><img src=\"materials/{name}.png\" width=\"160\" alt=\"{title}\"></a> | \
             [{title}](materials/{name}.md) | {} | {masses} | {known} |\n",
            laws::shown(page.of[0]).file,
        );
    }
    text + "\n"
}

/// A mass, Q6, in decimals.
fn hundredths(raw: i32) -> String {
    let text = format!("{:.2}", f64::from(raw) / 64.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[test]
fn the_index_has_every_page() {
    let _alone = alone();
    hold(&top().join("docs/materials.md"), MARKS, &index()).unwrap_or_else(|wrong| panic!("{wrong}"));
}

/// The table of reactions as docs/materials.md has it.
fn table() -> String {
    let mut text = String::new();
    let plain = |name: &'static str| name.to_owned();
    for row in TABLE {
        let [to, ticks, gives] = outcome(row, &plain);
        text += &format!("| {} | {} | {to} | {ticks} | {gives} |\n", row.of, when(row, &plain));
    }
    text
}

#[test]
fn the_docs_have_the_table() {
    let _alone = alone();
    let head = "| what | when | becomes | in ticks, on average | gives degrees |\n|---|---|---|---|---|\n";
    hold(&top().join("docs/materials.md"), [head, "\nThings: "], &table()).unwrap_or_else(|wrong| panic!("{wrong}"));
}

#[test]
fn every_page_has_its_materials_and_its_picture() {
    let _alone = alone();
    let (pages, mut bytes) = (pages(), 0);
    for page in &pages {
        let (text, name) = (text(page), page.name);
        assert!(text.contains(&format!("]({name}.png)")), "{name}.md shows no picture {name}.png");
        let picture = folder().join(format!("{name}.png"));
        let size = std::fs::metadata(&picture).unwrap_or_else(|e| panic!("{}: {e}", picture.display())).len();
        assert!(size <= PICTURE_BYTES_MAX, "{name}.png has {size} bytes");
        bytes += size;
        for of in &page.of {
            assert!(
                page.of.len() == 1 || text.contains(&format!("`{}`", of.name)),
                "{name}.md does not name {}",
                of.name
            );
        }
    }
    assert!(bytes <= PICTURES_BYTES_MAX, "all pictures: {bytes} bytes");
    for entry in std::fs::read_dir(folder()).expect("the folder is there").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let of = name.trim_end_matches(".md").trim_end_matches(".png");
        assert!(pages.iter().any(|page| page.name == of), "{name} is of no material");
    }
}

/// The targets of a page's links: what stands in `](…)`, and in `src="…"`.
fn links(text: &str) -> Vec<&str> {
    let behind = |mark: &'static str, end: char| {
        text.split(mark).skip(1).filter_map(move |rest| rest.split_once(end).map(|(link, _)| link))
    };
    behind("](", ')').chain(behind("src=\"", '"')).chain(behind("href=\"", '"')).collect()
}

/// A heading's name as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn headings(text: &str) -> Vec<String> {
    text.lines().filter(|line| line.starts_with('#')).map(|line| anchor(line.trim_start_matches('#'))).collect()
}

#[test]
fn what_the_pages_link_to_is_there() {
    let _alone = alone();
    let docs = top().join("docs");
    let mut files = vec![docs.join("materials.md"), docs.join("physics.md")];
    files.extend(pages().iter().map(|page| folder().join(format!("{}.md", page.name))));
    let mut gone = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).expect("it is there");
        for link in links(&text).into_iter().filter(|link| !link.starts_with("http")) {
            let (path, place) = link.split_once('#').map_or((link, None), |(path, place)| (path, Some(place)));
            let to = if path.is_empty() { file.clone() } else { file.parent().expect("a folder").join(path) };
            let leads = to.exists()
                && place.is_none_or(|place| {
                    std::fs::read_to_string(&to).is_ok_and(|text| headings(&text).iter().any(|h| h == place))
                });
            if !leads {
                gone.push(format!("{}: {link}", file.display()));
            }
        }
    }
    assert!(gone.is_empty(), "{}", gone.join("\n"));
}

/// A page's section `Tests` has a line a file: the file's path, and the tests of it by name.
#[test]
fn the_tests_that_a_page_names_are_there() {
    let _alone = alone();
    let mut gone = Vec::new();
    for page in pages() {
        let text = text(&page);
        let (_, tests) = text.split_once("\n## Tests\n").unwrap_or_else(|| panic!("{}.md names no tests", page.name));
        let mut source = String::new();
        // A list's lines are broken anywhere between names.
        for name in tests.split('`').skip(1).step_by(2) {
            if name.ends_with(".rs") {
                source = std::fs::read_to_string(top().join(name)).unwrap_or_default();
                if source.is_empty() {
                    gone.push(format!("{}.md: {name}", page.name));
                }
            } else if !source.contains(&format!("fn {name}()")) {
                gone.push(format!("{}.md: {name}", page.name));
            }
        }
        assert!(!source.is_empty(), "{}.md names no file of tests", page.name);
    }
    assert!(gone.is_empty(), "{}", gone.join("\n"));
}
