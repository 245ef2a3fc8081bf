//! Faults on demand.

use std::time::Duration;

/// The effect of a fault on a call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Effect {
    /// Refused as throttled, in the words of the protocol. Not done.
    Throttle,
    /// Refused with this status, 500 or 503. Not done.
    Error(u16),
    /// Refused as not allowed. Not done.
    AccessDenied,
    /// A Kubernetes 409, or IAM's ConcurrentModification. Not done.
    Conflict,
    /// The session's credentials have expired. Not done.
    ExpiredToken,
    /// Refused with this status, code and message. Not done.
    Refuse(u16, String, String),
    /// The connection ends before anything is done.
    DropBefore,
    /// Done, but the connection ends instead of the answer.
    LostAnswer,
    /// Done after a delay.
    Latency(Duration),
    /// Never done, and never answered; see `Cloud::wait_for_hang`.
    HangBefore,
    /// Done, but never answered; see `Cloud::wait_for_hang`.
    HangAfter,
}

/// A fault to inject.
#[derive(Clone, Debug)]
pub struct Fault {
    /// An operation (`CreateRole`, `ReplaceConfigMap`); `*`: any; `write`: any write; `iam:*`, `eks:*`, `sts:*`,
    /// `k8s:*`: any of a service.
    pub operation: String,
    /// The first affected call, counted from 1 since the fault was armed.
    pub nth: u32,
    /// The number of affected calls.
    pub times: u32,
    pub effect: Effect,
    /// Only calls of this account's identities.
    pub account: Option<String>,
}

impl Fault {
    /// The first such call, once.
    pub fn new(operation: &str, effect: Effect) -> Self {
        Self { operation: operation.to_owned(), nth: 1, times: 1, effect, account: None }
    }

    #[must_use]
    pub fn nth(self, nth: u32) -> Self {
        Self { nth, ..self }
    }

    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    #[must_use]
    pub fn of_account(self, id: &str) -> Self {
        Self { account: Some(id.to_owned()), ..self }
    }

    #[must_use]
    pub fn always(self) -> Self {
        Self { times: u32::MAX, ..self }
    }
}

/// Whether a pattern of operations matches one.
pub fn names(pattern: &str, service: &str, operation: &str, mutating: bool) -> bool {
    match pattern {
        "*" => true,
        "write" => mutating,
        _ => pattern == operation || pattern.strip_suffix(":*") == Some(service),
    }
}

/// The armed faults, and how many calls each has seen.
#[derive(Debug, Default)]
pub struct Armed(Vec<(Fault, u32)>);

impl Armed {
    pub fn arm(&mut self, fault: Fault) {
        self.0.push((fault, 0));
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Counts a call and returns its effects.
    pub fn strike(&mut self, (service, operation): (&str, &str), mutating: bool, account: Option<&str>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (fault, seen) in &mut self.0 {
            let meant = fault.account.is_none() || fault.account.as_deref() == account;
            if meant && names(&fault.operation, service, operation, mutating) {
                *seen += 1;
                if *seen >= fault.nth && *seen - fault.nth < fault.times {
                    effects.push(fault.effect.clone());
                }
            }
        }
        effects
    }
}
