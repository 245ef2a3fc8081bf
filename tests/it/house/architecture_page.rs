//! `docs/architecture.md` names what exists: files, functions with their files, types with their fields, commands that
//! parse.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use clap::{CommandFactory as _, Parser as _};
use eksaccess::cli::Cli;
use syn::visit::Visit;

use super::source::sources;

const PAGE: &str = "docs/architecture.md";

/// Other words between backticks on the page, besides files, names and commands of this program.
const OTHER_WORDS: [(&str, &str); 2] =
    [("aws-auth", "the ConfigMap"), ("from", "how the fields of steps are named that hold a precondition")];

/// The names that one file defines, and those of a type also as `Type::name`.
#[derive(Default)]
struct Defined {
    names: BTreeSet<String>,
    of: Vec<String>,
}

impl Defined {
    fn of_text(path: &str, text: &str) -> Self {
        let mut defined = Self::default();
        defined.visit_file(&syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}")));
        defined
    }

    fn add(&mut self, name: &syn::Ident) {
        self.names.insert(name.to_string());
        self.add_member(name);
    }

    /// A field is not a name of its own.
    fn add_member(&mut self, name: &syn::Ident) {
        self.names.extend(self.of.last().map(|of| format!("{of}::{name}")));
    }

    fn inside(&mut self, of: &str, visit: impl FnOnce(&mut Self)) {
        self.of.push(of.to_owned());
        visit(self);
        self.of.pop();
    }
}

impl<'ast> Visit<'ast> for Defined {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add(&item.sig.ident);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(&item.sig.ident);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.add(&item.sig.ident);
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.add(&item.ident);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.add(&item.ident);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.add(&item.ident);
        syn::visit::visit_item_mod(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.add(&item.ident);
        self.inside(&item.ident.to_string(), |all| syn::visit::visit_item_struct(all, item));
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.add(&item.ident);
        self.inside(&item.ident.to_string(), |all| syn::visit::visit_item_enum(all, item));
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.add(&variant.ident);
        self.inside(&variant.ident.to_string(), |all| syn::visit::visit_variant(all, variant));
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        field.ident.iter().for_each(|name| self.add_member(name));
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.add(&item.ident);
        self.inside(&item.ident.to_string(), |all| syn::visit::visit_item_trait(all, item));
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let syn::Type::Path(of) = &*item.self_ty else { return };
        let of = of.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        self.inside(&of, |all| syn::visit::visit_item_impl(all, item));
    }
}

/// The names that the page can use.
struct Tree {
    files: BTreeMap<String, Defined>,
    /// Every verb, and every long option with its dashes.
    commands: BTreeSet<String>,
}

impl Tree {
    fn read() -> Self {
        let sources = sources("src").into_iter();
        let files = sources.map(|s| (s.path.clone(), Defined::of_text(&s.path, &s.text))).collect();
        let mut commands = BTreeSet::new();
        collect(&Cli::command(), &mut commands);
        Self { files, commands }
    }

    fn defines(&self, name: &str) -> bool {
        self.files.values().any(|file| file.names.contains(name))
    }

    /// Whether a name is defined in a file, or somewhere in a folder.
    fn defines_in(&self, name: &str, path: &str) -> bool {
        let path = place(path);
        self.files.iter().any(|(file, defined)| Path::new(file).starts_with(&path) && defined.names.contains(name))
    }

    /// The fault of one text between backticks.
    fn fault(&self, text: &str) -> Option<String> {
        if text.starts_with("eksaccess ") {
            let parsed = Cli::try_parse_from(text.split_whitespace());
            return parsed.err().map(|error| format!("`{text}` does not parse: {error}"));
        }
        if text.starts_with("--") {
            let option = text.split_whitespace().next().unwrap_or_default();
            return (!self.commands.contains(option)).then(|| format!("`{option}` is not an option"));
        }
        if is_path(text) {
            return (!Path::new(&place(text)).exists()).then(|| format!("`{text}` is not a file"));
        }
        let is_known = self.defines(text.trim_end_matches("()"))
            || self.commands.contains(text)
            || OTHER_WORDS.iter().any(|(word, _)| *word == text);
        (!is_known).then(|| format!("`{text}` is not defined in src/"))
    }

    /// The faults of the page.
    fn faults(&self, page: &str) -> Vec<String> {
        let (mut prose, mut drawn, mut is_drawn) = (String::new(), Vec::new(), false);
        for line in page.lines() {
            if line.starts_with("```") {
                is_drawn = !is_drawn;
            } else if is_drawn {
                drawn.push(line);
            } else {
                prose.extend([line.trim_start(), " "]);
            }
        }
        let mut faults = self.faults_of_prose(&prose);
        faults.extend(drawn.into_iter().flat_map(|line| self.faults_of_line(line)));
        faults
    }

    /// Checks each text between backticks; and for a name before `(FILE)` or `in FILE`, that it is defined there.
    fn faults_of_prose(&self, prose: &str) -> Vec<String> {
        let mut faults = Vec::new();
        let mut named: Vec<&str> = Vec::new();
        let parts: Vec<&str> = prose.split('`').collect();
        assert!(parts.len() % 2 == 1, "{PAGE} has an odd number of backticks");
        for pair in parts.chunks_exact(2) {
            let (before, text) = (pair[0], pair[1]);
            faults.extend(self.fault(text));
            if is_path(text) {
                let before_it = named.drain(..).filter(|_| [" (", " in "].contains(&before));
                faults.extend(before_it.filter_map(|name| self.fault_of_place(name, text)));
            } else {
                if ![", ", " and ", " or "].contains(&before) {
                    named.clear();
                }
                named.push(text);
            }
        }
        faults
    }

    fn fault_of_place(&self, name: &str, path: &str) -> Option<String> {
        let name = name.trim_end_matches("()");
        (!self.defines_in(name, path)).then(|| format!("{name} is not defined in {path}"))
    }

    /// A line of the diagram: `name()` before the file that defines it, types with a capital, `Type { field, field }`.
    fn faults_of_line(&self, line: &str) -> Vec<String> {
        let mut faults = Vec::new();
        let mut named: Vec<&str> = Vec::new();
        let is_name = |c: char| c.is_alphanumeric() || "_:()/.".contains(c);
        for word in line.split(|c: char| !is_name(c)).map(|word| word.trim_end_matches([':', '.'])) {
            if word.ends_with("()") {
                named.push(word);
            } else if is_path(word) {
                faults.extend(self.fault(word));
                faults.extend(named.drain(..).filter_map(|name| self.fault_of_place(name, word)));
            } else {
                let types = word.split(['(', ')']).filter(|name| name.starts_with(char::is_uppercase));
                faults.extend(types.filter_map(|name| self.fault(name)));
            }
        }
        faults.extend(named.into_iter().map(|name| format!("{name} stands beside no file: {line}")));
        for (before, rest) in line.match_indices('{').map(|(at, _)| line.split_at(at)) {
            let of = before.split_whitespace().next_back().unwrap_or_default();
            let fields = rest[1..].split('}').next().unwrap_or_default().split(',');
            let fields =
                fields.filter_map(|field| field.split(':').next()).map(|field| format!("{of}::{}", field.trim()));
            faults.extend(fields.filter_map(|field| self.fault(&field)));
        }
        faults
    }
}

fn collect(command: &clap::Command, all: &mut BTreeSet<String>) {
    all.extend(command.get_arguments().filter_map(|argument| argument.get_long()).map(|long| format!("--{long}")));
    for verb in command.get_subcommands() {
        all.insert(verb.get_name().to_owned());
        collect(verb, all);
    }
}

fn is_path(text: &str) -> bool {
    text.contains('/') || Path::new(text).extension().is_some_and(|kind| kind == "rs" || kind == "md")
}

/// The path of a file on the page: from the repository's top, else in `src`.
fn place(path: &str) -> String {
    let top = path.split('/').next().unwrap_or_default();
    if Path::new(top).exists() { path.to_owned() } else { format!("src/{path}") }
}

fn page() -> String {
    std::fs::read_to_string(PAGE).expect(PAGE)
}

#[test]
fn the_page_names_what_is_there() {
    let faults = Tree::read().faults(&page());
    assert!(faults.is_empty(), "{PAGE}:\n{}", faults.join("\n"));
    for (word, why) in OTHER_WORDS {
        assert!(page().contains(&format!("`{word}`")), "{PAGE} does not need {word} ({why}) any more");
    }
}

#[test]
fn the_page_is_one_page() {
    let page = page();
    assert!(page.lines().count() <= 120, "{PAGE} has {} lines", page.lines().count());
    for line in page.lines() {
        let most = if line.starts_with(['+', '|']) { 100 } else { 120 };
        assert!(line.chars().count() <= most, "more than {most} columns: {line}");
    }
    for linking in ["README.md", "CONTRIBUTING.md", "src/lib.rs"] {
        assert!(std::fs::read_to_string(linking).expect(linking).contains(PAGE), "{linking} does not name {PAGE}");
    }
}

#[test]
fn missing_names_are_reported() {
    let tree = Tree::read();
    let good = "`Planned::plan`; `look` (`cli/pipeline/run.rs`), `observe` and\n`Looking` in `engine/observe.rs`, `--dry-run`, `map`\n\
                ```\n| look() cli/pipeline/run.rs | Planned { plan, role } Verb::Bootstrap(BootstrapArgs)\n```\n";
    assert_eq!(tree.faults(good), Vec::<String>::new());
    let wrong = [
        ("`Planed`", "`Planed` is not defined"),
        ("`look_twice()`", "`look_twice()` is not defined"),
        ("`Planned::nothing`", "`Planned::nothing` is not defined"),
        ("`takes_away`", "`takes_away` is not defined"),
        ("`cli/runs.rs`", "`cli/runs.rs` is not a file"),
        ("`src/cli/runs.rs`", "`src/cli/runs.rs` is not a file"),
        ("`--dry-runs`", "`--dry-runs` is not an option"),
        ("`eksaccess bootstrap --cluster`", "does not parse"),
        ("`look` (`cli/world/open.rs`)", "look is not defined in cli/world/open.rs"),
        ("`observe` and\n`look` in `engine/observe.rs`", "look is not defined in engine/observe.rs"),
        ("```\nlook() cli/world/open.rs\n```", "look is not defined in cli/world/open.rs"),
        ("```\nlook()\n```", "look() stands beside no file"),
        ("```\nPlanned { plan, nothing }\n```", "`Planned::nothing` is not defined"),
        ("```\nVerb::Bootstrap(BootstrapArg)\n```", "`BootstrapArg` is not defined"),
    ];
    for (page, fault) in wrong {
        let faults = tree.faults(page);
        assert!(faults.len() == 1 && faults[0].contains(fault), "{page}: {faults:?}");
    }
}
