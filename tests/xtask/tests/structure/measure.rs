//! What else tells of parts that reach into each other: fields that are seen outside their folder, and functions and
//! `impl` blocks of a crate's central type that stand elsewhere. Lines of files are counted, and not judged.

use crate::modules::{Crate, Module, is_for_tests};
use std::collections::BTreeSet;
use std::path::PathBuf;
use syn::visit::{self, Visit};

/// `file: struct.field` of each field that is seen outside the folder of its file, but not outside the crate. A file that
/// lies directly in `src` is a folder of its own.
pub fn fields(tree: &Crate) -> Vec<String> {
    let mut found = Vec::new();
    for module in tree.modules.values() {
        let mut structs = Structs::default();
        module.items.iter().for_each(|item| structs.visit_item(item));
        for (name, fields) in structs.0 {
            let out = fields.iter().filter(|(_, seen_in)| reaches_out(module, seen_in));
            found.extend(out.map(|(field, _)| format!("{}: {name}.{field}", module.file.display())));
        }
    }
    found
}

/// A name, and the words before it.
type Field = (String, Vec<String>);

/// Structs with those of their fields that are seen in some module, and that module as it is written.
#[derive(Default)]
struct Structs(Vec<(String, Vec<Field>)>);

impl<'a> Visit<'a> for Structs {
    fn visit_item_struct(&mut self, item: &'a syn::ItemStruct) {
        if is_for_tests(&item.attrs) {
            return;
        }
        let fields = item.fields.iter().enumerate().filter_map(|(i, field)| {
            let name = field.ident.as_ref().map_or(i.to_string(), ToString::to_string);
            let syn::Visibility::Restricted(to) = &field.vis else { return None };
            Some((name, to.path.segments.iter().map(|s| s.ident.to_string()).collect()))
        });
        self.0.push((item.ident.to_string(), fields.collect()));
    }
}

fn reaches_out(module: &Module, words: &[String]) -> bool {
    let depth = module.path.len();
    // The module from which on it is seen, as a length of this module's path.
    let seen_from = match words[0].as_str() {
        "crate" => words.len() - 1,
        "self" => depth,
        _ => depth.saturating_sub(words.iter().filter(|w| *w == "super").count()),
    };
    // `folder/mod.rs` is its folder; another file's folder is that of the module above it, the crate's own excepted.
    let is_folders_own = module.file.file_name().is_some_and(|f| f == "mod.rs") && module.is_file;
    let file_depth = if module.is_file { depth } else { depth.saturating_sub(1) };
    let folder = if is_folders_own || file_depth <= 1 { file_depth } else { file_depth - 1 };
    seen_from < folder
}

/// How a crate's central type is spread: files with an `impl` of it, and functions that get it to change, outside the file
/// that has it.
pub struct Spread {
    /// Files with an `impl` of the type itself.
    pub impls: BTreeSet<PathBuf>,
    /// `file: function`.
    pub functions: Vec<String>,
}

/// Looks for the type of this name.
pub fn spread(tree: &Crate, name: &str) -> Spread {
    let is_home = |module: &Module| module.items.iter().any(|i| matches!(i, syn::Item::Struct(s) if s.ident == name));
    let mut spread = Spread { impls: BTreeSet::new(), functions: Vec::new() };
    for module in tree.modules.values() {
        for item in &module.items {
            let syn::Item::Impl(block) = item else { continue };
            if block.trait_.is_none() && !is_for_tests(&block.attrs) && is_type(&block.self_ty, name) {
                spread.impls.insert(module.file.clone());
            }
        }
        if !is_home(module) {
            let mut takers = Takers { name, found: Vec::new() };
            module.items.iter().for_each(|item| takers.visit_item(item));
            spread.functions.extend(takers.found.iter().map(|f| format!("{}: {f}", module.file.display())));
        }
    }
    spread
}

struct Takers<'n> {
    name: &'n str,
    found: Vec<String>,
}

impl<'a> Visit<'a> for Takers<'_> {
    fn visit_signature(&mut self, function: &'a syn::Signature) {
        let takes = function.inputs.iter().any(|input| match input {
            syn::FnArg::Typed(argument) => match &*argument.ty {
                syn::Type::Reference(to) => to.mutability.is_some() && is_type(&to.elem, self.name),
                _ => false,
            },
            syn::FnArg::Receiver(_) => false,
        });
        if takes {
            self.found.push(function.ident.to_string());
        }
        visit::visit_signature(self, function);
    }

    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }
}

fn is_type(of: &syn::Type, name: &str) -> bool {
    matches!(of, syn::Type::Path(path) if path.path.segments.last().is_some_and(|s| s.ident == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn tree(files: &[(&str, &str)]) -> Crate {
        let get = |path: &Path| files.iter().find(|f| Path::new(f.0) == path).map(|f| f.1.to_owned());
        Crate::read(Path::new("lib.rs"), &get)
    }

    #[test]
    fn fields_that_leave_their_folder() {
        let all = "pub struct S { a: u8, pub(super) b: u8, pub(crate) c: u8, pub(in crate::x) d: u8, pub e: u8 } \
                   struct T(pub(super) u8, u8); #[cfg(test)] struct U { pub(crate) f: u8 }";
        let files = [("lib.rs", "mod x; mod y;"), ("x/mod.rs", "mod z;"), ("x/z.rs", all), ("y.rs", "")];
        assert_eq!(fields(&tree(&files)), ["x/z.rs: S.c"]);
        let files = [("lib.rs", "mod x;"), ("x/mod.rs", all)];
        assert_eq!(fields(&tree(&files)), ["x/mod.rs: S.b", "x/mod.rs: S.c", "x/mod.rs: T.0"]);
        let files = [("lib.rs", "mod x;"), ("x.rs", all)];
        assert_eq!(fields(&tree(&files)), ["x.rs: S.b", "x.rs: S.c", "x.rs: T.0"]);
        let files =
            [("lib.rs", "mod x;"), ("x.rs", "mod inner { pub struct S { pub(super) a: u8, pub(crate) b: u8 } }")];
        assert_eq!(fields(&tree(&files)), ["x.rs: S.b"]);
    }

    #[test]
    fn a_type_that_is_spread() {
        let x = "use crate::Room; impl Room { fn a(&mut self) {} } fn b(room: &mut Room, _: &Room) {} fn c(_: &Room) {} \
                 struct X; impl X { fn d(&self, room: &mut crate::Room) {} } impl Clone for Room {} \
                 #[cfg(test)] fn e(_: &mut Room) {}";
        let found = spread(&tree(&[("lib.rs", "mod x; pub struct Room; fn f(_: &mut Room) {}"), ("x.rs", x)]), "Room");
        assert_eq!(found.functions, ["x.rs: b", "x.rs: d"]);
        assert_eq!(found.impls.into_iter().collect::<Vec<_>>(), [Path::new("x.rs")]);
    }
}
