//! A firm's mail server as the file has it.

use super::*;

/// `[firms.mail]`: visitors who gave an address are told when they are called, and what they write to a queue reaches its `mailbox`. Needs
/// `web.public_url`.
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// `smtp.example.com:587`.
    pub server: Spanned<String>,
    /// Of whom letters are: `Acme <calls@acme.example>`.
    pub from: Spanned<String>,
    /// How it knows this switch; without: it asks nobody.
    pub user: Option<Spanned<String>>,
    /// The password; `${NAME}` takes it from the environment.
    pub password: Option<Spanned<String>>,
    /// Certificates (a PEM file) by which it is known, beside the system's.
    pub ca: Option<Spanned<PathBuf>>,
    /// `starttls` (port 587), `implicit` (port 465), or `never`, for a server on this machine.
    #[serde(default = "starttls")]
    pub tls: Spanned<String>,
}

fn starttls() -> Spanned<String> {
    Spanned::new(0..0, "starttls".into())
}
