//! Circles between the parts of a crate.
//!
//! In each folder, what lies side by side are parts: its folders, and the files beside them; a folder stands for all that
//! is below it. `lib.rs`, `main.rs` and `mod.rs` are the folder itself and no part of it, but what a crate's root has of
//! its own is a part of the crate: nobody below should need it. A circle is parts that use each other, directly or around.
//! Inside a folder files may know each other: there a circle counts where a folder is in it.

use crate::modules::{Crate, ModulePath};
use std::collections::{BTreeMap, BTreeSet};

/// Who uses whom, by name.
pub type Graph = BTreeMap<String, BTreeSet<String>>;

/// A part as the list names it: its path, with `/` at the end where it is a folder.
fn part(tree: &Crate, path: &[String], depth: usize) -> Option<String> {
    if path.len() <= depth {
        // What stands in the folder's own file.
        return (depth == 0).then(|| "the root".to_owned());
    }
    let top = &path[..=depth];
    let is_folder = tree.modules.range(top.to_vec()..).skip(1).any(|(p, m)| p.starts_with(top) && m.is_file);
    Some(format!("{}{}", top.join("/"), if is_folder { "/" } else { "" }))
}

/// The circles of a crate: in each, the parts by name.
pub fn circles(tree: &Crate) -> Vec<BTreeSet<String>> {
    let mut found = Vec::new();
    for folder in tree.modules.keys().filter(|path| path.is_empty() || tree.modules[*path].is_file) {
        let graph = graph(tree, folder);
        let loops = strongly_connected(&graph).into_iter().filter(|circle| circle.len() > 1);
        found.extend(loops.filter(|circle| folder.is_empty() || circle.iter().any(|name| name.ends_with('/'))));
    }
    found
}

/// Who uses whom among the parts of a folder.
fn graph(tree: &Crate, folder: &ModulePath) -> Graph {
    let depth = folder.len();
    let mut graph = Graph::new();
    for (path, module) in tree.modules.iter().filter(|(path, _)| path.starts_with(folder)) {
        let Some(from) = part(tree, path, depth) else { continue };
        let used = tree.used_by(module).into_iter().filter(|used| used.starts_with(folder));
        let parts = used.filter_map(|used| part(tree, &used, depth)).filter(|to| *to != from);
        graph.entry(from.clone()).or_default().extend(parts);
    }
    graph
}

/// Tarjan's algorithm, without recursion into anything but the graph's depth (some dozens).
fn strongly_connected(graph: &Graph) -> Vec<BTreeSet<String>> {
    struct State<'a> {
        graph: &'a Graph,
        index: BTreeMap<&'a str, usize>,
        low: BTreeMap<&'a str, usize>,
        stack: Vec<&'a str>,
        found: Vec<BTreeSet<String>>,
    }
    fn visit<'a>(s: &mut State<'a>, node: &'a str) {
        let number = s.index.len();
        s.index.insert(node, number);
        s.low.insert(node, number);
        s.stack.push(node);
        for next in s.graph.get(node).into_iter().flatten() {
            if !s.index.contains_key(next.as_str()) {
                visit(s, next);
                let low = s.low[node].min(s.low[next.as_str()]);
                s.low.insert(node, low);
            } else if s.stack.contains(&next.as_str()) {
                let low = s.low[node].min(s.index[next.as_str()]);
                s.low.insert(node, low);
            }
        }
        if s.low[node] == number {
            let start = s.stack.iter().position(|n| *n == node).expect("it was put there above");
            s.found.push(s.stack.split_off(start).into_iter().map(str::to_owned).collect());
        }
    }
    let mut state = State { graph, index: BTreeMap::new(), low: BTreeMap::new(), stack: Vec::new(), found: Vec::new() };
    for node in graph.keys() {
        if !state.index.contains_key(node.as_str()) {
            visit(&mut state, node);
        }
    }
    state.found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    /// The circles of a crate whose files are given.
    fn of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let files: BTreeMap<PathBuf, String> =
            files.iter().map(|(name, text)| (Path::new("src").join(name), (*text).to_owned())).collect();
        let tree = Crate::read(Path::new("src/lib.rs"), &|path| files.get(path).cloned());
        circles(&tree).into_iter().map(|circle| circle.into_iter().collect()).collect()
    }

    #[test]
    fn one_direction_is_no_circle() {
        let lib = "mod a; mod b; pub use a::A; pub use b::*;";
        assert!(of(&[("lib.rs", lib), ("a.rs", "pub struct A;"), ("b.rs", "pub fn b(_: crate::A) {}")]).is_empty());
    }

    #[test]
    fn a_name_that_the_root_passes_on_is_of_the_module_that_has_it() {
        let lib = "mod a; mod b; pub use a::A; pub use b::*;";
        let files = [("lib.rs", lib), ("a.rs", "use crate::B; pub struct A(B);"), ("b.rs", "pub struct B(super::A);")];
        assert_eq!(of(&files), [["a", "b"]]);
    }

    #[test]
    fn the_ways_of_naming_are_all_seen() {
        let uses = [
            "use crate::b::c::C;",
            "use super::b::{self as other, c::*};",
            "fn f() { let _ = crate::b::c::C::new(); }",
            "fn f() { assert!(matches!(1, crate::b::c::ONE)); }",
            "fn f(_: &[super::b::c::C]) {}",
            "mod inner { use super::super::b::c::C; }",
        ];
        for import in uses {
            let files = [
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", import),
                ("b/mod.rs", "pub mod c;"),
                ("b/c.rs", "use crate::a; pub struct C; pub const ONE: u8 = 1;"),
            ];
            assert_eq!(of(&files), [["a", "b/"]], "{import}");
        }
    }

    #[test]
    fn what_tests_use_does_not_count() {
        let a = "pub struct A; #[cfg(test)] mod tests { use crate::b::B; } #[cfg(test)] use crate::b;";
        let files = [
            ("lib.rs", "mod a; mod b; #[cfg(test)] mod gone;"),
            ("a.rs", a),
            ("b.rs", "use crate::a::A; pub struct B;"),
        ];
        assert!(of(&files).is_empty());
        let a = "pub struct A; #[cfg(not(test))] use crate::b::B;";
        assert_eq!(
            of(&[("lib.rs", "mod a; mod b;"), ("a.rs", a), ("b.rs", "use crate::a::A; pub struct B;")]).len(),
            1
        );
    }

    #[test]
    fn what_the_root_has_itself_is_a_part() {
        let lib = "mod a; pub struct Room(a::A);";
        assert_eq!(of(&[("lib.rs", lib), ("a.rs", "pub struct A; fn f(_: &crate::Room) {}")]), [["a", "the root"]]);
        assert!(of(&[("lib.rs", lib), ("a.rs", "pub struct A;")]).is_empty());
    }

    #[test]
    fn inside_a_folder_only_folders_count() {
        let lib = "mod x;";
        let both = [("x/a.rs", "use super::b::B; pub struct A;"), ("x/b.rs", "use super::a::A; pub struct B;")];
        let mut files = vec![("lib.rs", lib), ("x/mod.rs", "mod a; mod b; pub use a::A;")];
        files.extend(both);
        assert!(of(&files).is_empty());
        files[2] = ("x/a/mod.rs", "mod deep; use super::b::B; pub struct A;");
        files.push(("x/a/deep.rs", "use super::A;"));
        assert_eq!(of(&files), [["x/a/", "x/b"]]);
    }

    #[test]
    fn files_that_a_macro_lists_are_modules() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a/mod.rs", "pub struct A; list! { one, two, }"),
            ("a/one.rs", "use crate::b::B;"),
            ("b.rs", "use crate::a::A; pub struct B;"),
        ];
        assert_eq!(of(&files), [["a/", "b"]]);
    }

    #[test]
    fn longer_circles_are_found() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c; mod d;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "use crate::c::C; pub struct B;"),
            ("c.rs", "use crate::a::A; pub struct C;"),
            ("d.rs", "use crate::a::A;"),
        ];
        assert_eq!(of(&files), [["a", "b", "c"]]);
    }
}
