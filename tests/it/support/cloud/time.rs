//! Points in time in the cloud: milliseconds since 1970.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970.
pub type Millis = i64;

/// The machine's clock.
pub fn machine_now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// `2026-11-24T13:20:05Z`.
pub fn iso(at: Millis) -> String {
    stamp(at, "%Y-%m-%dT%H:%M:%SZ")
}

/// `20261124T132005Z`, as in signatures.
pub fn compact(at: Millis) -> String {
    stamp(at, "%Y%m%dT%H%M%SZ")
}

/// `Tue, 24 Nov 2026 13:20:05 GMT`, as in HTTP.
pub fn http_date(at: Millis) -> String {
    stamp(at, "%a, %d %b %Y %H:%M:%S GMT")
}

fn stamp(at: Millis, format: &str) -> String {
    let time = jiff::Timestamp::from_millisecond(at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.strftime(format).to_string()
}

/// Reads `20261124T132005Z`.
pub fn parse_compact(text: &str) -> Option<Millis> {
    let plain = text.strip_suffix('Z')?;
    Some(jiff::Timestamp::strptime("%Y%m%dT%H%M%S%z", format!("{plain}+0000")).ok()?.as_millisecond())
}

/// Seconds since 1970 with a fraction, as in EKS.
#[allow(clippy::cast_precision_loss)]
pub fn epoch_seconds(at: Millis) -> f64 {
    at as f64 / 1000.0
}
