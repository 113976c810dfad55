//! A whole Warmline from one checked configuration: binds everything, starts threads and tasks, says what it bound.

use crate::config::Config;
use crate::evidence;
use crate::io::clock::{self, Clock};
use crate::io::erasers::Erasers;
use crate::io::gate::Gate;
use crate::io::local::LocalAddress;
use crate::io::web::Mode;
use crate::io::{coordination, media, signalling, stream, web, ws};
use crate::ops::reload::{self, Reloader};
use crate::ops::{certificates, secrets};
use crate::parts::{self, Place};
use crate::store::decisions::{self, Decisions};
use crate::store::sqlite::Sqlite;
use crate::store::writer::Writer;
use crate::store::{Store, StoreError};
use crate::switch::Switch;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde::Serialize;
use std::collections::HashMap;
use std::fmt::Display;
use std::io::Error;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, watch};
use tokio_rustls::TlsAcceptor;
use warmline_coordination::firms::Firms;
use warmline_media::webrtc::Identity;
use warmline_media::worker::{Worker, WorkerConfig};
use warmline_sip::transport::Protocol;
use warmline_time::Time;
use warmline_web::{Hub, Lookups, Mails, PublicOrigin, Snapshots, StoreUnavailable, WebState};

/// Requests and events that may wait for coordination.
const INBOX: usize = 8_192;
/// Orderly ending: calls get their BYE within this.
const DRAIN: Duration = Duration::from_secs(5);
/// The machine's clock is told to be away from ours beyond this, in seconds.
const CLOCK_OFF: f64 = 1.0;

/// What was bound; printed as one line of JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Ready {
    /// SIP, as in the configuration, with the real ports.
    pub sip: Vec<String>,
    /// Plain HTTP.
    pub http: SocketAddr,
    /// HTTPS and WSS.
    pub https: SocketAddr,
    /// The page view's origin.
    pub pageview: SocketAddr,
    /// Health and metrics.
    pub admin: SocketAddr,
    /// The demo shop.
    pub shop: Option<SocketAddr>,
}

/// A running Warmline.
pub struct Program {
    /// What it bound.
    pub ready: Ready,
    signalling: signalling::Handle,
    thread: std::thread::JoinHandle<()>,
    writer: Writer,
    is_ready: Arc<AtomicBool>,
    hub: Arc<Hub>,
    reloader: Arc<Reloader>,
}

fn said(what: impl Display, error: impl Display) -> Error {
    Error::other(format!("{what}: {error}"))
}

struct Bound {
    udp: Vec<std::net::UdpSocket>,
    tcp: Vec<TcpListener>,
    sip: Vec<String>,
    http: TcpListener,
    https: TcpListener,
    pageview: TcpListener,
    admin: TcpListener,
    shop: Option<TcpListener>,
}

impl Bound {
    /// Binds every listener; an error names key and address.
    async fn bind(config: &Config) -> Result<Self, Error> {
        let (mut udp, mut tcp, mut sip) = (Vec::new(), Vec::new(), Vec::new());
        for listen in &config.sip {
            let name = listen.protocol.via_name().to_lowercase();
            let busy = |error| said(format!("sip.listen {name}:{}", listen.address), error);
            let address = match listen.protocol {
                Protocol::Udp => {
                    let socket = std::net::UdpSocket::bind(listen.address).map_err(busy)?;
                    socket.set_nonblocking(true)?;
                    let _ = socket2::SockRef::from(&socket).set_recv_buffer_size(4 << 20);
                    let address = socket.local_addr()?;
                    udp.push(socket);
                    address
                }
                Protocol::Tcp => {
                    let listener = TcpListener::bind(listen.address).await.map_err(busy)?;
                    let address = listener.local_addr()?;
                    tcp.push(listener);
                    address
                }
                _ => {
                    return Err(said(
                        format!("sip.listen {name}:{}", listen.address),
                        "SIP over TLS is not built yet; use wss",
                    ));
                }
            };
            sip.push(format!("{name}:{address}"));
        }
        let listen = async |key: &str, address: SocketAddr| {
            TcpListener::bind(address).await.map_err(|error| said(format!("{key} {address}"), error))
        };
        let web = &config.web;
        Ok(Bound {
            udp,
            tcp,
            sip,
            http: listen("web.http", web.http).await?,
            https: listen("web.https", web.https).await?,
            pageview: listen("web.pageview", web.pageview).await?,
            admin: listen("web.admin", web.admin).await?,
            shop: match web.shop {
                Some(address) => Some(listen("web.shop", address).await?),
                None => None,
            },
        })
    }

    fn ready(&self) -> Result<Ready, Error> {
        Ok(Ready {
            sip: self.sip.clone(),
            http: self.http.local_addr()?,
            https: self.https.local_addr()?,
            pageview: self.pageview.local_addr()?,
            admin: self.admin.local_addr()?,
            shop: self.shop.as_ref().map(TcpListener::local_addr).transpose()?,
        })
    }
}

/// Starts everything; the journal is replayed before a request or a call is taken. `file`: what a reload reads unless it is told
/// another. `behind`: the machine's clock may be behind the journal.
pub async fn start(
    (file, behind): (PathBuf, bool),
    config: Config,
    metrics: metrics_exporter_prometheus::PrometheusHandle,
) -> Result<Program, Error> {
    raise_open_files();
    let bound = Bound::bind(&config).await?;
    let ready = bound.ready()?;
    let place = Place::from(&ready);
    std::fs::create_dir_all(&config.data).map_err(|error| said(config.data.display(), error))?;
    let tls = certificates::tls(&config.certs, config.web.tls.as_ref())
        .map_err(|error| said("certificate", error))?;
    let acceptor = TlsAcceptor::from(tls);

    let journal = config.data.join("warmline.db");
    let store = Sqlite::open(&journal).map_err(|error| said(config.data.display(), error))?;
    let firms = Firms::new(config.firms.clone(), secrets::random());
    let webs = [
        (&bound.http, Mode::Plain),
        (&bound.https, Mode::Tls(acceptor.clone())),
        (&bound.pageview, Mode::Either(acceptor.clone())),
    ];
    let gate = Gate::close(&bound.udp, &webs)?;
    let replayed = tokio::task::spawn_blocking(move || replay(store, firms)).await.map_err(Error::other)?;
    let (mut store, mut firms, (last, heads)) =
        replayed.map_err(|error| said(config.data.display(), error))?;
    let clock = Clock::start(last, behind).map_err(|error| Error::other(error.to_string()))?;
    warmline_web::go_by(move || clock.now());
    tokio::spawn(watch_clock(clock));
    firms.recovered(clock.now());
    let cut = firms.counters().calls_cut;
    if cut > 0 {
        tracing::info!(calls = cut, "these were on when the program stopped: their records are closed");
    }
    for (firm, site, jobs) in firms.homeless() {
        tracing::warn!(firm, site, jobs, "nobody is called for these: their site is not configured any more");
    }
    let left = store.dialogs().map_err(|error| said(config.data.display(), error))?;
    let (writer, _) = Writer::start(Box::new(store));
    writer.durable.is_at(heads);

    let (handle, inbox) = signalling::inbox()?;
    let streams = Arc::new(stream::Streams::new(handle.clone(), tokio::runtime::Handle::current()));
    let (events, from_switch) = mpsc::channel(INBOX);
    let mut local = LocalAddress::new(config.advertise);
    let (workers, fingerprint) = start_media(&config, &mut local, clock, &handle)?;
    let mut switch = Switch::new(parts::switch_settings(&config, &place)?, fingerprint, secrets::random());
    if !left.is_empty() {
        tracing::info!(dialogs = left.len(), "legs of calls of before the restart get their BYE");
        switch.end_left(left);
    }
    let outlets = signalling::Outlets {
        media: workers,
        events,
        streams: streams.clone(),
        writer: Some(writer.clone()),
    };
    gate.open().await;
    let thread = signalling::start(switch, clock, inbox, bound.udp, local, outlets)?;
    for listener in bound.tcp {
        tokio::spawn(streams.clone().listen(listener));
    }

    let is_ready = Arc::new(AtomicBool::new(true));
    let (requests, from_web) = mpsc::channel(INBOX);
    let (counters, _) = watch::channel(firms.counters());
    let secret =
        secrets::kept(&config.data.join("secret")).map_err(|error| said(config.data.display(), error))?;
    let hub = Arc::new(Hub::logging(config.data.join("events")));
    let webhooks = warmline_web::start_webhooks(&hub, config.webhooks.clone());
    let lookups = Arc::new(Lookups::new(config.lookups.clone(), requests.clone()));
    let mails = Arc::new(Mails::new(config.mails.clone(), &secret, requests.clone()));
    let settings = parts::web_settings(&config, &place, secret);
    let signing = evidence::key::Key::kept(&config.data)
        .map_err(|error| said(config.data.join(evidence::key::FILE).display(), error))?;
    let (decisions, kept_decisions) = kept_decisions(&config, clock)?;
    let erasers = Erasers::new(
        journal.clone(),
        (writer.clone(), decisions.clone(), Arc::clone(&hub)),
        requests.clone(),
    );
    let archive = evidence::archive::Archive::new(journal, signing, clock);
    let kept_writer = writer.clone();
    let kept = warmline_web::Kept {
        snapshots: Arc::new(Kept(writer.clone())),
        evidence: Arc::new(archive),
        decisions: Arc::new(kept_decisions),
    };
    let pages = WebState::new(settings, requests, hub.clone(), kept);
    warmline_web::start_watching(&pages);
    let (reloads, from_reloader) = mpsc::channel(1);
    let links = coordination::Links {
        requests: from_web,
        reloads: from_reloader,
        events: from_switch,
        signalling: handle.clone(),
        writer,
        hub: hub.clone(),
        lookups: lookups.clone(),
        mails: mails.clone(),
        decisions,
        erasers,
        counters: counters.clone(),
    };
    tokio::spawn(coordination::run(firms, clock, links));

    let main = warmline_web::router(pages.clone()).merge(ws::router(streams));
    let view = warmline_web::pageview_router(pages.clone());
    tokio::spawn(web::serve(bound.http, Mode::Plain, main.clone()));
    tokio::spawn(web::serve(bound.https, Mode::Tls(acceptor.clone()), main));
    tokio::spawn(web::serve(bound.pageview, Mode::Either(acceptor.clone()), view));
    let switch_origin = match &config.web.public_url {
        Some(url) => PublicOrigin::Fixed(url.clone()),
        None => PublicOrigin::SameHost { http: ready.http.port(), https: ready.https.port() },
    };
    if let Some(listener) = bound.shop {
        tokio::spawn(web::serve(
            listener,
            Mode::Either(acceptor),
            warmline_web::shop_router(pages.clone(), switch_origin),
        ));
    }
    let reloader = Arc::new(Reloader {
        file,
        config: Mutex::new(config),
        place,
        secret,
        clock,
        firms: reloads,
        pages,
        hub: hub.clone(),
        webhooks,
        lookups,
        mails,
    });
    let render = move || crate::ops::metrics_text(&metrics, &counters.borrow());
    let admin = warmline_web::admin_router(render, is_ready.clone()).merge(reload::router(reloader.clone()));
    tokio::spawn(web::serve(bound.admin, Mode::Plain, admin));
    Ok(Program { ready, signalling: handle, thread, writer: kept_writer, is_ready, hub, reloader })
}

/// Follows the machine's clock, and tells where it was set.
async fn watch_clock(clock: Clock) {
    let mut told = false;
    loop {
        let away = clock.follow() as f64 / 1e6;
        metrics::gauge!("warmline_clock_offset_seconds").set(away);
        let off = away.abs() > CLOCK_OFF;
        if off && !told {
            tracing::warn!(
                seconds = away.round(),
                "the machine's clock and ours are so far apart (negative: it is behind): up to an hour is made up, \
                 three seconds a minute; beyond a minute nobody is called until then"
            );
        } else if told && !off {
            tracing::info!("the machine's clock and ours agree again");
        }
        told = off;
        tokio::time::sleep(clock::EVERY).await;
    }
}

/// Where decisions are kept, and read.
fn kept_decisions(config: &Config, clock: Clock) -> Result<(Option<Decisions>, decisions::Archive), Error> {
    if config.decisions.is_zero() {
        return Ok((None, decisions::Archive(None)));
    }
    let file = config.data.join(decisions::FILE);
    let kept = Decisions::start(&file, config.decisions, move || clock.now());
    let kept = kept.map_err(|error| said(file.display(), error))?;
    Ok((Some(kept), decisions::Archive(Some(file))))
}

impl Program {
    /// Reads the file that it was started with again, beside everything else. What comes of it is logged.
    pub fn reload(&self) {
        let reloader = Arc::clone(&self.reloader);
        tokio::spawn(async move { reloader.reload(&reloader.file).await });
    }

    /// Refuses what is new, ends the calls with BYE, then returns: when all peers have answered and all is written, or after a while.
    pub async fn stop(self) {
        self.is_ready.store(false, Ordering::Release);
        self.hub.shutdown();
        self.signalling.send_waiting(signalling::Input::Stop).await;
        let thread = self.thread;
        let ended = tokio::task::spawn_blocking(move || thread.join());
        let _ = tokio::time::timeout(DRAIN, ended).await;
        let _ = tokio::time::timeout(DRAIN, self.writer.settled()).await;
    }
}

/// The numbers of firms' last rows.
type Heads = HashMap<String, u64>;

/// The firms as the journal leaves them, the last moment that it knows, and each firm's last row.
fn replay(mut store: Sqlite, mut firms: Firms) -> Result<(Sqlite, Firms, (Time, Heads)), StoreError> {
    let (mut last, mut heads) = (Time::ZERO, Heads::new());
    store.replay(&mut |entry| {
        last = last.max(entry.time);
        firms.replay(&entry);
        match heads.get_mut(&entry.firm) {
            Some(head) => *head = entry.seq.max(*head),
            None => drop(heads.insert(entry.firm, entry.seq)),
        }
    })?;
    Ok((store, firms, (last, heads)))
}

fn start_media(
    config: &Config,
    local: &mut LocalAddress,
    clock: Clock,
    signalling: &signalling::Handle,
) -> Result<(Vec<media::Handle>, [u8; 32]), Error> {
    let (certificate, key) = certificates::dtls()?;
    let identity =
        Identity::new(certificate, key).map_err(|_| Error::other("the DTLS certificate cannot be used"))?;
    // A socket on 0.0.0.0 answers loopback from another address: where media is on loopback, it is bound there.
    let outward = local.outward();
    let bind = if outward.is_loopback() { outward } else { IpAddr::from([0, 0, 0, 0]) };
    let (first, last) = config.media.ports;
    let share = (last - first) / config.media.workers;
    let mut workers = Vec::new();
    for number in 0..config.media.workers {
        let worker = Worker::new(WorkerConfig {
            identity: identity.clone(),
            inactive_after: Duration::from_secs(60),
            seed: u64::from_le_bytes(secrets::random()),
            max_legs: 20_000,
        });
        let from = first + number * share;
        let webrtc = config.media.webrtc_port + number;
        let sockets = media::Sockets { bind, ports: (from, from + share), pairs: usize::from(share), webrtc };
        workers.push(media::start(number.into(), worker, clock, sockets, signalling.clone())?);
    }
    Ok((workers, identity.fingerprint()))
}

/// Lifts the soft limit of open files to the hard one: each RTP port is one.
fn raise_open_files() {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
}

/// The store as the web sees it.
struct Kept(Writer);

impl Snapshots for Kept {
    fn put(&self, hash: String, html: Bytes) -> BoxFuture<'_, Result<(), StoreUnavailable>> {
        let put = self.0.put_snapshot(hash, html).map_err(|_| StoreUnavailable);
        Box::pin(std::future::ready(put))
    }

    fn get(&self, hash: String) -> BoxFuture<'_, Option<Bytes>> {
        Box::pin(self.0.snapshot(hash))
    }
}
