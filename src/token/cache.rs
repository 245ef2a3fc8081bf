//! Assumed-role credentials, cached between calls of the plugin.
//!
//! On disk: one file per [`CacheKey`], 0600 in a directory 0700, replaced whole (temporary file and rename), trusted
//! only under the conditions of [`crate::files::private`]. An unusable cache is skipped: it never prevents printing a
//! token.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

use super::cache_key::CacheKey;
use super::keys::Keys;
use crate::files::private::{Refused, open_lock, private_directory, read_private};

/// How long before their expiry cached credentials are renewed, so that a token signed with them is of use.
pub const RENEWAL_MARGIN: Duration = Duration::from_mins(5);
/// How long a call waits for another one that assumes the same role.
pub const LOCK_WAIT: Duration = Duration::from_secs(10);

/// The size limit of an entry: STS limits a session token to a few kilobytes.
const MAX_ENTRY_BYTES: u64 = 64 * 1024;
/// The age from which an unused file is removed: sessions last at most 12 hours.
const STALE_AFTER: Duration = Duration::from_hours(13);
/// The longest remaining life of a session. AWS's clock may be ahead of this machine's by the five minutes within which
/// it accepts a signature.
const LONGEST_SESSION: Duration = Duration::from_mins(12 * 60 + 5);
/// The first and the longest pause between two checks of a lock that another process holds.
const PAUSES: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(25));

/// Why the cache can't be used.
#[derive(Debug, thiserror::Error)]
#[error("the credential cache {} can't be {what}: {source}", path.display())]
pub struct CacheError {
    what: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// The result of a lookup.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Lookup {
    /// Credentials that last longer than the margin.
    Found(Keys),
    /// Nothing.
    Absent,
    /// Credentials that have expired or are about to.
    Ended,
    /// An entry that is not trusted; the next [`Cache::put`] replaces it.
    Refused(Refused),
}

/// Which process assumes the role.
#[derive(Debug)]
pub enum Turn {
    /// None: another process has cached the credentials in the meantime.
    Found(Keys),
    /// This one: assume the role, [`Cache::put`], then drop this.
    Mine(CacheLock),
    /// The lock was not available in time: assume the role without the cache.
    Without,
}

/// The right to renew one entry; released when dropped and, by the kernel, when the process ends.
#[derive(Debug)]
pub struct CacheLock {
    _file: File,
}

/// A directory of cached credentials.
#[derive(Clone, Debug)]
pub struct Cache {
    dir: PathBuf,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    version: u32,
    key: String,
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    /// Seconds since 1970.
    expiration: u64,
}

/// The directory of the cache, from the values of `XDG_CACHE_HOME` and `HOME`; a relative path is ignored, following
/// the XDG base directory specification.
pub fn cache_directory(xdg_cache_home: Option<&str>, home: Option<&str>) -> Option<PathBuf> {
    let absolute = |text: Option<&str>| text.map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = absolute(xdg_cache_home).or_else(|| absolute(home).map(|home| home.join(".cache")))?;
    Some(caches.join("eksaccess").join("credentials"))
}

impl Cache {
    /// Uses `dir`, which is created with mode 0700 if missing.
    ///
    /// # Errors
    /// [`CacheError`] if it can't be created, is a link or belongs to another user: continue without a cache.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self, CacheError> {
        let dir = dir.into();
        private_directory(&dir)
            .map_err(|source| CacheError { what: "used", path: dir.clone(), source })
            .inspect_err(say_once)?;
        Ok(Self { dir })
    }

    /// Looks up credentials that are valid at `now` and for `margin` longer.
    pub fn get(&self, key: &CacheKey, now: SystemTime, margin: Duration) -> Lookup {
        let text = match read_private(&self.path(key, "json"), MAX_ENTRY_BYTES) {
            Ok(Some(text)) => text,
            Ok(None) => return Lookup::Absent,
            Err(refused) => return Lookup::Refused(refused),
        };
        let Ok(entry) = serde_json::from_str::<Entry>(&text) else { return Lookup::Refused(Refused::Damaged) };
        if entry.key != key.as_str() {
            return Lookup::Refused(Refused::WrongKey);
        }
        let end = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(entry.expiration));
        let (1, Some(end)) = (entry.version, end) else { return Lookup::Refused(Refused::Damaged) };
        let keys = Keys::new(entry.access_key_id, entry.secret_access_key, Some(entry.session_token)).ending(end);
        if outlives(&keys, now) {
            return Lookup::Refused(Refused::TooLong);
        }
        if keys.live_for(now, margin) { Lookup::Found(keys) } else { Lookup::Ended }
    }

    /// Waits, for at most `wait`, until the credentials are cached or this process may fetch them.
    ///
    /// Blocks the thread in short sleeps; async callers must run it where blocking is allowed.
    pub fn turn(&self, key: &CacheKey, now: SystemTime, margin: Duration, wait: Duration) -> Turn {
        let started = Instant::now();
        let Ok(file) = open_lock(&self.path(key, "lock")) else { return Turn::Without };
        let mut pause = PAUSES.0;
        loop {
            let locked = file.try_lock();
            if let Lookup::Found(keys) = self.get(key, now, margin) {
                return Turn::Found(keys);
            }
            match locked {
                Ok(()) => {
                    // A lock in use must not be removed as stale; if its age can't be set, a second call is the only
                    // harm.
                    let _ = file.set_modified(SystemTime::now());
                    return Turn::Mine(CacheLock { _file: file });
                }
                Err(TryLockError::WouldBlock) if started.elapsed() < wait => {
                    sleep(pause.min(wait.saturating_sub(started.elapsed())));
                    pause = (pause * 2).min(PAUSES.1);
                }
                Err(_) => return Turn::Without,
            }
        }
    }

    /// Caches temporary credentials; replaces whatever is there, including a refused entry or a link, and removes
    /// entries that have been useless for hours. Credentials without a session token or an expiry are not cached, nor
    /// those that claim to expire later than any session.
    ///
    /// # Errors
    /// [`CacheError`] if nothing could be written; the old entry is then unchanged.
    pub fn put(&self, key: &CacheKey, keys: &Keys) -> Result<(), CacheError> {
        let (Some(session_token), Some(end)) = (&keys.session_token, keys.expires_at) else { return Ok(()) };
        if outlives(keys, SystemTime::now()) {
            return Ok(());
        }
        let entry = Entry {
            version: 1,
            key: key.as_str().to_owned(),
            access_key_id: keys.access_key_id.clone(),
            secret_access_key: keys.secret.clone(),
            session_token: session_token.clone(),
            expiration: end.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        };
        let path = self.path(key, "json");
        let written = serde_json::to_vec(&entry).map_err(io::Error::from).and_then(|text| self.replace(&path, &text));
        self.sweep(SystemTime::now());
        written.map_err(|source| CacheError { what: "written", path, source })
    }

    /// Removes every entry; returns the number of credentials. Other files in the directory stay.
    ///
    /// # Errors
    /// [`CacheError`] with the first file that could not be removed; the others are removed.
    pub fn clear(&self) -> Result<usize, CacheError> {
        let mut removed = 0;
        let mut failed = None;
        for path in self.ours() {
            let lock_is_held = || open_lock(&path).is_ok_and(|file| file.try_lock().is_err());
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("lock") if lock_is_held() => {}
                extension => match fs::remove_file(&path) {
                    Ok(()) => removed += usize::from(extension == Some("json")),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(source) => {
                        failed.get_or_insert(CacheError { what: "cleared", path, source });
                    }
                },
            }
        }
        failed.map_or(Ok(removed), Err)
    }

    fn path(&self, key: &CacheKey, extension: &str) -> PathBuf {
        self.dir.join(format!("{key}.{extension}"))
    }

    /// Writes a new file, created with mode 0600, that becomes visible as a whole. It is not flushed to the disk: after
    /// a power cut a half-written entry is refused like any damaged one.
    fn replace(&self, path: &Path, text: &[u8]) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix("new-").suffix(".tmp").tempfile_in(&self.dir)?;
        file.write_all(text)?;
        file.persist(path).map(drop).map_err(|error| error.error)
    }

    /// The files in the directory that this module wrote, by their names.
    fn ours(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| is_ours(path)).collect()
    }

    fn sweep(&self, now: SystemTime) {
        for path in self.ours() {
            let modified = fs::symlink_metadata(&path).and_then(|found| found.modified());
            let stale = modified.is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age > STALE_AFTER));
            if stale {
                // Another process may have removed it: a file that stays is found again by the next call.
                let _ = fs::remove_file(&path);
            }
        }
    }
}

/// Logs with `-v`, once per process, why a cache entry is not trusted.
pub(super) fn say_once(why: &impl fmt::Display) {
    static SAID: Once = Once::new();
    SAID.call_once(|| tracing::info!("{why}; the token is created without it"));
}

/// Whether keys claim to last longer than any session can.
fn outlives(keys: &Keys, now: SystemTime) -> bool {
    match (keys.expires_at, now.checked_add(LONGEST_SESSION)) {
        (Some(end), Some(latest)) => end > latest,
        _ => false,
    }
}

fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let entry = |stem: &str| stem.len() == 64 && stem.bytes().all(|b| b.is_ascii_hexdigit());
    match name.rsplit_once('.') {
        Some((stem, "json" | "lock")) => entry(stem),
        Some((stem, "tmp")) => stem.starts_with("new-"),
        _ => false,
    }
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
