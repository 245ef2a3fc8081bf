//! One command over several clusters: one plan, one approval, failures kept where they belong.

mod bootstrap;
pub mod desks;
mod kubeconfig;
mod pace;
mod picking;
mod scale;
