//! The location table (RFC 3261 §10): for each address of record its bindings, bounded, each with the flow it came over.

use std::collections::{BTreeMap, HashMap, HashSet};
use warmline_sip::transport::{ConnectionId, Flow};
use warmline_sip::uri::Uri;
use warmline_time::{Time, Timers};

/// Bindings of one address of record at most; one more takes the place of the one that would expire first.
pub(super) const MAX_BINDINGS: usize = 10;

/// An address of record: `sip:user@realm`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Aor {
    pub(super) user: String,
    pub(super) realm: String,
}

/// One phone of an address of record.
#[derive(Clone)]
pub(super) struct Binding {
    /// As the phone wrote it: the Request-URI of calls to it.
    pub(super) contact: Uri,
    /// The way the REGISTER came, which is the way back through NATs and over streams (RFC 5626).
    pub(super) flow: Flow,
    /// `+sip.instance` and `reg-id`: a phone that comes back from elsewhere takes its own place.
    pub(super) instance: Option<(String, Option<String>)>,
    /// Thousandths.
    pub(super) q: u16,
    /// Of the REGISTER: one that is older than what we know changes nothing.
    pub(super) call_id: String,
    pub(super) cseq: u32,
    pub(super) expires: Time,
    /// Proxies to go through (RFC 3327).
    pub(super) path: Vec<Uri>,
    /// Unlike any other's, before and after.
    pub(super) id: u64,
}

impl Binding {
    /// A binding that is not in the table yet.
    pub(super) fn new(contact: Uri, flow: Flow, call_id: &str, cseq: u32, expires: Time) -> Self {
        let call_id = call_id.to_owned();
        Binding { contact, flow, instance: None, q: 1000, call_id, cseq, expires, path: Vec::new(), id: 0 }
    }

    /// Whether `new` is the same phone's.
    pub(super) fn is_replaced_by(&self, new: &Binding) -> bool {
        match (&self.instance, &new.instance) {
            (Some(mine), Some(other)) => mine == other,
            _ => self.contact == new.contact,
        }
    }
}

/// See the module's text.
#[derive(Default)]
pub(super) struct Registrar {
    rows: HashMap<Aor, Vec<Binding>>,
    owners: HashMap<u64, Aor>,
    /// How many bindings each remote address and port has: who answers from there is a phone.
    flows: HashMap<Flow, usize>,
    streams: BTreeMap<ConnectionId, Vec<u64>>,
    /// Bindings whose phone does not answer.
    silent: HashSet<u64>,
    /// Bindings that were taken away since this was asked last.
    gone: Vec<u64>,
    timers: Timers<u64>,
    next_id: u64,
}

impl Registrar {
    /// Bindings of an address, the preferred and newest first.
    pub(super) fn bindings(&self, aor: &Aor) -> &[Binding] {
        self.rows.get(aor).map_or(&[], Vec::as_slice)
    }

    /// Those that answer; all of them where none does.
    pub(super) fn reachable(&self, aor: &Aor) -> impl Iterator<Item = &Binding> {
        let up = self.is_up(aor);
        self.bindings(aor).iter().filter(move |row| !up || !self.silent.contains(&row.id))
    }

    /// Whether it has a phone that answers.
    fn is_up(&self, aor: &Aor) -> bool {
        self.bindings(aor).iter().any(|row| !self.silent.contains(&row.id))
    }

    /// A binding that is still there, and whose it is.
    pub(super) fn binding(&self, id: u64) -> Option<(&Aor, &Binding)> {
        let aor = self.owners.get(&id)?;
        Some((aor, self.bindings(aor).iter().find(|row| row.id == id)?))
    }

    /// A phone answers no longer, or again. Its address, and whether that is up, where it was not so before.
    pub(super) fn set_silent(&mut self, id: u64, silent: bool) -> Option<(Aor, bool)> {
        let aor = self.owners.get(&id)?.clone();
        let was = self.is_up(&aor);
        let _ = if silent { self.silent.insert(id) } else { self.silent.remove(&id) };
        let is = self.is_up(&aor);
        (is != was).then_some((aor, is))
    }

    /// Addresses of record with a phone that answers, in order.
    pub(super) fn addresses(&self) -> Vec<Aor> {
        let mut known: Vec<Aor> = self.rows.keys().filter(|aor| self.is_up(aor)).cloned().collect();
        known.sort_unstable();
        known
    }

    /// Bindings that are gone since this was asked last.
    pub(super) fn gone(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.gone)
    }

    /// Bindings whose phone does not answer.
    pub(super) fn silent(&self) -> usize {
        self.silent.len()
    }

    /// All bindings.
    pub(super) fn len(&self) -> usize {
        self.owners.len()
    }

    /// Whether a phone is registered over this very flow.
    pub(super) fn is_phone(&self, flow: &Flow) -> bool {
        self.flows.contains_key(flow)
    }

    /// Adds or refreshes a binding: its id, and whether the address had none before that answers.
    pub(super) fn put(&mut self, aor: &Aor, mut binding: Binding) -> (u64, bool) {
        let was_down = !self.is_up(aor);
        let old: Vec<u64> =
            self.bindings(aor).iter().filter(|row| row.is_replaced_by(&binding)).map(|row| row.id).collect();
        old.into_iter().for_each(|id| self.take(id));
        if self.bindings(aor).len() >= MAX_BINDINGS
            && let Some(first) = self.bindings(aor).iter().min_by_key(|row| row.expires).map(|row| row.id)
        {
            self.take(first);
        }
        self.next_id += 1;
        binding.id = self.next_id;
        self.owners.insert(binding.id, aor.clone());
        self.timers.set(binding.id, binding.expires);
        *self.flows.entry(binding.flow).or_default() += 1;
        if let Some(stream) = binding.flow.connection {
            self.streams.entry(stream).or_default().push(binding.id);
        }
        let rows = self.rows.entry(aor.clone()).or_default();
        let place = rows.iter().position(|row| row.q <= binding.q).unwrap_or(rows.len());
        rows.insert(place, binding);
        (self.next_id, was_down)
    }

    /// Takes away the bindings that `gone` names. True: the address had one that answers and has none now.
    pub(super) fn remove(&mut self, aor: &Aor, gone: impl Fn(&Binding) -> bool) -> bool {
        let ids: Vec<u64> = self.bindings(aor).iter().filter(|row| gone(row)).map(|row| row.id).collect();
        let was_up = self.is_up(aor);
        ids.into_iter().for_each(|id| self.take(id));
        was_up && !self.is_up(aor)
    }

    /// A stream is closed: its bindings are gone. Those addresses that have none left.
    pub(super) fn close(&mut self, stream: ConnectionId) -> Vec<Aor> {
        let ids = self.streams.remove(&stream).unwrap_or_default();
        ids.into_iter().filter_map(|id| self.expire(id)).collect()
    }

    /// Takes one binding that has expired; its address where it was the last one.
    pub(super) fn handle_timeout(&mut self, now: Time) -> Option<Option<Aor>> {
        let id = self.timers.pop(now)?;
        Some(self.expire(id))
    }

    /// When a binding expires next.
    pub(super) fn next(&self) -> Option<Time> {
        self.timers.next()
    }

    fn expire(&mut self, id: u64) -> Option<Aor> {
        let aor = self.owners.get(&id)?.clone();
        let was_up = self.is_up(&aor);
        self.take(id);
        (was_up && !self.is_up(&aor)).then_some(aor)
    }

    fn take(&mut self, id: u64) {
        self.timers.cancel(id);
        self.silent.remove(&id);
        let Some(aor) = self.owners.remove(&id) else { return };
        self.gone.push(id);
        let Some(rows) = self.rows.get_mut(&aor) else { return };
        let Some(place) = rows.iter().position(|row| row.id == id) else { return };
        let binding = rows.remove(place);
        if rows.is_empty() {
            self.rows.remove(&aor);
        }
        if let Some(count) = self.flows.get_mut(&binding.flow) {
            *count -= 1;
            if *count == 0 {
                self.flows.remove(&binding.flow);
            }
        }
        if let Some(stream) = binding.flow.connection
            && let Some(ids) = self.streams.get_mut(&stream)
        {
            ids.retain(|&row| row != id);
            if ids.is_empty() {
                self.streams.remove(&stream);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use warmline_sip::transport::Protocol;

    fn aor() -> Aor {
        Aor { user: "201".into(), realm: "sip.test".into() }
    }

    fn binding(port: u16, stream: Option<u32>, expires: u64) -> Binding {
        let connection = stream.map(|id| ConnectionId { id, generation: 0 });
        let local = "192.0.2.1:5060".parse().unwrap();
        let remote = format!("192.0.2.9:{port}").parse().unwrap();
        let flow = Flow { protocol: Protocol::Tcp, local, remote, connection };
        let contact = Uri {
            scheme: "sip".into(),
            user: Some("201".into()),
            host: "192.0.2.9".into(),
            port: Some(port),
            params: Vec::new(),
            headers: None,
            opaque: None,
        };
        Binding::new(contact, flow, "a", 1, Time::ZERO + Duration::from_secs(expires))
    }

    #[test]
    fn the_table_of_an_address_is_bounded_and_drops_the_oldest() {
        let mut registrar = Registrar::default();
        assert!(registrar.put(&aor(), binding(1, None, 1)).1);
        for port in 2..=(MAX_BINDINGS as u16 + 1) {
            assert!(!registrar.put(&aor(), binding(port, None, u64::from(port))).1);
        }
        assert_eq!(registrar.len(), MAX_BINDINGS);
        assert!(registrar.bindings(&aor()).iter().all(|row| row.contact.port != Some(1)));
        assert!(
            !registrar.is_phone(&binding(1, None, 1).flow) && registrar.is_phone(&binding(2, None, 1).flow)
        );
    }

    #[test]
    fn the_same_contact_or_instance_takes_its_own_place() {
        let mut registrar = Registrar::default();
        registrar.put(&aor(), binding(1, None, 10));
        registrar.put(&aor(), binding(1, None, 20));
        assert_eq!(registrar.len(), 1);
        let mut phone = binding(2, Some(1), 20);
        phone.instance = Some(("<urn:uuid:1>".into(), None));
        registrar.put(&aor(), phone.clone());
        let mut moved = binding(3, Some(2), 20);
        moved.instance = phone.instance;
        registrar.put(&aor(), moved);
        assert_eq!(registrar.len(), 2);
        assert_eq!(registrar.bindings(&aor())[0].contact.port, Some(3), "the newest first");
    }

    #[test]
    fn bindings_go_with_their_stream_and_with_time() {
        let mut registrar = Registrar::default();
        registrar.put(&aor(), binding(1, Some(1), 10));
        registrar.put(&aor(), binding(2, None, 20));
        assert!(registrar.close(ConnectionId { id: 1, generation: 0 }).is_empty());
        assert_eq!(registrar.next(), Some(Time::ZERO + Duration::from_secs(20)));
        assert!(registrar.handle_timeout(Time::ZERO + Duration::from_secs(19)).is_none());
        let last = registrar.handle_timeout(Time::ZERO + Duration::from_secs(20));
        assert!(last.flatten().is_some_and(|last| last == aor()));
        assert_eq!((registrar.len(), registrar.flows.len(), registrar.streams.len()), (0, 0, 0));
        registrar.put(&aor(), binding(1, Some(1), 10));
        assert!(registrar.close(ConnectionId { id: 1, generation: 0 }) == [aor()]);
        assert_eq!((registrar.len(), registrar.next()), (0, None));
    }
}
