//! Intermediaries between this program and the cloud: a proxy, a TLS front with a private CA.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Runs a server on a thread of its own, for as long as the test's process lives.
fn serve<F>(work: impl FnOnce(TcpListener) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()>,
{
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { work(TcpListener::from_std(listener).unwrap()).await });
    });
    address
}

/// A proxy for HTTP and, by CONNECT, for HTTPS; it records the first lines of requests.
pub struct Proxy {
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub fn start() -> Self {
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let seen = asked.clone();
        let address = serve(move |listener| async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(forward(stream, seen.clone()));
            }
        });
        Self { url: format!("http://{address}"), asked }
    }

    /// The first lines of the requests: `POST http://…`, `CONNECT host:port …`.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn forward(mut client: TcpStream, asked: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|w| w == b"\r\n\r\n") {
        let mut part = [0; 4096];
        let count = client.read(&mut part).await.ok().filter(|n| *n > 0)?;
        head.extend_from_slice(&part[..count]);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let line = text.lines().next()?.to_owned();
    let target = line.split(' ').nth(1)?.to_owned();
    asked.lock().unwrap().push(line.clone());
    let host = target.strip_prefix("http://").map_or(target.as_str(), |rest| rest.split('/').next().unwrap_or(rest));
    let mut server = TcpStream::connect(host).await.ok()?;
    if line.starts_with("CONNECT ") {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
    } else {
        server.write_all(&head).await.ok()?;
    }
    copy_bidirectional(&mut client, &mut server).await.ok()?;
    Some(())
}

/// An address for HTTPS to `localhost`, with its own CA, that forwards everything to `to`; with the CA as PEM.
pub fn tls_front(to: SocketAddr) -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let (pem, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let chain = vec![CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()];
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap())
        .unwrap();
    let tls = TlsAcceptor::from(Arc::new(config));
    let address = serve(move |listener| async move {
        while let Ok((stream, _)) = listener.accept().await {
            let tls = tls.clone();
            tokio::spawn(async move {
                let mut stream = tls.accept(stream).await.ok()?;
                let mut server = TcpStream::connect(to).await.ok()?;
                copy_bidirectional(&mut stream, &mut server).await.ok()
            });
        }
    });
    (format!("https://localhost:{}", address.port()), pem)
}
