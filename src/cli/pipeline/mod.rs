//! The pipeline of all changes: look and plan, show, confirm, try, record, carry out, prove, report (`run`), over a
//! site: the cloud with this machine (`cloud`), or a manifest in a file (`in_file`).

pub(crate) mod beginning;
pub(crate) mod begun;
pub(crate) mod cloud;
pub(crate) mod confirm;
pub(crate) mod current;
pub(crate) mod each;
pub(crate) mod in_file;
pub(crate) mod kept;
pub(crate) mod manifest;
pub(crate) mod moves;
pub(crate) mod per_account;
pub(crate) mod proof;
pub(crate) mod proving;
pub(crate) mod rehearse;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod show;
pub(crate) mod sights;
pub(crate) mod stage;
