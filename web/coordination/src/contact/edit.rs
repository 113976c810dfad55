//! What an agent or a program changes of a record, and what has changed of it.

use super::{Contact, Contacts, NUMBERS};
use crate::contact_change::ContactChange;
use crate::fact::{ContactPart, ContactStored, Vouched};
use crate::firm::problem;
use crate::identity::ATTRIBUTES;
use crate::ids::ContactId;
use crate::queue::PRIORITY;
use crate::request::Problem;

impl Contacts {
    /// A record as its next row would have it; an empty one where there is none.
    pub(super) fn stored(&self, id: ContactId) -> ContactStored {
        let known = self.rows.get(&id);
        ContactStored {
            contact: id,
            name: known.map_or_else(String::new, |c| c.name.clone()),
            numbers: known.map_or_else(Vec::new, |c| c.numbers.clone()),
            notes: known.map_or_else(String::new, |c| c.notes.clone()),
            priority: known.map_or(PRIORITY, |c| c.priority),
            visitors: known.map_or_else(Vec::new, |c| c.visitors.clone()),
            rated: known.is_some_and(|c| c.rated),
            vouched: known.map_or_else(Vouched::default, |c| c.vouched.clone()),
            company: known.map_or_else(String::new, |c| c.company.clone()),
            attributes: known.map(|c| c.attributes.clone()).unwrap_or_default(),
            edited: known.map_or_else(Vec::new, |c| c.edited.clone()),
            edit: None,
            site: None,
            queue: None,
        }
    }

    /// The record with a change, its numbers read in `home`'s way.
    pub fn changed(
        &self,
        id: ContactId,
        change: &ContactChange,
        home: Option<&String>,
    ) -> Result<ContactStored, Problem> {
        let mut stored = self.stored(id);
        if let Some(name) = &change.name {
            stored.name.clone_from(name);
        }
        if let Some(company) = &change.company {
            stored.company.clone_from(company);
        }
        if let Some(notes) = &change.notes {
            stored.notes.clone_from(notes);
        }
        let kept = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        if let Some(email) = &change.email {
            stored.vouched.email = kept(email);
        }
        if let Some(language) = &change.language {
            stored.vouched.language = kept(language);
        }
        for (name, value) in &change.attributes {
            match value {
                Some(value) => drop(stored.attributes.insert(name.clone(), value.clone())),
                None => drop(stored.attributes.remove(name)),
            }
        }
        if stored.attributes.len() > ATTRIBUTES {
            return Err(problem(422, "too_many_attributes", "A contact has at most 20 attributes."));
        }
        self.renumber(&mut stored, change, home)?;
        if let Some(priority) = change.priority {
            (stored.priority, stored.rated) = (priority, true);
        }
        for part in self.parts(&stored) {
            if part != ContactPart::Priority && !stored.edited.contains(&part) {
                stored.edited.push(part);
            }
        }
        stored.edited.sort_unstable();
        Ok(stored)
    }

    fn renumber(
        &self,
        stored: &mut ContactStored,
        change: &ContactChange,
        home: Option<&String>,
    ) -> Result<(), Problem> {
        let read = |text: &String| {
            let wrong = || problem(422, "number_invalid", "This is no telephone number.");
            crate::number::e164(text, home).ok_or_else(wrong)
        };
        for text in &change.numbers.remove {
            let number = if stored.numbers.contains(text) { text.clone() } else { read(text)? };
            stored.numbers.retain(|his| *his != number);
            // At a number that is not his any more he is not called either.
            stored.vouched.on_file = stored.vouched.on_file.take().filter(|his| *his != number);
        }
        for text in &change.numbers.add {
            let number = read(text)?;
            if self.by_number(&number).is_some_and(|owner| owner != stored.contact) {
                return Err(problem(409, "number_taken", "This number is another contact's."));
            }
            if !stored.numbers.contains(&number) {
                stored.numbers.push(number);
            }
        }
        if stored.numbers.len() > NUMBERS {
            return Err(problem(422, "too_many_numbers", "A contact has at most 8 numbers."));
        }
        Ok(())
    }

    /// What of a record is another than it was.
    pub fn parts(&self, stored: &ContactStored) -> Vec<ContactPart> {
        let nobody = Contact { priority: PRIORITY, ..Contact::default() };
        let was = self.rows.get(&stored.contact).unwrap_or(&nobody);
        let parts = [
            (ContactPart::Name, was.name != stored.name),
            (ContactPart::Company, was.company != stored.company),
            (ContactPart::Numbers, was.numbers != stored.numbers),
            (ContactPart::Email, was.vouched.email != stored.vouched.email),
            (ContactPart::Language, was.vouched.language != stored.vouched.language),
            (ContactPart::Attributes, was.attributes != stored.attributes),
            (ContactPart::Notes, was.notes != stored.notes),
            (ContactPart::Priority, was.priority != stored.priority),
        ];
        parts.into_iter().filter_map(|(part, differs)| differs.then_some(part)).collect()
    }
}
