// What a request asked for, in words; and who is called later, as the stream tells it.
import type { AskedView } from '@warmline/shared/contract';
import { expect, test } from 'vitest';
import { askedParts, askedWhole, languageName, moment } from '../src/lib/asked.ts';
import { applyNotice } from '../src/lib/reduce.ts';
import { de } from '../src/lib/words/de.ts';
import { en } from '../src/lib/words/en.ts';
import { views } from './views.ts';

const at = new Date(2026, 10, 30, 10, 0).getTime();
const today = new Date(2026, 10, 30, 14, 15).toISOString();
const tomorrow = new Date(2026, 11, 1, 9, 5).toISOString();
const asked: AskedView = { topic: 'Repair', language: 'pt-BR', answers: [{ ask: 'Urgent?', choice: 'It stands still' }], priority: 7, wanted: today, attempts: 2 };

test('topic, answers, language, time and attempts make one line', () => {
  expect(askedParts(asked, at, en).join(' · ')).toBe('Repair · It stands still · Brazilian Portuguese · for 14:15 · called 2 times');
  expect(askedParts({ wanted: null, attempts: 1 }, at, de)).toEqual(['einmal angerufen']);
  expect(askedParts(null, at, en)).toEqual([]);
  expect(askedWhole(asked)).toBe('Repair · Urgent? It stands still');
});

test('another day is named, a wrong time is not shown, a wrong tag is', () => {
  expect(moment(tomorrow, at, 'en-GB')).toMatch(/^Tue,? 1 Dec, 09:05$/);
  expect(moment('never', at, 'en')).toBe('');
  expect(languageName('not a tag', 'en')).toBe('not a tag');
});

test('who is called later is replaced as a whole', () => {
  const row = { id: 'rsv_1', name: 'Jane', due: tomorrow, priority: 7, page: { url: 'https://shop.test/', title: 'Shop' }, asked };
  const after = applyNotice(views, { type: 'view', view: 'scheduled', data: [row] });
  expect(after.scheduled).toEqual([row]);
  expect(after.waiting).toBe(views.waiting);
});
