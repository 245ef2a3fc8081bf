//! Changes an existing trust policy: what the command names is changed in every statement that allows assuming the
//! role, everything else stays, and every removal is reported. A statement that can't be changed ends the command.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::arn::Partition;
use super::permission_set::{self, SetPattern};
use super::statement::{Listed, PRINCIPAL_ARN, Statement, Who, statements, texts};
use super::trust::{self, Ask, TrustWish, allow, allow_permission_set, asks, same_meaning};
use super::trust_limits::{in_words, is_for_accounts, lacks, shuts_out};

/// The changed trust policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Amended {
    /// The policy; the same JSON if it already means what is desired.
    pub policy: Value,
    /// What is removed or newly required, one short text each; empty if principals are only added.
    pub takes: Vec<String>,
    /// What the reader should know about it.
    pub notes: Vec<String>,
}

/// A statement that can't be changed as the command requires.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unchangeable {
    /// The option that requires it.
    pub option: &'static str,
    /// The statement, and the reason.
    pub why: String,
    /// The AWS principals that could stay, as written: possible values of `--trust`.
    pub stay: Vec<String>,
}

/// A note on a new MFA condition for whole accounts, which rejects some sessions.
const MFA_NOTE: &str = "MFA on the trust of a whole account excludes sessions of Identity Center, of web identity and of chained roles: they never carry MFA, however their users signed in; only IAM users can";

/// Changes an existing trust policy.
///
/// # Errors
/// [`Unchangeable`] if a statement can't be read, or would reject its own principals for ever.
pub fn amend(partition: Partition, account: &str, old: &Value, wish: &TrustWish) -> Result<Amended, Unchangeable> {
    let unchanged = Amended { policy: old.clone(), takes: Vec::new(), notes: Vec::new() };
    if *wish == TrustWish::default() {
        return Ok(unchanged);
    }
    let mut draft = Draft::read(partition, account, old, wish)?;
    if let Some(wanted) = &wish.principals {
        draft.state(wanted, &wish.permission_sets);
    }
    for principal in &wish.add {
        draft.add(principal);
    }
    for name in &wish.permission_sets {
        draft.trust_set(name);
    }
    draft.ask(wish)?;
    let mut policy = old.clone();
    policy["Statement"] = draft.items.into_iter().map(|item| item.value).collect();
    if policy.get("Version").is_none() {
        policy["Version"] = json!("2012-10-17");
    }
    if same_meaning(old, &policy) {
        return Ok(unchanged);
    }
    let dead = without_deleted(&mut policy);
    draft.notes.extend((!dead.is_empty()).then(|| {
        format!(
            "{} {} removed from the trust: AWS shows the unique id of a deleted principal, and rejects a policy that names one",
            dead.join(", "),
            if dead.len() == 1 { "is" } else { "are" }
        )
    }));
    Ok(Amended { policy, takes: draft.takes, notes: draft.notes })
}

/// Removes the ids of deleted principals from a policy, with the statements that name nothing else; returns them.
fn without_deleted(policy: &mut Value) -> Vec<String> {
    let mut dead = Vec::new();
    let Some(list) = policy["Statement"].as_array_mut() else { return dead };
    list.retain_mut(|statement| {
        let all = texts(&statement["Principal"]["AWS"]);
        let (gone, left): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|text| matches!(Who::read("AWS", text), Who::Deleted(_)));
        if gone.is_empty() {
            return true;
        }
        dead.extend(gone);
        let Some(kinds) = statement["Principal"].as_object_mut() else { return true };
        match &left[..] {
            [] => drop(kinds.remove("AWS")),
            [one] => drop(kinds.insert("AWS".to_owned(), json!(one))),
            _ => drop(kinds.insert("AWS".to_owned(), json!(left))),
        }
        !kinds.is_empty()
    });
    dead
}

/// What the reader should know about the trust of a new role.
///
/// # Errors
/// [`Unchangeable`] if it requires what its principals can never have.
pub fn judge_new(policy: &Value, wish: &TrustWish) -> Result<Vec<String>, Unchangeable> {
    for read in Statement::all(policy) {
        for asked in asks(wish) {
            if let Some(why) = shuts_out(&read, &asked) {
                return Err(Unchangeable { option: asked.option, why, stay: Vec::new() });
            }
        }
    }
    let notes = wish.require_mfa && Statement::all(policy).iter().any(is_for_accounts);
    Ok(notes.then(|| MFA_NOTE.to_owned()).into_iter().collect())
}

/// A statement during the change.
struct Item {
    /// Its number in the old policy, counted from 1; `None` for a new one.
    number: Option<usize>,
    value: Value,
    read: Statement,
}

impl Item {
    fn new(value: Value) -> Self {
        Self { number: None, read: Statement::read(&value), value }
    }

    fn set(&mut self, value: Value) {
        self.read = Statement::read(&value);
        self.value = value;
    }

    /// The principals in its `AWS` list, as written.
    fn written(&self) -> Vec<String> {
        texts(&self.value["Principal"]["AWS"])
    }

    /// Whether it admits by the pattern of a principal's ARN, as for a permission set, rather than by its list.
    fn is_by_pattern(&self) -> bool {
        !self.read.principal_patterns().is_empty()
    }

    fn names_one_by_one(&self) -> bool {
        self.read.is_for_keys() && !self.is_by_pattern() && matches!(self.read.principals, Listed::These(_))
    }
}

struct Draft<'a> {
    partition: Partition,
    account: &'a str,
    items: Vec<Item>,
    takes: Vec<String>,
    notes: Vec<String>,
}

impl<'a> Draft<'a> {
    /// Reads the policy.
    fn read(partition: Partition, account: &'a str, old: &Value, wish: &TrustWish) -> Result<Self, Unchangeable> {
        let option =
            if wish.principals.is_some() { "--trust" } else { asks(wish).first().map_or("--add-trust", |a| a.option) };
        let wrong = |why: String| Unchangeable { option, why, stay: Vec::new() };
        if !old.is_object() {
            return Err(wrong("the trust policy is not a JSON object".to_owned()));
        }
        let mut items = Vec::new();
        for (at, value) in statements(old).into_iter().enumerate() {
            let read = Statement::read(value);
            if let Some(problem) = read.problem {
                return Err(wrong(format!("statement {} of the trust can't be read: {problem}", at + 1)));
            }
            items.push(Item { number: Some(at + 1), value: value.clone(), read });
        }
        Ok(Self { partition, account, items, takes: Vec::new(), notes: Vec::new() })
    }

    /// The statement to which a principal is added: preferably one for this account, as conditions may differ by
    /// account.
    fn home(&self, takes_everybody: bool) -> Option<usize> {
        let fits = |item: &Item| {
            item.names_one_by_one() && (takes_everybody || !item.read.listed().any(|who| *who == Who::Everybody))
        };
        let own = |item: &Item| {
            item.read.listed().any(|who| match who {
                Who::Account(account) => account == self.account,
                Who::Arn(principal) => principal.account == self.account,
                _ => false,
            })
        };
        self.items.iter().position(|i| fits(i) && own(i)).or_else(|| self.items.iter().position(fits))
    }

    /// Makes the list exactly the wanted principals and permission sets; each principal that stays keeps its conditions.
    fn state(&mut self, wanted: &[String], sets: &[String]) {
        let of = |text: &String| Who::read("AWS", text);
        let whole: BTreeSet<Who> = wanted.iter().map(of).collect();
        let stays = |item: &Item| -> Vec<String> {
            let one_by_one = item.names_one_by_one();
            item.written().into_iter().filter(|text| one_by_one && whole.contains(&of(text))).collect()
        };
        let there: BTreeSet<Who> = self.items.iter().flat_map(stays).map(|text| of(&text)).collect();
        let mut missing: Vec<String> = Vec::new();
        for text in wanted.iter().filter(|text| !there.contains(&of(text))) {
            if !missing.iter().any(|known| of(known) == of(text)) {
                missing.push(text.clone());
            }
        }
        let home = self.home(true);
        let mut kept = Vec::new();
        for (at, mut item) in std::mem::take(&mut self.items).into_iter().enumerate() {
            if !item.read.lets_assume() || self.is_of_sets(&item, sets) {
                kept.push(item);
                continue;
            }
            let mut stay = stays(&item);
            if home == Some(at) {
                let only_if = item.read.only_if();
                if let Some(number) = item.number.filter(|_| !only_if.is_empty() && !stay.is_empty()) {
                    let new = |text: &String| format!("{} is added to statement {number}{only_if}", of(text));
                    self.notes.extend(missing.iter().map(new));
                }
                stay.extend(std::mem::take(&mut missing));
            }
            let left: BTreeSet<Who> = stay.iter().map(of).collect();
            let number = item.number.unwrap_or_default();
            let (whom, only_if) = (item.read.whom(), item.read.only_if());
            if left.is_empty() {
                self.takes.push(format!("statement {number} is removed: it let {whom} assume the role{only_if}"));
                continue;
            }
            let gone: Vec<_> = item.read.listed().filter(|who| !left.contains(who)).map(ToString::to_string).collect();
            if !gone.is_empty() {
                self.takes.push(format!("statement {number} no longer lets {} assume the role", gone.join(", ")));
            }
            if !gone.is_empty() || left.len() > item.read.listed().count() {
                let mut value = item.value.clone();
                value["Principal"] = json!({"AWS": stay});
                item.set(value);
            }
            kept.push(item);
        }
        if !missing.is_empty() {
            kept.insert(0, Item::new(allow(&missing)));
        }
        self.items = kept;
    }

    /// Whether a statement admits these permission sets of the account and nothing else.
    fn is_of_sets(&self, item: &Item, sets: &[String]) -> bool {
        let is_of_one = |pattern: &&str| match permission_set::read(pattern) {
            Some(SetPattern::Exact(name) | SetPattern::Wide(name)) => sets.contains(&name),
            None => false,
        };
        let own = Who::Account(self.account.to_owned());
        item.is_by_pattern()
            && item.read.listed().all(|who| *who == own)
            && item.read.principal_patterns().iter().all(is_of_one)
    }

    fn add(&mut self, principal: &str) {
        let who = Who::read("AWS", principal);
        let mut there = self.items.iter().filter(|item| item.names_one_by_one());
        if there.any(|item| item.read.listed().any(|one| *one == who)) {
            return;
        }
        let Some(home) = self.home(false) else {
            self.items.push(Item::new(allow(&[principal.to_owned()])));
            return;
        };
        let item = &mut self.items[home];
        let only_if = item.read.only_if();
        if let Some(number) = item.number.filter(|_| !only_if.is_empty()) {
            self.notes.push(format!("{who} is added to statement {number}{only_if}"));
        }
        let mut all = item.written();
        all.push(principal.to_owned());
        let mut value = item.value.clone();
        value["Principal"]["AWS"] = json!(all);
        item.set(value);
    }

    /// Trusts exactly this permission set: a pattern that also admits others is narrowed.
    fn trust_set(&mut self, name: &str) {
        let exact = permission_set::patterns(self.partition, self.account, name);
        let mut is_there = false;
        for item in self.items.iter_mut().filter(|i| i.is_by_pattern() && i.read.is_for_keys()) {
            let mut value = item.value.clone();
            let wide = narrow(&mut value, name, &exact);
            if let Some(number) = item.number.filter(|_| !wide.is_empty()) {
                self.takes.push(format!(
                    "statement {number} is narrowed to the permission set {name}: {} allows every set whose name begins with {name}, such as {name}_Audit",
                    wide.join(", ")
                ));
            }
            item.set(value);
            let patterns = item.read.principal_patterns();
            let own = Who::Account(self.account.to_owned());
            let lets_in = item.read.listed().any(|who| *who == own || *who == Who::Everybody);
            is_there |= lets_in && exact.iter().all(|pattern| patterns.contains(&pattern.as_str()));
        }
        if !is_there {
            self.items.push(Item::new(allow_permission_set(self.partition, self.account, name)));
        }
    }

    /// Requires MFA, an external id or an organisation in every statement that allows assuming the role.
    fn ask(&mut self, wish: &TrustWish) -> Result<(), Unchangeable> {
        for asked in asks(wish) {
            let mut numbers = Vec::new();
            for at in 0..self.items.len() {
                let item = &self.items[at];
                if !item.read.lets_assume() || item.number.is_some() && asked.is_in(&item.read) {
                    continue;
                }
                if let Some(why) = shuts_out(&item.read, &asked) {
                    let which =
                        item.number.map_or_else(|| "the new statement".to_owned(), |n| format!("statement {n}"));
                    let (why, stay) = (format!("{which} of the trust {why}"), self.able(&asks(wish)));
                    return Err(Unchangeable { option: asked.option, why, stay });
                }
                let is_noted = self.notes.iter().any(|note| note == MFA_NOTE);
                if asked.option == "--require-mfa" && is_for_accounts(&item.read) && !is_noted {
                    self.notes.push(MFA_NOTE.to_owned());
                }
                let replaced: Vec<_> = asked.replaced(&item.read).iter().map(ToString::to_string).collect();
                match item.number {
                    Some(number) if replaced.is_empty() => numbers.push(number.to_string()),
                    Some(number) => self.takes.push(format!(
                        "statement {number} now requires {} instead of {}",
                        in_words(&asked),
                        replaced.join(" and ")
                    )),
                    None => {}
                }
                let mut value = item.value.clone();
                trust::put(&mut value, &asked);
                self.items[at].set(value);
            }
            let (s, verb) = if numbers.len() == 1 { ("", "requires") } else { ("s", "require") };
            if !numbers.is_empty() {
                let all = numbers.join(", ");
                self.takes.push(format!("statement{s} {all} now {verb} {}", in_words(&asked)));
            }
        }
        Ok(())
    }

    /// The principals, as written, that can meet all requirements.
    fn able(&self, all: &[Ask<'_>]) -> Vec<String> {
        let mut able: Vec<String> = Vec::new();
        for item in self.items.iter().filter(|item| item.names_one_by_one()) {
            for text in item.written() {
                let who = Who::read("AWS", &text);
                let can = matches!(who, Who::Account(_) | Who::Arn(_))
                    && all.iter().all(|asked| lacks(&who, asked).is_none());
                if can && !able.contains(&text) {
                    able.push(text);
                }
            }
        }
        able
    }
}

/// Replaces the patterns of the set by the exact ones; returns the wide ones that were there.
fn narrow(statement: &mut Value, name: &str, exact: &[String; 2]) -> Vec<String> {
    let mut gone = Vec::new();
    for (operator, keys) in statement["Condition"].as_object_mut().into_iter().flatten() {
        let literal = operator.eq_ignore_ascii_case("StringEquals");
        let positive = ["ArnLike", "ArnEquals", "StringLike"].iter().any(|o| o.eq_ignore_ascii_case(operator));
        for (key, values) in keys.as_object_mut().into_iter().flatten() {
            if literal || !positive || !key.eq_ignore_ascii_case(PRINCIPAL_ARN) {
                continue;
            }
            let all = texts(values);
            let wide = |text: &String| permission_set::read(text) == Some(SetPattern::Wide(name.to_owned()));
            if !all.iter().any(|text| wide(text) || exact.contains(text)) {
                continue;
            }
            gone.extend(all.iter().filter(|text| wide(text)).cloned());
            let mut left: Vec<String> = all.into_iter().filter(|text| !wide(text)).collect();
            left.extend(exact.iter().filter(|pattern| !left.contains(pattern)).cloned().collect::<Vec<_>>());
            *values = json!(left);
        }
    }
    gone
}

#[cfg(test)]
#[path = "trust_change_tests.rs"]
mod tests;
