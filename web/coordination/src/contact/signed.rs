//! Whose record a signed-in visitor's is: the site vouches for him, so what strangers typed never wins over it.

use super::{Contacts, NUMBERS, VISITORS};
use crate::fact::{ContactPart, ContactStored, Vouched};
use crate::identity::Identity;
use crate::ids::{ContactId, VisitorId};

impl Contacts {
    /// The record of a customer, by the firm's own id.
    pub fn by_customer(&self, customer: &str) -> Option<ContactId> {
        self.by_customer.get(customer).copied()
    }

    /// The number at which a customer is called when he types none: the token's, else the record's own. A number that was
    /// only ever typed into a page is never it.
    pub fn on_file(&self, identity: &Identity) -> Option<String> {
        let kept = || self.get(self.owner(identity)?).and_then(|contact| contact.vouched.on_file.clone());
        identity.phone.clone().or_else(kept)
    }

    /// The record of a signed-in visitor: by his customer id; else the firm's own record with his number that is nobody's yet;
    /// else what his browser has been so far; else a new one. `typed` is a
    /// name for where there is none. `Some` where it is news and must be stored.
    pub fn identify(
        &self,
        visitor: VisitorId,
        identity: &Identity,
        typed: &str,
        fresh: ContactId,
    ) -> (ContactId, Option<ContactStored>) {
        let id = self.owner(identity).or_else(|| self.browsers_own(visitor)).unwrap_or(fresh);
        let known = self.rows.get(&id);
        let mut stored = self.stored(id);
        let before = stored.clone();
        // What a person of the firm said of him counts for more.
        let free = |part: ContactPart| !known.is_some_and(|c| c.edited.contains(&part));
        if let Some(name) = identity.name.as_ref().filter(|_| free(ContactPart::Name)) {
            stored.name.clone_from(name);
        } else if stored.name.is_empty() && free(ContactPart::Name) {
            stored.name = typed.to_owned();
        }
        let phone = identity.phone.as_ref().filter(|_| free(ContactPart::Numbers));
        if let Some(phone) = phone {
            stored.numbers.retain(|number| number != phone);
            stored.numbers.insert(0, phone.clone());
            stored.numbers.truncate(NUMBERS);
        }
        if let Some(priority) = identity.priority.filter(|_| !stored.rated) {
            stored.priority = priority;
        }
        let nobodys = self.by_visitor(visitor).is_none();
        if nobodys && stored.visitors.len() < VISITORS {
            stored.visitors.push(visitor);
        }
        stored.vouched = Vouched {
            customer: Some(identity.customer.clone()),
            email: identity.email.clone().filter(|_| free(ContactPart::Email)).or(stored.vouched.email),
            language: identity
                .language
                .clone()
                .filter(|_| free(ContactPart::Language))
                .or(stored.vouched.language),
            on_file: phone.cloned().or(stored.vouched.on_file),
        };
        let news = known.is_none() || stored != before;
        (id, news.then_some(stored))
    }

    /// A customer's record, or one of the configuration with his number and no customer yet.
    fn owner(&self, identity: &Identity) -> Option<ContactId> {
        self.by_customer(&identity.customer).or_else(|| {
            let id = self.by_number(identity.phone.as_deref()?)?;
            self.get(id).is_some_and(|c| c.configured && c.vouched.customer.is_none()).then_some(id)
        })
    }

    /// What a browser has been so far, unless that is somebody: another customer, or one of the firm's own list.
    fn browsers_own(&self, visitor: VisitorId) -> Option<ContactId> {
        let id = self.by_visitor(visitor)?;
        self.get(id).is_some_and(|c| !c.configured && c.vouched.customer.is_none()).then_some(id)
    }
}

#[cfg(test)]
mod tests {
    use crate::contact::Contacts;
    use crate::contact_change::ContactChange;
    use crate::identity::Identity;
    use crate::ids::{ContactId, VisitorId};
    use crate::settings::ContactSettings;
    use serde_json::json;
    use warmline_time::Time;

    const MOBILE: &str = "+4915123456789";

    fn visitor(n: u128) -> VisitorId {
        VisitorId::mint(Time::ZERO, n)
    }

    fn fresh(n: u128) -> ContactId {
        ContactId::mint(Time::ZERO, n)
    }

    fn vera() -> Identity {
        Identity { customer: "c-1".into(), name: Some("Vera".into()), ..Identity::default() }
    }

    fn signed(contacts: &mut Contacts, browser: u128, identity: &Identity, new: u128) -> ContactId {
        let (id, stored) = contacts.identify(visitor(browser), identity, "", fresh(new));
        stored.iter().for_each(|stored| contacts.store(stored));
        id
    }

    #[test]
    fn a_customer_is_one_record_in_all_his_browsers() {
        let mut contacts = Contacts::default();
        let first = signed(&mut contacts, 1, &vera(), 1);
        assert_eq!(signed(&mut contacts, 2, &vera(), 2), first);
        assert_eq!(contacts.identify(visitor(2), &vera(), "Eve", fresh(3)), (first, None), "nothing is new");
        let (same, news) = contacts.learn(visitor(1), "Mallory", Some(MOBILE), fresh(4));
        assert_eq!((same, news), (first, None), "what is typed without a token changes nothing of it");
    }

    #[test]
    fn what_a_browser_was_becomes_the_customers_once() {
        let mut contacts = Contacts::default();
        let (before, stored) = contacts.learn(visitor(1), "", None, fresh(1));
        contacts.store(&stored.unwrap());
        assert_eq!(signed(&mut contacts, 1, &vera(), 2), before, "with its history");
        let eve = Identity { customer: "c-2".into(), ..Identity::default() };
        let other = signed(&mut contacts, 1, &eve, 3);
        assert_ne!(other, before, "another customer at the same browser is another record");
        assert_eq!(contacts.by_visitor(visitor(1)), Some(before));
    }

    #[test]
    fn a_typed_number_is_never_on_file() {
        let mut contacts = Contacts::default();
        let (_, stored) = contacts.learn(visitor(1), "Mallory", Some(MOBILE), fresh(1));
        contacts.store(&stored.unwrap());
        let said = Identity { phone: Some(MOBILE.into()), ..vera() };
        let id = signed(&mut contacts, 2, &said, 2);
        assert_ne!(Some(id), contacts.by_visitor(visitor(1)), "a stranger who typed it does not become her");
        assert_eq!(contacts.on_file(&vera()), Some(MOBILE.into()), "a token said so before");
        let eve = Identity { customer: "c-2".into(), ..Identity::default() };
        signed(&mut contacts, 1, &eve, 3);
        assert_eq!(contacts.on_file(&eve), None);
    }

    #[test]
    fn what_a_person_took_away_comes_back_by_no_token_and_no_typing() {
        let change = |change| serde_json::from_value::<ContactChange>(change).unwrap();
        let mut contacts = Contacts::default();
        let said = Identity { phone: Some(MOBILE.into()), ..vera() };
        let id = signed(&mut contacts, 1, &said, 1);
        let what = change(json!({"name": "", "numbers": {"remove": [MOBILE]}}));
        let stored = contacts.changed(id, (&what, &crate::contact::Sight::WHOLE), None).unwrap();
        contacts.store(&stored);
        assert_eq!(contacts.identify(visitor(1), &said, "Mallory", fresh(2)), (id, None));
        assert_eq!((contacts.by_number(MOBILE), contacts.on_file(&vera())), (None, None));
        // Of who is known by his browser alone neither.
        let (id, stored) = contacts.learn(visitor(2), "Eve", Some(MOBILE), fresh(3));
        contacts.store(&stored.unwrap());
        let stored = contacts.changed(id, (&what, &crate::contact::Sight::WHOLE), None).unwrap();
        contacts.store(&stored);
        assert_eq!(contacts.learn(visitor(2), "Eve", Some(MOBILE), fresh(4)), (id, None));
    }

    #[test]
    fn the_firms_own_list_maps_customers_to_numbers() {
        let listed = |name: &str, number: &str, customer: Option<&str>| ContactSettings {
            name: name.into(),
            numbers: vec![number.into()],
            notes: String::new(),
            priority: 6,
            customer: customer.map(str::to_owned),
        };
        let list = [listed("Vera", MOBILE, Some("c-1")), listed("Max", "+4930901820", None)];
        let mut contacts = Contacts::new("acme", &list);
        assert_eq!(contacts.on_file(&vera()), Some(MOBILE.into()));
        let max =
            Identity { customer: "c-9".into(), phone: Some("+4930901820".into()), ..Identity::default() };
        let id = signed(&mut contacts, 5, &max, 1);
        assert_eq!(contacts.get(id).unwrap().name, "Max");
        let low = Identity { priority: Some(1), ..max };
        signed(&mut contacts, 5, &low, 2);
        assert_eq!(contacts.get(id).unwrap().priority, 6, "the list's word counts for more");
    }
}
