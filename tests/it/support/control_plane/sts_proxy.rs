//! Connects the authenticator, which only uses AWS's own STS hosts, to the local cloud: an HTTP proxy that terminates
//! TLS for `sts.*` with an authority of the test and forwards the requests. Every other host is refused.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::background::Background;
use super::certificates::{Authority, Certificate};

/// The longest request head that is read.
const HEAD_LIMIT: usize = 8 * 1024;

/// A running proxy; it ends with its [`Background`].
pub struct StsProxy {
    url: String,
    hosts: Arc<Mutex<Vec<String>>>,
}

impl StsProxy {
    /// Starts a proxy that forwards requests to `cloud`, the address of the local cloud's plain HTTP.
    pub fn start(background: &Background, authority: Arc<Authority>, cloud: SocketAddr) -> Self {
        let (listener, address) = background.listen();
        let hosts = Arc::new(Mutex::new(Vec::new()));
        let asked = Arc::clone(&hosts);
        background.handle().spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (authority, asked) = (Arc::clone(&authority), Arc::clone(&asked));
                tokio::spawn(async move { tunnel(client, &authority, cloud, &asked).await });
            }
        });
        Self { url: format!("http://{address}"), hosts }
    }

    /// The value of `HTTPS_PROXY`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Every requested `host:port`, in order, including refused ones.
    pub fn hosts(&self) -> Vec<String> {
        self.hosts.lock().expect("no thread panics while it holds this").clone()
    }
}

async fn tunnel(
    mut client: TcpStream,
    authority: &Authority,
    cloud: SocketAddr,
    asked: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let head = read_head(&mut client).await?;
    let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    asked.lock().expect("no thread panics while it holds this").push(target.to_owned());
    let host = target.rsplit_once(':').map_or(target, |(host, _)| host);
    if !(host.starts_with("sts.") || host.starts_with("sts-fips.")) {
        return client.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await;
    }
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    let mut plain = TlsAcceptor::from(server_config(&authority.server(&[host]))).accept(client).await?;
    let mut cloud = TcpStream::connect(cloud).await?;
    copy_bidirectional(&mut plain, &mut cloud).await.map(drop)
}

/// Reads byte by byte, so that nothing after the head is consumed.
async fn read_head(client: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD_LIMIT {
        head.push(client.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn server_config(certificate: &Certificate) -> Arc<ServerConfig> {
    let chain = vec![CertificateDer::from_pem_slice(certificate.pem.as_bytes()).expect("rcgen writes PEM")];
    let key = PrivateKeyDer::from_pem_slice(certificate.key.as_bytes()).expect("rcgen writes PEM");
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key);
    Arc::new(config.expect("the key belongs to the certificate"))
}
