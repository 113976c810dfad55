// What supervisors' reports are made of (docs/api.md, `GET /v1/agent/reports/…`).

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

/** How many people came from a page or on a day, and how long they waited. */
export interface PageFigures {
  /** Requests from pages, whatever the channel. */
  requests: number;
  /** Calls and chats in which somebody spoke with an agent. */
  answered: number;
  /** Those who came and left without. */
  lost: number;
  /** How long half and nine of ten waited at most, rounded up to a step; null: nobody was answered. */
  p50_secs: number | null;
  p90_secs: number | null;
}

export interface PageRow extends PageFigures {
  /** `shop.test/printers/42`; null: calls without a page, or the `others`. */
  page: string | null;
  title: string;
  /** All pages that are not shown by themselves, as the last row. */
  others: boolean;
}

export interface PageReport {
  /** The page from which most came first. */
  pages: PageRow[];
  /** `date` in UTC; days without anybody are left out. */
  days: (PageFigures & { date: string })[];
}
