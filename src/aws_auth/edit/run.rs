//! One change, made and proven.

use std::collections::BTreeMap;

use super::accounts;
use super::change::{Change, EditError, Edited, Groups, MAX_DATA, RemoveBy, size_of};
use super::first::{Left, before_first};
use super::insert::{insert, new_mapping, with_first};
use super::layout::{apply, line_start};
use super::prove::{Expected, prove};
use super::remove::{fits, remove};
use super::update::{merged, update};
use crate::aws_auth::entries::{Entries, Entry, entries, fold, unreadable};
use crate::aws_auth::mapping::{DataKey, Mapping, Problem};
use crate::aws_auth::opened::Opened;
use crate::aws_auth::read::{Reading, Reread, problems_of};
use crate::aws_auth::who::{effective, home_of};
use crate::aws_auth::yaml::{self, NodeKind, skips};
use crate::model::arn::{Principal, check_account};

const ODD_LAYOUT: &str = "the list has a layout that can't be edited";

type Data = BTreeMap<String, String>;

/// Makes one change in an `aws-auth`'s data. All other bytes stay as they are.
///
/// # Errors
/// [`EditError`] says why nothing was changed: the text can't be read, the result could not be proven to mean the old
/// mappings and the change, or the change itself is not possible.
pub fn edit(data: &Data, change: &Change) -> Result<Edited, EditError> {
    edit_opened(&Opened::new(data), change)
}

/// The same for a `data` that is already read.
///
/// # Errors
/// As [`edit`].
pub fn edit_opened(opened: &Opened<'_>, change: &Change) -> Result<Edited, EditError> {
    let data = opened.data;
    let edited = match change {
        Change::Upsert { arn, username, groups } => upsert(opened, arn, username.as_deref(), groups),
        Change::Remove { by, all } => remove_entries(opened, by, *all),
        Change::RemoveShadowed { key, arn } => remove_shadowed(opened, *key, arn),
        Change::AddAccount(account) => change_account(data, account, true),
        Change::RemoveAccount(account) => change_account(data, account, false),
    };
    let edited = edited.map_err(|error| shared(opened, error))?;
    let size = size_of(&edited.data);
    if edited.changed && size > MAX_DATA {
        return Err(EditError::TooLarge(size));
    }
    Ok(edited)
}

fn unchanged(data: &Data, key: DataKey, mapping: Option<Mapping>) -> Edited {
    let (before, after) = (mapping.clone(), mapping);
    let (removed, then, reread) = (Vec::new(), Vec::new(), Vec::new());
    Edited { data: data.clone(), changed: false, key, before, after, removed, then, reread }
}

fn with_text(data: &Data, key: DataKey, text: String) -> Data {
    with_left(data, key, Left::Text(text))
}

fn with_left(data: &Data, key: DataKey, left: Left) -> Data {
    let mut data = data.clone();
    match left {
        Left::NoKey => data.remove(key.as_str()),
        Left::Text(text) => data.insert(key.as_str().to_owned(), text),
    };
    data
}

fn text_of(data: &Data, key: DataKey) -> Option<&str> {
    data.get(key.as_str()).map(String::as_str).filter(|text| !skips(text))
}

fn not_readable(key: DataKey, text: &str, error: &yaml::Error) -> EditError {
    EditError::Unreadable(unreadable(key, text, error.clone()))
}

fn not_proven(key: DataKey, what: impl Into<String>) -> EditError {
    EditError::NotProven { key, what: what.into() }
}

/// The error, with the anchor that prevents the change where there is one.
fn shared(opened: &Opened<'_>, error: EditError) -> EditError {
    let EditError::NotProven { key, what } = error else { return error };
    let found = || {
        let (text, read) = (text_of(opened.data, key)?, opened.list(key)?.as_ref().ok()?);
        let nodes = &read.document.nodes;
        let (alias, target) = nodes.iter().find_map(|node| match node.kind {
            NodeKind::Alias { target } => Some((node, &nodes[target])),
            _ => None,
        })?;
        let anchor = text.get(alias.content.offset..alias.end)?.trim().trim_start_matches('*').to_owned();
        Some((anchor, target.start.line + 1, alias.start.line + 1))
    };
    match found() {
        Some((anchor, line, used)) => EditError::Shared { key, what, anchor, line, used },
        None => EditError::NotProven { key, what },
    }
}

fn upsert(opened: &Opened<'_>, arn: &Principal, username: Option<&str>, groups: &Groups) -> Result<Edited, EditError> {
    let (data, home) = (opened.data, home_of(arn));
    let nothing = entries(home, "").map_err(|error| not_readable(home, "", &error))?;
    let mut lists = Vec::new();
    for key in [DataKey::MapRoles, DataKey::MapUsers] {
        match (opened.list(key), text_of(data, key)) {
            (Some(Ok(read)), Some(text)) => lists.push((key, text, read)),
            (Some(Err(error)), Some(text)) if key == home => return Err(not_readable(key, text, error)),
            (Some(Err(_)), _) => {}
            _ => lists.push((key, "", &nothing)),
        }
    }
    for (key, text, read) in &lists {
        match deciding(read, arn)[..] {
            [] => {}
            [mapping] => return update_entry(&List { data, key: *key, text, read }, mapping, username, groups),
            ref several => {
                let lines = several.iter().map(|mapping| mapping.line).collect();
                return Err(EditError::AtRandom { key: *key, arn: arn.for_aws_auth().to_string(), lines });
            }
        }
    }
    let (_, text, read) =
        lists.iter().find(|(key, ..)| *key == home).ok_or_else(|| not_proven(home, "it was not read"))?;
    add_entry(&List { data, key: home, text, read }, arn, username, groups)
}

/// One list of the data before the change.
struct List<'a> {
    data: &'a Data,
    key: DataKey,
    text: &'a str,
    read: &'a Entries<'a>,
}

/// The entries of one list that decide for a principal.
fn deciding<'r>(read: &'r Entries<'_>, arn: &Principal) -> Vec<&'r Mapping> {
    let kept: Vec<&Mapping> =
        read.list.iter().filter(|entry| entry.dropped.is_none()).map(|entry| &entry.mapping).collect();
    effective(&kept, arn)
}

fn update_entry(
    &List { data, key, text, read }: &List<'_>,
    old: &Mapping,
    username: Option<&str>,
    groups: &Groups,
) -> Result<Edited, EditError> {
    let mut new = old.clone();
    if let Some(username) = username {
        username.clone_into(&mut new.username);
    }
    new.groups = match groups {
        Groups::Keep => old.groups.clone(),
        Groups::Set(wanted) => merged(&old.groups, wanted, false),
        Groups::Append(wanted) => merged(&old.groups, wanted, true),
    };
    if new == *old {
        return Ok(unchanged(data, key, Some(new)));
    }
    let new_username = Some(new.username.as_str()).filter(|username| *username != old.username);
    let new_groups = Some(new.groups.as_slice()).filter(|groups| *groups != old.groups.as_slice());
    let splices = update(read, text, old.index, new_username, new_groups).ok_or_else(|| {
        not_proven(key, format!("the entry of `{}` is an alias of another one", old.arn.escape_debug()))
    })?;
    let place = |at| if at == old.index { Expected::Changed(at, &new) } else { Expected::Same(at) };
    let expected: Vec<_> = (0..read.list.len()).map(place).collect();
    let text = apply(text, splices);
    let proven = proven(key, &text, read, &expected)?;
    let after = proven.list.get(old.index).map(|entry| entry.mapping.clone());
    let (data, reread) = (with_text(data, key, text), vec![proven.kept(key)]);
    Ok(Edited { data, changed: true, before: Some(old.clone()), after, reread, ..unchanged(&Data::new(), key, None) })
}

fn add_entry(
    &List { data, key, text, read }: &List<'_>,
    arn: &Principal,
    username: Option<&str>,
    groups: &Groups,
) -> Result<Edited, EditError> {
    let arn = arn.for_aws_auth().to_string();
    let username = username.ok_or_else(|| EditError::NeedsUsername(arn.clone()))?;
    let groups = match groups {
        Groups::Keep => Vec::new(),
        Groups::Set(wanted) | Groups::Append(wanted) => merged(&[], wanted, false),
    };
    let new = new_mapping(key, arn, username.to_owned(), groups);
    let written = if text.is_empty() {
        with_first(data.get(key.as_str()).map(String::as_str), &new)
    } else {
        insert(read, text, &new).map(|splices| apply(text, splices))
    };
    let text = written.ok_or_else(|| not_proven(key, ODD_LAYOUT))?;
    let expected: Vec<_> = (0..read.list.len()).map(Expected::Same).chain([Expected::New(&new)]).collect();
    let proven = proven(key, &text, read, &expected)?;
    let after = proven.list.last().map(|entry| entry.mapping.clone());
    let (data, reread) = (with_text(data, key, text), vec![proven.kept(key)]);
    Ok(Edited { data, changed: true, after, reread, ..unchanged(&Data::new(), key, None) })
}

/// The entries and problems of a new text, once the entries are proven.
struct Proven {
    list: Vec<Entry>,
    problems: Vec<Problem>,
}

impl Proven {
    /// The list as the control plane keeps it.
    fn kept(self, key: DataKey) -> Reread {
        let kept = self.list.into_iter().filter(|entry| entry.dropped.is_none());
        Reread { key, mappings: kept.map(|entry| entry.mapping).collect(), problems: self.problems }
    }
}

fn proven(key: DataKey, text: &str, old: &Entries<'_>, expected: &[Expected<'_>]) -> Result<Proven, EditError> {
    let new =
        entries(key, text).map_err(|error| not_proven(key, format!("it could no longer be read: {}", error.cause)))?;
    prove(old, &new, expected).map_err(|what| not_proven(key, what))?;
    let problems = problems_of(key, text, &new);
    Ok(Proven { list: new.list, problems })
}

fn remove_entries(opened: &Opened<'_>, by: &RemoveBy, all: bool) -> Result<Edited, EditError> {
    let (data, reading) = (opened.data, &opened.reading);
    let (principal, deciding) = whose(reading, by);
    let home = principal.as_ref().map_or(DataKey::MapRoles, home_of);
    let mut edited = Edited { before: deciding.clone(), ..unchanged(data, home, None) };
    let mut broken = None;
    for key in [DataKey::MapUsers, DataKey::MapRoles] {
        let Some(text) = text_of(data, key) else { continue };
        let entries = match opened.list(key) {
            Some(Ok(entries)) => entries,
            // A list that can't be read has no effect, and does not prevent a removal from the other one.
            Some(Err(error)) => {
                let error = not_readable(key, text, error);
                broken = broken.or(Some(error).filter(|_| principal.is_none() || key == home));
                continue;
            }
            None => continue,
        };
        let mut gone: Vec<usize> = (0..entries.list.len()).filter(|at| fits(&entries.list[*at], by)).collect();
        if !all {
            let one = match &deciding {
                Some(deciding) => Some(deciding.index).filter(|_| deciding.key == key),
                None => gone.last().copied().filter(|_| edited.removed.is_empty()),
            };
            gone = one.into_iter().collect();
        }
        if gone.is_empty() {
            continue;
        }
        let (left, reread) = without(key, text, entries, &gone)?;
        edited.reread.push(reread);
        edited.removed.extend(gone.iter().map(|at| entries.list[*at].mapping.clone()));
        (edited.data, edited.changed, edited.key) = (with_left(&edited.data, key, left), true, key);
    }
    if let Some(error) = broken.filter(|_| !edited.changed) {
        return Err(error);
    }
    // An edited list is as the proof read it; the other one is unchanged.
    let list = |key, old: &Vec<Mapping>| {
        let reread = edited.reread.iter().find(|reread| reread.key == key);
        reread.map_or_else(|| old.clone(), |reread| reread.mappings.clone())
    };
    let (roles, users) = (list(DataKey::MapRoles, &reading.roles), list(DataKey::MapUsers, &reading.users));
    let after = Reading { roles, users, ..Reading::default() };
    let decides = |principal: Principal| after.effective(&principal).last().copied().cloned();
    edited.then = edited.removed.iter().map(|gone| Principal::as_matched(&gone.arn).ok().and_then(decides)).collect();
    edited.after = principal.and_then(decides);
    edited.before = edited.before.or_else(|| edited.removed.last().cloned());
    Ok(edited)
}

/// The principal of a removal, and the entry that decides for it. For a username it is the principal of the deciding
/// entry; other entries with that name have no effect.
fn whose(reading: &Reading, by: &RemoveBy) -> (Option<Principal>, Option<Mapping>) {
    let deciding = |principal: &Principal| reading.effective(principal).last().copied().cloned();
    match by {
        RemoveBy::Arn(arn) => {
            let principal = Principal::as_matched(arn.trim()).ok();
            let mapping = principal.as_ref().and_then(deciding);
            (principal, mapping)
        }
        RemoveBy::Username(username) => {
            let named = reading.mappings().filter(|mapping| mapping.username == *username);
            let principals: Vec<Principal> = named.filter_map(|m| Principal::as_matched(&m.arn).ok()).collect();
            let found = principals.iter().rev().find_map(|principal| {
                let mapping = deciding(principal).filter(|mapping| mapping.username == *username)?;
                Some((principal.clone(), mapping))
            });
            match found {
                Some((principal, mapping)) => (Some(principal), Some(mapping)),
                None => (principals.last().cloned(), None),
            }
        }
    }
}

fn remove_shadowed(opened: &Opened<'_>, key: DataKey, arn: &str) -> Result<Edited, EditError> {
    let data = opened.data;
    let Some(text) = text_of(data, key) else { return Ok(unchanged(data, key, None)) };
    let read = match opened.list(key) {
        Some(Ok(read)) => read,
        Some(Err(error)) => return Err(not_readable(key, text, error)),
        None => return Ok(unchanged(data, key, None)),
    };
    let roles = if key == DataKey::MapUsers { opened.list(DataKey::MapRoles) } else { None };
    if let Some(role) = roles.and_then(|roles| last_of(roles.as_ref().ok()?, arn)) {
        let gone: Vec<usize> = (0..read.list.len()).filter(|at| is_for(&read.list[*at], arn)).collect();
        return without_effect(&List { data, key, text, read }, &gone, Some(role));
    }
    let same = |entry: &Entry| {
        let written = &entry.mapping.arn;
        let equal = if key == DataKey::MapRoles { fold(written) == fold(arn) } else { written == arn };
        entry.dropped.is_none() && equal
    };
    let mut gone: Vec<usize> = (0..read.list.len()).filter(|at| same(&read.list[*at])).collect();
    let last = gone.pop().map(|at| read.list[at].mapping.clone());
    without_effect(&List { data, key, text, read }, &gone, last)
}

fn is_for(entry: &Entry, arn: &str) -> bool {
    entry.dropped.is_none() && fold(&entry.mapping.arn) == fold(arn)
}

/// The entry of `mapRoles` that takes precedence over all of `mapUsers` for an ARN. With non-ASCII letters in an ARN an
/// entry may replace another and match no caller, so the result is `None`.
fn last_of(roles: &Entries<'_>, arn: &str) -> Option<Mapping> {
    if roles.list.iter().any(|entry| !entry.mapping.arn.is_ascii()) {
        return None;
    }
    roles.list.iter().rev().find(|entry| is_for(entry, arn)).map(|entry| entry.mapping.clone())
}

/// The data without the entries that the entry `last` makes ineffective.
fn without_effect(
    &List { data, key, text, read }: &List<'_>,
    gone: &[usize],
    last: Option<Mapping>,
) -> Result<Edited, EditError> {
    if gone.is_empty() {
        return Ok(unchanged(data, key, last));
    }
    let removed = gone.iter().map(|at| read.list[*at].mapping.clone()).collect();
    let (left, reread) = without(key, text, read, gone)?;
    let (then, reread) = (gone.iter().map(|_| last.clone()).collect(), vec![reread]);
    let data = with_left(data, key, left);
    Ok(Edited { removed, then, changed: true, data, reread, ..unchanged(&Data::new(), key, last) })
}

/// The text without the entries at these indices, proven, and the remaining list.
fn without(key: DataKey, text: &str, read: &Entries<'_>, gone: &[usize]) -> Result<(Left, Reread), EditError> {
    if let ([only], [0]) = (&read.list[..], gone)
        && let Some(left) = before_only(only, text, read)
    {
        let text = left.as_text().filter(|text| !skips(text)).unwrap_or_default();
        let is_empty = |read: &Entries<'_>| read.list.is_empty();
        if let Some(read) = entries(key, text).ok().filter(is_empty) {
            let problems = problems_of(key, text, &read);
            return Ok((left, Reread { key, mappings: Vec::new(), problems }));
        }
    }
    let splices = remove(read, text, gone).ok_or_else(|| not_proven(key, ODD_LAYOUT))?;
    let expected: Vec<_> =
        (0..read.list.len()).filter(|at| gone.binary_search(at).is_err()).map(Expected::Same).collect();
    let text = apply(text, splices);
    let proven = proven(key, &text, read, &expected)?;
    Ok((Left::Text(text), proven.kept(key)))
}

/// What the text was before its only entry was added, where it is written as this program adds one.
fn before_only(only: &Entry, text: &str, read: &Entries<'_>) -> Option<Left> {
    let old = &only.mapping;
    let new = new_mapping(old.key, old.arn.clone(), old.username.clone(), old.groups.clone());
    let begin = line_start(text, read.document.nodes[only.node].dash?);
    before_first(text, begin, |before| with_first(before, &new))
}

fn change_account(data: &Data, account: &str, add: bool) -> Result<Edited, EditError> {
    check_account(account)?;
    let key = DataKey::MapAccounts;
    let changed =
        accounts::change(data.get(key.as_str()).map(String::as_str), account, add).map_err(
            |refused| match refused {
                Ok(problem) => EditError::Unreadable(problem),
                Err(what) => not_proven(key, what),
            },
        )?;
    Ok(match changed {
        Some(left) => Edited { changed: true, data: with_left(data, key, left), ..unchanged(data, key, None) },
        None => unchanged(data, key, None),
    })
}
