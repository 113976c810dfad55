//! REGISTER: whose phone it is, and what of its Contacts goes into the table (RFC 3261 §10.3).

use super::Switch;
use super::registrar::{Aor, Binding};
use std::time::Duration;
use warmline_coordination::cti::Event;
use warmline_sip::endpoint::RequestId;
use warmline_sip::headers::NameAddr;
use warmline_sip::message::{HeaderName, Message};
use warmline_sip::transport::Flow;
use warmline_sip::uri::Uri;
use warmline_time::Time;

/// Proxies in a Path at most.
const MAX_PATH: usize = 4;

/// Why a REGISTER changed nothing: a status, and headers that go with it.
type Refusal = (u16, Vec<(HeaderName, String)>);

/// What a REGISTER asks for.
enum Wish {
    /// Nothing: it only wants to know.
    Query,
    /// `Contact: *` with `Expires: 0`.
    RemoveAll,
    /// Each Contact with its seconds; 0 removes.
    Update(Vec<(NameAddr, u32)>),
}

impl Switch {
    /// Answers a REGISTER.
    pub(super) fn register(&mut self, now: Time, request_id: RequestId, request: &Message, flow: Flow) {
        let answer = self.owner(now, request, flow).and_then(|aor| {
            self.update_bindings(now, &aor, request, flow)?;
            Ok(aor)
        });
        let updated = answer.as_ref().ok().cloned();
        let (status, mut headers) = match answer {
            Ok(aor) => (200, self.contacts(now, &aor)),
            Err(refusal) => refusal,
        };
        if status == 200 {
            headers.extend(paths(request).map(|path| (HeaderName::PATH, path.to_owned())));
        }
        self.respond(now, request_id, request, status, headers);
        if let Some(aor) = updated {
            self.registered(now, &aor, flow);
        }
    }

    /// The address of record, once its owner has proven himself.
    fn owner(&mut self, now: Time, request: &Message, flow: Flow) -> Result<Aor, Refusal> {
        let to = request.to().map_err(|_| (400, Vec::new()))?;
        let realm = self.realm(&to.uri.host, &flow).ok_or((404, Vec::new()))?;
        let user = to.uri.user.ok_or((404, Vec::new()))?;
        let proven = self.authenticate(now, request, &flow, &realm)?;
        if proven == user { Ok(Aor { user, realm }) } else { Err((403, Vec::new())) }
    }

    /// All or nothing (RFC 3261 §10.3 step 7).
    fn update_bindings(
        &mut self,
        now: Time,
        aor: &Aor,
        request: &Message,
        flow: Flow,
    ) -> Result<(), Refusal> {
        let malformed = |_| (400, Vec::new());
        let call_id = request.call_id().map_err(malformed)?.to_owned();
        let cseq = request.cseq().map_err(malformed)?.number;
        let stale = |row: &Binding| row.call_id == call_id && row.cseq >= cseq;
        match wish(request, self.settings.expires)? {
            Wish::Query => {}
            Wish::RemoveAll => {
                if self.registrar.bindings(aor).iter().any(stale) {
                    return Err((500, Vec::new()));
                }
                self.remove_bindings(aor, |_| true);
            }
            Wish::Update(contacts) => {
                let mut rows = Vec::new();
                for (contact, seconds) in contacts {
                    let expires = now + Duration::from_secs(u64::from(seconds));
                    let row = binding(&contact, flow, &call_id, cseq, expires, request);
                    let known = self.registrar.bindings(aor);
                    if known.iter().any(|old| old.is_replaced_by(&row) && stale(old)) {
                        return Err((500, Vec::new()));
                    }
                    rows.push((row, seconds));
                }
                for (row, seconds) in rows {
                    if seconds == 0 {
                        self.remove_bindings(aor, |old| old.is_replaced_by(&row));
                        continue;
                    }
                    let (id, was_down) = self.registrar.put(aor, row);
                    self.watch_phone(now, id);
                    if was_down {
                        self.emit(Event::DeviceUp { user: aor.user.clone(), realm: aor.realm.clone() });
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes bindings away and says so where none is left.
    pub(super) fn remove_bindings(&mut self, aor: &Aor, gone: impl Fn(&Binding) -> bool) {
        if self.registrar.remove(aor, gone) {
            self.device_down(aor.clone());
        }
    }

    /// The last binding that answers is gone.
    pub(super) fn device_down(&mut self, aor: Aor) {
        self.watch_handset(&aor);
        self.emit(Event::DeviceDown { user: aor.user, realm: aor.realm });
    }

    /// All bindings, as a 200 lists them.
    fn contacts(&self, now: Time, aor: &Aor) -> Vec<(HeaderName, String)> {
        let row = |binding: &Binding| {
            let mut contact = NameAddr::new(binding.contact.clone());
            let left = binding.expires.since(now).as_secs();
            contact.params.push(("expires".into(), Some(left.to_string())));
            (HeaderName::CONTACT, contact.to_string())
        };
        self.registrar.bindings(aor).iter().map(row).collect()
    }
}

const PATH: HeaderName = HeaderName::PATH;
const CONTACT: HeaderName = HeaderName::CONTACT;

fn paths(request: &Message) -> impl Iterator<Item = &str> {
    request.headers.list(const { &PATH }).into_iter().take(MAX_PATH)
}

fn binding(
    contact: &NameAddr,
    flow: Flow,
    call_id: &str,
    cseq: u32,
    expires: Time,
    request: &Message,
) -> Binding {
    let mut row = Binding::new(contact.uri.clone(), flow, call_id, cseq, expires);
    let reg_id = contact.param("reg-id").map(str::to_owned);
    row.instance = contact.param("+sip.instance").map(|instance| (instance.to_owned(), reg_id));
    if let Some(q) = contact.param("q").and_then(|q| q.parse::<f32>().ok()) {
        row.q = (q.clamp(0.0, 1.0) * 1000.0) as u16;
    }
    let route = |path: &str| path.parse::<NameAddr>().ok().map(|path| path.uri);
    row.path = paths(request).filter_map(route).collect::<Vec<Uri>>();
    row
}

fn wish(request: &Message, (shortest, longest): (u32, u32)) -> Result<Wish, Refusal> {
    let malformed = || (400, Vec::new());
    let contacts = request.headers.list(const { &CONTACT });
    let expires = match request.headers.get(&HeaderName::EXPIRES) {
        // RFC 3261 §20.19: malformed values are taken as the default.
        Some(text) => text.trim().parse::<u32>().unwrap_or(longest),
        None => longest,
    };
    if contacts.is_empty() {
        return Ok(Wish::Query);
    }
    if contacts.contains(&"*") {
        return if contacts.len() == 1 && expires == 0 { Ok(Wish::RemoveAll) } else { Err(malformed()) };
    }
    let mut wished = Vec::new();
    for text in contacts {
        let contact: NameAddr = text.parse().map_err(|_| malformed())?;
        if !matches!(contact.uri.scheme.as_str(), "sip" | "sips") {
            return Err(malformed());
        }
        let seconds = match contact.param("expires") {
            Some(text) => text.parse().unwrap_or(longest),
            None => expires,
        };
        if seconds != 0 && seconds < shortest {
            return Err((423, vec![(HeaderName::MIN_EXPIRES, shortest.to_string())]));
        }
        wished.push((contact, seconds.min(longest)));
    }
    Ok(Wish::Update(wished))
}
