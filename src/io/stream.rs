//! SIP over streams: the table of connections, TCP in and out. TLS and WebSocket join with their own reading.

use super::signalling::{Handle, Input};
use bytes::Bytes;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use warmline_sip::framing::{Frame, Framer};
use warmline_sip::transport::{ConnectionId, Flow, Protocol, Transmit};

/// Connections at most, and from one address.
const CONNECTIONS: usize = 10_000;
const PER_ADDRESS: usize = 256;
/// Messages that wait to be written; full means closed.
const OUT_QUEUE: usize = 256;
/// A stream from which nothing whole came for so long is closed.
const IDLE: Duration = Duration::from_secs(3_600);
const FIRST_MESSAGE: Duration = Duration::from_secs(32);
const CONNECT: Duration = Duration::from_secs(4);

#[derive(Debug)]
struct Row {
    generation: u32,
    remote: SocketAddr,
    out: mpsc::Sender<Bytes>,
}

#[derive(Debug, Default)]
struct Table {
    rows: HashMap<u32, Row>,
    per_address: HashMap<IpAddr, usize>,
    outbound: HashMap<(Protocol, SocketAddr), ConnectionId>,
    next: u32,
    generation: u32,
}

/// All stream connections of the program.
#[derive(Debug)]
pub struct Streams {
    table: Mutex<Table>,
    signalling: Handle,
    runtime: tokio::runtime::Handle,
}

/// There is no room for one more connection, or for one more of this address.
#[derive(Debug)]
pub struct TooMany;

impl Streams {
    /// None yet. Outbound connections are made on `runtime`.
    pub fn new(signalling: Handle, runtime: tokio::runtime::Handle) -> Self {
        Streams { table: Mutex::default(), signalling, runtime }
    }

    /// A new row; what is sent to it comes out of the receiver.
    pub fn open(&self, remote: SocketAddr) -> Result<(ConnectionId, mpsc::Receiver<Bytes>), TooMany> {
        let mut table = self.table.lock().expect("never held over a panic");
        let count = table.per_address.get(&remote.ip()).copied().unwrap_or(0);
        if table.rows.len() >= CONNECTIONS || count >= PER_ADDRESS {
            metrics::counter!("warmline_sip_connections_refused_total").increment(1);
            return Err(TooMany);
        }
        *table.per_address.entry(remote.ip()).or_default() += 1;
        table.generation = table.generation.wrapping_add(1);
        let generation = table.generation;
        let mut id = table.next;
        while table.rows.contains_key(&id) {
            id = id.wrapping_add(1);
        }
        table.next = id.wrapping_add(1);
        let (out, receiver) = mpsc::channel(OUT_QUEUE);
        table.rows.insert(id, Row { generation, remote, out });
        Ok((ConnectionId { id, generation }, receiver))
    }

    /// The row is gone; every shard is told.
    pub async fn close(&self, connection: ConnectionId) {
        self.remove(connection);
        self.signalling.send_waiting(Input::FlowClosed(connection)).await;
    }

    fn remove(&self, connection: ConnectionId) {
        let mut table = self.table.lock().expect("never held over a panic");
        if table.rows.get(&connection.id).is_none_or(|row| row.generation != connection.generation) {
            return;
        }
        let remote = table.rows.remove(&connection.id).expect("looked at above").remote;
        if let Some(count) = table.per_address.get_mut(&remote.ip()) {
            *count -= 1;
            if *count == 0 {
                table.per_address.remove(&remote.ip());
            }
        }
        table.outbound.retain(|_, known| *known != connection);
    }

    /// Queues a message on its connection, making one where there is none. What cannot be sent closes the flow.
    pub fn send(self: &std::sync::Arc<Self>, transmit: Transmit) {
        let flow = transmit.flow;
        let table = self.table.lock().expect("never held over a panic");
        let known = flow.connection.or_else(|| table.outbound.get(&(flow.protocol, flow.remote)).copied());
        if let Some(connection) = known {
            let row = table.rows.get(&connection.id).filter(|row| row.generation == connection.generation);
            let sent = row.is_some_and(|row| row.out.try_send(transmit.payload).is_ok());
            drop(table);
            if !sent {
                metrics::counter!("warmline_sip_send_failures_total").increment(1);
                self.remove(connection);
                let _ = self.signalling.send(Input::FlowClosed(connection));
            }
            return;
        }
        if flow.protocol != Protocol::Tcp {
            metrics::counter!("warmline_sip_send_failures_total").increment(1);
            return;
        }
        drop(table);
        let Ok((connection, receiver)) = self.open(flow.remote) else { return };
        let mut table = self.table.lock().expect("never held over a panic");
        table.outbound.insert((flow.protocol, flow.remote), connection);
        if let Some(row) = table.rows.get(&connection.id) {
            let _ = row.out.try_send(transmit.payload);
        }
        drop(table);
        self.runtime.spawn(self.clone().connect(flow, connection, receiver));
    }

    async fn connect(
        self: std::sync::Arc<Self>,
        flow: Flow,
        connection: ConnectionId,
        out: mpsc::Receiver<Bytes>,
    ) {
        match tokio::time::timeout(CONNECT, TcpStream::connect(flow.remote)).await {
            Ok(Ok(stream)) => {
                let _ = stream.set_nodelay(true);
                let flow = Flow { connection: Some(connection), ..flow };
                self.serve(stream, flow, out).await;
            }
            _ => self.close(connection).await,
        }
    }

    /// Takes TCP connections until the program ends.
    pub async fn listen(self: std::sync::Arc<Self>, listener: TcpListener) {
        loop {
            let Ok((stream, remote)) = listener.accept().await else {
                // Out of descriptors: others must close first.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let _ = stream.set_nodelay(true);
            let (Ok(local), Ok((connection, out))) = (stream.local_addr(), self.open(remote)) else {
                continue;
            };
            let flow = Flow { protocol: Protocol::Tcp, local, remote, connection: Some(connection) };
            let streams = self.clone();
            tokio::spawn(async move { streams.serve(stream, flow, out).await });
        }
    }

    /// Reads and writes one stream until it ends.
    pub async fn serve(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin,
        flow: Flow,
        mut out: mpsc::Receiver<Bytes>,
    ) {
        let connection = flow.connection.expect("an open stream has its row");
        let (mut reader, mut writer) = tokio::io::split(stream);
        let mut framer = Framer::default();
        let mut buffer = vec![0; 16_384];
        let mut patience = FIRST_MESSAGE;
        loop {
            tokio::select! {
                read = tokio::time::timeout(patience, reader.read(&mut buffer)) => {
                    let Ok(Ok(len @ 1..)) = read else { break };
                    framer.push(&buffer[..len]);
                    match self.frames(&mut framer, flow).await {
                        Ok(Frames { pings, messages }) => {
                            if messages > 0 {
                                patience = IDLE;
                            }
                            if pings > 0 && writer.write_all(b"\r\n").await.is_err() {
                                break;
                            }
                        }
                        Err(_) => {
                            metrics::counter!("warmline_sip_malformed_total", "part" => "framing").increment(1);
                            break;
                        }
                    }
                }
                message = out.recv() => {
                    let Some(message) = message else { break };
                    if writer.write_all(&message).await.is_err() {
                        break;
                    }
                }
            }
        }
        self.close(connection).await;
    }

    async fn frames(
        &self,
        framer: &mut Framer,
        flow: Flow,
    ) -> Result<Frames, warmline_sip::framing::Unframed> {
        let mut found = Frames { pings: 0, messages: 0 };
        while let Some(frame) = framer.next_frame()? {
            match frame {
                Frame::Ping => found.pings += 1,
                Frame::Message(message) => {
                    found.messages += 1;
                    self.signalling.send_waiting(Input::Message(flow, message)).await;
                }
            }
        }
        Ok(found)
    }

    /// One message of a connection whose frames are messages (WebSocket).
    pub async fn receive(&self, flow: Flow, message: Bytes) {
        self.signalling.send_waiting(Input::Message(flow, message)).await;
    }
}

struct Frames {
    pings: usize,
    messages: usize,
}
