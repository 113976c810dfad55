// @vitest-environment jsdom
import type { ConsultState } from '@warmline/shared/contract';
import { expect, test } from 'vitest';
import { can, type Can } from '../src/lib/can.ts';
import { isTyping, shortcut, type Press } from '../src/lib/shortcuts.ts';
import { choices, typedNumber } from '../src/lib/targets.ts';
import { bob, current, talking } from './views.ts';

const names = (able: Can): string[] => Object.entries(able).filter(([, on]) => on).map(([name]) => name);

test('what can be done in a call, by where it stands', () => {
  expect(names(can(null, 'idle'))).toEqual(['take']);
  expect(names(can(null, 'ringing'))).toEqual(['answer', 'end']);
  expect(names(can(current, 'idle'))).toEqual([]);
  expect(names(can({ ...current, state: 'ringing' }, 'ringing'))).toEqual(['answer', 'end']);
  expect(names(can(talking, 'talking'))).toEqual(['hold', 'mute', 'keypad', 'transfer', 'end', 'outcome', 'park']);
  expect(names(can({ ...talking, state: 'wrapup' }, 'idle'))).toEqual(['done', 'outcome', 'take']);
});

test('what can be done while somebody is asked', () => {
  const asking = (state: ConsultState): string[] => names(can({ ...talking, consult: { name: 'Bob', state } }, 'talking'));
  expect(asking('ringing')).toEqual(['mute', 'keypad', 'complete', 'back', 'end', 'outcome']);
  expect(asking('talking')).toEqual(['mute', 'keypad', 'swap', 'conference', 'complete', 'back', 'end', 'outcome']);
  expect(asking('held')).toEqual(asking('talking'));
  expect(asking('conference')).toEqual(asking('ringing'));
});

test('a guest can leave, mute and press keys, nothing else', () => {
  expect(names(can({ ...talking, guest: true, from: 'Bob' }, 'talking'))).toEqual(['mute', 'keypad', 'end']);
  expect(names(can({ ...talking, guest: true, consult: { name: 'Bob', state: 'talking' } }, 'talking'))).toEqual(['mute', 'keypad', 'end']);
});

const press = (key: string, more: Partial<Press> = {}): Press => ({ key, ctrlKey: false, metaKey: false, altKey: false, repeat: false, ...more });
test('who may call does so with empty hands, and can do nothing with a customer who has not answered', () => {
  expect(names(can(null, 'idle', true))).toEqual(['take', 'call']);
  expect(names(can({ ...talking, state: 'wrapup' }, 'idle', true))).toEqual(['done', 'outcome', 'take', 'call']);
  expect(names(can(talking, 'talking', true))).not.toContain('call');
  expect(names(can({ ...talking, channel: 'outbound', dialing: 'ringing' }, 'talking', true))).toEqual(['mute', 'end']);
});

const where = { can: can(talking, 'talking'), typing: false, on: true, keypad: false, modal: false };

test('one key, one action, where it is possible', () => {
  const of = (key: string) => shortcut(press(key), where);
  expect(['h', 'M', 'k', 't', 'e', 'r', 'n', 'w', 'l', 'g', '?'].map(of)).toEqual(['hold', 'mute', 'keypad', 'transfer', 'end', 'end', 'notes', 'waiting', 'colleagues', 'ready', 'help']);
  expect(['a', 's', 'c', 'x', 'b', 'd', '1', 'q'].map(of)).toEqual(Array(8).fill(null));
  const asking = { ...where, can: can({ ...talking, consult: { name: 'Bob', state: 'talking' } }, 'talking') };
  expect(['s', 'c', 'x', 'b', 't', 'h'].map((key) => shortcut(press(key), asking))).toEqual(['swap', 'conference', 'complete', 'back', null, null]);
  const after = { ...where, can: can({ ...talking, state: 'wrapup' }, 'idle') };
  expect(['d', '1', '9', '0', 'n'].map((key) => shortcut(press(key), after))).toEqual(['done', { code: 0 }, { code: 8 }, null, 'notes']);
});

test('no key does anything while somebody types, holds it, or means something else', () => {
  for (const more of [{ typing: true }, { modal: true }]) expect(shortcut(press('h'), { ...where, ...more })).toBeNull();
  for (const more of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }, { repeat: true }, { isComposing: true }]) expect(shortcut(press('h', more), where)).toBeNull();
});

test('single keys can be turned off; help and the open keypad stay', () => {
  const off = { ...where, on: false };
  expect(['h', 'e', 'w'].map((key) => shortcut(press(key), off))).toEqual([null, null, null]);
  expect(shortcut(press('?'), off)).toBe('help');
  expect(['p', 'o'].map((key) => shortcut(press(key), where))).toEqual(['park', null]);
  expect(shortcut(press('o'), { ...where, can: can(null, 'idle', true) })).toBe('call');
  const shown = { ...talking, share: { may_look: true, live: 'on' as const, number: 1, push_to: [], push: null } };
  expect([where.can, can(shown, 'talking')].map((can) => shortcut(press('u'), { ...where, can }))).toEqual([null, 'point']);
  expect(['5', '*', '#', 'a'].map((key) => shortcut(press(key), { ...off, keypad: true }))).toEqual([{ digit: '5' }, { digit: '*' }, { digit: '#' }, null]);
  expect(shortcut(press('5'), where)).toBeNull();
});

test('where letters are text', () => {
  document.body.innerHTML = '<input id=a><input id=b type=checkbox><textarea id=c></textarea><select id=d></select><button id=e></button>';
  const typing = (id: string): boolean => isTyping(document.getElementById(id));
  expect(['a', 'b', 'c', 'd', 'e'].map(typing)).toEqual([true, false, true, true, false]);
  expect(isTyping(null)).toBe(false);
});

test('targets are found by typing: those who can speak first, numbers last', () => {
  const jose = { ...bob, agent: 'jose', display_name: 'José Núñez', state: 'talking' as const };
  const carol = { ...bob, agent: 'carol', display_name: 'Carol' };
  const all = choices('', [jose, carol, bob], ['sales', 'support']);
  expect(all.map(({ id }) => id)).toEqual(['agent-bob', 'agent-carol', 'agent-jose', 'queue-sales', 'queue-support']);
  expect(choices('nunez', [jose, carol, bob], ['sales']).map(({ target }) => target)).toEqual([{ agent: 'jose' }]);
  expect(choices('SAL', [bob], ['sales']).map(({ target }) => target)).toEqual([{ queue: 'sales' }]);
  expect(choices('030 1234', [bob], ['sales']).map(({ target }) => target)).toEqual([{ number: '030 1234' }]);
  expect(choices('x', [bob], [])).toEqual([]);
});

test('what can be a number', () => {
  expect(['+49 (30) 123-45', '110', ' 030/1234 '].map(typedNumber)).toEqual(['+49 (30) 123-45', '110', '030/1234']);
  expect(['12', 'bob', '030x', '', '+', '1'.repeat(21), '1+234'].map(typedNumber)).toEqual(Array(7).fill(null));
});
