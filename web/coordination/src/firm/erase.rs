//! The erasure of people (E24): what is seen of them ends at once, what is asked for is taken back; when they have left, they are gone from
//! memory, and the journal is gone through for them.

use super::{Firm, Timer, problem};
use crate::activity::Who;
use crate::agent::Work;
use crate::effect::Action;
use crate::erasure::{Erasing, ErasureOrdered, ErasureState, ErasureView, Person, RowsErased};
use crate::fact::{Fact, ReservationOpened};
use crate::ids::{CampaignId, ContactId, ErasureId, ReservationId, VisitorId};
use crate::request::{Problem, Reply, RequestId, Whom};
use crate::reservation::Reservation;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;
use warmline_time::Time;

/// Erasures that are not over.
const MOST: usize = 1_000;
/// Those that are over and can be asked for.
const KEPT: usize = 1_000;
/// Whether somebody has left is looked at so often.
const LOOK: Duration = Duration::from_secs(5);
/// From the end of one reading of the journal to the next: whoever orders the next waits for it.
const PAUSE: Duration = Duration::from_secs(60);
/// The same for what visitors order, so that strangers do not have it read all day.
const VISITORS_PAUSE: Duration = Duration::from_secs(600);
/// Rows that one fact tells of.
const ROWS: usize = 2_000;
/// What is dropped of a campaign because its customer is erased.
const ERASED: &str = "erased";

/// All of a firm's.
#[derive(Debug, Default)]
pub(crate) struct Erasures {
    open: BTreeMap<ErasureId, Erasure>,
    done: VecDeque<ErasureView>,
    /// The journal is being read.
    pub reading: bool,
    /// It is not read again before; for visitors alone.
    next: Time,
    next_of_visitors: Time,
    /// How many are done.
    pub count: u64,
}

#[derive(Debug)]
struct Erasure {
    person: Person,
    by: Option<String>,
    ordered: Time,
    /// He has left, and memory has forgotten him: up to this row the journal is gone through.
    until: Option<u64>,
}

impl Firm {
    /// A program has somebody erased.
    pub fn erase(&mut self, now: Time, (request, by): (RequestId, &str), whom: &Whom) {
        let person = self.whole_person(whom).and_then(|(contact, person)| {
            if self.contacts.get(contact).is_some_and(|row| row.is_configured()) {
                let detail =
                    "This contact is in the configuration: take it out there, reload, and ask again.";
                return Err(problem(409, "configured", detail));
            }
            Ok(person)
        });
        let done = person.and_then(|person| self.order_erasure(now, person, Some(by)));
        self.answer_ordered(now, request, done);
    }

    /// A program has a copy of all that is kept of somebody; that it had stays in the journal.
    pub fn export(&mut self, now: Time, (request, by): (RequestId, &str), whom: &Whom) {
        let person = self.can_keep().and_then(|()| self.whole_person(whom));
        match person {
            Ok((contact, person)) => {
                let after = self.persist(now, Fact::PersonExported { contact, by: by.to_owned() });
                let person = Person { until: after, ..person };
                self.act(after, Action::Reply(request, Reply::Person(Box::new(person))));
            }
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    /// A visitor has what is kept of his browser erased; his record too, where it is of nobody else's making.
    pub fn forget_visitor(&mut self, now: Time, request: RequestId, visitor: VisitorId) {
        if !self.settings.privacy.visitors_may_erase {
            return self.refuse(request, 403, "not_offered", "The firm does this itself: write to it.");
        }
        let done = self.order_erasure_of(now, visitor);
        self.answer_ordered(now, request, done);
    }

    pub(super) fn order_erasure_of(
        &mut self,
        now: Time,
        visitor: VisitorId,
    ) -> Result<(ErasureId, u64), Problem> {
        let contact = self.contacts.by_visitor(visitor).filter(|&id| self.contacts.is_only_of(id, visitor));
        // Numbers that he has typed may be anybody's.
        let person = Person { contact, visitors: vec![visitor], numbers: Vec::new(), known: false, until: 0 };
        self.order_erasure(now, person, None)
    }

    /// Where erasures are: one, or all that are known, the latest first.
    pub fn answer_erasures(&mut self, request: RequestId, id: Option<ErasureId>) {
        let open = self.erasures.open.iter().rev().map(|(&id, row)| row.view(id));
        let all: Vec<ErasureView> = open.chain(self.erasures.done.iter().cloned()).collect();
        let reply = match id {
            None => Reply::Erasures(all),
            Some(id) => all.into_iter().find(|row| row.id == id).map_or_else(
                || Reply::Problem(problem(404, "unknown_erasure", "There is no such erasure.")),
                |row| Reply::Erasure { created: false, view: Box::new(row) },
            ),
        };
        self.reply(request, reply);
    }

    fn answer_ordered(&mut self, now: Time, request: RequestId, done: Result<(ErasureId, u64), Problem>) {
        match done {
            Ok((id, after)) => {
                self.look_for_erasures(now);
                let view = self.erasures.open.get(&id).map(|row| Box::new(row.view(id)));
                let reply = view.map_or(Reply::Done, |view| Reply::Erasure { created: after > 0, view });
                self.act(after, Action::Reply(request, reply));
            }
            Err(problem) => self.reply(request, Reply::Problem(problem)),
        }
        self.finish(now);
    }

    pub(super) fn whole_person(&self, whom: &Whom) -> Result<(ContactId, Person), Problem> {
        let unknown = || problem(404, "unknown_contact", "The firm has no such contact.");
        let contact = match whom {
            Whom::Contact(id) => Some(*id),
            Whom::Number(number) => self.contacts.by_number(number),
            Whom::Customer(customer) => self.contacts.by_customer(customer),
        };
        let contact = contact.ok_or_else(unknown)?;
        let row = self.contacts.get(contact).ok_or_else(unknown)?;
        let (visitors, numbers) = (row.visitors().to_vec(), row.numbers.clone());
        Ok((contact, Person { contact: Some(contact), visitors, numbers, known: true, until: 0 }))
    }

    /// The journal's number; 0: it was ordered before.
    pub(super) fn order_erasure(
        &mut self,
        now: Time,
        person: Person,
        by: Option<&str>,
    ) -> Result<(ErasureId, u64), Problem> {
        let same = |row: &Erasure| {
            row.person.contact == person.contact
                && person.visitors.iter().all(|visitor| row.person.visitors.contains(visitor))
        };
        if let Some((&id, _)) = self.erasures.open.iter().find(|(_, row)| same(row) && row.until.is_none()) {
            return Ok((id, 0));
        }
        self.can_keep()?;
        // Strangers leave room for the firm.
        let most = if by.is_some() { MOST } else { MOST / 2 };
        if self.erasures.open.len() >= most {
            let full =
                problem(429, "too_many", "Too many erasures are under way: try again in some minutes.");
            return Err(Problem { retry_after_secs: Some(60), ..full });
        }
        let id = ErasureId::mint(now, self.random.bits());
        let fact = ErasureOrdered {
            erasure: id,
            contact: person.contact,
            visitors: person.visitors.clone(),
            by: by.map(str::to_owned),
        };
        let after = self.persist(now, Fact::ErasureOrdered(Box::new(fact)));
        for visitor in &person.visitors {
            // Of what he does nothing more is seen from here on.
            self.forget_watched(now, Who::Visitor(*visitor));
        }
        let row = Erasure { person, by: by.map(str::to_owned), ordered: now, until: None };
        self.erasures.open.insert(id, row);
        Ok((id, after))
    }

    /// Whose call is over is erased; of the others nothing more is seen, and nothing begins.
    pub(super) fn look_for_erasures(&mut self, now: Time) {
        let waiting = self.erasures.open.iter().filter(|(_, row)| row.until.is_none());
        let people: Index = waiting.map(|(&id, row)| (id, &row.person)).collect();
        let stay = if people.ids.is_empty() { BTreeSet::new() } else { self.who_stays(now, &people) };
        if !self.erasures.reading {
            let free: Vec<ErasureId> = people.ids.difference(&stay).copied().collect();
            if !free.is_empty() {
                self.begin_erasures(now, free);
            }
            let begun = || self.erasures.open.values().filter(|row| row.until.is_some());
            // What visitors have ordered is gathered; the firm need not wait for that.
            let hurry = now >= self.erasures.next_of_visitors || begun().any(|row| row.by.is_some());
            if begun().next().is_some() && hurry && now >= self.erasures.next {
                self.read_journal();
            }
        }
        let idle = !self.erasures.reading;
        if self.erasures.open.values().any(|row| row.until.is_none() || idle) {
            self.timers.set(Timer::Erasures, now + LOOK);
        }
    }

    /// Ends what can be ended of theirs. Who has something left.
    fn who_stays(&mut self, now: Time, people: &Index) -> BTreeSet<ErasureId> {
        let live = |r: &&Reservation| r.live() && people.has(Some(r.contact), Some(r.visitor));
        let theirs: Vec<ReservationId> = self.reservations.iter().filter(live).map(|r| r.id).collect();
        for id in &theirs {
            let calls = self.reservations.get(*id).is_some_and(|r| r.call.is_some());
            if calls || self.chats.get(*id).is_some_and(|chat| chat.writes().is_some()) {
                self.stop_live(now, *id);
            } else {
                self.withdraw(now, *id);
            }
        }
        // Their pages are told that it is over before it is forgotten.
        let theirs = theirs.iter().filter_map(|id| self.reservations.get(*id));
        let mut stay: BTreeSet<ErasureId> =
            theirs.flat_map(|r| people.of(Some(r.contact), Some(r.visitor))).collect();
        for call in self.calls.values() {
            stay.extend(people.of(call.contact, self.visitor_of(call.reservation)));
        }
        for agent in &self.agents {
            if let Some(hand) = agent.hand.as_ref().filter(|_| agent.work != Work::Idle) {
                stay.extend(people.of(hand.contact, self.visitor_of(hand.reservation)));
            }
            for chat in &agent.chats {
                if let Some(r) = self.reservations.get(*chat) {
                    stay.extend(people.of(Some(r.contact), Some(r.visitor)));
                }
            }
        }
        stay
    }

    fn visitor_of(&self, id: Option<ReservationId>) -> Option<VisitorId> {
        id.and_then(|id| self.reservations.get(id)).map(|r| r.visitor)
    }

    /// They have left: memory forgets them at the row that says so, as a replay will.
    fn begin_erasures(&mut self, now: Time, ids: Vec<ErasureId>) {
        for id in &ids {
            let Some(mut person) = self.erasures.open.get(id).map(|row| row.person.clone()) else { continue };
            // What he was given since it was ordered is his too.
            if person.known
                && let Some(row) = person.contact.and_then(|id| self.contacts.get(id))
            {
                person.numbers.clone_from(&row.numbers);
            }
            self.leaves_campaigns(now, &person);
            self.leaves_homeless(now, &person);
            if let Some(row) = self.erasures.open.get_mut(id) {
                row.person = person;
            }
        }
        let until = self.persist(now, Fact::ErasureBegun { erasures: ids.clone() });
        self.erasures_begun(&ids, until);
    }

    fn erasures_begun(&mut self, ids: &[ErasureId], until: u64) {
        let mut people = Vec::new();
        for id in ids {
            let Some(row) = self.erasures.open.get_mut(id) else { continue };
            row.until = Some(until);
            row.person.until = until;
            people.push((*id, row.person.clone()));
        }
        self.forget_people(&people);
    }

    /// For all who have left.
    fn read_journal(&mut self) {
        self.erasures.reading = true;
        let begun = || self.erasures.open.values().filter(|row| row.until.is_some());
        let erasing = Erasing {
            firm: self.settings.name.clone(),
            people: begun().map(|row| row.person.clone()).collect(),
            aged: None,
            keep_evidence: !self.settings.privacy.erase_evidence,
            key: self.erasing_key(),
        };
        // All that is to go stands in the journal when it is read.
        self.act(self.seq, Action::Erase(Box::new(erasing)));
    }

    pub(super) fn erasing_key(&mut self) -> [u8; 32] {
        std::array::from_fn(|_| self.random.bits() as u8)
    }

    /// A job of his whose site is gone is over.
    fn leaves_homeless(&mut self, now: Time, person: &Person) {
        let his = |row: &ReservationOpened| {
            Some(row.contact) == person.contact || person.visitors.contains(&row.visitor)
        };
        for id in self.homeless_of(his) {
            self.close_homeless(now, id);
            self.jobs.revive(id);
        }
    }

    /// He is not dialled for a campaign that has him.
    fn leaves_campaigns(&mut self, now: Time, person: &Person) {
        let rows = self.campaigns.rows.iter();
        let his: Vec<(CampaignId, u32)> = rows
            .flat_map(|(&id, row)| row.of_numbers(&person.numbers).into_iter().map(move |order| (id, order)))
            .collect();
        for (campaign, order) in his {
            self.persist(now, Fact::CampaignDropped { campaign, order, outcome: ERASED.into() });
            self.redrop(now, campaign, order, ERASED);
        }
    }

    /// What memory has of them.
    fn forget_people(&mut self, people: &[(ErasureId, Person)]) {
        let index: Index = people.iter().map(|(id, person)| (*id, person)).collect();
        let numbers: HashSet<&String> = people.iter().flat_map(|(_, person)| &person.numbers).collect();
        let over = |r: &&Reservation| !r.live() && index.has(Some(r.contact), Some(r.visitor));
        let theirs: Vec<ReservationId> = self.reservations.iter().filter(over).map(|r| r.id).collect();
        let ids: HashSet<ReservationId> = theirs.iter().copied().collect();
        self.decisions.forget(|id| ids.contains(&id));
        let contacts: BTreeSet<ContactId> =
            theirs.iter().filter_map(|id| self.reservations.get(*id)).map(|r| r.contact).collect();
        self.contacts.forget_calls(&contacts, |id| ids.contains(&id));
        for id in theirs {
            self.chats.forget(id);
            self.jobs.revive(id);
            self.reservations.erase(id);
        }
        // Jobs that are over are kept for longer than their requests.
        self.jobs.forget(|ended| {
            index.has(None, Some(ended.asked.visitor))
                || ended.asked.number.as_ref().is_some_and(|number| numbers.contains(number))
        });
        self.outbox.forget(|contact, visitor| index.has(Some(contact), Some(visitor)));
        for (_, person) in people {
            if let Some(contact) = person.contact {
                self.contacts.erase(contact);
            }
            for visitor in &person.visitors {
                self.contacts.unlink(*visitor);
                self.forget_seen(Who::Visitor(*visitor));
                self.last_numbers.forget_visitor(*visitor);
            }
            self.contacts.erase_loose(&person.numbers);
        }
    }

    /// The journal was gone through: these rows have other texts now; or it could not be.
    pub fn rows_erased(&mut self, now: Time, rows: Option<Vec<(u64, String)>>, older: Option<Time>) {
        self.erasures.reading = false;
        self.erasures.next = now + PAUSE;
        let Some(rows) = rows else {
            self.timers.set(Timer::Erasures, self.erasures.next);
            return self.finish(now);
        };
        if let Some(older) = older {
            self.tell_erased(now, &[], rows, Some(older));
            self.aged(now, older);
            self.look_for_erasures(now);
            return self.finish(now);
        }
        let begun = self.erasures.open.iter().filter(|(_, row)| row.until.is_some());
        let erasures: Vec<ErasureId> = begun.map(|(&id, _)| id).collect();
        if self.erasures.open.values().any(|row| row.until.is_some() && row.by.is_none()) {
            self.erasures.next_of_visitors = now + VISITORS_PAUSE;
        }
        self.tell_erased(now, &erasures, rows, None);
        self.erasures_done(now, &erasures);
        self.look_for_erasures(now);
        self.finish(now);
    }

    fn tell_erased(
        &mut self,
        now: Time,
        erasures: &[ErasureId],
        rows: Vec<(u64, String)>,
        older: Option<Time>,
    ) {
        let parts = rows.chunks(ROWS).count().max(1);
        for part in 0..parts {
            let from = (part * ROWS).min(rows.len());
            let to = (from + ROWS).min(rows.len());
            let (rows, done) = (rows[from..to].to_vec(), part + 1 == parts);
            let older = older.map(Time::as_micros);
            let fact = RowsErased { erasures: erasures.to_vec(), rows, done, older };
            self.persist(now, Fact::RowsErased(Box::new(fact)));
        }
    }

    fn erasures_done(&mut self, at: Time, ids: &[ErasureId]) {
        for id in ids {
            let Some(row) = self.erasures.open.remove(id) else { continue };
            let view = ErasureView { state: ErasureState::Done, done: Some(at.rfc3339()), ..row.view(*id) };
            self.erasures.done.push_front(view);
            self.erasures.done.truncate(KEPT);
            self.erasures.count += 1;
        }
    }

    /// It was ordered.
    pub(super) fn reorder_erasure(&mut self, at: Time, fact: &ErasureOrdered) {
        // A visitor's typing is no proof, here neither.
        let known = fact.by.is_some();
        let row = fact.contact.filter(|_| known).and_then(|id| self.contacts.get(id));
        let numbers = row.map(|row| row.numbers.clone()).unwrap_or_default();
        let person =
            Person { contact: fact.contact, visitors: fact.visitors.clone(), numbers, known, until: 0 };
        let row = Erasure { person, by: fact.by.clone(), ordered: at, until: None };
        self.erasures.open.insert(fact.erasure, row);
    }

    /// They had left by then; what stays as evidence is no record.
    pub(super) fn rebegin_erasures(&mut self, seq: u64, ids: &[ErasureId]) {
        self.erasures_begun(ids, seq);
    }

    /// It was done.
    pub(super) fn reerase(&mut self, at: Time, fact: &RowsErased) {
        if fact.done {
            self.erasures_done(at, &fact.erasures);
            if let Some(older) = fact.older {
                self.aged_again(Time::from_micros(older));
            }
        }
    }
}

impl Erasure {
    fn view(&self, id: ErasureId) -> ErasureView {
        ErasureView {
            id,
            state: if self.until.is_some() { ErasureState::Erasing } else { ErasureState::Waiting },
            by: self.by.clone(),
            ordered: self.ordered.rfc3339(),
            done: None,
        }
    }
}

/// Whose something is, by his record or his browser.
#[derive(Default)]
struct Index {
    ids: BTreeSet<ErasureId>,
    contacts: HashMap<ContactId, ErasureId>,
    visitors: HashMap<VisitorId, ErasureId>,
}

impl<'a> FromIterator<(ErasureId, &'a Person)> for Index {
    fn from_iter<I: IntoIterator<Item = (ErasureId, &'a Person)>>(people: I) -> Self {
        let mut index = Index::default();
        for (id, person) in people {
            index.ids.insert(id);
            index.contacts.extend(person.contact.map(|contact| (contact, id)));
            index.visitors.extend(person.visitors.iter().map(|visitor| (*visitor, id)));
        }
        index
    }
}

impl Index {
    fn of(&self, contact: Option<ContactId>, visitor: Option<VisitorId>) -> impl Iterator<Item = ErasureId> {
        let by_contact = contact.and_then(|contact| self.contacts.get(&contact)).copied();
        let by_visitor = visitor.and_then(|visitor| self.visitors.get(&visitor)).copied();
        by_contact.into_iter().chain(by_visitor)
    }

    fn has(&self, contact: Option<ContactId>, visitor: Option<VisitorId>) -> bool {
        self.of(contact, visitor).next().is_some()
    }
}
