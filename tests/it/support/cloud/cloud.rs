//! The tests' handle: addresses, keys, the log, faults.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::aws_front;
use super::cluster::Cluster;
use super::faults::Fault;
use super::k8s_front;
use super::log::CallRecord;
use super::server::accept;
use super::shared::Shared;
use super::state::State;
use super::world::World;
use eksaccess::model::arn::Partition;

/// The account of the default world.
pub const ACCOUNT: &str = "111122223333";
/// The region of the default world.
pub const REGION: &str = "eu-west-1";

/// A running cloud; it ends when the last handle from `start` is dropped.
#[derive(Clone)]
pub struct Cloud {
    pub(super) shared: Arc<Shared>,
    endpoint: Arc<str>,
    _server: Option<Arc<Server>>,
}

struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Cloud {
    /// The default world: account 111122223333 with `creator`, `member`, `outsider` and the cluster `dev`.
    #[must_use]
    pub fn start() -> Self {
        World::new().start()
    }

    /// An empty cloud that answers on a free port.
    pub(super) fn run() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let shared = Arc::new(Shared::new(runtime.handle().clone()));
        let (stop, stopped) = oneshot::channel::<()>();
        let front = accept(listener, None, shared.clone(), Arc::from(endpoint.as_str()), aws_front::handle);
        let thread = std::thread::Builder::new()
            .name("local cloud".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    tokio::spawn(front);
                    let _ = stopped.await;
                });
                runtime.shutdown_background();
            })
            .expect("a thread");
        let server = Server { stop: Some(stop), thread: Some(thread) };
        Self { shared, endpoint: Arc::from(endpoint), _server: Some(Arc::new(server)) }
    }

    /// A handle for a hook: it does not keep the cloud running.
    pub(super) fn handle(shared: Arc<Shared>) -> Self {
        Self { shared, endpoint: Arc::from(""), _server: None }
    }

    /// Gives a cluster its Kubernetes API; its address and CA go into the cluster.
    pub(super) fn serve(&self, cluster: &mut Cluster) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let address = listener.local_addr().expect("an address");
        cluster.found_authority();
        let tls = cluster.tls();
        cluster.endpoint = Some(format!("https://{address}"));
        let name: Arc<str> = Arc::from(cluster.arn());
        self.shared.runtime.spawn(accept(listener, Some(tls), self.shared.clone(), name, k8s_front::handle));
    }

    /// An address that accepts connections and never answers.
    pub(super) fn silent_address(&self) -> std::net::SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        // The system accepts connections for a listener that is never read; it lives as long as the runtime.
        self.shared.runtime.spawn(async move {
            let _listener = listener;
            std::future::pending::<()>().await;
        });
        address
    }

    /// `http://127.0.0.1:PORT`, for IAM, STS and EKS alike.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The environment that makes a process a user of the default account (or, by name, of another one).
    pub fn env(&self, user: &str) -> Vec<(String, String)> {
        let (partition, account) = {
            let state = self.shared.state();
            let mut homes = state.accounts.values().filter(|a| a.user(user).is_some());
            let home = homes.clone().find(|a| a.id == ACCOUNT).or_else(|| homes.next());
            let home = home.unwrap_or_else(|| panic!("no account has a user {user}"));
            (home.partition, home.id.clone())
        };
        self.env_in(partition, &account, user)
    }

    /// The same for a user of a named account.
    pub fn env_in(&self, partition: Partition, account: &str, user: &str) -> Vec<(String, String)> {
        let (id, secret) = self.keys_in(partition, account, user);
        let region = if partition == Partition::Aws { REGION } else { partition.iam_region() };
        [
            ("AWS_ACCESS_KEY_ID", id.as_str()),
            ("AWS_SECRET_ACCESS_KEY", secret.as_str()),
            ("AWS_REGION", region),
            ("AWS_ENDPOINT_URL", self.endpoint()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// A user's access key id and secret key.
    pub fn keys_in(&self, partition: Partition, account: &str, user: &str) -> (String, String) {
        let state = self.shared.state();
        let home = state.account(partition, account).unwrap_or_else(|| panic!("no account {partition} {account}"));
        let id = home.user(user).unwrap_or_else(|| panic!("no user {user}")).access_key_id.clone();
        let secret = state.keys[&id].secret.clone();
        (id, secret)
    }

    /// Every secret key and session token ever created: they must not appear in any output.
    pub fn secrets(&self) -> Vec<String> {
        self.shared.state().secrets.clone()
    }

    /// Changes or reads the state, with the clock set.
    pub fn edit<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.shared.state();
        state.now = self.shared.now();
        super::eks::settle(&mut state);
        change(&mut state)
    }
}

/// The log.
impl Cloud {
    /// Every call since the start or the last `clear_log`.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.shared.log().records().to_vec()
    }

    /// The writing calls, including refused and lost ones.
    pub fn writes(&self) -> Vec<CallRecord> {
        self.calls().into_iter().filter(|call| call.mutating).collect()
    }

    /// The names of the operations in the order of the calls.
    pub fn operations(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.operation).collect()
    }

    pub fn clear_log(&self) {
        self.shared.log().clear();
    }
}

/// Faults and settings.
impl Cloud {
    pub fn arm(&self, fault: Fault) {
        self.shared.faults().arm(fault);
    }

    pub fn disarm(&self) {
        self.shared.faults().clear();
    }

    /// Runs `action` just before the `nth` call (from 1) of an operation, counted from now. Patterns as in
    /// `Fault::operation`.
    pub fn on_call(&self, operation: &str, nth: u32, action: impl FnOnce(&Self) + Send + 'static) {
        self.shared.add_hook(operation, nth, Box::new(action));
    }

    /// Waits for a call that hangs (`Effect::HangBefore`, `Effect::HangAfter`); false after `limit`.
    pub fn wait_for_hang(&self, limit: Duration) -> bool {
        self.shared.wait_hung(limit)
    }

    /// Waits until the log has such a call; false after `limit`.
    pub fn wait_for_call(&self, operation: &str, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            if self.shared.log().records().iter().any(|call| call.operation == operation) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        false
    }

    /// Answers calls in rounds from now on: each one when all of its round have arrived, however long that takes. An
    /// operation's name is followed by `?dry-run` for a dry run.
    pub fn expect_rounds(&self, rounds: &[Vec<String>]) {
        self.shared.gate.set(rounds);
    }

    /// Ends the rounds; panics if there were unexpected calls, or one needed the answer of another one of its round.
    pub fn came_in_rounds(&self, what: &str) {
        let wrong = self.shared.gate.open();
        let calls: Vec<String> = self.calls().iter().map(|c| format!("{} {}", c.operation, c.target)).collect();
        assert!(wrong.is_empty(), "{what}:\n{}\n--- calls\n{}", wrong.join("\n"), calls.join("\n"));
    }

    /// Delays every call.
    pub fn set_latency(&self, delay: Duration) {
        self.shared.latency.store(millis(delay).unsigned_abs(), Ordering::Relaxed);
    }

    /// How long new writes take to become effective; reads show them at once.
    pub fn set_propagation(&self, delay: Duration) {
        self.shared.state().settings.propagation = millis(delay);
    }

    /// How long a switch of the authentication mode takes.
    pub fn set_update_duration(&self, delay: Duration) {
        self.shared.state().settings.update = millis(delay);
    }

    /// The result of switches begun from now on: `Successful`, `Failed`, `Cancelled`.
    pub fn set_update_outcome(&self, outcome: &str) {
        outcome.clone_into(&mut self.shared.state().settings.update_outcome);
    }

    /// The page size of any list.
    pub fn set_page_size(&self, size: Option<usize>) {
        self.shared.state().settings.page_size = size;
    }

    /// The length of session tokens created from now on.
    pub fn set_session_token_length(&self, length: usize) {
        self.shared.state().settings.session_token = length;
    }

    /// Sets the cloud's clock ahead of the machine's by this many seconds.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.shared.clock_offset.store(seconds * 1000, Ordering::Relaxed);
    }
}

fn millis(delay: Duration) -> i64 {
    i64::try_from(delay.as_millis()).unwrap_or(i64::MAX)
}
