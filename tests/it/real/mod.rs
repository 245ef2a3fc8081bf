//! The whole program against third-party ones: a real control plane (etcd, kube-apiserver, aws-iam-authenticator) with
//! the local cloud as its AWS, the real `kubectl` and AWS CLI, the authenticator's own code for reading `aws-auth`, and
//! emulators by other teams.
//!
//! `eval "$(.ci/real-parts)"` builds and installs them; tests of missing ones are skipped by name.

mod authorities;
mod bootstrap;
mod bootstrap_by_entry;
mod config_map;
mod edits;
mod generate;
mod kubeconfigs;
mod kubectl_refuses;
mod kuberc;
mod large_map;
mod live_map;
mod live_texts;
mod locked_out;
mod mends;
mod ministack;
mod moto;
mod oracle;
mod other_cloud;
mod pasted;
mod profile_grammar;
mod site;
mod smoke;
mod table;
mod tokens;
mod two_clusters;
mod ways;
mod whose_keys;
