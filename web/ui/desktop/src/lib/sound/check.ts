// The check before a shift: what is looked at for which phone, and how it stands. Pure.
import type { Microphone } from '../phone.ts';
import { gravity, type EchoVerdict } from './echo.ts';
import type { Heard } from './level.ts';

export type Item = 'microphone' | 'input' | 'speaker' | 'phone' | 'echo' | 'notifications' | 'connection';
export type Light = 'waiting' | 'running' | 'green' | 'amber' | 'red';

export interface Facts {
  station: 'browser' | 'account' | 'number';
  microphone: Microphone;
  /** What is heard of it; null: it is not open. */
  input: Heard | null;
  /** It has been heard well at least once. */
  heardOnce: boolean;
  /** Whether the agent heard the tone; null: not asked yet. */
  speaker: boolean | null;
  registered: boolean;
  /** `running`, its verdict, or null before it began. */
  echo: EchoVerdict | 'running' | null;
  notifications: 'granted' | 'denied' | 'default' | 'unsupported';
  /** Milliseconds to the switch and back; null: not measured; Infinity: no answer. */
  connection: number | null;
}

export interface Row {
  item: Item;
  light: Light;
  /** Which words say what was found, or what to do. */
  word: string;
}

const SLOW = 300;

function microphone(facts: Facts): Row {
  const lights: Record<Microphone, Light> = { unknown: 'waiting', granted: 'green', denied: 'red', missing: 'red', insecure: 'red' };
  return { item: 'microphone', light: lights[facts.microphone], word: facts.microphone };
}

function input(facts: Facts): Row {
  if (facts.microphone !== 'granted' || facts.input === null) return { item: 'input', light: 'waiting', word: 'waiting' };
  if (facts.input === 'loud') return { item: 'input', light: 'amber', word: 'loud' };
  if (facts.heardOnce) return { item: 'input', light: 'green', word: 'good' };
  const lights: Record<Heard, Light> = { listening: 'running', good: 'green', quiet: 'amber', loud: 'amber', nothing: 'red' };
  return { item: 'input', light: lights[facts.input], word: facts.input };
}

function speaker({ speaker: heard }: Facts): Row {
  return { item: 'speaker', light: heard === null ? 'waiting' : heard ? 'green' : 'red', word: heard === null ? 'waiting' : heard ? 'heard' : 'unheard' };
}

function phone(facts: Facts): Row {
  const word = facts.registered ? 'ready' : facts.station;
  return { item: 'phone', light: facts.registered ? 'green' : facts.station === 'browser' ? 'running' : 'red', word };
}

function echo({ echo: found }: Facts): Row {
  if (found === null) return { item: 'echo', light: 'waiting', word: 'waiting' };
  if (found === 'running') return { item: 'echo', light: 'running', word: 'running' };
  return { item: 'echo', light: gravity(found), word: found };
}

function notifications(facts: Facts): Row {
  const lights: Record<Facts['notifications'], Light> = { granted: 'green', denied: 'amber', default: 'waiting', unsupported: 'amber' };
  return { item: 'notifications', light: lights[facts.notifications], word: facts.notifications };
}

function connection({ connection: took }: Facts): Row {
  if (took === null) return { item: 'connection', light: 'running', word: 'running' };
  if (took === Infinity) return { item: 'connection', light: 'red', word: 'none' };
  return took >= SLOW ? { item: 'connection', light: 'amber', word: 'slow' } : { item: 'connection', light: 'green', word: 'good' };
}

/** What applies to this agent's phone, in the order in which it is looked at. */
export function check(facts: Facts): Row[] {
  const browser = [microphone, input, speaker, phone, echo, notifications, connection];
  const rows = facts.station === 'browser' ? browser : [phone, notifications, connection];
  return rows.map((row) => row(facts));
}

/** The worst of all; what waits for the agent comes before green. */
export function overall(rows: readonly Row[]): Light {
  for (const light of ['red', 'amber', 'running', 'waiting'] as const) if (rows.some((row) => row.light === light)) return light;
  return 'green';
}

/** So long a shift lasts at most, in milliseconds. */
const SHIFT = 12 * 3_600_000;

/** Whether the check is due: wanted, and not passed or skipped since this agent logged in, or too long ago. */
export function isDue(wanted: boolean, kept: string | null, who: string, now: number): boolean {
  if (!wanted) return false;
  const [agent, time] = (kept ?? '').split('\n');
  const passed = Number(time);
  return agent !== who || !(passed <= now && now - passed < SHIFT);
}

/** What is kept when it was passed or skipped. */
export function passed(who: string, now: number): string {
  return `${who}\n${now}`;
}
