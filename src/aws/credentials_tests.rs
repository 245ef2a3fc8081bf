use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

#[derive(Debug)]
struct Scripted {
    calls: Arc<AtomicUsize>,
    /// The lifetime of each set of keys in seconds; `None` for ever.
    lives: Option<i64>,
    secret: &'static str,
    fails: Option<&'static str>,
}

impl ProvideCredentials for Scripted {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if let Some(why) = self.fails {
            return future::ProvideCredentials::ready(Err(CredentialsError::provider_error(why)));
        }
        let end = self.lives.map(|seconds| {
            let span = Duration::from_secs(seconds.unsigned_abs());
            if seconds < 0 { SystemTime::now() - span } else { SystemTime::now() + span }
        });
        let keys = Credentials::new(format!("AKIA{call}"), self.secret, None, end, "test");
        future::ProvideCredentials::ready(Ok(keys))
    }
}

fn base(lives: Option<i64>, fails: Option<&'static str>, sso: Option<&str>) -> (BaseCredentials, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let provider =
        SharedCredentialsProvider::new(Scripted { calls: calls.clone(), lives, secret: "the-secret", fails });
    (BaseCredentials::new(provider, "profile dev".into(), sso.map(str::to_owned)), calls)
}

#[tokio::test]
async fn credentials_are_asked_for_once() {
    for lives in [None, Some(3600)] {
        let (base, calls) = base(lives, None, None);
        let (first, second) = (base.keys().await.unwrap(), base.keys().await.unwrap());
        assert_eq!((first.access_key_id.as_str(), &first), ("AKIA0", &second));
        base.provide_credentials().await.unwrap();
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn credentials_that_end_soon_are_asked_for_anew() {
    let (base, calls) = base(Some(30), None, None);
    assert_eq!(base.keys().await.unwrap().access_key_id, "AKIA0");
    assert_eq!(base.keys().await.unwrap().access_key_id, "AKIA1");
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn credentials_past_their_end_are_an_error() {
    let (base, _) = base(Some(-5), None, None);
    assert_eq!(base.keys().await.unwrap_err().kind, CallErrorKind::ExpiredCredentials);
}

#[tokio::test]
async fn a_sign_in_that_is_gone_says_how_to_sign_in() {
    let (base, _) = base(None, Some("failed to load the cached SSO token"), Some("aws sso login --profile corp"));
    let error = base.keys().await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::ExpiredCredentials);
    assert_eq!(error.help.as_deref(), Some("aws sso login --profile corp"));
    assert!(error.to_string().contains("profile dev"), "{error}");
    let (base, _) = self::base(None, Some("ForbiddenException: No access"), Some("aws sso login --profile corp"));
    let error = base.keys().await.unwrap_err();
    assert_eq!((error.kind, error.help), (CallErrorKind::AccessDenied, None), "to sign in again does not help");
}

#[tokio::test]
async fn what_a_program_prints_behind_a_key_is_left_out_and_what_no_key_has_is_refused() {
    let with = |secret: &'static str| {
        let provider = Scripted { calls: Arc::default(), lives: None, secret, fails: None };
        BaseCredentials::new(SharedCredentialsProvider::new(provider), "profile dev".into(), None)
    };
    assert_eq!(with("the-secret\r\n").keys().await.unwrap().secret, "the-secret");
    let signed = with("the-secret\n").provide_credentials().await.unwrap();
    assert_eq!(signed.secret_access_key(), "the-secret");
    let error = with("the\nsecret").keys().await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::BadCredentials);
    assert_eq!(error.message, "the secret access key holds a line break");
}

#[tokio::test]
async fn no_debug_text_shows_a_secret() {
    let (base, _) = base(None, None, None);
    base.keys().await.unwrap();
    assert!(!format!("{base:?}").contains("the-secret"));
}
