//! What the program prints: none of the phrases that `CONTRIBUTING.md` calls wrong in any sense.

use syn::visit::Visit;

use super::source::{Source, sources};

/// Phrases that are wrong wherever they are, as words of their own.
const WRONG: [&str; 9] = [
    "nobody",
    "somebody",
    "whoever",
    "is none",
    "are none",
    "made again",
    "second factor",
    "second factors",
    "meanwhile",
];

/// Texts that keep such a phrase: the file, the text, and why.
const KEPT: [(&str, &str, &str); 3] = [
    ("src/plan/who.rs", "nobody", "the `outcome` of a document, an interface"),
    ("src/plan/who.rs", "somebody", "the `outcome` of a document, an interface"),
    ("src/token/session_name.rs", "{NOBODY}-{cleaned}", "the name of a constant, which is not printed"),
];

/// The wrong phrases in a text.
fn wrong_phrases(text: &str) -> Vec<String> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric() && !"'_".contains(c))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let spoken = format!(" {} ", words.join(" "));
    let mut found: Vec<String> =
        WRONG.iter().filter(|phrase| spoken.contains(&format!(" {phrase} "))).map(|p| (*p).to_owned()).collect();
    found.extend(words.windows(2).enumerate().filter_map(|(at, pair)| {
        let before = at.checked_sub(1).map_or("", |at| words[at].as_str());
        let after = words.get(at + 2).map_or("", String::as_str);
        let is_no = matches!(pair[0].as_str(), "is" | "are" | "was" | "were") && pair[1] == "no";
        // *There is no cluster* and *is no longer* are plain English.
        (is_no && before != "there" && !["longer", "more"].contains(&after)).then(|| format!("{} no {after}", pair[0]))
    }));
    found
}

/// The doc comments of clap's types, which are the help.
#[derive(Default)]
struct Help(Vec<String>);

impl Help {
    fn take(&mut self, attributes: &[syn::Attribute]) {
        let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
            syn::Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        });
        self.0.push(lines.collect::<Vec<_>>().join(" "));
    }

    fn take_fields(&mut self, fields: &syn::Fields) {
        fields.iter().for_each(|field| self.take(&field.attrs));
    }
}

/// Whether clap makes a part of the command line of it.
fn is_clap(attributes: &[syn::Attribute]) -> bool {
    let mut found = false;
    for attribute in attributes.iter().filter(|a| a.path().is_ident("derive")) {
        let _ = attribute.parse_nested_meta(|meta| {
            let name = meta.path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
            found |= ["Args", "Parser", "Subcommand", "ValueEnum"].contains(&name.as_str());
            Ok(())
        });
    }
    found
}

impl<'ast> Visit<'ast> for Help {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        if is_clap(&item.attrs) {
            self.take(&item.attrs);
            self.take_fields(&item.fields);
        }
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        if is_clap(&item.attrs) {
            self.take(&item.attrs);
            for variant in &item.variants {
                self.take(&variant.attrs);
                self.take_fields(&variant.fields);
            }
        }
    }
}

/// What a source prints: its string literals, and its help.
fn printed(source: &Source) -> Vec<String> {
    let mut help = Help::default();
    help.visit_file(&syn::parse_file(&source.text).expect("a source can be parsed"));
    source.strings().into_iter().chain(help.0).collect()
}

#[test]
fn no_printed_text_holds_a_wrong_phrase() {
    let mut wrong = Vec::new();
    let mut kept = [false; KEPT.len()];
    for source in sources("src").iter().filter(|source| !source.is_test) {
        for text in printed(source) {
            let phrases = wrong_phrases(&text);
            match KEPT.iter().position(|(path, part, _)| *path == source.path && text == *part) {
                Some(at) => kept[at] |= !phrases.is_empty(),
                None => wrong.extend(phrases.iter().map(|phrase| format!("{}: {phrase}: {text}", source.path))),
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong phrases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(kept.iter().all(|used| *used) && KEPT.len() < 10, "an exception that is not needed, or too many: {kept:?}");
}

#[test]
fn a_wrong_phrase_is_found_and_plain_english_is_not() {
    let seen = |text: &str| wrong_phrases(text).join(", ");
    assert_eq!(seen("`{}` is no role, and nobody maps it"), "nobody, is no role");
    assert_eq!(seen("which is none; it changed meanwhile"), "is none, meanwhile");
    assert_eq!(seen("Made again with a second factor (whoever asks)"), "whoever, made again, second factor");
    assert_eq!(seen("there is no cluster; it is no longer there; Option::is_none; is not a role"), "");
}
