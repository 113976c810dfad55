//! Customers' records: from the configuration, from visitors' requests and from the calls that were made.

mod edit;
mod find;
mod index;
mod notes;
mod past;
mod place;
mod show;
mod signed;
mod words;

pub(crate) use self::edit::NUMBER_TAKEN;
pub(crate) use self::find::{Found, Sight, Unfound};
pub use self::index::Spot;
pub(crate) use self::notes::are_alike;
pub(crate) use self::place::Place;

use self::index::{ContactIndex, Terms};
use self::past::Past;
use self::place::Places;
use crate::cti::Cause;
use crate::fact::{CallRecorded, ContactEdit, ContactPart, ContactStored, PriorityChanged, Vouched};
use crate::ids::{CallId, ContactId, ReservationId, VisitorId};
use crate::letter::Written;
use crate::queue::{NUISANCE, PRIORITY};
use crate::random::fingerprint;
use crate::settings::ContactSettings;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::OnceLock;
use std::time::Duration;
use warmline_time::Time;

/// Earlier contacts kept of one; the journal has all.
const HISTORY: usize = 1_000;
/// The latest of them, shown with the record.
const LATEST: usize = 20;
/// Changes of a contact's priority kept and shown.
const RATINGS: usize = 10;
/// Other changes of a record kept and shown.
const EDITS: usize = 10;
/// The same by the same within so long is shown as one.
const SAME_EDIT: Duration = Duration::from_secs(600);
/// Numbers kept of one contact.
pub(crate) const NUMBERS: usize = 8;
/// Browsers kept of one contact.
const VISITORS: usize = 16;
/// Calls of nobody's record that are kept: an agent may make one for the caller in wrap-up; the oldest go first.
const LOOSE: usize = 1_000;
/// Records that nobody has named and no call was made with; the oldest go first.
const ANONYMOUS: usize = 50_000;

/// One customer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contact {
    /// Name, or empty.
    pub name: String,
    /// E.164.
    pub numbers: Vec<String>,
    /// Free text.
    pub notes: String,
    notes_at: notes::Runs,
    /// 0–7.
    pub priority: u8,
    /// The latest changes of it, the latest first.
    ratings: VecDeque<(Time, PriorityChanged)>,
    /// What is known of him by more than his own word.
    pub vouched: Vouched,
    company: String,
    attributes: BTreeMap<String, String>,
    /// What is an agent's or a program's word.
    edited: Vec<ContactPart>,
    /// Who changed what, and where, the latest first.
    edits: VecDeque<(Time, Option<u16>, ContactEdit)>,
    /// The journal's number of its last row; 0: it is as the configuration has it.
    version: u64,
    /// Where he was met: numbers of [`Places`].
    places: Vec<u16>,
    /// When he was last heard of.
    seen: Option<Time>,
    visitors: Vec<VisitorId>,
    /// Earlier contacts, the latest first.
    history: VecDeque<Past>,
    /// His numbers as people write them, once a desktop has shown them.
    displays: OnceLock<Vec<String>>,
    /// Who spoke with him last, until when.
    last_talk: Option<(String, Time)>,
    configured: bool,
    rated: bool,
}

impl Contact {
    /// Who spoke with him last, until when.
    pub fn last_talk(&self) -> Option<(&str, Time)> {
        self.last_talk.as_ref().map(|(agent, at)| (agent.as_str(), *at))
    }

    fn displays(&self) -> &[String] {
        let write = || self.numbers.iter().map(|number| crate::number::display(number)).collect();
        self.displays.get_or_init(write)
    }

    /// The configuration names him.
    pub fn is_configured(&self) -> bool {
        self.configured
    }

    /// His browsers.
    pub fn visitors(&self) -> &[VisitorId] {
        &self.visitors
    }

    /// How many earlier contacts are remembered.
    pub fn visits(&self) -> usize {
        self.history.len()
    }

    /// By what he is found.
    fn terms(&self) -> Terms {
        Terms::of((&self.name, &self.company), self.vouched.email.as_deref(), &self.numbers)
    }
}

/// All of a firm's.
#[derive(Debug, Default)]
pub(crate) struct Contacts {
    rows: HashMap<ContactId, Contact>,
    by_visitor: HashMap<VisitorId, ContactId>,
    by_number: HashMap<String, ContactId>,
    by_customer: HashMap<String, ContactId>,
    index: ContactIndex,
    places: Places,
    anonymous: BTreeSet<ContactId>,
    /// Calls with callers who had no record when they ended.
    loose: VecDeque<CallRecorded>,
    /// What the configuration says of those it names.
    configured: HashMap<ContactId, ContactSettings>,
}

impl Contacts {
    /// Those of the configuration.
    pub fn new(firm: &str, configured: &[ContactSettings]) -> Self {
        let mut contacts = Contacts::default();
        contacts.configure(firm, configured);
        contacts
    }

    /// Those of the configuration, at start and again. Their ids follow from name and numbers, so that their history finds them after a
    /// restart. What was changed here since goes before what the configuration says now; nobody is forgotten, but whom it names no more
    /// can be erased.
    pub fn configure(&mut self, firm: &str, configured: &[ContactSettings]) {
        let mut dropped = std::mem::take(&mut self.configured);
        for settings in configured {
            let text = format!("{firm}\n{}\n{}", settings.name, settings.numbers.join(","));
            let id = ContactId::mint(Time::ZERO, fingerprint(&text));
            let before = dropped.remove(&id);
            // Of two that are one and the same the last counts.
            let before = self.configured.insert(id, settings.clone()).or(before);
            if before.as_ref() == Some(settings) {
                continue;
            }
            if let Some(row) = self.rows.get_mut(&id) {
                let untouched = |before: &ContactSettings| {
                    (&row.notes, row.priority) == (&before.notes, before.priority.min(7))
                };
                if before.as_ref().is_some_and(untouched) {
                    row.notes.clone_from(&settings.notes);
                    row.priority = settings.priority.min(7);
                }
                // Else the journal has made him, and knows more.
                (row.configured, row.rated) = (true, true);
                if let Some(customer) = settings.customer.as_ref().filter(|_| row.vouched.customer.is_none())
                {
                    row.vouched.customer = Some(customer.clone());
                    self.by_customer.entry(customer.clone()).or_insert(id);
                }
                self.anonymous.remove(&id);
                continue;
            }
            for number in &settings.numbers {
                self.by_number.insert(number.clone(), id);
            }
            if let Some(customer) = &settings.customer {
                self.by_customer.insert(customer.clone(), id);
            }
            let contact = Contact {
                vouched: Vouched {
                    customer: settings.customer.clone(),
                    on_file: settings.numbers.first().cloned(),
                    ..Vouched::default()
                },
                name: settings.name.clone(),
                numbers: settings.numbers.clone(),
                notes: settings.notes.clone(),
                priority: settings.priority.min(7),
                configured: true,
                rated: true,
                ..Contact::default()
            };
            self.index.insert(id, &contact.terms());
            self.rows.insert(id, contact);
        }
        for id in dropped.into_keys() {
            if let Some(row) = self.rows.get_mut(&id) {
                row.configured = false;
            }
        }
    }

    /// A record.
    pub fn get(&self, id: ContactId) -> Option<&Contact> {
        self.rows.get(&id)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The record of a browser.
    pub fn by_visitor(&self, visitor: VisitorId) -> Option<ContactId> {
        self.by_visitor.get(&visitor).copied()
    }

    /// The record with this number.
    pub fn by_number(&self, number: &str) -> Option<ContactId> {
        self.by_number.get(number).copied()
    }

    /// Whether nothing says who this is: no name, no number, no call.
    pub fn is_unknown(&self, id: ContactId) -> bool {
        self.anonymous.contains(&id)
    }

    /// What a visitor's request tells of him: `Some` where it is news and must be stored. A typed number may lead to the
    /// record of whoever has it, for it is he who will be called.
    pub fn learn(
        &self,
        visitor: VisitorId,
        name: &str,
        number: Option<&str>,
        fresh: ContactId,
    ) -> (ContactId, Option<ContactStored>) {
        if let Some(owner) = number.and_then(|number| self.by_number(number)) {
            return (owner, None);
        }
        let (id, known) = match self.by_visitor(visitor) {
            Some(id) => (id, self.rows.get(&id)),
            None => (fresh, None),
        };
        // Who signed in here is not changed by what is typed.
        if known.is_some_and(|c| c.vouched.customer.is_some()) {
            return (id, None);
        }
        let mut stored = self.stored(id);
        if known.is_none() {
            stored.visitors.push(visitor);
        }
        let fixed = |c: &Contact| c.configured || c.edited.contains(&ContactPart::Name);
        let renamed = !name.is_empty() && name != stored.name && !known.is_some_and(fixed);
        if renamed {
            stored.name = name.to_owned();
        }
        let said = known.is_some_and(|c| c.edited.contains(&ContactPart::Numbers));
        let numbered = number.is_some() && !said && stored.numbers.len() < NUMBERS;
        if let Some(number) = number.filter(|_| numbered) {
            stored.numbers.push(number.to_owned());
        }
        let news = known.is_none() || renamed || numbered;
        (id, news.then_some(stored))
    }

    /// A record with what an agent says of him; a caller without one gets it now.
    pub fn noted(
        &self,
        id: ContactId,
        caller: &(Option<String>, String),
        priority: Option<u8>,
    ) -> ContactStored {
        let mut stored = self.stored(id);
        if !self.rows.contains_key(&id) {
            stored.name.clone_from(&caller.1);
            stored.numbers.extend(caller.0.clone());
        }
        stored.rated |= priority.is_some();
        stored.priority = priority.unwrap_or(stored.priority);
        stored
    }

    /// The wrap-up code of a call that was recorded already.
    pub fn code(&mut self, id: ContactId, call: CallId, code: &str) {
        let rows = self.rows.get_mut(&id).map(|contact| contact.history.iter_mut());
        if let Some(row) = rows.into_iter().flatten().find(|row| row.call == call) {
            row.code = Some(code.into());
        }
    }

    /// His priority; that of an unknown one where there is no record.
    pub fn priority(&self, id: Option<ContactId>) -> u8 {
        id.and_then(|id| self.get(id)).map_or(PRIORITY, |contact| contact.priority)
    }

    /// Whether an agent, a program or the firm's list has said what his priority is.
    pub fn is_rated(&self, id: ContactId) -> bool {
        self.get(id).is_some_and(|contact| contact.rated)
    }

    /// A record as it is from now on, by this row of the journal.
    pub fn store_row(&mut self, (seq, at): (u64, Time), stored: &ContactStored) {
        self.store(stored);
        let Some(contact) = self.rows.get_mut(&stored.contact) else { return };
        contact.version = seq;
        if let Some(edit) = &stored.edit {
            // Notes come as they are typed: one change.
            let place = Place::of(stored.site.as_ref(), stored.queue.as_ref());
            let place = place.and_then(|place| self.places.number(place));
            let on = |(before, there, last): &(Time, Option<u16>, ContactEdit)| {
                (there, last) == (&place, edit) && at.since(*before) < SAME_EDIT
            };
            if contact.edits.front().is_some_and(on) {
                contact.edits.pop_front();
            }
            contact.edits.push_front((at, place, (**edit).clone()));
            contact.edits.truncate(EDITS);
        }
    }

    fn store(&mut self, stored: &ContactStored) {
        let contact = self.rows.entry(stored.contact).or_default();
        let before = contact.terms();
        let numbers = std::mem::take(&mut contact.numbers);
        contact.name.clone_from(&stored.name);
        contact.company.clone_from(&stored.company);
        contact.attributes.clone_from(&stored.attributes);
        contact.edited.clone_from(&stored.edited);
        contact.numbers = stored.numbers.iter().take(NUMBERS).cloned().collect();
        contact.displays = OnceLock::new();
        contact.notes.clone_from(&stored.notes);
        contact.notes_at = notes::runs(&stored.notes_at, &mut self.places);
        // Records from before priorities were given have 0 for nobody's word.
        let unrated = stored.priority == NUISANCE && !stored.rated && !contact.configured;
        contact.priority = if unrated { PRIORITY } else { stored.priority.min(7) };
        contact.rated = stored.rated || contact.configured;
        contact.visitors = stored.visitors.iter().take(VISITORS).copied().collect();
        for number in &contact.numbers {
            self.by_number.entry(number.clone()).or_insert(stored.contact);
        }
        if let Some(customer) = &stored.vouched.customer {
            self.by_customer.insert(customer.clone(), stored.contact);
        }
        // A row of before an id was given to the list's contact does not take it away.
        if stored.vouched != Vouched::default() || !stored.edited.is_empty() {
            let customer = contact.vouched.customer.take();
            contact.vouched.clone_from(&stored.vouched);
            contact.vouched.customer = contact.vouched.customer.take().or(customer);
        }
        self.index.rename(stored.contact, &before, &contact.terms());
        if let Some(place) = Place::of(stored.site.as_ref(), stored.queue.as_ref()) {
            self.places.note(&mut contact.places, place);
        }
        for visitor in &contact.visitors {
            self.by_visitor.insert(*visitor, stored.contact);
        }
        let anonymous = !contact.configured
            && contact.name.is_empty()
            && contact.numbers.is_empty()
            && contact.notes.is_empty()
            && !contact.rated
            && contact.vouched.customer.is_none()
            && contact.edited.is_empty()
            && contact.history.is_empty();
        if anonymous {
            self.anonymous.insert(stored.contact);
            self.forget_oldest();
        } else {
            self.anonymous.remove(&stored.contact);
        }
        for number in numbers.iter().filter(|number| !stored.numbers.contains(number)) {
            self.give_on(number, stored.contact);
        }
    }

    /// A number is this record's no more: it leads to another that has it, where there is one.
    fn give_on(&mut self, number: &str, from: ContactId) {
        if self.by_number.get(number) != Some(&from) {
            return;
        }
        let has = |id: &ContactId| {
            *id != from && self.rows.get(id).is_some_and(|row| row.numbers.iter().any(|his| his == number))
        };
        let other = self.index.with_number(number).find(has);
        match other {
            Some(other) => self.by_number.insert(number.to_owned(), other),
            None => self.by_number.remove(number),
        };
    }

    /// His priority was changed.
    pub fn rated(&mut self, at: Time, changed: &PriorityChanged) {
        let Some(contact) = self.rows.get_mut(&changed.contact) else { return };
        contact.ratings.push_front((at, changed.clone()));
        contact.ratings.truncate(RATINGS);
    }

    /// He was met on a site's page.
    pub fn met(&mut self, id: ContactId, site: &str, at: Time) {
        let Some(contact) = self.rows.get_mut(&id) else { return };
        self.places.note(&mut contact.places, Place::Site(site.to_owned()));
        contact.seen = contact.seen.max(Some(at));
    }

    /// A call that was had with him, in the name of a site where he came from its page.
    pub fn record(&mut self, record: &CallRecorded, site: Option<&str>) {
        if record.contact.is_none() {
            self.loose.truncate(LOOSE - 1);
            self.loose.push_front(record.clone());
        }
        let Some(contact) = record.contact.and_then(|id| self.rows.get_mut(&id)) else { return };
        if let (Some(_), Some(agent)) = (record.answered, &record.agent) {
            contact.last_talk = Some((agent.clone(), Time::from_micros(record.ended)));
        }
        contact.seen = contact.seen.max(Some(Time::from_micros(record.surely_until())));
        let place = site.map(|site| Place::Site(site.to_owned()));
        let at = place.or_else(|| record.queue.clone().map(Place::Queue));
        let at = at.and_then(|place| self.places.number(place));
        // Of a request that is not remembered his own row says the site.
        if site.is_some() || record.reservation.is_none() {
            at.into_iter().for_each(|number| Places::add(&mut contact.places, number));
        }
        contact.history.push_front(Past::of(record, at));
        contact.history.truncate(HISTORY);
        if let Some(id) = record.contact {
            self.anonymous.remove(&id);
        }
    }

    /// A letter that he wrote, as a part of his history.
    pub fn wrote(&mut self, text: &Written, at: Time, page_title: &str) {
        let Some(contact) = self.rows.get_mut(&text.contact) else { return };
        let micros = at.as_micros();
        contact.seen = contact.seen.max(Some(at));
        let place = self.places.note(&mut contact.places, Place::Queue(text.queue.clone()));
        let record = CallRecorded {
            call: CallId::mint(at, 0),
            reservation: None,
            contact: Some(text.contact),
            channel: "mail".into(),
            page_title: page_title.to_owned(),
            agent: None,
            started: micros,
            answered: None,
            ended: micros,
            cause: Cause::Normal,
            trace_id: String::new(),
            agents: Vec::new(),
            code: None,
            caller: None,
            queue: Some(text.queue.clone()),
            asked: None,
            changed_to: Vec::new(),
            verified: Default::default(),
            progress: None,
            cost: None,
            dialled: None,
            known_until: None,
            trunk: None,
        };
        contact.history.push_front(Past::of(&record, place));
        contact.history.truncate(HISTORY);
        self.anonymous.remove(&text.contact);
    }

    /// A call that was over before its caller had a record: it is the record's now.
    pub fn adopt(&mut self, id: ContactId, call: CallId) {
        let place = self.loose.iter().position(|row| row.call == call);
        let Some(mut row) = place.and_then(|place| self.loose.remove(place)) else { return };
        row.contact = Some(id);
        self.record(&row, None);
    }

    /// Whether a record is of this browser alone: nobody has said anything of him, and no call came that did not come from its pages.
    /// Whoever types another's number first is not that other.
    pub fn is_only_of(&self, id: ContactId, visitor: VisitorId) -> bool {
        self.rows.get(&id).is_some_and(|contact| {
            contact.visitors == [visitor]
                && !contact.configured
                && contact.vouched.customer.is_none()
                && contact.edited.is_empty()
                && contact.history.iter().all(|call| call.reservation.is_some() || &*call.channel == "mail")
        })
    }

    /// A record is gone, with all that leads to it.
    pub fn erase(&mut self, id: ContactId) {
        let Some(contact) = self.rows.remove(&id) else { return };
        self.anonymous.remove(&id);
        self.index.remove(id, &contact.terms());
        for number in &contact.numbers {
            self.give_on(number, id);
        }
        for visitor in &contact.visitors {
            if self.by_visitor.get(visitor) == Some(&id) {
                self.by_visitor.remove(visitor);
            }
        }
        let customer = contact.vouched.customer;
        if customer.as_ref().and_then(|customer| self.by_customer.get(customer)) == Some(&id) {
            customer.and_then(|customer| self.by_customer.remove(&customer));
        }
    }

    /// Of these records' histories the calls that such requests led to are gone.
    pub fn forget_calls(&mut self, ids: &BTreeSet<ContactId>, such: impl Fn(ReservationId) -> bool) {
        for id in ids {
            if let Some(contact) = self.rows.get_mut(id) {
                contact.history.retain(|call| !call.reservation.is_some_and(&such));
            }
        }
    }

    /// Of what is older nothing is known any more but the records themselves.
    pub fn forget_older(&mut self, older: Time) {
        for contact in self.rows.values_mut() {
            contact.history.retain(|past| Time::from_micros(past.until) >= older);
            contact.edits.retain(|(at, ..)| *at >= older);
            contact.last_talk.take_if(|(_, at)| *at < older);
        }
        self.loose.retain(|call| Time::from_micros(call.surely_until()) >= older);
    }

    /// Records of whom nothing has been heard or written since; the configuration's are not among them.
    pub fn untouched(&self, since: Time) -> impl Iterator<Item = ContactId> + '_ {
        let touched = |(id, row): &(&ContactId, &Contact)| {
            let edited = row.edits.front().map(|(at, ..)| *at);
            row.seen.max(edited).unwrap_or_default().max(id.minted())
        };
        self.rows.iter().filter(move |row| !row.1.configured && touched(row) < since).map(|(&id, _)| id)
    }

    /// A browser leads to no record any more.
    pub fn unlink(&mut self, visitor: VisitorId) {
        let contact = self.by_visitor.remove(&visitor).and_then(|id| self.rows.get_mut(&id));
        if let Some(contact) = contact {
            contact.visitors.retain(|other| *other != visitor);
        }
    }

    /// Calls of nobody's record that came from these numbers are forgotten.
    pub fn erase_loose(&mut self, numbers: &[String]) {
        self.loose.retain(|call| call.caller.as_ref().is_none_or(|caller| !numbers.contains(caller)));
    }

    fn forget_oldest(&mut self) {
        while self.anonymous.len() > ANONYMOUS {
            let Some(id) = self.anonymous.pop_first() else { return };
            let Some(contact) = self.rows.remove(&id) else { continue };
            self.index.remove(id, &contact.terms());
            for visitor in contact.visitors {
                self.by_visitor.remove(&visitor);
            }
        }
    }
}

#[cfg(test)]
mod tests;
