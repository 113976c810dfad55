//! Records: whose they are, what is learnt of them, and what the configuration says.

use super::*;

fn visitor(n: u128) -> VisitorId {
    VisitorId::mint(Time::ZERO, n)
}

fn fresh(n: u128) -> ContactId {
    ContactId::mint(Time::ZERO, n)
}

#[test]
fn one_record_a_visitor_and_numbers_are_attached() {
    let mut contacts = Contacts::default();
    let (id, stored) = contacts.learn(visitor(1), "", None, fresh(1));
    contacts.store(&stored.unwrap());
    assert_eq!(contacts.learn(visitor(1), "", None, fresh(2)), (id, None));
    let (same, stored) = contacts.learn(visitor(1), "Vera", Some("+4915123456789"), fresh(3));
    assert_eq!(same, id);
    contacts.store(&stored.unwrap());
    assert_eq!(contacts.get(id).unwrap().name, "Vera");
    assert_eq!(contacts.by_number("+4915123456789"), Some(id));
    let (owner, news) = contacts.learn(visitor(2), "Eve", Some("+4915123456789"), fresh(4));
    assert_eq!((owner, news), (id, None), "a stranger does not rename the owner");
}

#[test]
fn configured_contacts_keep_their_id() {
    let settings = [ContactSettings {
        name: "Vera".into(),
        numbers: vec!["+4930901820".into()],
        notes: String::new(),
        priority: 9,
        customer: None,
    }];
    let id = Contacts::new("acme", &settings).by_number("+4930901820").unwrap();
    let again = Contacts::new("acme", &settings);
    assert_eq!(again.by_number("+4930901820"), Some(id));
    assert_eq!(again.get(id).unwrap().priority, 7);
}

#[test]
fn whom_the_configuration_names_no_more_is_as_others() {
    let listed = |notes: &str, customer: Option<&str>| ContactSettings {
        name: "Vera".into(),
        numbers: vec!["+4930901820".into()],
        notes: notes.into(),
        priority: 6,
        customer: customer.map(str::to_owned),
    };
    let mut contacts = Contacts::new("acme", &[listed("ink", None)]);
    let id = contacts.by_number("+4930901820").unwrap();
    let mut stored = contacts.noted(id, &(None, String::new()), Some(2));
    contacts.write_notes(&mut stored, "paper", (&Sight::WHOLE, None)).unwrap();
    contacts.configure("acme", &[]);
    assert!(!contacts.get(id).unwrap().is_configured() && contacts.configured.is_empty());
    contacts.store(&stored);
    // Named again, he is who he has been meanwhile.
    contacts.configure("acme", &[listed("ink", Some("c-1"))]);
    let row = contacts.get(id).unwrap();
    assert_eq!((row.notes.as_str(), row.priority, row.is_configured()), ("paper", 2, true));
    assert_eq!(contacts.by_customer("c-1"), Some(id));
}

#[test]
fn a_number_that_leaves_a_record_leads_to_another_that_has_it() {
    let number = "+4930901820";
    let mut contacts = Contacts::default();
    let stored = |n: u128, numbers: &[&str]| ContactStored {
        name: "Vera".into(),
        numbers: numbers.iter().map(ToString::to_string).collect(),
        ..Contacts::default().stored(fresh(n))
    };
    (1..4).for_each(|n| contacts.store(&stored(n, &[number])));
    assert_eq!(contacts.by_number(number), Some(fresh(1)));
    contacts.store(&stored(1, &["+4930901821"]));
    assert_eq!(contacts.by_number(number), Some(fresh(2)));
    assert_eq!(contacts.by_number("+4930901821"), Some(fresh(1)));
    contacts.erase(fresh(2));
    assert_eq!(contacts.by_number(number), Some(fresh(3)));
    contacts.erase(fresh(3));
    assert_eq!(contacts.by_number(number), None);
}

#[test]
fn who_is_new_is_no_nuisance_until_somebody_says_so() {
    let mut contacts = Contacts::default();
    let (id, stored) = contacts.learn(visitor(1), "", None, fresh(1));
    let stored = stored.unwrap();
    assert_eq!((stored.priority, stored.rated), (PRIORITY, false));
    contacts.store(&ContactStored { priority: 0, ..stored });
    assert_eq!(contacts.priority(Some(id)), PRIORITY, "an old row says nothing of him");
    let nobody = (None, String::new());
    let stored = contacts.noted(id, &nobody, Some(0));
    contacts.store(&stored);
    assert_eq!(contacts.priority(Some(id)), NUISANCE);
    let (_, stored) = contacts.learn(visitor(1), "Vera", None, fresh(2));
    contacts.store(&stored.unwrap());
    assert_eq!(contacts.priority(Some(id)), NUISANCE, "a new name does not change it");
}

#[test]
fn strangers_do_not_fill_the_memory() {
    let mut contacts = Contacts::default();
    for n in 0..ANONYMOUS as u128 + 5 {
        let (_, stored) = contacts.learn(visitor(n), "", None, fresh(n));
        contacts.store(&stored.unwrap());
    }
    assert_eq!(contacts.rows.len(), ANONYMOUS);
    assert_eq!(contacts.by_visitor.len(), ANONYMOUS);
    assert_eq!(contacts.by_visitor(visitor(0)), None);
}
