//! Web listeners: plain, TLS, or whichever the browser begins with.

use super::ws::Arrived;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use warmline_web::Scheme;

/// A client that has not sent its request's head by then is cut.
const HEAD: Duration = Duration::from_secs(10);
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Connections of one listener; more wait to be accepted.
const CONNECTIONS: usize = 8_192;

/// How a listener speaks.
#[derive(Clone)]
pub enum Mode {
    /// HTTP.
    Plain,
    /// HTTPS.
    Tls(TlsAcceptor),
    /// As the first byte says: 22 begins a TLS handshake. For origins that are reached from pages of either scheme.
    Either(TlsAcceptor),
}

/// Serves until the program ends.
pub async fn serve(listener: TcpListener, mode: Mode, router: Router) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let place = places.clone().acquire_owned().await.expect("never closed");
        let Ok((stream, remote)) = listener.accept().await else {
            // Out of descriptors: others must close first.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (mode, router) = (mode.clone(), router.clone());
        tokio::spawn(async move {
            connection(stream, remote, mode, router).await;
            drop(place);
        });
    }
}

async fn connection(stream: TcpStream, remote: SocketAddr, mode: Mode, router: Router) {
    let Ok(local) = stream.local_addr() else { return };
    let _ = stream.set_nodelay(true);
    let acceptor = match mode {
        Mode::Plain => None,
        Mode::Tls(acceptor) => Some(acceptor),
        Mode::Either(acceptor) => {
            let mut first = [0];
            match tokio::time::timeout(HANDSHAKE, stream.peek(&mut first)).await {
                Ok(Ok(1)) => (first[0] == 22).then_some(acceptor),
                _ => return,
            }
        }
    };
    match acceptor {
        None => http(stream, Arrived { local, secure: false }, remote, router).await,
        Some(acceptor) => {
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                http(stream, Arrived { local, secure: true }, remote, router).await;
            }
        }
    }
}

async fn http<S>(stream: S, arrived: Arrived, remote: SocketAddr, router: Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        let extensions = request.extensions_mut();
        extensions.insert(ConnectInfo(remote));
        extensions.insert(arrived);
        extensions.insert(Scheme(arrived.secure));
        tower::ServiceExt::oneshot(router.clone(), request)
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    // A client that breaks off is no error of ours.
    let _ = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).await;
}
