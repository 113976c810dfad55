//! A list of contacts, of a program or a supervisor: each line is a record as it is from now on. A line that says nothing new makes no
//! row, so that a list may be sent again.

use super::Firm;
use super::problem;
use super::rate::By;
use crate::campaign::{ImportView, RefusedLine};
use crate::contact::{NUMBER_TAKEN, Sight};
use crate::ids::ContactId;
use crate::request::{ImportedContact, Problem, Reply};
use warmline_time::Time;

/// Lines of one list.
const LINES: usize = 1_000;
/// Contacts of a firm that lists may fill it up to.
const MOST: usize = 1_000_000;

impl Firm {
    /// The answer, and the journal's number that makes it durable.
    pub(super) fn import_contacts(
        &mut self,
        now: Time,
        lines: Vec<(usize, Result<ImportedContact, &'static str>)>,
        by: &By,
    ) -> Result<(u64, Reply), Problem> {
        if lines.len() > LINES {
            return Err(problem(422, "too_many", "A list has at most 1,000 lines."));
        }
        self.can_keep()?;
        let (mut after, mut accepted, mut refused) = (0, 0, Vec::new());
        for (line, read) in lines {
            match read.and_then(|contact| self.import_contact(now, contact, by)) {
                Ok(row) => (after, accepted) = (after.max(row), accepted + 1),
                Err(code) => refused.push(RefusedLine { line, code }),
            }
        }
        Ok((after, Reply::Imported(Box::new(ImportView { accepted, refused }))))
    }

    fn import_contact(&mut self, now: Time, asked: ImportedContact, by: &By) -> Result<u64, &'static str> {
        let ImportedContact { customer, change } = asked;
        let change = change.tidy().map_err(|problem| problem.code)?;
        if customer.is_none() && change.numbers.add.is_empty() {
            return Err("number_missing");
        }
        let home = self.settings.callme.countries.first();
        let numbers = change.numbers.add.iter().map(|text| crate::number::e164(text, home));
        let numbers: Vec<String> = numbers.collect::<Option<_>>().ok_or("number_invalid")?;
        let named = customer.as_deref().and_then(|customer| self.contacts.by_customer(customer));
        let known = named.or_else(|| numbers.iter().find_map(|number| self.contacts.by_number(number)));
        if known.is_none() && self.contacts.len() >= MOST {
            return Err("too_many");
        }
        let id = known.unwrap_or_else(|| ContactId::mint(now, self.random.bits()));
        let stored = self.contacts.changed(id, (&change, &Sight::WHOLE), home);
        let mut stored = stored.map_err(|problem| {
            self.numbers_taken += u64::from(problem.code == NUMBER_TAKEN);
            problem.code
        })?;
        let known_as = stored.vouched.customer.clone();
        if customer.is_some() && known_as.is_some() && known_as != customer {
            return Err("customer_differs");
        }
        let named = known_as.is_none() && customer.is_some();
        stored.vouched.customer = known_as.or(customer);
        if !(named || self.contacts.is_news(&stored)) {
            // It is so already.
            return Ok(self.contacts.version(id).unwrap_or(0));
        }
        Ok(self.keep_contact(now, stored, by.clone()))
    }
}
