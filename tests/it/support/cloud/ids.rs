//! Generated names of AWS: unique ids, access keys, session tokens, UUIDs.

use std::hash::{BuildHasher, RandomState};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// A source of names, different in every cloud and never repeated.
pub struct Ids {
    seed: u64,
    count: u64,
}

impl Ids {
    pub fn new() -> Self {
        Self { seed: RandomState::new().hash_one("local cloud"), count: 0 }
    }

    fn bytes(&mut self) -> [u8; 32] {
        self.count += 1;
        let mut hash = Sha256::new();
        hash.update(self.seed.to_le_bytes());
        hash.update(self.count.to_le_bytes());
        hash.finalize().into()
    }

    /// `prefix` and as many letters and digits of base32 as IAM writes: 17 after `AROA`, 16 after `AKIA`.
    fn base32(&mut self, prefix: &str, length: usize) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let random = self.bytes();
        let tail = random.iter().cycle().take(length).map(|b| ALPHABET[usize::from(b % 32)] as char);
        prefix.chars().chain(tail).collect()
    }

    /// A unique id: `AROA…` of roles, `AIDA…` of users, `AGPA…` of groups, `ANPA…` of policies.
    pub fn unique(&mut self, prefix: &str) -> String {
        self.base32(prefix, 17)
    }

    /// An access key's id: `AKIA…` of users, `ASIA…` of sessions.
    pub fn access_key(&mut self, prefix: &str) -> String {
        self.base32(prefix, 16)
    }

    pub fn secret(&mut self) -> String {
        STANDARD.encode(self.bytes())[..40].to_owned()
    }

    /// A session token of `length` characters.
    pub fn token(&mut self, length: usize) -> String {
        let mut token = "IQoJb3JpZ2luX2Vj".to_owned();
        while token.len() < length {
            token.push_str(STANDARD.encode(self.bytes()).trim_end_matches('='));
        }
        token.truncate(length);
        token
    }

    pub fn uuid(&mut self) -> String {
        let hex = self.hex();
        format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
    }

    pub fn hex(&mut self) -> String {
        hex(&self.bytes())
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        use std::fmt::Write as _;
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
