//! Runs on tokio's paused clock: the SDK sleeps and reads the time on it, and the server is a function. What is counted
//! depends on the pace alone, not on the machine.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_config::BehaviorVersion;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::sdk_config::{SharedTimeSource, TimeSource};
use futures::future::{join, join_all};
use tokio::time::{Instant, sleep};

use super::super::lane::LANE;
use super::*;
use crate::aws::iam::IamClient;
use crate::aws::retry;
use crate::engine::IamRead as _;

/// How long the server takes for an answer.
const ANSWER: Duration = Duration::from_millis(50);
const CALLS: usize = 500;

/// The paused clock, as a time source for the SDK.
#[derive(Debug)]
struct Clock(SystemTime, Instant);

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        self.0 + self.1.elapsed()
    }
}

/// What the server has seen of an account's calls.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    attempts: usize,
    answered: usize,
    under_way: usize,
    most_under_way: usize,
    /// When the next call is allowed, where the account is throttled.
    opens: Option<Instant>,
}

/// A server that knows accounts by the access key, and allows a throttled account one call per second.
#[derive(Clone, Debug, Default)]
struct Server(Arc<Mutex<BTreeMap<String, Seen>>>);

impl Server {
    fn throttling(accounts: &[&str]) -> Self {
        let seen = |name: &&str| ((*name).to_owned(), Seen { opens: Some(Instant::now()), ..Seen::default() });
        Self(Arc::new(Mutex::new(accounts.iter().map(seen).collect())))
    }

    fn of(&self, account: &str) -> Seen {
        self.0.lock().unwrap()[account]
    }

    /// Counts a call; true if it is allowed.
    fn begin(&self, account: &str) -> bool {
        let mut all = self.0.lock().unwrap();
        let seen = all.entry(account.to_owned()).or_default();
        seen.attempts += 1;
        seen.under_way += 1;
        seen.most_under_way = seen.most_under_way.max(seen.under_way);
        let Some(opens) = seen.opens.as_mut() else { return true };
        let open = *opens <= Instant::now();
        if open {
            *opens = Instant::now() + Duration::from_secs(1);
        }
        open
    }

    fn end(&self, account: &str, open: bool) {
        let mut all = self.0.lock().unwrap();
        let seen = all.get_mut(account).unwrap();
        seen.under_way -= 1;
        seen.answered += usize::from(open);
    }
}

impl HttpConnector for Server {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let signed = request.headers().get("authorization").unwrap_or_default();
        let account = signed.split("Credential=").nth(1).and_then(|s| s.split('/').next()).unwrap().to_owned();
        let server = self.clone();
        HttpConnectorFuture::new(async move {
            let open = server.begin(&account);
            sleep(ANSWER).await;
            server.end(&account, open);
            let user = "<User><Path>/</Path><UserName>ann</UserName><UserId>AIDA</UserId><Arn>arn:ann</Arn>\
                        <CreateDate>2026-11-24T10:00:00Z</CreateDate></User>";
            let (status, body) = if open {
                (200, format!("<GetUserResponse><GetUserResult>{user}</GetUserResult></GetUserResponse>"))
            } else {
                let error = "<Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message>";
                (400, format!("<ErrorResponse><Error>{error}</Error><RequestId>r</RequestId></ErrorResponse>"))
            };
            Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body)))
        })
    }
}

fn sdk(server: &Server, account: &str) -> SdkConfig {
    let keys = Credentials::new(account, "the-secret", None, None, "test");
    let connector = SharedHttpConnector::new(server.clone());
    let patience = Duration::from_mins(2);
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .time_source(SharedTimeSource::new(Clock(
            SystemTime::UNIX_EPOCH + Duration::from_hours(500_000),
            Instant::now(),
        )))
        .retry_config(retry::retries(patience))
        .timeout_config(retry::timeouts(patience))
        .build()
}

/// Makes this many calls at once in an account; returns those that failed, and the time it took.
async fn many(server: &Server, account: &str, paces: &Paces) -> (Vec<String>, Duration) {
    let begin = Instant::now();
    // A client for each call, as the ports hand them out.
    let sdk = sdk(server, account);
    let calls = (0..CALLS).map(|_| {
        let iam = IamClient::new(&sdk, paces.of("iam", "eu-west-1", account));
        async move { iam.get_user("ann").await }
    });
    let failed = join_all(calls).await.into_iter().filter_map(|answer| Some(answer.err()?.to_string())).collect();
    (failed, begin.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_throttled_account_slows_down_no_other_and_loses_no_call() {
    let (_, alone) = many(&Server::default(), "B", &Paces::default()).await;
    let (server, paces) = (Server::throttling(&["A"]), Paces::default());
    let ((a_failed, a_took), (b_failed, b_took)) = join(many(&server, "A", &paces), many(&server, "B", &paces)).await;
    assert_eq!((a_failed, b_failed), (Vec::<String>::new(), Vec::new()));
    let (a, b) = (server.of("A"), server.of("B"));
    assert_eq!((a.answered, b.answered), (CALLS, CALLS));
    assert_eq!((b.attempts, b_took), (CALLS, alone), "B's calls came as they come where no account is throttled");
    assert!(a_took >= Duration::from_secs(499), "{a_took:?}");
    assert!(a_took < Duration::from_secs(2 * 499), "A's own pace keeps up with what it is allowed: {a_took:?}, {a:?}");
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_are_under_way_than_the_lane_is_wide_and_no_less() {
    let (server, paces) = (Server::throttling(&["A"]), Paces::default());
    let (failed, took) = many(&server, "B", &paces).await;
    assert_eq!((failed.len(), server.of("B").most_under_way), (0, LANE));
    // Before AWS throttles, only the lane limits: the number of rounds follows from its width.
    let rounds = u32::try_from(CALLS.div_ceil(LANE)).unwrap();
    assert!(took < ANSWER * (rounds + 1), "{took:?}");
    many(&server, "A", &paces).await;
    assert!(server.of("A").most_under_way <= LANE);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_the_lane_uses_up_no_calls_time() {
    let server = Server::default();
    let config = sdk(&server, "B").into_builder().timeout_config(retry::timeouts(ANSWER * 2)).build();
    let paces = Paces::default();
    let calls = (0..CALLS).map(|_| {
        let iam = IamClient::new(&config, paces.of("iam", "eu-west-1", "B"));
        async move { iam.get_user("ann").await }
    });
    assert!(join_all(calls).await.iter().all(Result::is_ok));
}

#[test]
fn a_pace_is_one_for_an_account_region_and_service() {
    let paces = Paces::default();
    let of = |service, region, account| paces.clone().of(service, region, account).lane;
    let one = of("iam", "eu-west-1", "111122223333");
    assert!(one.is(&of("iam", "eu-west-1", "111122223333")));
    for other in [
        of("eks", "eu-west-1", "111122223333"),
        of("iam", "us-east-1", "111122223333"),
        of("iam", "eu-west-1", "444455556666"),
    ] {
        assert!(!one.is(&other));
    }
}

#[test]
fn every_call_of_an_adapter_goes_through_its_lane() {
    for text in [include_str!("iam.rs"), include_str!("eks.rs"), include_str!("sts.rs")] {
        let flat: String = text.split_whitespace().collect();
        assert!(!flat.contains(".send().await") && !flat.contains("request.await"), "a call past the lane");
        let (pages, passed) =
            (flat.matches(".next()).await").count(), flat.matches("pass(pages.next()).await").count());
        assert_eq!((pages, flat.matches("pages.next().await").count()), (passed, 0), "a page past the lane");
    }
}

#[tokio::test(start_paused = true)]
async fn a_place_that_waits_for_a_lane_uses_none_of_its_time() {
    let paced = Paced::new((), Pace::lone());
    let place = async |_: usize| {
        let call = paced.pass(async { sleep(Duration::from_secs(10)).await });
        crate::engine::Clock::default().bound(Duration::from_secs(15), call).await
    };
    let began = Instant::now();
    let done = join_all((0..3 * LANE).map(place)).await;
    assert_eq!(began.elapsed(), Duration::from_secs(30), "three lanes full, one after another");
    assert!(done.iter().all(Option::is_some), "{done:?}");
}
