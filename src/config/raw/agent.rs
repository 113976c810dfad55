//! Agents as the file has them: phones, rights, what they may do.

use super::*;

/// `[[firms.agents]]`
#[derive(Deserialize, Serialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// Log-in name, unique in the firm.
    pub name: Spanned<String>,
    /// What visitors see; default: the name with a capital.
    pub display_name: Option<String>,
    /// `https:` address of his picture: invitations in his name show it.
    pub picture: Option<Spanned<String>>,
    /// What the provider of `[firms.oidc]` calls him, in its `claim`, unique in the firm; default: `name`.
    pub login: Option<Spanned<String>>,
    /// Argon2 PHC string: `warmline hash-password` makes one.
    pub password_hash: Spanned<String>,
    /// Skill and level 1–5.
    #[serde(default)]
    pub skills: BTreeMap<String, Spanned<u8>>,
    /// He answers for these `[[firms.clients]]` alone; default: for all.
    #[serde(default)]
    pub clients: Vec<Spanned<String>>,
    /// And for these `[[firms.sites]]` alone; default: for all.
    #[serde(default)]
    pub sites: Vec<Spanned<String>>,
    /// `browser`, `account:USER` (a phone of `[[accounts]]`) or an E.164 number.
    pub station: Spanned<String>,
    /// Chats he holds at a time; default: the firm's `chat.chats`.
    pub chats: Option<Spanned<u32>>,
    /// What rings when his browser phone is lost in a call and does not come back within 8 s: `account:USER` or an E.164 number.
    /// Default: nothing, the customer goes to the front of the queue.
    pub backup: Option<Spanned<String>>,
    /// Sees the floor, and may set other agents ready or not and log them off.
    #[serde(default)]
    pub supervisor: bool,
    /// Only these queues and the agents who serve one of them; default: the whole firm.
    #[serde(default)]
    pub supervises: Vec<Spanned<String>>,
    /// Where `station` is a number: whoever answers it presses 1 to have the call, so that no voicemail gets a customer.
    #[serde(default = "yes")]
    pub confirm: bool,
    /// When the phone is asked to answer by itself (Call-Info, Alert-Info): `never`, `always`, or `wished`, for calls that the
    /// customer or the agent has asked for.
    #[serde(default = "wished")]
    pub auto_answer: Spanned<String>,
    /// The agent may call customers from his desktop.
    #[serde(default)]
    pub outbound: bool,
    /// What he may do besides: `priority`, change customers' priority; `contacts`, change their records. Supervisors may both.
    #[serde(default)]
    pub rights: Vec<Spanned<String>>,
    /// 4 to 10 digits that the agent keys when he calls the warm line from his number: a number can be forged.
    pub warm_line_code: Option<Spanned<String>>,
}

pub(super) fn yes() -> bool {
    true
}

fn wished() -> Spanned<String> {
    Spanned::new(0..0, "wished".into())
}
