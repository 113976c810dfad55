//! What the firms have counted, one by one and together.

/// What was counted; for metrics.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Counters {
    pub reservations_live: u64,
    pub numbers_held: u64,
    pub calls_live: u64,
    pub jobs_open: u64,
    /// Open jobs of sites that are not configured any more: nobody is called for them.
    pub jobs_homeless: u64,
    /// Calls that were on when the program died, as the start has found.
    pub calls_cut: u64,
    pub waiting: u64,
    /// Callers outside their queue's hours who were refused, since the start.
    pub turned_away: u64,
    /// Callers for whom a number outside was rung, since the start: overflow, or outside the hours.
    pub overflowed: u64,
    /// Routing rules that could not be evaluated for a contact, since the start.
    pub rules_failed: u64,
    /// Wishes to dial for which no number of their own was free, since the start.
    pub pool_dry: u64,
    /// Visitors with a ticket: nothing can be offered to them yet.
    pub tickets_waiting: u64,
    /// Calls that were thought to be a number's last holder's, since the start (E2).
    pub late_calls: u64,
    /// PINs keyed in, since the start.
    pub pins_right: u64,
    pub pins_wrong: u64,
    /// How often the agents of a firm were looked at for somebody, since the start.
    pub choices: u64,
    /// Numbers to be added to a contact that are another's, since the start: refused, and, where the asker must not know of the other,
    /// both's from then on.
    pub contact_numbers_taken: u64,
    pub contact_numbers_shared: u64,
    /// Letters that wait for a mail server; and, since the start, those it took, those it never will, and those not written since
    /// their address has had enough.
    pub letters_waiting: u64,
    pub letters_sent: u64,
    pub letters_given_up: u64,
    pub letters_withheld: u64,
    /// Requests and diallings of call me that a limit refused or put off, since the start, in the order of
    /// [`crate::dial_limits::Limit::ALL`].
    pub callme_limited: [u64; 6],
    /// What answered calls of call me have cost, as far as the journal goes back.
    pub callme_spent_cents: u64,
    /// Firms that call nobody since their budget is spent; and how often that has begun.
    pub breakers_open: u64,
    pub breakers_opened: u64,
    /// Calls that never left since their trunk had no room, since the start.
    pub trunk_full: u64,
    /// People who were erased.
    pub erasures: u64,
    /// Alerts to agents, so far.
    pub alerts: u64,
    /// Invitations to visitors, so far.
    pub invitations: u64,
    /// Invitations that were not sent: nobody was free, too often, left in peace, nothing worked.
    pub invitations_withheld: u64,
    /// Stays 0: two live holders of one number, a claim without owner, …
    pub invariant_violations: u64,
    /// How often a firm was driven, since the start: a firm that has nothing to do costs nothing.
    pub firm_steps: u64,
}

impl Counters {
    fn fields(&mut self) -> [&mut u64; 37] {
        let [number_hour, number_day, prefix, site, visitor, address] = &mut self.callme_limited;
        [
            &mut self.reservations_live,
            &mut self.numbers_held,
            &mut self.calls_live,
            &mut self.jobs_open,
            &mut self.jobs_homeless,
            &mut self.calls_cut,
            &mut self.waiting,
            &mut self.turned_away,
            &mut self.overflowed,
            &mut self.rules_failed,
            &mut self.pool_dry,
            &mut self.tickets_waiting,
            &mut self.late_calls,
            &mut self.pins_right,
            &mut self.pins_wrong,
            &mut self.choices,
            &mut self.contact_numbers_taken,
            &mut self.contact_numbers_shared,
            &mut self.letters_waiting,
            &mut self.letters_sent,
            &mut self.letters_given_up,
            &mut self.letters_withheld,
            &mut self.invariant_violations,
            &mut self.firm_steps,
            &mut self.callme_spent_cents,
            &mut self.breakers_open,
            &mut self.breakers_opened,
            &mut self.trunk_full,
            &mut self.alerts,
            &mut self.invitations,
            &mut self.invitations_withheld,
            number_hour,
            number_day,
            prefix,
            site,
            visitor,
            address,
        ]
    }

    /// One part of the sum has changed.
    pub(crate) fn replace(&mut self, mut before: Counters, mut after: Counters) {
        let parts = before.fields().into_iter().zip(after.fields());
        for (field, (before, after)) in self.fields().into_iter().zip(parts) {
            *field = (*field + *after).saturating_sub(*before);
        }
    }
}
