//! A desk for the local cloud, with and without access to AWS.

use std::path::Path;

use crate::support::cloud::{AuthMode, World};
use crate::support::desk::{Desk, Typed};

/// The default account.
pub const ACCOUNT: &str = "111122223333";

/// The beginning of an `aws-auth` manifest, before its `data`.
pub const HEAD: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\n  namespace: kube-system\n";

/// The ARN of a role of the default account.
pub fn role(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// The default world with `dev` in a mode.
pub fn desk(mode: AuthMode) -> Desk {
    Desk::new(World::new().dev(|dev| dev.mode(mode)).start())
}

/// A command without access to AWS.
pub fn offline<'d>(desk: &'d Desk, args: &str) -> Typed<'d> {
    cut_off(desk, desk.eksaccess("creator", args))
}

/// Another program in the same way.
pub fn offline_program<'d>(desk: &'d Desk, program: &Path) -> Typed<'d> {
    cut_off(desk, desk.program(program, "creator", ""))
}

fn cut_off<'d>(desk: &'d Desk, mut typed: Typed<'d>) -> Typed<'d> {
    for (name, _) in desk.cloud.env("creator") {
        typed = typed.without(&name);
    }
    typed.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
}
