//! Texts in, texts out.

mod finding;
mod laws;
mod merging;
mod reading;
mod sections;
mod splicing;

use super::{Batch, Change, ContextView, Current, Document, DocumentError, Draft, Note, Wanted, views};
use crate::kubeconfig::exec::{ExecNeeds, ExecSpec, ExecTool};

pub(super) const ARN: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/dev";
pub(super) const ROLE: &str = "arn:aws:iam::111122223333:role/KubernetesAdmin";
pub(super) const SERVER: &str = "https://ABCD.gr7.eu-west-1.eks.amazonaws.com";
pub(super) const NAME: &str = "KubernetesAdmin@dev.eu-west-1.111122223333";

/// The contexts of one file.
pub(crate) fn contexts(text: &str) -> Result<Vec<ContextView>, DocumentError> {
    Ok(views(Document::read(text)?.entries()))
}

pub(super) fn eksaccess() -> ExecTool {
    ExecTool::Eksaccess { command: "eksaccess".to_owned() }
}

pub(super) fn spec(tool: &ExecTool, arn: &str, role: &str, needs: ExecNeeds<'_>) -> ExecSpec {
    ExecSpec::build(tool, &arn.parse().unwrap(), role, needs).unwrap()
}

pub(super) fn wanted_of(arn: &str, role: &str) -> Wanted {
    let mut exec = spec(&eksaccess(), arn, role, ExecNeeds::default());
    exec.install_hint = Some("hint".to_owned());
    Wanted {
        cluster: arn.parse().unwrap(),
        server: SERVER.to_owned(),
        certificate_authority_data: Some("Q0E=".to_owned()),
        tls_server_name: None,
        proxy_url: None,
        role_arn: role.to_owned(),
        exec,
        exec_stated: false,
        context_alias: None,
        user_alias: None,
        namespace: None,
        current: Current::Auto,
    }
}

pub(super) fn wanted() -> Wanted {
    wanted_of(ARN, ROLE)
}

/// A text after a merge, and what changed.
#[derive(Debug)]
pub(crate) struct One {
    pub(crate) text: String,
    pub(super) changed: bool,
    pub(super) changes: Vec<Change>,
    pub(super) notes: Vec<Note>,
    pub(super) context: String,
    pub(super) user: String,
    pub(super) cluster: String,
    pub(super) created: bool,
}

/// Merges into a text.
pub(crate) fn merge(text: &str, wanted: &Wanted) -> Result<One, DocumentError> {
    let documents = [Document::read(text)?];
    let mut batch = Batch::of(&Draft::new(&documents, documents[0].entries(), 0), &[wanted]);
    let super::Merged { changes, notes, context, user, cluster } = batch.each.remove(0)?;
    let (changed, created) = (batch.text != text, documents[0].is_empty());
    Ok(One { text: batch.text, changed, changes, notes, context, user, cluster, created })
}

/// The text after a merge, which a second merge must not change.
pub(super) fn merged(text: &str, wanted: &Wanted) -> String {
    let once = merge(text, wanted).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(once.changed, once.text != text);
    assert_eq!(once.changed, !once.changes.is_empty(), "{:?}", once.changes);
    let twice = merge(&once.text, wanted).unwrap();
    assert_eq!(twice.text, once.text, "a second merge changed: {:?}", twice.changes);
    assert!(!twice.changed && twice.changes.is_empty() && !twice.created);
    assert_eq!((&twice.context, &twice.user, &twice.cluster), (&once.context, &once.user, &once.cluster));
    once.text
}

#[track_caller]
pub(super) fn produces(text: &str, wanted: &Wanted, expected: &str) {
    let got = merged(text, wanted);
    assert!(got == expected, "--- got\n{got}\n--- expected\n{expected}\n({got:?})");
}
