//! The modules of a crate, and which names of each other they use, read from the source text.
//!
//! Only what the crate itself is built from is read: what stands under `#[cfg(test)]` may know everybody. A name that a
//! module passes on (`pub use`) counts as a use of the module that has it, not of the one that passes it on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};

/// A module's path from the crate's root, without `crate`.
pub type ModulePath = Vec<String>;

/// Reads a file, if it is there. The tests have files in memory.
pub type Reader<'a> = &'a dyn Fn(&Path) -> Option<String>;

/// A module in a file or inside braces.
pub struct Module {
    /// The file that has it.
    pub file: PathBuf,
    /// Whether it is a file of its own, or inside one.
    pub is_file: bool,
    /// What stands in it, the items of modules inside it left out.
    pub items: Vec<syn::Item>,
    /// Names of the items that it has itself.
    named: BTreeSet<String>,
    /// Names that it imports or passes on, with their paths.
    imported: BTreeMap<String, ModulePath>,
    /// Modules of which it imports or passes on all names.
    globs: Vec<ModulePath>,
    /// Where it stands in the tree.
    pub path: ModulePath,
}

/// A crate: all modules that its root reaches.
pub struct Crate {
    /// By path; the root has the empty one.
    pub modules: BTreeMap<ModulePath, Module>,
}

impl Crate {
    /// Reads a crate from its root file (`lib.rs` or `main.rs`). Panics with the file's name where one is missing or is
    /// no Rust.
    pub fn read(root: &Path, read: Reader<'_>) -> Self {
        let mut found = Self { modules: BTreeMap::new() };
        let text = read(root).unwrap_or_else(|| panic!("{} cannot be read", root.display()));
        let folder = root.parent().unwrap_or(Path::new("")).to_owned();
        found.add(Vec::new(), root.to_owned(), &folder, parse(root, &text), true, read);
        found
    }

    /// `folder` is where the files of modules inside this one are.
    fn add(
        &mut self,
        path: ModulePath,
        file: PathBuf,
        folder: &Path,
        items: Vec<syn::Item>,
        is_file: bool,
        read: Reader<'_>,
    ) {
        let mut module = Module {
            file: file.clone(),
            is_file,
            items: Vec::new(),
            named: BTreeSet::new(),
            imported: BTreeMap::new(),
            globs: Vec::new(),
            path: path.clone(),
        };
        for item in items.into_iter().filter(|item| !is_for_tests(attributes(item))) {
            let declared = |name: &str| {
                let files = [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")];
                files.into_iter().find_map(|f| Some((read(&f)?, f)))
            };
            match item {
                syn::Item::Mod(inner) => {
                    let name = inner.ident.to_string();
                    let below = [path.clone(), vec![name.clone()]].concat();
                    let inside = folder.join(&name);
                    if let Some((_, items)) = inner.content {
                        self.add(below, file.clone(), &inside, items, false, read);
                        continue;
                    }
                    let found = declared(&name);
                    let (text, own) = found.unwrap_or_else(|| panic!("{}: no file of `mod {name}`", file.display()));
                    let items = parse(&own, &text);
                    self.add(below, own, &inside, items, true, read);
                }
                item => {
                    // A macro that is given the names of files takes them in as modules.
                    if let syn::Item::Macro(list) = &item
                        && list.ident.is_none()
                    {
                        let mut names = Vec::new();
                        tokens(list.mac.tokens.clone(), &mut names);
                        for name in names.into_iter().filter(|name| name.len() == 1).flatten() {
                            let Some((text, own)) = declared(&name) else { continue };
                            let (items, inside) = (parse(&own, &text), folder.join(&name));
                            self.add([path.clone(), vec![name]].concat(), own, &inside, items, true, read);
                        }
                    }
                    if let Some(name) = name_of(&item) {
                        module.named.insert(name);
                    }
                    if let syn::Item::Use(import) = &item
                        && import.leading_colon.is_none()
                    {
                        for (name, full) in leaves(&import.tree) {
                            match name {
                                Some(name) => drop(module.imported.insert(name, full)),
                                None => module.globs.push(full),
                            }
                        }
                    }
                    module.items.push(item);
                }
            }
        }
        self.modules.insert(path, module);
    }

    /// The module that has the item which `name` means inside `from`, if it is of this crate.
    pub fn resolve(&self, from: &ModulePath, name: &[String]) -> Option<ModulePath> {
        self.follow(from, name, 0)
    }

    fn follow(&self, from: &ModulePath, name: &[String], depth: u32) -> Option<ModulePath> {
        // Names that are passed on in a circle end here.
        if depth > 16 {
            return None;
        }
        let mut at = from.clone();
        let mut rest = name;
        match name.first()?.as_str() {
            "crate" => (at, rest) = (Vec::new(), &name[1..]),
            "self" => rest = &name[1..],
            "super" => {
                while rest.first().is_some_and(|n| n == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
            }
            first => {
                let module = self.modules.get(from)?;
                let is_below = self.modules.contains_key(&[from.clone(), vec![first.to_owned()]].concat());
                if !is_below && !module.imported.contains_key(first) {
                    return None;
                }
            }
        }
        while let Some((next, after)) = rest.split_first() {
            let module = self.modules.get(&at)?;
            let below = [at.clone(), vec![next.clone()]].concat();
            if self.modules.contains_key(&below) {
                (at, rest) = (below, after);
            } else if module.named.contains(next) {
                return Some(at);
            } else if let Some(full) = module.imported.get(next).filter(|full| full.as_slice() != name || at != *from) {
                return self.follow(&at, &[full.as_slice(), after].concat(), depth + 1);
            } else {
                let passed = module.globs.iter().find_map(|full| {
                    let all = self.follow(&at, full, depth + 1)?;
                    let has = self.modules.get(&all).is_some_and(|m| {
                        m.named.contains(next) || m.imported.contains_key(next) || !m.globs.is_empty()
                    });
                    has.then(|| self.follow(&all, &[&["self".to_owned()], rest].concat(), depth + 1)).flatten()
                });
                // A name of a macro's making, or an associated one: it is the module's own.
                return Some(passed.unwrap_or(at));
            }
        }
        Some(at)
    }

    /// The modules whose items `module` uses, itself left out.
    pub fn used_by(&self, module: &Module) -> BTreeSet<ModulePath> {
        let mut names = Names::default();
        module.items.iter().for_each(|item| names.visit_item(item));
        let mut used: BTreeSet<ModulePath> =
            names.0.iter().filter_map(|name| self.resolve(&module.path, name)).collect();
        used.remove(&module.path);
        used
    }
}

/// The paths that stand in some items: imports that are not passed on, paths in code, and paths in macros' arguments.
#[derive(Default)]
struct Names(Vec<ModulePath>);

impl<'a> Visit<'a> for Names {
    fn visit_item_use(&mut self, import: &'a syn::ItemUse) {
        let is_private = matches!(import.vis, syn::Visibility::Inherited);
        if is_private && import.leading_colon.is_none() {
            self.0.extend(leaves(&import.tree).into_iter().map(|(_, full)| full));
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        if path.leading_colon.is_none() {
            self.0.push(path.segments.iter().map(|s| s.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'a syn::Macro) {
        self.visit_path(&mac.path);
        tokens(mac.tokens.clone(), &mut self.0);
    }

    fn visit_visibility(&mut self, _: &'a syn::Visibility) {}

    fn visit_item(&mut self, item: &'a syn::Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }
}

/// Paths among tokens: words with `::` between them.
fn tokens(stream: proc_macro2::TokenStream, into: &mut Vec<ModulePath>) {
    use proc_macro2::TokenTree as T;
    let mut path: ModulePath = Vec::new();
    let mut colons = 0;
    for token in stream {
        match token {
            T::Ident(word) => {
                if colons != 2 {
                    into.extend((!path.is_empty()).then(|| std::mem::take(&mut path)));
                }
                path.push(word.to_string());
                colons = 0;
            }
            T::Punct(p) if p.as_char() == ':' => colons += 1,
            other => {
                into.extend((!path.is_empty()).then(|| std::mem::take(&mut path)));
                colons = 0;
                if let T::Group(group) = other {
                    tokens(group.stream(), into);
                }
            }
        }
    }
    into.extend((!path.is_empty()).then_some(path));
}

/// What an import's tree brings: the name here (none for `*`) and the path.
fn leaves(tree: &syn::UseTree) -> Vec<(Option<String>, ModulePath)> {
    fn go(tree: &syn::UseTree, before: &ModulePath, into: &mut Vec<(Option<String>, ModulePath)>) {
        let with = |name: &syn::Ident| [before.clone(), vec![name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => go(&path.tree, &with(&path.ident), into),
            // `{self}`: the module itself.
            syn::UseTree::Name(name) if name.ident == "self" => into.push((before.last().cloned(), before.clone())),
            syn::UseTree::Name(name) => into.push((Some(name.ident.to_string()), with(&name.ident))),
            syn::UseTree::Rename(name) if name.ident == "self" => {
                into.push((Some(name.rename.to_string()), before.clone()));
            }
            syn::UseTree::Rename(name) => into.push((Some(name.rename.to_string()), with(&name.ident))),
            syn::UseTree::Glob(_) => into.push((None, before.clone())),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| go(tree, before, into)),
        }
    }
    let mut found = Vec::new();
    go(tree, &Vec::new(), &mut found);
    found
}

fn parse(file: &Path, text: &str) -> Vec<syn::Item> {
    syn::parse_file(text).unwrap_or_else(|why| panic!("{}: {why}", file.display())).items
}

/// Whether something is only there in tests.
pub fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let words = match &attribute.meta {
            syn::Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string(),
            _ => return attribute.path().is_ident("test"),
        };
        words.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == "test") && !words.contains("not (test")
    })
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    use syn::Item as I;
    match item {
        I::Const(i) => &i.attrs,
        I::Enum(i) => &i.attrs,
        I::Fn(i) => &i.attrs,
        I::Impl(i) => &i.attrs,
        I::Macro(i) => &i.attrs,
        I::Mod(i) => &i.attrs,
        I::Static(i) => &i.attrs,
        I::Struct(i) => &i.attrs,
        I::Trait(i) => &i.attrs,
        I::Type(i) => &i.attrs,
        I::Use(i) => &i.attrs,
        _ => &[],
    }
}

fn name_of(item: &syn::Item) -> Option<String> {
    use syn::Item as I;
    Some(match item {
        I::Const(i) => i.ident.to_string(),
        I::Enum(i) => i.ident.to_string(),
        I::Fn(i) => i.sig.ident.to_string(),
        I::Macro(i) => i.ident.as_ref()?.to_string(),
        I::Static(i) => i.ident.to_string(),
        I::Struct(i) => i.ident.to_string(),
        I::Trait(i) => i.ident.to_string(),
        I::Type(i) => i.ident.to_string(),
        I::Union(i) => i.ident.to_string(),
        _ => return None,
    })
}
