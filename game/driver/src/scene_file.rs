//! Scenes as RON files: reading them with errors that help, and the scenes that come with the program.
//!
//! The errors name file, line and column and say what to write instead. What is wrong in meaning (a
//! rectangle that leaves the world) is found by [`Scene::problem`] as a path such as `blocks[2]`; the path
//! is then looked up in the text, so that these errors have a line as well.

use sim_kernels::geom::{Rect, TILE_CELLS, WORLD_HEIGHT_MAX, WORLD_WIDTH_MAX, WorldSize};
use sim_kernels::materials;
use sim_kernels::scene::{Block, Scene};
use std::fmt;

/// The largest scene file that is read, in bytes.
pub const FILE_BYTES_MAX: usize = 1 << 20;
/// The most particles that `stress:N` makes.
pub const STRESS_PARTICLES_MAX: u64 = 4_000_000;
/// How the files of scenes end.
const SCENE_SUFFIX: &str = ".ron";
/// How the files of saved worlds end.
const SAVE_SUFFIX: &str = ".tidepool";
/// What `stress` without a number makes.
pub const STRESS_PARTICLES_USUAL: u64 = 100_000;
/// How deep the water of a stress scene's basins is at rest, in cells.
pub const STRESS_DEPTH_CELLS: i32 = 60;

/// The scenes that come with the program: name and text.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("dam-break", include_str!("../../../assets/scenes/dam-break.ron")),
    ("fountain", include_str!("../../../assets/scenes/fountain.ron")),
    ("materials", include_str!("../../../assets/scenes/materials.ron")),
    ("u-tube", include_str!("../../../assets/scenes/u-tube.ron")),
    ("volcano", include_str!("../../../assets/scenes/volcano.ron")),
    ("waterfall", include_str!("../../../assets/scenes/waterfall.ron")),
    ("wheels", include_str!("../../../assets/scenes/wheels.ron")),
    ("workshop", include_str!("../../../assets/scenes/workshop.ron")),
    ("acid-cave", include_str!("../../../assets/scenes/acid-cave.ron")),
    ("dam", include_str!("../../../assets/scenes/dam.ron")),
    ("empty-lab", include_str!("../../../assets/scenes/empty-lab.ron")),
    ("forest-fire", include_str!("../../../assets/scenes/forest-fire.ron")),
    ("ice-rink", include_str!("../../../assets/scenes/ice-rink.ron")),
    ("jelly-castle", include_str!("../../../assets/scenes/jelly-castle.ron")),
    ("lava-moat", include_str!("../../../assets/scenes/lava-moat.ron")),
    ("marble-mud", include_str!("../../../assets/scenes/marble-mud.ron")),
    ("oil-separator", include_str!("../../../assets/scenes/oil-separator.ron")),
    ("powder-mine", include_str!("../../../assets/scenes/powder-mine.ron")),
    ("rain-garden", include_str!("../../../assets/scenes/rain-garden.ron")),
    ("sand-clock", include_str!("../../../assets/scenes/sand-clock.ron")),
    ("snow-slope", include_str!("../../../assets/scenes/snow-slope.ron")),
    ("still", include_str!("../../../assets/scenes/still.ron")),
    ("water-wheel", include_str!("../../../assets/scenes/water-wheel.ron")),
];

/// Why a scene could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SceneError {
    /// The file, as it was named.
    pub file: String,
    /// Line and column from 1, where they are known.
    pub at: Option<(usize, usize)>,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub instead: String,
}

impl fmt::Display for SceneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some((line, column)) = self.at {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.what)?;
        if !self.instead.is_empty() {
            write!(f, "\n  write instead: {}", self.instead)?;
        }
        Ok(())
    }
}

/// A scene by name: one of [`BUILT_IN`], or `stress:N` with N particles.
///
/// # Errors
/// Where no scene is called so: what was meant, perhaps, or what there is.
pub fn named(name: &str) -> Result<Scene, SceneError> {
    let fail = |what: String, instead: String| SceneError { file: name.into(), at: None, what, instead };
    if name == "stress" {
        return Ok(stress(STRESS_PARTICLES_USUAL));
    }
    if let Some(count) = name.strip_prefix("stress:") {
        return match count.replace('_', "").parse::<u64>() {
            Ok(n) if (4..=STRESS_PARTICLES_MAX).contains(&n) => Ok(stress(n)),
            _ => Err(fail(
                format!("`{count}` is not a number of particles from 4 to {STRESS_PARTICLES_MAX}"),
                "stress:100000".into(),
            )),
        };
    }
    match BUILT_IN.iter().find(|(n, _)| *n == name) {
        Some((n, text)) => parse(n, text),
        None if ends_with(name, SAVE_SUFFIX) => Err(fail("there is no such file".into(), String::new())),
        None => {
            let names: Vec<&str> = BUILT_IN.iter().map(|(n, _)| *n).collect();
            // A page reads no files by their path.
            let or_a_path = if cfg!(target_arch = "wasm32") { "" } else { ", or a path that ends in .ron" };
            Err(fail(
                "there is no scene of this name".into(),
                format!("one of {}, stress:N (N particles){or_a_path}", names.join(", ")),
            ))
        }
    }
}

/// Whether a name is the path of a scene's file, by its ending (`.ron`, in any case).
pub fn is_path(name: &str) -> bool {
    ends_with(name, SCENE_SUFFIX)
}

fn ends_with(name: &str, suffix: &str) -> bool {
    name.len().checked_sub(suffix.len()).and_then(|at| name.get(at..)).is_some_and(|e| e.eq_ignore_ascii_case(suffix))
}

/// A scene by name, or by the path of a RON file.
///
/// # Errors
///
/// Where there is no such scene or file, it cannot be read, or it is no scene.
#[cfg(not(target_arch = "wasm32"))]
pub fn read(name: &str) -> Result<Scene, SceneError> {
    if !is_path(name) {
        return named(name);
    }
    let fail = |what| SceneError { file: name.into(), at: None, what, instead: String::new() };
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => fail("there is no such file".into()),
        _ => fail(format!("it cannot be read: {error}")),
    };
    let bytes = std::fs::metadata(name).map_err(unreadable)?.len();
    if bytes > FILE_BYTES_MAX as u64 {
        return Err(fail(format!("the file has {bytes} bytes; at most {FILE_BYTES_MAX} are read")));
    }
    let text = String::from_utf8(std::fs::read(name).map_err(unreadable)?).map_err(|why| {
        let bytes = why.as_bytes();
        let good = String::from_utf8_lossy(&bytes[..why.utf8_error().valid_up_to()]);
        let is_wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        SceneError {
            file: name.into(),
            at: Some(position(&good, good.len())),
            what: if is_wide { "the text is UTF-16, not UTF-8" } else { "the text is not UTF-8" }.into(),
            instead: "the same text, stored by the editor as UTF-8".into(),
        }
    })?;
    parse(name, &text)
}

/// A scene from the text of a RON file; `file` is only named in errors. A byte-order mark, which some editors put
/// before UTF-8, is no part of the text.
///
/// # Errors
///
/// Where the text is too long, is not RON, has an unknown or a missing field, or makes no sense.
pub fn parse(file: &str, text: &str) -> Result<Scene, SceneError> {
    if text.len() > FILE_BYTES_MAX {
        return Err(SceneError {
            file: file.into(),
            at: None,
            what: format!("the file has {} bytes; at most {FILE_BYTES_MAX} are read", text.len()),
            instead: "fewer shapes".into(),
        });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let scene: Scene = ron::from_str(text).map_err(|e| {
        let start = e.span.start;
        SceneError {
            file: file.into(),
            at: Some((start.line, start.col)),
            what: e.code.to_string(),
            instead: hint(&e.code),
        }
    })?;
    match scene.problem() {
        None => Ok(scene),
        Some(problem) => {
            let (path, what) = problem.split_once(": ").unwrap_or(("", &problem));
            Err(SceneError {
                file: file.into(),
                at: locate(text, path).or_else(|| locate(text, &path.replacen("blocks", "liquid", 1))),
                what: problem.clone(),
                instead: hint_meaning(path, what, scene.world),
            })
        }
    }
}

/// A scene of `particles` particles (rounded up to whole cells) in stacked basins, each at most
/// [`STRESS_DEPTH_CELLS`] deep at rest density.
pub fn stress(particles: u64) -> Scene {
    let cells = particles.clamp(4, STRESS_PARTICLES_MAX).div_ceil(4) as i32;
    const WALL: i32 = 4;
    const PITCH: i32 = STRESS_DEPTH_CELLS + WALL + 16;
    // Wide before high, as the partition is in vertical strips; 12 basins of 4088 cells hold 2.9 M cells.
    let layers = (1..=12).find(|layers| div_up(cells, layers * STRESS_DEPTH_CELLS) <= 640 * layers).unwrap_or(12);
    let inner = div_up(cells, layers * STRESS_DEPTH_CELLS).max(8);
    let tiles = |cells: i32| div_up(cells, TILE_CELLS) * TILE_CELLS;
    let width = tiles(inner + 2 * WALL).clamp(64, WORLD_WIDTH_MAX);
    let height = tiles(layers * PITCH).clamp(64, WORLD_HEIGHT_MAX);
    let (x0, x1) = (WALL, width - WALL);
    let mut terrain = vec![Rect::new(0, 0, WALL, height), Rect::new(width - WALL, 0, width, height)];
    let mut blocks = Vec::new();
    let mut left = cells;
    for layer in 0..layers {
        let floor = layer * PITCH;
        terrain.push(Rect::new(0, floor, width, floor + WALL));
        let share = div_up(left, layers - layer).min((x1 - x0) * STRESS_DEPTH_CELLS);
        let (rows, rest) = (share / (x1 - x0), share % (x1 - x0));
        let bottom = floor + WALL;
        if rows > 0 {
            blocks.push(Block::water(Rect::new(x0, bottom, x1, bottom + rows)));
        }
        if rest > 0 {
            blocks.push(Block::water(Rect::new(x0, bottom + rows, x0 + rest, bottom + rows + 1)));
        }
        left -= share;
    }
    Scene {
        title: format!("Stress: {} particles in {layers} basins", i64::from(cells) * 4),
        world: WorldSize { width, height },
        gravity: [0, -66],
        terrain,
        blocks,
        commands: Vec::new(),
    }
}

/// A world of one's own: a floor, two walls, and on the floor a layer of a material, by its name. With air, smoke and steam are carried by wind,
/// which costs about as much as a pond that is a sixteenth of the world.
pub fn blank(title: &str, world: WorldSize, ground: Option<&str>, air: bool) -> Scene {
    const WALL: i32 = 6;
    let WorldSize { width, height } = world;
    let mut blocks = Vec::new();
    if air {
        blocks.push(Block::of(materials::AIR, world.rect()));
    }
    if let Some(material) = ground.and_then(|name| materials::NAMES.iter().position(|known| *known == name)) {
        blocks.push(Block::of(material as u32, Rect::new(WALL, WALL, width - WALL, WALL + height / 5)));
    }
    Scene {
        title: title.to_owned(),
        world,
        gravity: [0, -60],
        terrain: vec![
            Rect::new(0, 0, width, WALL),
            Rect::new(0, 0, WALL, height),
            Rect::new(width - WALL, 0, width, height),
        ],
        blocks,
        commands: Vec::new(),
    }
}

fn div_up(a: i32, b: i32) -> i32 {
    (a + b - 1) / b
}

/// What to write where RON or serde refused the text.
fn hint(error: &ron::Error) -> String {
    use ron::Error as E;
    match error {
        E::NoSuchStructField { expected, found, .. } => pick("the field", expected, found),
        E::NoSuchEnumVariant { expected, found, .. } if *expected == materials::NAMES => {
            format!("a material's name: {}", pick("one", expected, found))
        }
        E::NoSuchEnumVariant { expected, found, .. } => pick("the command", expected, found),
        E::MissingStructField { field, .. } => match *field {
            "title" => "add a line such as  title: \"Dam break\",".into(),
            "world" => "add a line such as  world: (width: 320, height: 128),".into(),
            "gravity" => "add a line such as  gravity: (0, -66),".into(),
            "x0" | "y0" | "x1" | "y1" => "a rectangle has all four edges: (x0: 0, y0: 0, x1: 16, y1: 16)".into(),
            other => format!("add the field `{other}`"),
        },
        E::DuplicateStructField { field, .. } => format!("`{field}` only once"),
        E::ExpectedArray | E::ExpectedArrayEnd => "a list in square brackets: [ … , … ]".into(),
        E::ExpectedInteger | E::ExpectedFloat | E::InvalidIntegerDigit { .. } => {
            "a whole number, such as 16 or -66".into()
        }
        E::IntegerOutOfBounds => "a number that fits (lengths in cells, ticks from 0)".into(),
        E::ExpectedBoolean => "true or false".into(),
        E::ExpectedString | E::ExpectedStringEnd => {
            "a text in double quotes: \"Dam break\", or a material's name: \"water\"".into()
        }
        E::ExpectedComma => "a comma between two entries".into(),
        E::ExpectedMapColon => "a colon between a field's name and its value: name: value".into(),
        E::ExpectedStructLike | E::ExpectedNamedStructLike(_) | E::ExpectedMap => {
            "fields in round brackets: (x0: 0, y0: 0, x1: 16, y1: 16)".into()
        }
        E::ExpectedStructLikeEnd | E::Eof => "the closing bracket that is missing here".into(),
        E::ExpectedDifferentLength { expected, .. } => format!("exactly {expected}; a pair is (0, -66)"),
        E::InvalidValueForType { expected, .. } => expected.clone(),
        E::TrailingCharacters => "nothing after the last closing bracket".into(),
        E::UnclosedBlockComment => "*/ at the comment's end".into(),
        _ => "see assets/scenes/dam-break.ron for a whole scene".into(),
    }
}

fn pick(what: &str, expected: &[&str], found: &str) -> String {
    // What stands in a file is as long as its author likes; no name is longer than this.
    let found: String = found.chars().take(64).collect();
    let distance = |name: &str| strsim::levenshtein(name, &found);
    let near = expected.iter().min_by_key(|name| distance(name)).filter(|name| distance(name) <= 3);
    match near {
        Some(name) => format!("{what} `{name}` (it can be {})", expected.join(", ")),
        None => format!("{what} can be {}", expected.join(", ")),
    }
}

/// What to write where the text can be read and makes no sense.
fn hint_meaning(path: &str, what: &str, world: WorldSize) -> String {
    let (w, h) = (world.width, world.height);
    match path.split('[').next().unwrap_or("") {
        "world" => "(width: 320, height: 128), both multiples of 16".into(),
        "blocks" if what.contains("material") => format!("one of {}", materials::NAMES.join(", ")),
        "terrain" | "blocks" => {
            format!(
                "a rectangle with x0 < x1 and y0 < y1 inside 0 to {w} and 0 to {h}: (x0: 0, y0: 0, x1: {w}, y1: 16)"
            )
        }
        "gravity" => "(0, -66)".into(),
        "commands" if what.contains("back") => "the commands in order of their ticks".into(),
        "commands" => format!("places inside {w} x {h} cells, radius 0 to 48, speeds up to 16384"),
        _ => "fewer or shorter entries".into(),
    }
}

/// Line and column of a path such as `blocks[2]` or `world` in a RON text: the field of that name in the
/// outermost struct, and there the entry of that index. Strings and comments are stepped over.
fn locate(text: &str, path: &str) -> Option<(usize, usize)> {
    let (name, index) = match path.split_once('[') {
        Some((name, rest)) => (name, rest.trim_end_matches(']').parse::<usize>().ok()),
        None => (path, None),
    };
    let bytes = text.as_bytes();
    let (mut depth, mut i, mut inside, mut entry) = (0usize, 0usize, false, 0usize);
    let mut fresh = false; // At the start of an entry of the list that is looked for.
    while i < bytes.len() {
        let c = bytes[i];
        if fresh && !c.is_ascii_whitespace() && !bytes[i..].starts_with(b"//") && !bytes[i..].starts_with(b"/*") {
            if index == Some(entry) {
                return Some(position(text, i));
            }
            fresh = false;
        }
        match c {
            b'"' => {
                i += 1;
                while i < bytes.len() && bytes[i] != b'"' {
                    i += 1 + usize::from(bytes[i] == b'\\');
                }
            }
            b'/' if bytes.get(i + 1) == Some(&b'/') => {
                while i < bytes.len() && bytes[i] != b'\n' {
                    i += 1;
                }
            }
            b'/' if bytes.get(i + 1) == Some(&b'*') => {
                i += 2;
                while i < bytes.len() && !bytes[i..].starts_with(b"*/") {
                    i += 1;
                }
                i += 1;
            }
            b'(' | b'[' | b'{' => {
                depth += 1;
                fresh |= inside && depth == 2;
            }
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if inside && depth < 2 {
                    return None;
                }
            }
            b',' if inside && depth == 2 => {
                entry += 1;
                fresh = true;
            }
            _ if depth == 1 && !inside && bytes[i..].starts_with(name.as_bytes()) => {
                let rest = text[i + name.len()..].trim_start();
                let whole = i == 0 || !(bytes[i - 1].is_ascii_alphanumeric() || bytes[i - 1] == b'_');
                if whole && rest.starts_with(':') && !name.is_empty() {
                    if index.is_none() {
                        return Some(position(text, i));
                    }
                    inside = true;
                    i += name.len();
                    continue;
                }
            }
            _ => {}
        }
        i += 1;
    }
    None
}

fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = &text[..byte];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_there_is_told_as_a_file() {
        for name in ["gone.tidepool", "gone.ron"] {
            assert!(read(name).unwrap_err().to_string().contains("no such file"), "{name}");
        }
        assert!(read("gone").unwrap_err().to_string().contains("one of dam-break"));
        assert!(read("fountain").is_ok());
    }

    #[test]
    fn built_in_scenes_are_good() {
        for (name, _) in BUILT_IN {
            let scene = named(name).unwrap_or_else(|e| panic!("{e}"));
            let particles = scene.particles(scene.world.rect()).len();
            assert!(particles > 0 || !scene.commands.is_empty(), "{name} is empty");
            let most = if ["dam-break", "materials"].contains(name) { 20_000 } else { 60_000 };
            assert!(particles <= most, "{name} has {particles} particles");
        }
    }

    #[test]
    fn a_world_of_ones_own_is_good_in_any_size() {
        for (width, height) in [(64, 64), (192, 112), (1024, 256)] {
            let world = WorldSize::new(width, height).unwrap();
            for air in [false, true] {
                let sand = blank("x", world, Some("sand"), air);
                assert_eq!((sand.problem(), blank("x", world, None, air).problem()), (None, None));
                assert!(!sand.particles(world.rect()).is_empty());
            }
        }
    }

    #[test]
    fn stress_has_the_size_asked_for_and_shallow_basins() {
        for n in [4u64, 1000, 80_000, 1_000_000, 4_000_000] {
            let scene = stress(n);
            assert_eq!(scene.problem(), None, "{n}");
            let area: u64 = scene.blocks.iter().map(|b| b.rect().area() as u64).sum();
            assert_eq!(area * 4, n, "{n}");
            assert!(scene.blocks.iter().all(|b| b.rect().height() <= 64));
        }
        assert_eq!(stress(10_000).particles(stress(10_000).world.rect()).len(), 10_000);
        assert!(named("stress:0").is_err() && named("stress:9999999999").is_err() && named("stress:x").is_err());
    }

    #[test]
    fn a_misspelt_field_names_line_and_the_right_word() {
        let text = "(\n  title: \"x\",\n  world: (width: 64, height: 64),\n  gravity: (0, -66),\n  block: [],\n)";
        let e = parse("my.ron", text).unwrap_err();
        assert_eq!(e.at.map(|a| a.0), Some(5), "{e}");
        assert!(e.to_string().starts_with("my.ron:5:") && e.instead.contains("`blocks`"), "{e}");
    }

    #[test]
    fn a_field_is_unknown_at_any_depth() {
        let good = "(\n  title: \"x\",\n  world: (width: 64, height: 64),\n  gravity: (0, -66),\n  \
                    blocks: [(x0: 0, y0: 0, x1: 8, y1: 8)],\n  commands: [\n    \
                    (9, Push(stroke: (from: (1, 1), to: (2, 2), radius: 3), velocity: (0, 9))),\n    \
                    (9, Emit((rect: (x0: 0, y0: 0, x1: 8, y1: 8), velocity: (0, 0), material: \"water\", until: 9))),\n  ],\n)";
        assert!(parse("f", good).is_ok());
        for (after, add, (line, column), known) in [
            ("y1: 8", ", colour: 4", (5, 43), "x0, y0, x1, y1"),
            ("height: 64", ", depth: 3", (3, 34), "width, height"),
            ("radius: 3", ", colour: 4", (7, 61), "from, to, radius"),
            ("velocity: (0, 9)", ", speed: 4", (7, 80), "stroke, velocity"),
            ("until: 9", ", till: 9", (8, 97), "`until`"),
        ] {
            let e = parse("my.ron", &good.replacen(after, &format!("{after}{add}"), 1)).unwrap_err();
            let field = add[2..].split(':').next().unwrap();
            assert!(e.what.contains(&format!("`{field}`")) && e.instead.contains(known), "{e}");
            let at = e.at.unwrap();
            assert!(at.0 == line && at.1.abs_diff(column) <= field.len() + 1, "{at:?}: {e}");
        }
    }

    #[test]
    fn materials_are_named_and_a_wrong_name_is_told_the_nearest() {
        let text = |material: &str| {
            format!(
                "(\n title: \"x\",\n world: (width: 64, height: 64),\n gravity: (0, -66),\n \
                 blocks: [\n  (x0: 0, y0: 0, x1: 8, y1: 8),\n  (x0: 8, y0: 0, x1: 16, y1: 8, material: {material}),\n ],\n)"
            )
        };
        let blocks = parse("f", &text("\"sand\"")).unwrap().blocks;
        assert_eq!(
            blocks.iter().map(|b| materials::NAMES[usize::from(b.material)]).collect::<Vec<_>>(),
            ["water", "sand"]
        );
        let e = parse("my.ron", &text("\"snad\"")).unwrap_err();
        assert!(e.instead.contains("`sand`") && e.at.is_some_and(|at| at.0 == 7), "{e}");
        let e = parse("my.ron", &text("\"custard\"")).unwrap_err();
        assert!(e.instead.contains("water, oil"), "{e}");
        let e = parse("my.ron", &text("3")).unwrap_err();
        assert!(e.instead.contains("double quotes") && e.at.is_some_and(|at| at.0 == 7), "{e}");
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        let text = BUILT_IN[0].1;
        assert_eq!(parse("f", &format!("\u{feff}{text}")), parse("f", text));
        let e = parse("f", "\u{feff}(heading: \"x\")").unwrap_err();
        assert!(e.at.unwrap().0 == 1 && e.instead.contains("title, world"), "{e}");
    }

    #[test]
    fn files_are_known_by_their_ending_in_any_case_and_must_be_utf_8() {
        let file = |name: &str, bytes: &[u8]| {
            let path = std::env::temp_dir().join(format!("tidepool-scene-{}-{name}", std::process::id()));
            std::fs::write(&path, bytes).unwrap();
            let read = read(path.to_str().unwrap());
            std::fs::remove_file(path).unwrap();
            read
        };
        let text = BUILT_IN[0].1;
        assert_eq!(file("X.RON", text.as_bytes()), parse("f", text));
        let wide: Vec<u8> = "\u{feff}(title)".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let e = file("wide.ron", &wide).unwrap_err();
        assert!(e.what.contains("UTF-16") && e.instead.contains("UTF-8") && e.at == Some((1, 1)), "{e}");
        let e = file("latin.ron", b"(\n title: \"Str\xf6mung\",\n)").unwrap_err();
        assert!(e.what.contains("not UTF-8") && e.at == Some((2, 13)), "{e}");
        for (name, is) in [("a.ron", true), ("A.Ron", true), (".ron", true), ("ron", false), ("a.ron.tidepool", false)]
        {
            assert_eq!(is_path(name), is, "{name}");
        }
        assert!(!is_path("\u{1f30a}") && read("gone.TIDEPOOL").unwrap_err().what.contains("no such file"));
    }

    #[test]
    fn a_rectangle_outside_names_its_own_line() {
        let text = "(\n  // blocks: [ (x0: 0) ]\n  title: \"blocks: [\",\n  world: (width: 64, height: 64),\n  gravity: (0, -66),\n  \
                    blocks: [\n    (x0: 0, y0: 0, x1: 8, y1: 8),\n    (x0: 0, y0: 0, x1: 80, y1: 8),\n  ],\n)";
        let e = parse("my.ron", text).unwrap_err();
        assert_eq!(e.at, Some((8, 5)), "{e}");
        assert!(e.instead.contains("0 to 64"), "{e}");
    }

    #[test]
    fn other_mistakes_have_lines_and_hints() {
        let good = "(\n title: \"x\",\n world: (width: 64, height: 64),\n gravity: (0, -66),\n)";
        assert!(parse("f", good).is_ok());
        for (from, to, line) in [
            ("width: 64", "width: 65", 3),
            ("gravity: (0, -66)", "gravity: (0, 9999)", 4),
            ("gravity: (0, -66)", "gravity: 7", 4),
            ("title: \"x\"", "title: x", 2),
            ("title: \"x\",\n", "title: \"x\"\n", 3),
        ] {
            let e = parse("f", &good.replace(from, to)).unwrap_err();
            assert!(!e.instead.is_empty(), "{e}");
            let at = e.at.unwrap_or_else(|| panic!("{e}")).0;
            assert!(at.abs_diff(line) <= 1, "{e}");
        }
        assert!(named("dambreak").unwrap_err().instead.contains("dam-break"));
    }
}
