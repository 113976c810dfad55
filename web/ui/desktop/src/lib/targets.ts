// Whom a call can go to: colleagues, queues and numbers, as found by typing. Pure.
import type { AgentState, ColleagueView, Target } from '@warmline/shared/contract';

export interface Choice {
  /** Names the row in the page. */
  id: string;
  kind: 'agent' | 'queue' | 'number';
  label: string;
  target: Target;
  colleague: ColleagueView | null;
}

/** Those who can speak now first, those who cannot last; equals by name. */
const RANK: Record<AgentState, number> = { ready: 0, claimed: 1, wrapup: 1, ringing: 2, talking: 2, not_ready: 3, unreachable: 4 };

export function choices(typed: string, colleagues: ColleagueView[], queues: string[]): Choice[] {
  const wanted = plain(typed);
  const fits = (...names: string[]): boolean => names.some((name) => plain(name).includes(wanted));
  const people = colleagues
    .filter((row) => fits(row.display_name, row.agent))
    .sort((a, b) => RANK[a.state] - RANK[b.state] || a.display_name.localeCompare(b.display_name))
    .map((row): Choice => ({ id: `agent-${row.agent}`, kind: 'agent', label: row.display_name, target: { agent: row.agent }, colleague: row }));
  const lines = queues
    .filter((name) => fits(name))
    .map((name): Choice => ({ id: `queue-${name}`, kind: 'queue', label: name, target: { queue: name }, colleague: null }));
  const number = typedNumber(typed);
  const outside: Choice[] = number ? [{ id: 'number', kind: 'number', label: number, target: { number }, colleague: null }] : [];
  return [...people, ...lines, ...outside];
}

/** What was typed, where it can be a telephone number: at least three digits and nothing but what numbers are written with. */
export function typedNumber(typed: string): string | null {
  const text = typed.trim();
  const digits = text.replace(/\D/g, '').length;
  return /^\+?[\d\s().\-/]+$/.test(text) && digits >= 3 && digits <= 20 && text.length <= 40 ? text : null;
}

/** Without case and accents: "jose" finds José. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();
}
