//! A link, and the chain that stops at the first broken one.

use serde::Serialize;

/// The state of a link.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkState {
    /// It works.
    Ok,
    /// It does not work.
    Broken,
    /// It could not be tested, and why.
    Unknown,
    /// An earlier link is broken, or there is nothing to check.
    NotReached,
}

/// The purpose of a link.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// A necessary link: if it could not be tried, the access was not verified.
    Walked,
    /// An explanation of another link: a caller who may not read it loses only the explanation.
    Explaining,
}

impl LinkKind {
    /// The kind of the link of this name.
    pub(super) fn of(name: &str) -> Self {
        match name {
            "credentials" | "caller" | "assume" | "token" | "endpoint" | "identity" | "rights" | "kubeconfig"
            | "plugin-gate" => Self::Walked,
            _ => Self::Explaining,
        }
    }
}

/// One link from credentials to a Kubernetes verb.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Link {
    /// Its name: one of the chain, or `assume`, `cluster`, `identity`, `rights`, `member NAME` of a
    /// proof.
    pub name: String,
    /// Its purpose.
    pub kind: LinkKind,
    /// Its state.
    pub state: LinkState,
    /// What was found.
    pub text: String,
    /// The next command, if it is not ok.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Link {
    pub(super) fn new(name: impl Into<String>, state: LinkState, text: impl Into<String>) -> Self {
        let name = name.into();
        Self { kind: LinkKind::of(&name), name, state, text: text.into(), hint: None }
    }

    pub(super) fn ok(name: &str, text: impl Into<String>) -> Self {
        Self::new(name, LinkState::Ok, text)
    }

    pub(super) fn broken(name: &str, text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(name, LinkState::Broken, text).hint(hint)
    }

    pub(super) fn unknown(name: &str, text: impl Into<String>) -> Self {
        Self::new(name, LinkState::Unknown, text)
    }

    pub(super) fn not_reached(name: &str, text: impl Into<String>) -> Self {
        Self::new(name, LinkState::NotReached, text)
    }

    #[must_use]
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// The links so far.
#[derive(Debug, Default)]
pub(super) struct Chain(Vec<Link>);

impl Chain {
    /// Adds a link; `None` if it is broken, as the links after it are not checked then.
    pub(super) fn add(&mut self, link: Link) -> Option<()> {
        let holds = link.state != LinkState::Broken;
        self.0.push(link);
        holds.then_some(())
    }

    /// All the links; those after a broken one were not reached.
    pub(super) fn finish(mut self, names: &[&str]) -> Vec<Link> {
        if let Some(broken) = self.0.iter().find(|l| l.state == LinkState::Broken).map(|l| l.name.clone()) {
            let is_told = |name: &str| self.0.iter().any(|link| link.name == name);
            // A link with a name of its own, like a member's, has no place in the order: the last one that has counts.
            let behind = names.iter().rposition(|name| is_told(name)).map_or(0, |place| place + 1);
            for name in names.iter().skip(behind) {
                self.0.push(Link::not_reached(name, format!("`{broken}` is broken")));
            }
        }
        self.0
    }
}
