//! Every call that reached the cloud. Secrets and tokens are never recorded.

use std::time::Instant;

/// One call.
#[derive(Clone, Debug)]
pub struct CallRecord {
    pub seq: u64,
    /// `iam`, `sts`, `eks` or `k8s`.
    pub service: &'static str,
    pub operation: String,
    /// Whether it would change something: reviews, dry runs and AssumeRole do not.
    pub mutating: bool,
    pub dry_run: bool,
    /// HTTP status; 0 if there was no answer.
    pub status: u16,
    pub error: Option<String>,
    /// The ARN of the caller if the signature was valid.
    pub caller: Option<String>,
    /// The names in the call.
    pub target: String,
    /// The destination: an AWS region, or the ARN of the cluster whose API was called.
    pub place: String,
    /// `None` while it is in flight, and for ever if it hangs.
    pub end: Option<Instant>,
    /// Whether it was carried out: neither prevented by a fault nor refused.
    pub done: bool,
}

/// The calls in the order of arrival.
#[derive(Debug, Default)]
pub struct Log {
    records: Vec<CallRecord>,
    next: u64,
}

impl Log {
    pub fn begin(
        &mut self,
        (service, operation): (&'static str, &str),
        mutating: bool,
        dry_run: bool,
        target: &str,
    ) -> u64 {
        self.next += 1;
        self.records.push(CallRecord {
            seq: self.next,
            service,
            operation: operation.to_owned(),
            mutating,
            dry_run,
            status: 0,
            error: None,
            caller: None,
            target: target.to_owned(),
            place: String::new(),
            end: None,
            done: false,
        });
        self.next
    }

    /// Changes the record of a call, unless it was cleared in the meantime.
    pub fn amend(&mut self, seq: u64, change: impl FnOnce(&mut CallRecord)) {
        if let Some(record) = self.records.iter_mut().rev().find(|r| r.seq == seq) {
            change(record);
        }
    }

    pub fn records(&self) -> &[CallRecord] {
        &self.records
    }

    pub fn clear(&mut self) {
        self.records.clear();
    }
}
