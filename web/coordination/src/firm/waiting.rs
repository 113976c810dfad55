//! Who waits, as desktops show it: whole to one that opens, then only the rows that are news. Each message is as long as what happened,
//! however many wait.

use super::Firm;
use super::show::view;
use crate::cti::Verified;
use crate::queue::{Place, Rank, Waiter};
use crate::settings::Take;
use crate::view::{Notice, WaitingView};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The first rows of the list that are sent.
const SHOWN: usize = 200;

/// What desktops were told of who waits.
#[derive(Debug, Default)]
pub(super) struct Told {
    rows: BTreeMap<Rank, WaitingView>,
    /// A desktop has opened since: what it was told then lies between two tellings.
    pub newcomers: bool,
}

impl Firm {
    /// In the order of service.
    pub(super) fn waiting_views(&self) -> Vec<WaitingView> {
        self.waiting_rows().into_values().collect()
    }

    /// What is news since all desktops were told last. None: nothing.
    pub(super) fn waiting_news(&mut self) -> Option<Notice> {
        let rows = self.waiting_rows();
        let told = std::mem::take(&mut self.waiting_told);
        let gone: Vec<&Rank> = told.rows.keys().filter(|rank| !rows.contains_key(rank)).collect();
        let set: Vec<&WaitingView> =
            rows.iter().filter(|(rank, row)| told.rows.get(rank) != Some(row)).map(|(_, row)| row).collect();
        let notice = if told.newcomers {
            Some(view("waiting", &rows.values().collect::<Vec<_>>()))
        } else if set.is_empty() && gone.is_empty() {
            None
        } else {
            Some(Notice::Change { view: "waiting", data: Arc::new(json!({ "set": set, "gone": gone })) })
        };
        self.waiting_told.rows = rows;
        notice
    }

    fn waiting_rows(&self) -> BTreeMap<Rank, WaitingView> {
        self.waiting
            .ranked()
            .take(SHOWN)
            .map(|(rank, place)| (rank, self.waiting_view(rank, place)))
            .collect()
    }

    fn waiting_view(&self, rank: Rank, place: &Place) -> WaitingView {
        let row = self.reservation_of(place.waiter).and_then(|id| self.reservations.get(id));
        let call = match place.waiter {
            Waiter::Call(id) => self.calls.get(&id),
            Waiter::Job(_) | Waiter::Chat(_) => None,
        };
        let contact = call.map_or(row.map(|r| r.contact), |call| call.contact);
        let known = contact.and_then(|id| self.contacts.get(id)).map(|contact| contact.name.clone());
        WaitingView {
            rank,
            id: match place.waiter {
                Waiter::Call(id) => row.map_or_else(|| id.to_string(), |r| r.id.to_string()),
                Waiter::Job(id) | Waiter::Chat(id) => id.to_string(),
            },
            name: known.or_else(|| call.map(|call| call.caller.1.clone())).unwrap_or_default(),
            channel: match place.waiter {
                Waiter::Chat(_) => "chat",
                _ => call.map_or("callme", |call| call.channel_now()),
            },
            priority: place.priority,
            since: place.since.rfc3339(),
            page: row
                .or_else(|| call?.remembered.and_then(|id| self.reservations.get(id)))
                .map(|r| r.page.bare()),
            verified: call.map_or(Verified::Unknown, |call| call.verified),
            client: self.shown_client(&self.ruled_of(place.waiter).facts.client),
            asked: row.and_then(|r| self.asked_view(r.id)),
            take: std::iter::once(place.queue)
                .chain(self.further(place.waiter, place.queue))
                .any(|queue| self.settings.queues[queue].take != Take::Push),
        }
    }
}
