//! One thread with an asynchronous runtime, so that tests can be synchronous.

use std::future::Future;
use std::net::SocketAddr;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// Runs servers and clients until it is dropped.
pub struct Background {
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Starts the thread.
    pub fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("the system has threads and sockets");
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let _ = runtime.block_on(stopped);
            runtime.shutdown_timeout(Duration::from_millis(100));
        });
        Self { handle, stop: Some(stop), thread: Some(thread) }
    }

    /// The handle for spawning tasks and creating clients.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Waits for `future`, from a thread without a runtime of its own.
    pub fn wait<F: Future>(&self, future: F) -> F::Output {
        self.handle.block_on(future)
    }

    /// A listener on a free port of the loopback interface.
    pub fn listen(&self) -> (TcpListener, SocketAddr) {
        let listener = self.wait(TcpListener::bind("127.0.0.1:0")).expect("the loopback interface has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        (listener, address)
    }

    /// Serves `router` over plain HTTP on a free port; returns the URL.
    pub fn serve(&self, router: Router) -> String {
        let (listener, address) = self.listen();
        self.handle.spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
