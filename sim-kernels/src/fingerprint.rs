//! What programs must have in common to compute the same bits, derived from the code and not counted up by hand.
//!
//! [`peers`] is compared between peers before they compute together. It is a hash of every shader's text, blind to
//! comments and white space, and of the table of materials that they read, so it holds all constants, layouts and formulas
//! that the GPU has; and of the golden digests, which are what the CPU's formulas, their twins, give; and of the columns of the
//! materials' words; and of the commands as they are declared, since a new one leaves all that as it is. Builds without GPU
//! kernels have the texts, too, and so the same fingerprint. [`physics`] says less, for files that outlive a build: what the
//! formats and formulas give.

use crate::command;
use crate::digest::Digest;
use crate::golden;
use crate::materials::{self, Class, table};
use crate::particle;
use crate::shader::KernelId;
use std::sync::OnceLock;

/// Names of this build's physics that releases wrote which had nothing but water: by the golden digest of water that they
/// had, a hash of constants and a number counted up by hand, and one of that digest.
const EARLIER: [(Digest, Digest); 2] = [
    (
        Digest([0x8de7_e235, 0xeea3_5a39, 0x1311_b9ef, 0x539b_a6df]),
        Digest([0xe8d7_c9bd, 0xc89d_d119, 0x403d_98f0, 0x5d0a_f137]),
    ),
    (
        Digest([0x8de7_e235, 0xeea3_5a39, 0x1311_b9ef, 0x539b_a6df]),
        Digest([0x4703_15f8, 0x9be9_ceaa, 0xfce8_1ec7, 0xeb3e_ed80]),
    ),
];

/// Peers whose fingerprints differ might not compute the same bits.
pub fn peers() -> Digest {
    static FINGERPRINT: OnceLock<Digest> = OnceLock::new();
    *FINGERPRINT.get_or_init(|| {
        let texts = Class::ALL.into_iter().flat_map(texts);
        of(texts, &table::TABLE, golden(), command::DECLARED)
    })
}

/// What the formulas of all materials give: the golden digests, added.
fn golden() -> Digest {
    let mut sum = Digest::default();
    golden::ALL.iter().for_each(|golden| sum.add(golden.digest));
    sum
}

/// The names and texts of a class's shaders.
fn texts(class: Class) -> impl Iterator<Item = (&'static str, String)> {
    KernelId::ALL.iter().map(move |kernel| (kernel.name(), kernel.resolved(class)))
}

/// Bytes as words to be hashed, their number first.
pub fn words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    let word = |bytes: &[u8]| {
        let mut word = [0; 4];
        word[..bytes.len()].copy_from_slice(bytes);
        u32::from_le_bytes(word)
    };
    std::iter::once(bytes.len() as u32).chain(bytes.chunks(4).map(word))
}

/// The physics of this build, by what they give: for saves.
pub fn physics() -> Digest {
    let words =
        golden::ALL.iter().flat_map(|golden| golden.digest.0).chain([particle::POS_BITS, particle::BYTES as u32]);
    Digest::of_words(0x9875_1c50, words)
}

/// Whether a world that was computed with these physics goes on with the same bits.
pub fn goes_on(physics_then: Digest) -> bool {
    physics_then == physics()
}

/// The same for a world that has nothing but water: earlier releases had nothing else.
pub fn goes_on_with_water(physics_then: Digest) -> bool {
    EARLIER.contains(&(golden::WATER.digest, physics_then))
}

/// What a command is declared as: its name, and the names and types of what is in it.
type Declared<'a> = (&'a str, &'a [&'a str]);

/// The hash of the golden digests, the table of materials, the columns of their words, each shader's name and text, and the
/// commands.
fn of<'a>(
    texts: impl Iterator<Item = (&'a str, String)>,
    table: &[i32],
    golden: Digest,
    commands: &[Declared<'_>],
) -> Digest {
    let mut all = golden.0.to_vec();
    all.push(table.len() as u32);
    all.extend(table.iter().map(|&column| column as u32));
    for word in materials::ALL.iter().flat_map(|m| m.family.words()) {
        all.push(word.fields.len() as u32);
        all.extend(word.fields);
    }
    for (name, text) in texts {
        all.extend(words(name.as_bytes()).chain(words(tokens(&text).as_bytes())));
    }
    for (name, fields) in commands {
        // How a type is spaced is the compiler's choice.
        let fields = fields.join(" ").replace(char::is_whitespace, "");
        all.extend(words(name.as_bytes()).chain(words(fields.as_bytes())));
    }
    Digest::of_words(0xf19e_4d21, all)
}

/// WGSL without comments and white space; a space stays where two words would else become one.
fn tokens(wgsl: &str) -> String {
    let mut out = String::with_capacity(wgsl.len());
    let mut apart = false;
    for line in wgsl.lines() {
        // These shaders have line comments only: a test looks.
        let code = line.split_once("//").map_or(line, |(code, _)| code);
        for c in code.chars() {
            if c.is_whitespace() {
                apart = true;
                continue;
            }
            let word = |c: char| c.is_alphanumeric() || c == '_';
            // Two operators that touch may be another one: `a - -b`.
            let operator = |c: char| !word(c) && !"(){}[],:;".contains(c);
            let last = out.chars().next_back().unwrap_or(';');
            if apart && (word(last) && word(c) || operator(last) && operator(c)) {
                out.push(' ');
            }
            apart = false;
            out.push(c);
        }
        apart = true;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHADER: &str = "// Adds.\nfn add(a: i32, b: i32) -> i32 {\n    return a - -b; // so\n}\n";

    fn print(text: &str) -> Digest {
        of([("add", text.to_owned())].into_iter(), &[], golden::WATER.digest, &[])
    }

    #[test]
    fn comments_and_white_space_do_not_count() {
        let other = "fn add(a:i32,b :i32)->i32{\n\n// Otherwise said.\n\treturn a - -b;}";
        assert_eq!(tokens(SHADER), tokens(other));
        assert_eq!(tokens(SHADER), "fn add(a:i32,b:i32)->i32{return a- -b;}");
        assert_eq!(print(SHADER), print(other));
    }

    #[test]
    fn everything_else_counts() {
        for (from, to) in [("- -b", "--b"), ("return a", "returna"), ("i32 {", "u32 {"), ("a -", "b -"), ("add", "sub")]
        {
            let changed = SHADER.replace(from, to);
            assert_ne!(changed, SHADER);
            assert_ne!(print(&changed), print(SHADER), "{from} to {to}");
        }
        let text = || [("add", SHADER.to_owned())].into_iter();
        let with = |golden, commands: &[Declared<'_>]| of(text(), &[], golden, commands);
        assert_ne!(with(golden::WATER.digest, &[]), with(Digest::default(), &[]), "the golden digest");
        let other = of([("sub", SHADER.to_owned())].into_iter(), &[], golden::WATER.digest, &[]);
        assert_ne!(with(golden::WATER.digest, &[]), other);
        // A command more, in another place, by another name, with another field.
        let (one, two): (Declared<'_>, Declared<'_>) = (("Pour", &["stroke", "Stroke"]), ("Clear", &[]));
        let lists: [&[Declared<'_>]; 6] =
            [&[], &[one], &[one, two], &[two, one], &[("Pore", one.1), two], &[("Pour", &["stroke", "Rect"]), two]];
        for (i, list) in lists.iter().enumerate() {
            for other in &lists[..i] {
                assert_ne!(with(golden::WATER.digest, list), with(golden::WATER.digest, other), "{list:?} {other:?}");
            }
        }
    }

    #[test]
    fn it_holds_every_shader_and_every_constant() {
        let all = || Class::ALL.into_iter().flat_map(texts);
        let mut table = table::TABLE.clone();
        assert_eq!(of(all(), &table, golden(), command::DECLARED), peers());
        let without_texts = |table: &[i32]| of(std::iter::empty(), table, golden(), command::DECLARED);
        let whole = without_texts(&table);
        for k in 0..table.len() {
            table[k] ^= 1;
            assert_ne!(without_texts(&table), whole, "column {k}");
            table[k] ^= 1;
        }
        for (k, (name, text)) in all().enumerate() {
            assert!(!text.contains("/*"), "{name}: `tokens` knows line comments only");
            let fewer = all().enumerate().filter(|(i, _)| *i != k).map(|(_, kernel)| kernel);
            assert_ne!(of(fewer, &table, golden(), command::DECLARED), peers(), "{name}");
            for (constant, value) in crate::constants::ALL {
                let line = format!("const {constant}: i32 = {value};");
                assert!(text.contains(&line), "{name}: {line}");
            }
        }
    }

    #[test]
    fn worlds_of_earlier_releases_go_on() {
        assert!(goes_on(physics()));
        assert!(EARLIER.iter().all(|(golden, then)| (*golden == golden::WATER.digest) == goes_on_with_water(*then)));
        let unknown = Digest([1, 2, 3, 4]);
        assert!(!goes_on(unknown) && !goes_on_with_water(unknown) && !goes_on_with_water(physics()));
    }
}
