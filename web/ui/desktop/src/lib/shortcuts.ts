// Which key does what. Pure: from a key press and what is possible to the name of an action.
import type { Can } from './can.ts';

export type Shortcut =
  | 'answer' | 'hold' | 'mute' | 'keypad' | 'transfer' | 'swap' | 'conference' | 'complete' | 'back' | 'end' | 'done'
  | 'park' | 'call' | 'notes' | 'never' | 'waiting' | 'colleagues' | 'ready' | 'help' | 'floor' | 'sound' | 'check' | 'nextChat' | 'write' | 'takeChat' | 'point' | 'contacts' | 'visitors' | 'alert' | 'reports' | 'outbound' | { digit: string } | { code: number };

export interface Press {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
  isComposing?: boolean;
}

interface Where {
  can: Can;
  /** The focus is where letters are text. */
  typing: boolean;
  /** The agent wants single keys to work. */
  on: boolean;
  keypad: boolean;
  /** A window lies over everything. */
  modal: boolean;
}

type Possible = Extract<Shortcut, keyof Can>;

const IF_POSSIBLE: Record<string, Possible> = {
  a: 'answer', h: 'hold', m: 'mute', k: 'keypad', t: 'transfer', s: 'swap', c: 'conference', x: 'complete', b: 'back', e: 'end', r: 'end', d: 'done', p: 'park', o: 'call', u: 'point', q: 'never',
};
const ALWAYS: Record<string, Shortcut> = { w: 'waiting', l: 'colleagues', g: 'ready', f: 'floor', v: 'sound', z: 'check', j: 'nextChat', i: 'write', y: 'takeChat', '/': 'contacts', '.': 'visitors', '!': 'alert', ',': 'reports', ';': 'outbound' };

export function shortcut(press: Press, where: Where): Shortcut | null {
  const { can } = where;
  if (press.ctrlKey || press.metaKey || press.altKey || press.repeat || press.isComposing || where.typing || where.modal) return null;
  if (press.key === '?') return 'help';
  if (where.keypad && can.keypad && /^[0-9*#]$/.test(press.key)) return { digit: press.key };
  if (!where.on) return null;
  const name = press.key.toLowerCase();
  const action = IF_POSSIBLE[name];
  if (action) return can[action] ? action : null;
  if (name === 'n') return can.outcome ? 'notes' : null;
  if (can.done && /^[1-9]$/.test(name)) return { code: Number(name) - 1 };
  return ALWAYS[name] ?? null;
}

/** Whether letters typed there are text: a field, a list to choose from, or an editable part. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || /^(?:textarea|select)$/i.test(target.tagName)) return true;
  return target instanceof HTMLInputElement && !/^(?:checkbox|radio|button|submit)$/.test(target.type);
}
