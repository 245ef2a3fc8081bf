//! Imports between files, resolved like in the compiler: `crate::`, `super::`, `self::`, and the re-exports of a
//! `mod.rs`.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::Visit;

use super::source::Source;

type Segments = Vec<String>;

/// The imports and names of one file.
struct File {
    /// `a::b` for `src/a/b.rs` and for `src/a/b/mod.rs`.
    module: Segments,
    /// The paths that it imports or names, absolute.
    named: BTreeSet<Segments>,
    /// Its re-exports: the name, and its origin. The name of a glob is `*`.
    handed_on: Vec<(String, Segments)>,
    /// The names of its own items.
    items: BTreeSet<String>,
}

/// The circles among the imports: each a sorted list of paths.
pub(crate) fn circles(sources: &[&Source]) -> Vec<Vec<String>> {
    let files: BTreeMap<&str, File> = sources.iter().map(|s| (s.path.as_str(), read(s))).collect();
    let by_module: BTreeMap<&Segments, &str> = files.iter().map(|(path, file)| (&file.module, *path)).collect();
    let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (path, file) in files.iter().filter(|(path, _)| !path.ends_with("/mod.rs") && !path.ends_with("/lib.rs")) {
        let known = file.named.iter().filter_map(|named| resolve(named, &files, &by_module, 0));
        edges.insert(path, known.filter(|known| known != path).collect());
    }
    let reach: BTreeMap<&str, BTreeSet<&str>> = edges.keys().map(|from| (*from, reached(from, &edges))).collect();
    let mut found = BTreeSet::new();
    for (from, all) in &reach {
        let circle: Vec<String> =
            all.iter().filter(|to| reach.get(*to).is_some_and(|r| r.contains(from))).map(|p| (*p).to_owned()).collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

fn reached<'a>(from: &'a str, edges: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut all = BTreeSet::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        for to in edges.get(at).into_iter().flatten() {
            if all.insert(*to) {
                open.push(to);
            }
        }
    }
    all
}

/// The file with the item of a path.
fn resolve<'a>(
    named: &[String],
    files: &BTreeMap<&'a str, File>,
    by_module: &BTreeMap<&Segments, &'a str>,
    depth: usize,
) -> Option<&'a str> {
    let longest = (0..=named.len()).rev().find(|len| by_module.contains_key(&named[..*len].to_vec()))?;
    let path = by_module[&named[..longest].to_vec()];
    let (file, rest) = (&files[path], &named[longest..]);
    let Some(name) = rest.first().filter(|name| depth < 8 && !file.items.contains(*name)) else { return Some(path) };
    let by_name = file.handed_on.iter().find(|(handed, _)| handed == name).map(|(_, from)| from.clone());
    let by_glob = || {
        let mut globs = file.handed_on.iter().filter(|(handed, _)| handed == "*").map(|(_, from)| from);
        globs
            .find(|from| by_module.get(*from).is_some_and(|path| files[path].items.contains(name)))
            .map(|from| [from.as_slice(), std::slice::from_ref(name)].concat())
    };
    match by_name.or_else(by_glob) {
        Some(from) => resolve(&from, files, by_module, depth + 1),
        None => Some(path),
    }
}

fn read(source: &Source) -> File {
    let below = source.path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut module: Segments = below.split('/').map(str::to_owned).collect();
    let is_top = module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str()));
    if is_top {
        module.pop();
    }
    let syntax = syn::parse_file(&source.text).unwrap_or_else(|error| panic!("{}: {error}", source.path));
    let children = syntax.items.iter().filter_map(|item| match item {
        syn::Item::Mod(child) if child.content.is_none() && !is_for_tests(&child.attrs) => {
            Some(child.ident.to_string())
        }
        _ => None,
    });
    let mut reader = Reader {
        module: module.clone(),
        named: BTreeSet::new(),
        handed_on: Vec::new(),
        items: BTreeSet::new(),
        children: children.collect(),
    };
    reader.visit_file(&syntax);
    File { module, named: reader.named, handed_on: reader.handed_on, items: reader.items }
}

struct Reader {
    module: Segments,
    named: BTreeSet<Segments>,
    handed_on: Vec<(String, Segments)>,
    items: BTreeSet<String>,
    /// The modules that the file declares, which its paths can name without `self`.
    children: BTreeSet<String>,
}

impl Reader {
    /// A path from the crate's top, if it is one of this crate's.
    fn absolute(&self, segments: &[String]) -> Option<Segments> {
        let ups = segments.iter().take_while(|segment| *segment == "super").count();
        match segments.first()?.as_str() {
            "crate" => Some(segments[1..].to_vec()),
            "self" => Some([self.module.clone(), segments[1..].to_vec()].concat()),
            child if self.children.contains(child) => Some([self.module.as_slice(), segments].concat()),
            "super" => Some([&self.module[..self.module.len().checked_sub(ups)?], &segments[ups..]].concat()),
            _ => None,
        }
    }

    fn import(&mut self, before: &[String], tree: &syn::UseTree, is_public: bool) {
        match tree {
            syn::UseTree::Path(path) => {
                self.import(&[before, &[path.ident.to_string()]].concat(), &path.tree, is_public);
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.import(before, item, is_public)),
            syn::UseTree::Name(name) => {
                self.imported(before, &name.ident.to_string(), &name.ident.to_string(), is_public);
            }
            syn::UseTree::Rename(name) => {
                self.imported(before, &name.ident.to_string(), &name.rename.to_string(), is_public);
            }
            syn::UseTree::Glob(_) => self.imported(before, "*", "*", is_public),
        }
    }

    fn imported(&mut self, before: &[String], name: &str, called: &str, is_public: bool) {
        let mut segments = before.to_vec();
        if name != "*" && name != "self" {
            segments.push(name.to_owned());
        }
        // A re-export may name a child without `self`.
        let whole = self.absolute(&segments).unwrap_or_else(|| [self.module.clone(), segments].concat());
        if is_public {
            self.handed_on.push((called.to_owned(), whole.clone()));
        }
        self.named.insert(whole);
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|a| {
        a.path().is_ident("cfg") && a.meta.require_list().is_ok_and(|list| list.tokens.to_string().contains("test"))
    })
}

fn name_of(item: &syn::Item) -> Option<String> {
    Some(match item {
        syn::Item::Const(item) => item.ident.to_string(),
        syn::Item::Enum(item) => item.ident.to_string(),
        syn::Item::Fn(item) => item.sig.ident.to_string(),
        syn::Item::Static(item) => item.ident.to_string(),
        syn::Item::Struct(item) => item.ident.to_string(),
        syn::Item::Trait(item) => item.ident.to_string(),
        syn::Item::Type(item) => item.ident.to_string(),
        _ => return None,
    })
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_file(&mut self, file: &'ast syn::File) {
        self.items.extend(file.items.iter().filter_map(name_of));
        syn::visit::visit_file(self, file);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_for_tests(&module.attrs) {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_for_tests(&item.attrs) {
            self.import(&[], &item.tree, !matches!(item.vis, syn::Visibility::Inherited));
        }
    }

    /// `pub(super)` names a module without importing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.named.extend(self.absolute(&segments));
        syn::visit::visit_path(self, path);
    }
}
