// What supervisors' reports are made of (docs/api.md, `GET /v1/agent/reports/invitations`).

/** What became of some invitations. */
export interface Fate {
  invited: number;
  shown: number;
  accepted: number;
  declined: number;
  /** Spoke or wrote with an agent. */
  answered: number;
  /** Bought something within a day of accepting. */
  converted: number;
  /** What for, in hundredths of the shop's currency. */
  cents: number;
}

/** A share, and between what it surely is (95 %). */
export interface Share {
  share: number;
  low: number;
  high: number;
}

export interface MessageFate extends Fate {
  /** Null: an agent has invited. */
  rule: string | null;
  /** Null: an agent's own words. */
  message: string | null;
  /** Of those who saw it; null: nobody did. */
  accepted_share: Share | null;
  /** How sure it is, 0 to 1, that it does otherwise than the first of its rule; null: it is the first, or did the very same. */
  differs: number | null;
}

export interface InvitationReport {
  /** By rule and message, in their order. */
  messages: MessageFate[];
  /** `date` in UTC; days without an invitation are left out. */
  days: (Fate & { date: string })[];
}
