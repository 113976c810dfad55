//! The TURN server as the file has it.

use super::*;

/// `[web.turn]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// Where browsers find it: `turn:relay.example:3478`, `turns:relay.example:443?transport=tcp`.
    pub urls: Spanned<Vec<Spanned<String>>>,
    /// What it signs names with (coturn's `static-auth-secret`), or `${VARIABLE}`.
    pub secret: Spanned<String>,
}
