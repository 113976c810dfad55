//! A firm's mail server as the configuration has it.

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use std::fmt;
use std::time::Duration;

/// How long a mail server may take for each step.
const STEP: Duration = Duration::from_secs(30);

/// How the way to a mail server is kept from others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MailTls {
    /// It begins in the clear and must change to TLS (STARTTLS, port 587).
    Starttls,
    /// TLS from the first byte (port 465).
    Implicit,
    /// Never: for a server on this machine.
    Never,
}

/// A firm's mail server.
#[derive(Clone)]
pub struct MailSettings {
    /// The firm.
    pub firm: String,
    pub(super) from: Mailbox,
    pub(super) links: String,
    host: String,
    port: u16,
    tls: MailTls,
    ca: Vec<u8>,
    parameters: Option<TlsParameters>,
    credentials: Option<(String, String)>,
    /// The firm as its visitors know it.
    pub(super) brand: String,
}

impl fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailSettings")
            .field("firm", &self.firm)
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

impl PartialEq for MailSettings {
    fn eq(&self, other: &Self) -> bool {
        let key = |s: &Self| {
            let at = (s.host.clone(), s.port, s.tls, s.ca.clone(), s.credentials.clone());
            (s.firm.clone(), s.from.to_string(), s.links.clone(), s.brand.clone(), at)
        };
        key(self) == key(other)
    }
}

/// What is wrong with a firm's mail server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InvalidMail {
    /// `server` is no `host:port`.
    Server,
    /// `from` is no address.
    From,
    /// The system has no certificates to check a server by.
    Tls(String),
}

impl fmt::Display for InvalidMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidMail::Server => {
                f.write_str("server of [firms.mail] is a host and a port: smtp.example.com:587")
            }
            InvalidMail::From => f.write_str("from of [firms.mail] is an address: Acme <calls@acme.example>"),
            InvalidMail::Tls(why) => write!(f, "no TLS to the server of [firms.mail]: {why}"),
        }
    }
}

impl std::error::Error for InvalidMail {}

impl MailSettings {
    /// `server` is `host:port`, with how the way is kept and the certificates (PEM; none: the system's alone) by which it is known; `from` an address with or without a name, `links` the origin under which visitors reach us, `brand` the
    /// firm as they know it.
    ///
    /// # Errors
    /// What is wrong.
    pub fn new(
        (firm, brand): (&str, &str),
        (server, tls, ca): (&str, MailTls, Vec<u8>),
        from: &str,
        links: &str,
        credentials: Option<(String, String)>,
    ) -> Result<Self, InvalidMail> {
        let (host, port) = server.rsplit_once(':').ok_or(InvalidMail::Server)?;
        let fits = |letter: char| letter.is_ascii_alphanumeric() || ".-:[]".contains(letter);
        let port = port.parse().ok().filter(|port| *port != 0).ok_or(InvalidMail::Server)?;
        if host.is_empty() || host.len() > 253 || !host.chars().all(fits) {
            return Err(InvalidMail::Server);
        }
        let host = host.trim_matches(['[', ']']).to_owned();
        let from: Mailbox = from.parse().map_err(|_| InvalidMail::From)?;
        let parameters = match tls {
            MailTls::Never => None,
            MailTls::Starttls | MailTls::Implicit => {
                Some(parameters(host.clone(), &ca).map_err(|error| InvalidMail::Tls(error.to_string()))?)
            }
        };
        let (firm, brand, links) =
            (firm.to_owned(), brand.to_owned(), links.trim_end_matches('/').to_owned());
        Ok(MailSettings { firm, from, links, host, port, tls, ca, parameters, credentials, brand })
    }

    /// Whether the way to it is open to others and it is another machine.
    pub fn is_open(&self) -> bool {
        let local =
            self.host == "localhost" || self.host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        self.tls == MailTls::Never && !local
    }

    pub(super) fn transport(&self) -> AsyncSmtpTransport<Tokio1Executor> {
        let tls = match (&self.parameters, self.tls) {
            (Some(parameters), MailTls::Starttls) => Tls::Required(parameters.clone()),
            (Some(parameters), MailTls::Implicit) => Tls::Wrapper(parameters.clone()),
            _ => Tls::None,
        };
        let way = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.host);
        let way = way.port(self.port).tls(tls).timeout(Some(STEP));
        match &self.credentials {
            Some((user, password)) => {
                way.credentials(Credentials::new(user.clone(), password.clone())).build()
            }
            None => way.build(),
        }
    }
}

fn parameters(host: String, ca: &[u8]) -> Result<TlsParameters, lettre::transport::smtp::Error> {
    let mut made = TlsParameters::builder(host);
    if !ca.is_empty() {
        made = made.add_root_certificate(Certificate::from_pem(ca)?);
    }
    made.build_rustls()
}

/// Whether a text is an e-mail address, without a name.
pub fn is_email(text: &str) -> bool {
    text.len() <= 254 && text.parse::<lettre::Address>().is_ok()
}
