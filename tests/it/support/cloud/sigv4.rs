//! Signature Version 4 as a server checks it
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).

use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::ids::sha256_hex;
use super::time::{Millis, parse_compact};
use super::wire::HttpRequest;

/// All but the unreserved characters of RFC 3986.
const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same within a path.
const PATH: &AsciiSet = &STRICT.remove(b'/');

/// The signature of a request.
#[derive(Clone, Debug)]
pub struct Signed {
    pub access_key_id: String,
    pub region: String,
    pub service: String,
    /// `20261124T132005Z`.
    pub date: String,
    pub signed_headers: Vec<String>,
    pub signature: String,
    pub token: Option<String>,
}

/// Why a request's signature is rejected.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AuthFailure {
    /// No signature.
    Missing,
    /// A part of it is missing or unreadable.
    Incomplete(String),
    /// The access key (or its session token) is unknown.
    UnknownKey,
    /// The session credentials have expired.
    ExpiredToken,
    /// The signature differs.
    Mismatch,
    /// It was signed too long ago, or in the future; the text has the time.
    Skewed(String),
}

impl Signed {
    /// Reads the signature of a request, from its `Authorization` header or its query.
    pub fn read(request: &HttpRequest) -> Result<Self, AuthFailure> {
        match request.header("authorization") {
            Some(header) => Self::from_header(request, header),
            None if request.query.contains("X-Amz-Signature=") => Self::from_query(request),
            None => Err(AuthFailure::Missing),
        }
    }

    fn from_header(request: &HttpRequest, header: &str) -> Result<Self, AuthFailure> {
        let incomplete = |what: &str| AuthFailure::Incomplete(what.to_owned());
        let fields = header.strip_prefix("AWS4-HMAC-SHA256").ok_or_else(|| incomplete("Algorithm"))?;
        let field = |name: &str| {
            fields
                .split(',')
                .filter_map(|f| f.trim().split_once('='))
                .find_map(|(n, v)| (n == name).then(|| v.to_owned()))
                .ok_or_else(|| incomplete(name))
        };
        let date = request.header("x-amz-date").ok_or_else(|| incomplete("X-Amz-Date"))?.to_owned();
        Self::with_scope(
            &field("Credential")?,
            Self {
                access_key_id: String::new(),
                region: String::new(),
                service: String::new(),
                date,
                signed_headers: field("SignedHeaders")?.split(';').map(str::to_owned).collect(),
                signature: field("Signature")?,
                token: request.header("x-amz-security-token").map(str::to_owned),
            },
        )
    }

    fn from_query(request: &HttpRequest) -> Result<Self, AuthFailure> {
        let required = |name: &str| request.query_value(name).ok_or_else(|| AuthFailure::Incomplete(name.to_owned()));
        if required("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" {
            return Err(AuthFailure::Incomplete("X-Amz-Algorithm".to_owned()));
        }
        Self::with_scope(
            &required("X-Amz-Credential")?,
            Self {
                access_key_id: String::new(),
                region: String::new(),
                service: String::new(),
                date: required("X-Amz-Date")?,
                signed_headers: required("X-Amz-SignedHeaders")?.split(';').map(str::to_owned).collect(),
                signature: required("X-Amz-Signature")?,
                token: request.query_value("X-Amz-Security-Token"),
            },
        )
    }

    fn with_scope(credential: &str, signed: Self) -> Result<Self, AuthFailure> {
        let parts: Vec<&str> = credential.split('/').collect();
        let [key, day, region, service, "aws4_request"] = parts[..] else {
            return Err(AuthFailure::Incomplete("Credential".to_owned()));
        };
        if !signed.date.starts_with(day) {
            return Err(AuthFailure::Mismatch);
        }
        let (access_key_id, region, service) = (key.to_owned(), region.to_owned(), service.to_owned());
        Ok(Self { access_key_id, region, service, ..signed })
    }

    /// Checks the signature with a secret, and its time against the clock: within 15 minutes.
    pub fn check(&self, request: &HttpRequest, secret: &str, now: Millis) -> Result<(), AuthFailure> {
        let signed_at = parse_compact(&self.date).ok_or_else(|| AuthFailure::Incomplete("X-Amz-Date".to_owned()))?;
        if self.expected(request, secret, signed_at) != self.signature {
            return Err(AuthFailure::Mismatch);
        }
        let window = 15 * 60 * 1000;
        let (date, clock) = (&self.date, super::time::compact(now));
        if signed_at + window < now {
            let limit = super::time::compact(now - window);
            return Err(AuthFailure::Skewed(format!(
                "Signature expired: {date} is now earlier than {limit} ({clock} - 15 min.)"
            )));
        }
        if signed_at > now + window {
            let limit = super::time::compact(now + window);
            return Err(AuthFailure::Skewed(format!(
                "Signature not yet current: {date} is still later than {limit} ({clock} + 15 min.)"
            )));
        }
        Ok(())
    }

    fn expected(&self, request: &HttpRequest, secret: &str, signed_at: Millis) -> String {
        let Self { region, service, date, .. } = self;
        let scope = format!("{}/{region}/{service}/aws4_request", &date[..8.min(date.len())]);
        let canonical = self.canonical(request);
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", sha256_hex(canonical.as_bytes()));
        let time = UNIX_EPOCH + Duration::from_millis(u64::try_from(signed_at).unwrap_or_default());
        calculate_signature(generate_signing_key(secret, time, region, service), text.as_bytes())
    }

    fn canonical(&self, request: &HttpRequest) -> String {
        let encode = |text: &str| utf8_percent_encode(text, STRICT).to_string();
        let mut query: Vec<(String, String)> = request
            .query_pairs()
            .iter()
            .filter(|(name, _)| name != "X-Amz-Signature")
            .map(|(name, value)| (encode(name), encode(value)))
            .collect();
        query.sort();
        let query: Vec<String> = query.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut headers = String::new();
        for name in &self.signed_headers {
            let value: Vec<&str> = request.header(name).unwrap_or_default().split_whitespace().collect();
            headers.push_str(&format!("{name}:{}\n", value.join(" ")));
        }
        // As for every service except S3, the path is encoded once more.
        let path = utf8_percent_encode(&request.path, PATH);
        format!(
            "{}\n{path}\n{}\n{headers}\n{}\n{}",
            request.method,
            query.join("&"),
            self.signed_headers.join(";"),
            sha256_hex(&request.body)
        )
    }
}
