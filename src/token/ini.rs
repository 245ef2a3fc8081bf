//! The grammar of the AWS config files: that of Python's `configparser`, which the AWS CLI uses. Pure.
//!
//! From a text to its sections, each with its settings and its first fault. If Python rejects the whole file, only one
//! section is lost here: see `docs/decisions/0016-own-reader-for-profiles.md`.

use std::fmt;

/// The section whose settings apply to every other one.
const DEFAULTS: &str = "DEFAULT";

/// A fault in a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// The file.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The section's header without its brackets; `None` before the first one.
    pub section: Option<String>,
    /// The fault; never a value, which may be a secret.
    pub why: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, section, why } = self;
        match section {
            Some(section) => write!(f, "{file}:{line}: in [{section}]: {why}"),
            None => write!(f, "{file}:{line}: {why}"),
        }
    }
}

/// A section. It may hold secrets, so there is no `Debug`.
#[derive(Clone)]
pub struct Section {
    /// The text in the brackets.
    pub name: String,
    /// Its first fault.
    pub fault: Option<Fault>,
    settings: Vec<Setting>,
}

#[derive(Clone)]
struct Setting {
    name: String,
    value: String,
    line: usize,
}

impl Section {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), fault: None, settings: Vec::new() }
    }

    /// A setting by its name in lower case; its value may be empty, or have several lines.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.settings.iter().find(|setting| setting.name == name).map(|setting| setting.value.as_str())
    }

    /// The names of its settings with their values.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings.iter().map(|setting| (setting.name.as_str(), setting.value.as_str()))
    }

    /// A setting inside a nested one: `endpoint_url` in `sts`, indented below it.
    pub fn nested(&self, outer: &str, inner: &str) -> Option<&str> {
        let lines = self.get(outer)?.strip_prefix('\n')?.split('\n');
        let pairs = lines.filter_map(|line| line.split_once('='));
        pairs.filter(|(name, _)| name.trim() == inner).map(|(_, value)| value.trim()).next_back()
    }
}

/// A file, read.
pub struct Ini {
    /// Its sections, in the order of their first headers.
    pub sections: Vec<Section>,
    /// All its faults, in the order of its lines.
    pub faults: Vec<Fault>,
}

impl Ini {
    /// Reads a text; `file` is its name in faults.
    pub fn read(file: &str, text: &str) -> Self {
        let (defaults, lost) = (Section::new(DEFAULTS), Section::new(""));
        let mut reader = Reader { file, defaults, sections: Vec::new(), lost, at: None, faults: Vec::new() };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
        let mut continues = Indent::default();
        for (number, line) in text.split('\n').enumerate() {
            reader.line(number + 1, line, &mut continues);
        }
        reader.end()
    }
}

/// The indentation of the last header or setting, and whether a setting is open: lines that are indented more belong to
/// it.
#[derive(Default)]
struct Indent {
    level: usize,
    in_setting: bool,
}

/// The target of the next lines.
#[derive(Clone, Copy)]
enum At {
    Defaults,
    Section(usize),
    /// After an unreadable header.
    Lost,
}

struct Reader<'a> {
    file: &'a str,
    defaults: Section,
    sections: Vec<Section>,
    lost: Section,
    at: Option<At>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn line(&mut self, number: usize, line: &str, indent: &mut Indent) {
        let value = line.trim();
        if value.starts_with(['#', ';']) {
            return;
        }
        if value.is_empty() {
            self.go_on(indent, "");
            return;
        }
        let level = line.chars().take_while(|c| c.is_whitespace()).count();
        if indent.in_setting && level > indent.level {
            self.go_on(indent, value);
            return;
        }
        indent.level = level;
        if let Some(header) = header(value) {
            indent.in_setting = false;
            self.open(number, header);
        } else if let Some((name, value)) = pair(value).filter(|_| self.at.is_some()) {
            indent.in_setting = self.set(number, &name, value);
        } else if let Some(name) = value.strip_prefix('[') {
            indent.in_setting = false;
            (self.at, self.lost) = (Some(At::Lost), Section::new(name));
            self.fault(number, "the section's header has no closing bracket");
        } else if self.at.is_none() {
            self.fault(number, "a line precedes the first section");
        } else {
            self.fault(number, "a line is neither a setting nor a section's header");
        }
    }

    /// Adds a line to the open setting.
    fn go_on(&mut self, indent: &Indent, line: &str) {
        if let Some(setting) =
            self.current().and_then(|section| section.settings.last_mut()).filter(|_| indent.in_setting)
        {
            setting.value.push('\n');
            setting.value.push_str(line);
        }
    }

    fn open(&mut self, number: usize, name: &str) {
        let known = self.sections.iter().position(|section| section.name == name);
        self.at = Some(match known {
            _ if name == DEFAULTS => At::Defaults,
            Some(at) => At::Section(at),
            None => {
                self.sections.push(Section::new(name));
                At::Section(self.sections.len() - 1)
            }
        });
        if known.is_some() {
            self.fault(number, "the section is repeated");
        }
    }

    /// Sets a setting; true if it is open for continuation lines, which one without a name is not.
    fn set(&mut self, line: usize, name: &str, value: &str) -> bool {
        let is_twice = self.current().is_some_and(|section| section.get(name).is_some());
        if name.is_empty() {
            self.fault(line, "a setting has no name");
        } else if is_twice {
            self.fault(line, "a setting is repeated");
        }
        if let Some(section) = self.current() {
            section.settings.push(Setting { name: name.to_owned(), value: value.to_owned(), line });
        }
        !name.is_empty()
    }

    fn current(&mut self) -> Option<&mut Section> {
        Some(match self.at? {
            At::Defaults => &mut self.defaults,
            At::Section(at) => self.sections.get_mut(at)?,
            At::Lost => &mut self.lost,
        })
    }

    fn fault(&mut self, line: usize, why: &'static str) {
        let section = self.current().map(|section| section.name.clone());
        let fault = Fault { file: self.file.to_owned(), line, section, why };
        if let Some(section) = self.current() {
            section.fault.get_or_insert_with(|| fault.clone());
        }
        self.faults.push(fault);
    }

    fn end(mut self) -> Ini {
        for at in std::iter::once(At::Defaults).chain((0..self.sections.len()).map(At::Section)) {
            self.at = Some(at);
            let Some(section) = self.current() else { continue };
            section.settings.iter_mut().for_each(|setting| setting.value.truncate(setting.value.trim_end().len()));
            let nested = section.settings.iter().filter(|setting| setting.value.starts_with('\n'));
            let is_bad = |line: &str| !line.trim().is_empty() && !line.contains('=');
            let bad: Vec<usize> = nested.filter(|s| s.value.split('\n').any(is_bad)).map(|s| s.line).collect();
            for line in bad {
                self.fault(line, "the text indented under a setting is not NAME = VALUE");
            }
        }
        let Self { defaults, mut sections, mut faults, .. } = self;
        for section in &mut sections {
            let lacks: Vec<Setting> =
                defaults.settings.iter().filter(|s| section.get(&s.name).is_none()).cloned().collect();
            section.settings.extend(lacks);
            section.fault = section.fault.take().or_else(|| defaults.fault.clone());
        }
        faults.sort_by_key(|fault| fault.line);
        Ini { sections, faults }
    }
}

/// The text between a line's first character, a bracket, and its last closing one.
fn header(line: &str) -> Option<&str> {
    let inside = line.strip_prefix('[')?;
    Some(&inside[..inside.rfind(']')?]).filter(|header| !header.is_empty())
}

/// A setting's name in lower case, and its value, up to the end of the line: comments after it are not supported.
fn pair(line: &str) -> Option<(String, &str)> {
    let at = line.find(['=', ':'])?;
    Some((line[..at].trim_end().to_lowercase(), line[at + 1..].trim()))
}

#[cfg(test)]
#[path = "ini_tests.rs"]
mod tests;
