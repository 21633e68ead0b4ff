use super::*;

const HEBREW: &str = "\u{5e9}\u{5dc}\u{5d5}\u{5dd}";
const ARABIC: &str = "\u{633}\u{644}\u{627}\u{645}";

fn drawn(text: &str) -> Option<Ink> {
    draw(&Wanted { text, size: 32.0, colour: [255, 255, 255], strong: false, width: None })
}

fn pixels(ink: &Ink) -> impl Iterator<Item = [u8; 4]> + '_ {
    ink.pixels.as_chunks().0.iter().copied().filter(|pixel| pixel[3] > 0)
}

#[test]
fn names_in_scripts_that_the_interface_lacks_are_written() {
    for (script, name, other) in [
        ("Latin", "Anna", "Anne"),
        ("Hebrew", HEBREW, "\u{5e9}\u{5dc}\u{5d5}\u{5de}"),
        ("Arabic", ARABIC, "\u{633}\u{644}\u{627}\u{646}"),
        ("Chinese", "\u{6c34}\u{6ce2}", "\u{6c34}\u{706b}"),
        ("emoji", "Zo\u{eb} \u{1f30a}", "Zo\u{eb} \u{1f525}"),
    ] {
        let [ink, other] = [name, other].map(drawn);
        let Some(ink) = ink.filter(|ink| ink.whole) else {
            eprintln!("SKIPPED {script}: no font here has it");
            continue;
        };
        assert!(pixels(&ink).count() > 100, "{script}: there is ink");
        // Boxes for letters that are missing would be alike.
        assert!(Some(ink) != other, "{script}: another word looks otherwise");
    }
}

/// Debian's DejaVu has Hebrew and Arabic: where it is installed, as where this is tested, they must be there.
#[test]
fn dejavu_writes_hebrew_and_arabic() {
    if !std::path::Path::new("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf").is_file() {
        eprintln!("SKIPPED: DejaVu is not installed");
        return;
    }
    assert!([HEBREW, ARABIC, "Zo\u{eb}"].iter().all(|name| drawn(name).is_some_and(|ink| ink.whole)));
    assert!(drawn("\u{10fffd}").is_none_or(|ink| !ink.whole), "a letter that nobody has");
    // Arabic letters join: together they are narrower than one by one.
    let width = |text: &str| drawn(text).unwrap().width;
    let apart: u32 = ARABIC.chars().map(|c| width(&c.to_string())).sum();
    assert!(width(ARABIC) < apart);
    // Hebrew begins at the right: of a wide letter and a small raised one after it, nothing is at the lower left.
    let ink = drawn("\u{5e9}\u{5d9}").unwrap();
    let weigh = |columns: std::ops::Range<u32>| {
        let low = ink.height * 11 / 20..ink.height;
        let alpha = |x: u32, y: u32| u32::from(ink.pixels[((y * ink.width + x) * 4 + 3) as usize]);
        columns.flat_map(|x| low.clone().map(move |y| (x, y))).map(|(x, y)| alpha(x, y)).sum::<u32>()
    };
    let fifth = ink.width / 5;
    assert!(weigh(0..fifth) * 4 < weigh(ink.width - 2 * fifth..ink.width - fifth));
}

#[test]
fn emoji_have_colours_where_there_is_a_font_for_them() {
    let font = std::path::Path::new("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf");
    let Some(ink) = drawn("\u{1f30a}").filter(|_| font.is_file()) else {
        eprintln!("SKIPPED: no font for emoji in colour is installed");
        return;
    };
    let blue = pixels(&ink).filter(|[r, _, b, a]| *a > 128 && *b > r.saturating_add(40)).count();
    assert!(blue > 100, "{blue} of {}", pixels(&ink).count());
}

#[test]
fn lines_are_broken_and_nonsense_is_nothing() {
    let wrapped = |width| draw(&Wanted { text: "one two three four", size: 20.0, colour: [9; 3], strong: true, width });
    if let (Some(one), Some(many)) = (wrapped(None), wrapped(Some(60.0))) {
        assert!(many.height > one.height && many.width < one.width && many.width <= 61);
    }
    assert!(drawn("").is_none() && drawn("  ").is_none());
    assert!(draw(&Wanted { text: "a", size: f32::NAN, colour: [0; 3], strong: false, width: None }).is_none());
    drawn(&"\u{5e9}".repeat(9000));
}

#[test]
fn texts_are_told_apart() {
    assert!(has_emoji("Zo\u{eb} \u{1f30a}") && has_emoji("\u{2764}\u{fe0f}") && !has_emoji("Zo\u{eb}"));
    assert!(is_rightward(HEBREW) && is_rightward("1. \u{633}") && !is_rightward("a \u{633}") && !is_rightward("12"));
}
