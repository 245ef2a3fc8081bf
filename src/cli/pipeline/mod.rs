//! The one pipeline as people see it: look and plan, show, confirm, try, write down, carry out, prove, report (`run`). A
//! manifest in a file (`manifest`) has the same planner and guard, and a text instead of a cloud.

pub(crate) mod begun;
pub(crate) mod confirm;
pub(crate) mod kept;
pub(crate) mod manifest;
pub(crate) mod proof;
pub(crate) mod rehearse;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod show;
pub(crate) mod stage;
