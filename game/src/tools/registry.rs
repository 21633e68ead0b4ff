//! How tools become known.

use bevy::input::keyboard::KeyCode;

/// Takes in these files, each of which has its tool as `TOOL`, and lists the tools in this order.
macro_rules! tools {
    ($($file:ident,)*) => {
        $(mod $file;)*

        /// All tools, in the order of the palette.
        pub const TOOLS: &[&dyn Tool] = &[$(&$file::TOOL,)*];
    };
}
pub(super) use tools;

/// What is printed on a key.
pub fn key_label(key: KeyCode) -> String {
    let name = format!("{key:?}");
    name.strip_prefix("Digit").or(name.strip_prefix("Key")).unwrap_or(&name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::{TOOLS, Tool};
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn tools_do_not_share_names_or_keys() {
        let different = |of: &dyn Fn(&dyn Tool) -> String| TOOLS.iter().map(|t| of(*t)).collect::<BTreeSet<_>>().len();
        assert_eq!(different(&|tool| tool.id().into()), TOOLS.len());
        assert_eq!(different(&|tool| tool.name()), TOOLS.len());
        assert_eq!(different(&|tool| key_label(tool.key())), TOOLS.len());
    }

    #[test]
    fn every_tool_has_its_sentences() {
        for tool in TOOLS {
            let ids = [format!("tool-{}", tool.id()), format!("tool-{}-hint", tool.id())];
            assert!(ids.iter().all(|id| words::english().has(id)), "{ids:?} in game/words/text");
        }
    }

    #[test]
    fn keys_are_named_as_they_are_printed() {
        assert_eq!((key_label(KeyCode::Digit3), key_label(KeyCode::KeyX)), ("3".into(), "X".into()));
    }

    /// `cargo fmt` does not look into a macro for modules; where rustfmt is installed, this does in its stead.
    #[test]
    fn the_files_of_tools_are_formatted() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(root.join("src/tools")).unwrap().flatten().map(|entry| entry.path());
        let asked = std::process::Command::new("rustfmt")
            .args(["--check", "--edition", "2024", "--config-path"])
            .arg(root.join("../rustfmt.toml"))
            .args(files)
            .output();
        if let Ok(answer) = asked {
            assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stdout));
        }
    }
}
