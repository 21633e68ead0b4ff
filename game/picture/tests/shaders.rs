//! Every shader's whole text is valid, by what browsers check it with, too: names and types.

use naga::valid::{Capabilities, ValidationFlags, Validator};
use picture::shaders;

#[test]
fn every_shader_is_valid() {
    for root in shaders::ROOTS {
        let text = shaders::text(root);
        let module =
            naga::front::wgsl::parse_str(&text).unwrap_or_else(|e| panic!("{root}: {}", e.emit_to_string(&text)));
        assert!(!module.entry_points.is_empty(), "{root} has no entry point");
        let checked = Validator::new(ValidationFlags::all(), Capabilities::empty()).validate(&module);
        checked.unwrap_or_else(|e| panic!("{root}: {}", e.emit_to_string(&text)));
    }
}

/// What a frame costs follows from how often a pixel reads: it must not grow unseen. Written texture reads of the shader that
/// has all, from near; docs/picture.md tells which of them run.
#[test]
fn a_pixel_reads_no_more_than_is_told() {
    let text = shaders::text("picture");
    let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let count = |what: &str| code.iter().map(|line| line.matches(what).count()).sum::<usize>();
    assert_eq!((count("textureSampleLevel("), count("textureLoad(")), (18, 10));
    // Of these, four are in a line of shape's, of which there are four, and three in a row of samples, of which there are three.
    // Written calls of those that read once, and the function itself.
    assert_eq!(["detail_at(", "stones_at(", "behind_at("].map(count), [11, 3, 6]);
}

/// Browsers refuse `a && b || c`, which naga takes.
#[test]
fn what_is_and_and_what_is_or_stand_in_parentheses() {
    for root in shaders::ROOTS {
        let text = shaders::text(root);
        for (number, line) in text.lines().enumerate() {
            assert!(!mixes(line.split("//").next().unwrap_or_default()), "{root}, line {}: {line}", number + 1);
        }
    }
    assert!(mixes("if a && b || c {") && mixes("f(a || b && c)") && !mixes("(a && b) || (c && d)"));
    assert!(!mixes("select(a && b, c || d, e)"));
}

/// Whether both stand beside each other within the same parentheses.
fn mixes(line: &str) -> bool {
    let mut open = vec![[false; 2]];
    for (at, letter) in line.char_indices() {
        let Some(within) = open.last_mut() else { return false };
        match letter {
            '(' | '[' | '{' => open.push([false; 2]),
            ')' | ']' | '}' => drop(open.pop()),
            ',' | ';' => *within = [false; 2],
            _ if line[at..].starts_with("&&") => within[0] = true,
            _ if line[at..].starts_with("||") => within[1] = true,
            _ => {}
        }
        if open.last() == Some(&[true; 2]) {
            return true;
        }
    }
    false
}
