//! A firm's own provider as the file has it.

use super::*;

/// `[firms.oidc]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// `https://id.example/realms/acme`, exactly as the provider names itself; `http:` only with `allow_private`.
    pub issuer: Spanned<String>,
    /// How the provider knows this switch. Its redirect address there: `/v1/agent/oidc/callback` under the desktop's origin.
    pub client_id: Spanned<String>,
    /// `${NAME}` takes it from the environment.
    pub client_secret: Spanned<String>,
    /// What names the agent in the ID token: `preferred_username`, `email` (only with `email_verified`) or `sub`.
    #[serde(default = "claim")]
    pub claim: Spanned<String>,
    /// Passwords are not taken any more.
    #[serde(default)]
    pub only: bool,
    /// As agents know it, after "Sign in with", at most 40 characters; default: the host of `issuer`.
    pub label: Option<Spanned<String>>,
    /// It may be in the switch's own network (private and loopback addresses), and plain http.
    #[serde(default)]
    pub allow_private: bool,
}

fn claim() -> Spanned<String> {
    Spanned::new(0..0, "preferred_username".into())
}
