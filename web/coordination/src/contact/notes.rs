//! A contact's notes, line by line: each line is known by the place where it was written, and read by those who answer there.

use super::place::{Place, Places};
use super::{Contacts, Sight};
use crate::contact_change::NOTES;
use crate::fact::{ContactStored, NotesAt};
use crate::firm::problem;
use crate::ids::ContactId;
use crate::request::Problem;
use crate::text::clean_lines;
use std::iter::{repeat, repeat_n};

/// Characters of all that is noted of one contact, wherever.
const ALL: usize = 4 * NOTES;

/// So many lines, and the number of the place where they were written; those without one, and those behind the last, are everybody's.
pub(super) type Runs = Vec<(u32, Option<u16>)>;

/// What somebody reads of them.
pub(super) fn read(text: &str, runs: &Runs, sight: &Sight) -> String {
    if sight.is_whole() || runs.is_empty() {
        return text.to_owned();
    }
    let of = runs.iter().flat_map(|&(lines, place)| repeat_n(place, lines as usize)).chain(repeat(None));
    let lines = text.lines().zip(of).filter(|(_, place)| sight.has(*place)).map(|(line, _)| line);
    lines.collect::<Vec<_>>().join("\n")
}

/// As they are kept in memory.
pub(super) fn runs(rows: &[NotesAt], places: &mut Places) -> Runs {
    let number = |row: &NotesAt| Place::of(row.site.as_ref(), row.queue.as_ref());
    rows.iter().map(|row| (row.lines, number(row).and_then(|place| places.number(place)))).collect()
}

/// As a row of the journal has them.
pub(super) fn rows(runs: &Runs, places: &Places) -> Vec<NotesAt> {
    let name = |&(lines, place): &(u32, Option<u16>)| named(lines, place.and_then(|place| places.get(place)));
    runs.iter().map(name).collect()
}

fn named(lines: u32, place: Option<&Place>) -> NotesAt {
    let (site, queue) = place.map_or((None, None), Place::names);
    NotesAt { lines, site, queue }
}

impl Contacts {
    /// What somebody reads of a contact's notes.
    pub fn notes(&self, id: ContactId, sight: &Sight) -> String {
        self.rows.get(&id).map_or_else(String::new, |row| read(&row.notes, &row.notes_at, sight))
    }

    /// Notes that somebody has written who read so much of them: what he did not read stays. Lines that are new are of the place
    /// where he writes, else of the first of the contact's that he sees; a line that is changed stays where it was.
    ///
    /// # Errors
    /// 422 `notes_too_long` where all together are.
    pub fn write_notes(
        &self,
        stored: &mut ContactStored,
        text: &str,
        (sight, here): (&Sight, Option<Place>),
    ) -> Result<(), Problem> {
        let sees = |place: &Option<&Place>| {
            place.is_none_or(|place| sight.is_whole() || sight.has_known(self.places.known(place)))
        };
        let his = || self.rows.get(&stored.contact).into_iter().flat_map(|row| &row.places);
        let first = || his().filter_map(|&number| self.places.get(number)).find(|place| sees(&Some(place)));
        let here = here.or_else(|| if sight.is_whole() { None } else { first().cloned() });
        let of: Vec<Option<Place>> =
            stored.notes_at.iter().map(|row| Place::of(row.site.as_ref(), row.queue.as_ref())).collect();
        let lines = stored.notes_at.iter().zip(&of);
        let of = lines.flat_map(|(row, place)| repeat_n(place.as_ref(), row.lines as usize));
        let old: Vec<Line<'_>> = of.chain(repeat(None)).zip(stored.notes.lines()).collect();
        let lines = rewritten(&old, sees, text, here.as_ref());
        let notes = lines.iter().map(|(_, text)| *text).collect::<Vec<_>>().join("\n");
        if notes.chars().nth(ALL).is_some() {
            return Err(problem(422, "notes_too_long", "The contact's notes are too long."));
        }
        let mut rows: Vec<NotesAt> = Vec::new();
        for (place, _) in &lines {
            let row = named(1, *place);
            match rows.last_mut() {
                Some(last) if (&last.site, &last.queue) == (&row.site, &row.queue) => last.lines += 1,
                _ => rows.push(row),
            }
        }
        rows.pop_if(|last| last.site.is_none() && last.queue.is_none());
        (stored.notes, stored.notes_at) = (notes, rows);
        Ok(())
    }
}

/// Whether two mean the same notes, one of them as a desktop has it.
pub(crate) fn are_alike(one: &str, other: &str) -> bool {
    clean_lines(one) == clean_lines(other)
}

/// A line and where it was written.
type Line<'a> = (Option<&'a Place>, &'a str);

/// The lines with a text in place of those that are seen.
fn rewritten<'a>(
    old: &[Line<'a>],
    sees: impl Fn(&Option<&Place>) -> bool,
    text: &'a str,
    here: Option<&'a Place>,
) -> Vec<Line<'a>> {
    let seen: Vec<&str> = old.iter().filter(|(place, _)| sees(place)).map(|(_, text)| *text).collect();
    let new: Vec<&str> = text.lines().collect();
    let before = seen.iter().zip(&new).take_while(|(was, is)| was == is).count();
    let rest = seen[before..].iter().rev().zip(new[before..].iter().rev());
    let behind = rest.take_while(|(was, is)| was == is).count();
    let (end, mut added) = (seen.len() - behind, new[before..new.len() - behind].iter().copied());
    let (mut lines, mut nth) = (Vec::with_capacity(old.len() + new.len()), 0);
    for &(place, text) in old {
        if !sees(&place) {
            lines.push((place, text));
            continue;
        }
        if nth == end {
            lines.extend(added.by_ref().map(|text| (here, text)));
        }
        match (before..end).contains(&nth) {
            true => lines.extend(added.next().map(|text| (place, text))),
            false => lines.push((place, text)),
        }
        nth += 1;
    }
    lines.extend(added.map(|text| (here, text)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_stays_and_each_line_stays_where_it_was_written() {
        let (hats, shoes) = (Place::Site("hats".into()), Place::Site("shoes".into()));
        let (h, s) = (Some(&hats), Some(&shoes));
        let old = [(None, "all"), (s, "size 40"), (h, "likes felt"), (s, "hurried")];
        let hatter = |place: &Option<&Place>| *place != s;
        for (text, now) in [
            ("all\nlikes felt", vec![(None, "all"), (s, "size 40"), (h, "likes felt"), (s, "hurried")]),
            ("all\nlikes felt\nnew", vec![old[0], old[1], old[2], old[3], (h, "new")]),
            ("new\nall\nlikes felt", vec![(h, "new"), old[0], old[1], old[2], old[3]]),
            ("all\nlikes wool", vec![old[0], old[1], (h, "likes wool"), old[3]]),
            ("all\none\ntwo", vec![old[0], old[1], (h, "one"), old[3], (h, "two")]),
            ("likes felt", vec![old[1], old[2], old[3]]),
            ("", vec![old[1], old[3]]),
        ] {
            assert_eq!(rewritten(&old, hatter, text, h), now, "{text}");
        }
        assert_eq!(rewritten(&old, |_| true, "x", None), [(None, "x")]);
        assert_eq!(rewritten(&[], |_| true, "", None), []);
    }
}
