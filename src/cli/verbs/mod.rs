//! One file per verb: from its arguments to what is desired (`desire`, `spelling` check names), and to the pipeline.

pub(crate) mod bootstrap;
pub(crate) mod desire;
pub(crate) mod group;
pub(crate) mod history;
pub(crate) mod kubeconfig;
pub(crate) mod lint;
pub(crate) mod man;
pub(crate) mod map;
pub(crate) mod migrate;
pub(crate) mod mode;
pub(crate) mod offer;
pub(crate) mod restore;
pub(crate) mod role;
pub(crate) mod spelling;
pub(crate) mod token;
pub(crate) mod verify;
pub(crate) mod who;
