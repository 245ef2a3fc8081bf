//! Bad luck on order.

use std::time::Duration;

/// What happens to a call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Effect {
    /// Refused as too many, in the words of the protocol. Not done.
    Throttle,
    /// Refused with this status, 500 or 503. Not done.
    Error(u16),
    /// Refused as not allowed. Not done.
    AccessDenied,
    /// A Kubernetes 409, or IAM's ConcurrentModification. Not done.
    Conflict,
    /// The session's credentials have run out. Not done.
    ExpiredToken,
    /// Refused with this status, code and message, where no other effect says it. Not done.
    Refuse(u16, String, String),
    /// The connection ends before anything is done.
    DropBefore,
    /// Done, but the connection ends instead of the answer.
    LostAnswer,
    /// Done after a delay.
    Latency(Duration),
    /// Never done, and never answered; `Cloud::wait_for_hang` tells.
    HangBefore,
    /// Done, but the answer never comes; `Cloud::wait_for_hang` tells.
    HangAfter,
}

/// An order of bad luck.
#[derive(Clone, Debug)]
pub struct Fault {
    /// An operation (`CreateRole`, `ReplaceConfigMap`); `*`: any; `write`: any that changes something; `iam:*`, `eks:*`,
    /// `sts:*`, `k8s:*`: any of a service.
    pub operation: String,
    /// From which such call on, counted from 1 when the fault was armed.
    pub nth: u32,
    /// For how many calls.
    pub times: u32,
    pub effect: Effect,
    /// Only the calls of this account's identities.
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

/// Whether a pattern of operations names one.
pub fn names(pattern: &str, service: &str, operation: &str, mutating: bool) -> bool {
    match pattern {
        "*" => true,
        "write" => mutating,
        _ => pattern == operation || pattern.strip_suffix(":*") == Some(service),
    }
}

/// The faults that were ordered, and how many calls each has seen.
#[derive(Debug, Default)]
pub struct Armed(Vec<(Fault, u32)>);

impl Armed {
    pub fn arm(&mut self, fault: Fault) {
        self.0.push((fault, 0));
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Counts a call and answers what befalls it.
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
