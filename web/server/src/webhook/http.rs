//! The way out: resolves once, connects to what was checked, asks over HTTP/1.1, follows nothing.

use super::address::reachable;
use super::delivery::{Answer, Failure, Post, Transport};
use super::settings::Target;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use hyper::http::request;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

/// What we say we are.
const AGENT: &str = concat!("warmline/", env!("CARGO_PKG_VERSION"));
/// How long one address may take to accept.
const CONNECT: Duration = Duration::from_secs(5);
/// Addresses of a name that are tried.
const ADDRESSES: usize = 4;
/// A connection that was not used for so long is not used again.
const IDLE: Duration = Duration::from_secs(30);
/// So much of an answer is read.
const ANSWER: usize = 64 * 1024;

/// TLS that trusts whom the system trusts.
pub(crate) fn trusting_the_system() -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::warn!("the system has no root certificates: webhooks over https will fail");
    }
    Arc::new(tls(roots))
}

fn tls(roots: RootCertStore) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has the usual versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// The addresses of a name.
type Resolver = Box<dyn Fn(String, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// One webhook's way out; it keeps a connection for the next event.
pub(crate) struct HttpTransport {
    tls: Arc<ClientConfig>,
    resolve: Resolver,
    kept: Option<Connection>,
}

struct Connection {
    sender: SendRequest<Full<Bytes>>,
    used: Instant,
}

impl HttpTransport {
    /// With names resolved by the system.
    pub fn new(tls: Arc<ClientConfig>) -> Self {
        let resolve: Resolver = Box::new(|host, port| {
            Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
        });
        HttpTransport { tls, resolve, kept: None }
    }

    /// Posts it; the answer's body too, where it is not longer than 64 KiB.
    pub async fn fetch(&mut self, post: &Post<'_>) -> Result<(Answer, Option<Bytes>), Failure> {
        let kept = self.kept.take().filter(|kept| !kept.sender.is_closed() && kept.used.elapsed() < IDLE);
        if let Some(connection) = kept
            && let Ok(answer) = self.exchange(connection, post).await
        {
            return Ok(answer);
        }
        // A kept connection may have been closed by the other side at any moment: that is no failure yet.
        let connection = self.connect(post.target, post.allow_private).await?;
        self.exchange(connection, post).await
    }

    /// Sends a request of any kind over a connection of its own; status and JSON, where that is not longer than 64 KiB.
    pub async fn send(
        &self,
        (target, allow_private): (&Target, bool),
        request: request::Builder,
        body: String,
    ) -> Result<(u16, Option<Bytes>), Failure> {
        let mut connection = self.connect(target, allow_private).await?;
        let request = request
            .uri(target.path_and_query.as_str())
            .header(HOST, target.authority.as_str())
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, AGENT);
        let request = request.body(Full::new(Bytes::from(body))).map_err(|_| Failure::Broken)?;
        let response = connection.sender.send_request(request).await.map_err(|_| Failure::Broken)?;
        Ok((response.status().as_u16(), read(response.into_body()).await))
    }

    async fn exchange(
        &mut self,
        mut connection: Connection,
        post: &Post<'_>,
    ) -> Result<(Answer, Option<Bytes>), Failure> {
        connection.sender.ready().await.map_err(|_| Failure::Broken)?;
        let mut request = Request::post(post.target.path_and_query.as_str())
            .header(HOST, post.target.authority.as_str())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, AGENT);
        for (name, value) in &post.headers {
            request = request.header(*name, value.as_str());
        }
        let body = Full::new(Bytes::copy_from_slice(post.body.as_bytes()));
        let request = request.body(body).map_err(|_| Failure::Broken)?;
        let response = connection.sender.send_request(request).await.map_err(|_| Failure::Broken)?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.and_then(|secs| secs.parse().ok()).map(Duration::from_secs);
        let body = read(response.into_body()).await;
        if body.is_some() {
            self.kept = Some(Connection { used: Instant::now(), ..connection });
        }
        Ok((Answer { status, retry_after }, body))
    }

    /// Connects to an address of the target that hooks may reach: the very address that was looked at.
    async fn connect(&self, target: &Target, allow_private: bool) -> Result<Connection, Failure> {
        let resolved = (self.resolve)(target.host.clone(), target.port).await;
        let resolved = resolved.ok().filter(|found| !found.is_empty()).ok_or(Failure::Unresolved)?;
        let allowed: Vec<SocketAddr> =
            resolved.into_iter().filter(|address| reachable(address.ip(), allow_private)).collect();
        let mut failure = Failure::AddressNotAllowed;
        for address in allowed.into_iter().take(ADDRESSES) {
            failure = Failure::Connect;
            if let Ok(Ok(stream)) = timeout(CONNECT, TcpStream::connect(address)).await {
                return self.shake_hands(target, stream).await;
            }
        }
        Err(failure)
    }

    async fn shake_hands(&self, target: &Target, stream: TcpStream) -> Result<Connection, Failure> {
        let _ = stream.set_nodelay(true);
        if !target.secure {
            return speak(stream).await;
        }
        let name = ServerName::try_from(target.host.clone()).map_err(|_| Failure::Tls)?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        speak(connector.connect(name, stream).await.map_err(|_| Failure::Tls)?).await
    }
}

impl Transport for HttpTransport {
    fn post<'a>(&'a mut self, post: Post<'a>) -> BoxFuture<'a, Result<Answer, Failure>> {
        Box::pin(async move { self.fetch(&post).await.map(|(answer, _)| answer) })
    }
}

async fn speak<S>(stream: S) -> Result<Connection, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|_| Failure::Broken)?;
    // It ends when the sender is dropped.
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(Connection { sender, used: Instant::now() })
}

/// Reads an answer to its end; `None` where it is longer than anybody needs, so that the connection is given up.
async fn read(body: Incoming) -> Option<Bytes> {
    Limited::new(body, ANSWER).collect().await.ok().map(http_body_util::Collected::to_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    fn transport(roots: RootCertStore, addresses: &'static [&'static str], port: u16) -> HttpTransport {
        let resolve: Resolver = Box::new(move |_, _| {
            let found = addresses.iter().map(|text| SocketAddr::new(text.parse().unwrap(), port)).collect();
            Box::pin(async move { Ok(found) })
        });
        HttpTransport { tls: Arc::new(tls(roots)), resolve, kept: None }
    }

    fn target(secure: bool, port: u16) -> Target {
        let host = "crm.test".to_owned();
        Target { secure, authority: format!("{host}:{port}"), host, port, path_and_query: "/hook".into() }
    }

    fn post(target: &Target, allow_private: bool) -> Post<'_> {
        let headers = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| (name, "x".into()));
        Post { target, allow_private, headers, body: "{}" }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_followed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for addresses in [&["127.0.0.1"][..], &["::ffff:127.0.0.1"], &["0.0.0.0"], &["10.255.255.1", "::1"]] {
            let mut way = transport(RootCertStore::empty(), addresses, port);
            let target = target(false, port);
            assert_eq!(
                way.post(post(&target, false)).await,
                Err(Failure::AddressNotAllowed),
                "{addresses:?}"
            );
        }
        let accepted = timeout(Duration::from_millis(1), listener.accept()).await;
        assert!(accepted.is_err(), "somebody connected");
        let mut nowhere = transport(RootCertStore::empty(), &[], port);
        assert_eq!(nowhere.post(post(&target(false, port), false)).await, Err(Failure::Unresolved));
    }

    /// Answers each request of one connection with 204 and says how many there were.
    async fn serve<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) -> (usize, String) {
        let (mut text, mut requests) = (String::new(), 0);
        let mut buffer = [0; 4_096];
        while let Ok(length @ 1..) = stream.read(&mut buffer).await {
            text.push_str(&String::from_utf8_lossy(&buffer[..length]));
            if text.matches("\r\n\r\n{}").count() > requests {
                requests += 1;
                stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            }
        }
        (requests, text)
    }

    #[tokio::test]
    async fn one_connection_carries_many_events_under_the_certificates_name() {
        let own = rcgen::generate_simple_self_signed(["crm.test".to_owned()]).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(own.cert.der().clone()).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
        let config =
            rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![own.cert.der().clone()], key)
                .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let stream = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
            let served = serve(stream).await;
            let second = acceptor.accept(listener.accept().await.unwrap().0).await;
            (served, second.is_err())
        });
        let mut way = transport(roots, &["127.0.0.1"], port);
        let good = target(true, port);
        for _ in 0..3 {
            let answer = way.post(post(&good, true)).await;
            assert_eq!(answer, Ok(Answer { status: 204, retry_after: None }));
        }
        drop(way.kept.take());
        let other = Target { host: "other.test".into(), ..good };
        assert_eq!(way.post(post(&other, true)).await, Err(Failure::Tls), "a certificate of another name");
        let ((requests, text), refused) = server.await.unwrap();
        assert_eq!((requests, refused), (3, true));
        assert!(
            text.starts_with("POST /hook HTTP/1.1\r\n")
                && text.contains(&format!("host: crm.test:{port}\r\n"))
        );
    }
}
