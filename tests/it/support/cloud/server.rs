//! Connections, and the stages of every call: log, hooks, faults, delay, work, answer.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming as Body};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;

use super::faults::Effect;
use super::shared::Shared;
use super::state::State;
use super::under_way::Place;
use super::wire::{HttpRequest, Reply};
use super::{cloud::Cloud, eks, time};

/// What is known of a call before it is carried out.
pub struct Incoming {
    pub service: &'static str,
    pub operation: String,
    pub mutating: bool,
    pub dry_run: bool,
    pub target: String,
    /// Where an AWS call is counted, once its caller is known.
    pub place: Option<Place>,
    /// The cluster whose API is called.
    pub cluster: Option<Arc<str>>,
}

/// Answers one request; the error ends the connection.
pub type Front<F> = fn(Arc<Shared>, Arc<str>, HttpRequest) -> F;

/// Accepts connections for ever; `name` is handed to the front with each request.
pub async fn accept<F>(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    name: Arc<str>,
    front: Front<F>,
) where
    F: Future<Output = io::Result<Response<Full<Bytes>>>> + Send + 'static,
{
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let (shared, name, tls) = (shared.clone(), name.clone(), tls.clone());
        tokio::spawn(async move {
            match tls {
                None => connection(stream, shared, name, front).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        connection(stream, shared, name, front).await;
                    }
                }
            }
        });
    }
}

async fn connection<S, F>(stream: S, shared: Arc<Shared>, name: Arc<str>, front: Front<F>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = io::Result<Response<Full<Bytes>>>> + Send + 'static,
{
    let service = service_fn(move |request| {
        let (shared, name) = (shared.clone(), name.clone());
        async move { front(shared, name, read(request).await?).await }
    });
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn read(request: Request<Body>) -> io::Result<HttpRequest> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, 8 * 1024 * 1024).collect().await.map_err(io::Error::other)?.to_bytes().to_vec();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    Ok(HttpRequest {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers,
        body,
    })
}

/// Takes a call through all stages; `work` gets the refusal of a fault, if any, and returns the reply and the caller.
pub async fn carry<W>(shared: &Arc<Shared>, incoming: Incoming, work: W) -> io::Result<Response<Full<Bytes>>>
where
    W: FnOnce(&mut State, Option<&Effect>) -> (Reply, Option<String>),
{
    let Incoming { service, operation, mutating, dry_run, target, place, cluster } = incoming;
    let account = place.as_ref().map(|place| place.account.clone());
    let went_to = place.as_ref().map(|place| place.region.clone()).or(cluster.map(|arn| arn.to_string()));
    let _under_way = place.map(|place| shared.under_way.begin(place));
    let seq = shared.log().begin((service, &operation), mutating, dry_run, &target);
    shared.log().amend(seq, |record| record.place = went_to.unwrap_or_default());
    let mut effects = shared.faults().strike((service, &operation), mutating, account.as_deref());
    if account.is_some_and(|account| shared.under_way.is_too_many(&account, shared.now())) {
        effects.push(Effect::Throttle);
    }
    shared.gate.pass(&operation, dry_run).await;
    delay(shared, &effects).await;
    hooks(shared, service, &operation, mutating).await;
    let has = |effect: &Effect| effects.contains(effect);
    if has(&Effect::DropBefore) {
        shared.log().amend(seq, |record| record.end = Some(Instant::now()));
        return Err(io::Error::other("dropped before it was done"));
    }
    let refusal = effects.iter().find(|e| {
        matches!(
            e,
            Effect::Throttle
                | Effect::Error(_)
                | Effect::Refuse(..)
                | Effect::AccessDenied
                | Effect::Conflict
                | Effect::ExpiredToken
        )
    });
    let (reply, caller, now) = {
        let mut state = shared.state();
        state.now = shared.now();
        eks::settle(&mut state);
        let (reply, caller) = work(&mut state, refusal);
        (reply, caller, state.now)
    };
    let lost = has(&Effect::LostAnswer) || has(&Effect::HangAfter);
    shared.log().amend(seq, |record| {
        record.status = if lost { 0 } else { reply.status };
        record.done = reply.error.is_none();
        (record.error, record.caller) = (reply.error.clone(), caller);
        if !has(&Effect::HangAfter) {
            record.end = Some(Instant::now());
        }
    });
    if has(&Effect::HangAfter) {
        hang(shared).await;
    }
    if has(&Effect::LostAnswer) {
        return Err(io::Error::other("the answer is lost"));
    }
    response(reply, now)
}

/// Waits for the general latency, and for that of this call.
async fn delay(shared: &Arc<Shared>, effects: &[Effect]) {
    let every = Duration::from_millis(shared.latency.load(Ordering::Relaxed));
    let ordered = effects.iter().map(|effect| if let Effect::Latency(more) = effect { *more } else { Duration::ZERO });
    let delay = every + ordered.sum::<Duration>();
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    if effects.contains(&Effect::HangBefore) {
        hang(shared).await;
    }
}

/// Reports that a call hangs, and lets it hang.
async fn hang(shared: &Shared) -> Infallible {
    shared.tell_hung();
    std::future::pending().await
}

/// Runs the test's actions for this call, just before it.
async fn hooks(shared: &Arc<Shared>, service: &'static str, operation: &str, mutating: bool) {
    for hook in shared.due_hooks(service, operation, mutating) {
        let cloud = Cloud::handle(shared.clone());
        let _ = tokio::task::spawn_blocking(move || hook(&cloud)).await;
    }
}

fn response(reply: Reply, now: time::Millis) -> io::Result<Response<Full<Bytes>>> {
    let mut builder = Response::builder().status(reply.status).header("date", time::http_date(now));
    for (name, value) in &reply.headers {
        builder = builder.header(name, value);
    }
    builder.body(Full::new(Bytes::from(reply.body))).map_err(io::Error::other)
}
