// What supervisors of the whole firm see of outbound work (docs/api.md, Outbound work on the desktop).
import type { Page } from './contract.ts';

export type JobState = 'scheduled' | 'listed' | 'dialing' | 'dead' | 'done';

/** A call-me job. */
export interface JobRow {
  id: string;
  state: JobState;
  site: string;
  queue: string;
  page: Page;
  topic?: string;
  answers?: { ask: string; choice: string }[];
  /** Name, or empty. */
  name: string;
  /** Masked. */
  number: string | null;
  /** IANA: by which clocks whoever is called may live. */
  zones: string[];
  asked_at: string;
  wanted: string | null;
  due: string | null;
  expires_at: string | null;
  attempts: { time: string; outcome: string | null }[];
  outcome: string | null;
  ended_at: string | null;
}

export interface Rate {
  answered: number;
  abandoned: number;
  rate: number | null;
}

export interface Campaign {
  id: string;
  name: string;
  site: string;
  state: 'new' | 'running' | 'paused' | 'stopped';
  pacing: 'progressive' | 'predictive';
  caller_id: string | null;
  window: { from: string; until: string } | null;
  starts: string | null;
  ends: string | null;
  created: string;
  jobs: number;
  waiting: number;
  dialled: number;
  answered: number;
  abandoned: number;
  outcomes: Record<string, number>;
  last_24_h: Rate;
  last_30_days: Rate;
}

export interface Campaigns {
  campaigns: Campaign[];
  /** For which one can be opened. */
  sites: string[];
  /** Of those who answer, so many may be abandoned. */
  cap: number;
  /** With fewer of them a predictive campaign is progressive. */
  predictive_agents: number;
}

/** What a campaign is to be. */
export interface Terms {
  name: string;
  site: string;
  pacing: Campaign['pacing'];
  caller_id?: string;
  window?: { from: string; until: string };
  starts?: string;
  ends?: string;
}

export interface ImportReport {
  accepted: number;
  /** Lines as an editor counts them. */
  refused: { line: number; code: string }[];
}

/** By whose word a number is never called; null: it may be. */
export interface Listed {
  number: string;
  by: 'person' | 'agent' | 'firm' | 'registry' | 'file' | null;
}

export interface Breaker {
  open: boolean;
  why: 'hour' | 'day' | 'program' | null;
  since: string | null;
  until: string | null;
  spent_cents: { hour: number; day: number };
  budget_cents: { hour: number; day: number };
}

export interface Slots {
  zone: string;
  now: boolean;
  /** Some are left out, since the number may not be called then. */
  narrowed: boolean;
  slots: string[];
}

export type Check = 'format' | 'signature' | 'key' | 'chain' | 'head' | 'rows' | 'timeline';

export interface Evidence {
  /** As it is kept in a file. */
  bundle: string;
  verdict: { holds: boolean; checks: { check: Check; holds: boolean }[] };
}
