//! The whole program against other people's: a real control plane (etcd, kube-apiserver, aws-iam-authenticator) with the
//! local cloud as its AWS, the real `kubectl`, the authenticator's own code for reading `aws-auth`, and clouds by other
//! teams.
//!
//! `eval "$(.ci/real-parts)"` builds and installs them; what is missing skips its tests by name.

mod real_scenarios;
mod support;
