//! TLS in front of the local cloud, as in AWS.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::cloud::Cloud;

/// Runs a server on a thread of its own; returns its port.
pub fn serve<F: Future<Output = ()> + Send + 'static>(
    server: impl FnOnce(TcpListener) -> F + Send + 'static,
) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            listener.set_nonblocking(true).expect("a listener");
            server(TcpListener::from_std(listener).expect("a listener")).await;
        });
    });
    address
}

/// Terminates TLS in front of the cloud; returns its port and its certificate as PEM.
pub fn tls_front(cloud: &Cloud, name: &str) -> (u16, String) {
    let made =
        rcgen::generate_simple_self_signed(vec![name.to_owned(), "127.0.0.1".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a server");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let target = cloud.endpoint().trim_start_matches("http://").to_owned();
    let address = serve(|listener| async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, target) = (acceptor.clone(), target.clone());
            tokio::spawn(async move {
                let Ok(mut inside) = acceptor.accept(stream).await else { return };
                let Ok(mut outside) = TcpStream::connect(target).await else { return };
                copy_bidirectional(&mut inside, &mut outside).await.ok();
            });
        }
    });
    (address.port(), made.cert.pem())
}
