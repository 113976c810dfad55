import { expect, test, vi } from 'vitest';
import type { AgentShare } from '@warmline/shared/contract';
import { Actions } from '../src/lib/actions.svelte.ts';
import { PageShare, pageUrl } from '../src/lib/share.svelte.ts';
import { talking } from './views.ts';

const URL_ON = 'https://pages.test/live/rsv_1?token=t';
const SHARE: AgentShare = { may_look: true, live: 'off', number: null, push_to: ['https://shop.test'], push: null };
const at = (share: AgentShare | null) => ({ ...talking, share });
const on = at({ ...SHARE, live: 'on', number: 7, live_url: URL_ON });

test('the panel goes to the live page when it is there and back when it is not', () => {
  const share = new PageShare(new Actions(() => false));
  share.settle(at(SHARE));
  expect([share.shown, share.ended]).toEqual(['request', false]);
  share.settle(on);
  expect([share.shown, share.frame]).toEqual(['live', 'loading']);
  share.fromFrame({ origin: 'https://evil.test', data: { type: 'live', state: 'live' } }, on);
  share.fromFrame({ origin: 'https://pages.test', data: { type: 'live', state: 'other' } }, on);
  expect(share.frame).toBe('loading');
  share.fromFrame({ origin: 'https://pages.test', data: { type: 'live', state: 'live' } }, on);
  expect(share.frame).toBe('live');
  share.shown = 'request';
  share.settle(on);
  expect(share.shown).toBe('request');
  share.settle(at({ ...SHARE, live: 'stopped' }));
  expect([share.shown, share.ended]).toEqual(['request', false]);
  share.settle(on);
  share.settle({ ...at(null), state: 'wrapup' });
  expect([share.shown, share.ended]).toEqual(['request', true]);
  share.settle({ ...at(SHARE), reservation: 'rsv_other' });
  expect(share.ended).toBe(false);
});

test('an address is what the agent means by it', () => {
  const allowed = ['https://shop.test/help/', 'http://other.test'];
  expect(pageUrl(' /cart ', allowed)).toBe('https://shop.test/cart');
  expect(pageUrl('shop.test/größe', allowed)).toBe('https://shop.test/gr%C3%B6%C3%9Fe');
  expect(pageUrl('http://other.test', allowed)).toBe('http://other.test/');
  expect(pageUrl('localhost:8090/x', ['http://127.0.0.1'])).toBe('http://localhost:8090/x');
  for (const text of ['', ' ', 'javascript:alert(1)//://', 'ftp://shop.test', 'https://', '/x']) expect(pageUrl(text, []), text).toBeNull();
});

test('what is no address is refused here, anything else is the switch’s to judge', async () => {
  const asked = vi.fn(async () => new Response(null, { status: 204 }));
  vi.stubGlobal('fetch', asked);
  const acts = new Actions(() => false);
  const share = new PageShare(acts);
  share.toggle();
  await share.suggest('javascript://x', '', SHARE.push_to);
  expect([asked.mock.calls.length, acts.refusals.has('share'), share.suggesting]).toEqual([0, true, true]);
  await share.suggest('/cart', ' Your basket ', SHARE.push_to);
  expect(asked).toHaveBeenCalledWith('/v1/agent/push', expect.objectContaining({ body: JSON.stringify({ url: 'https://shop.test/cart', title: 'Your basket' }) }));
  expect(share.suggesting).toBe(false);
  vi.unstubAllGlobals();
});

test('the customer sees the pointer only where the agent wants it, on the live page that is shown', () => {
  const share = new PageShare(new Actions(() => false));
  const told: unknown[] = [];
  const frame = { src: URL_ON, contentWindow: { postMessage: (data: unknown, origin: string) => told.push([data, origin]) } as unknown as Window };
  const tells = (on: boolean): unknown => [{ type: 'point', on }, 'https://pages.test'];
  share.settle(at(SHARE));
  share.point(true);
  expect(share.pointing).toBe(false);
  share.settle(on);
  share.attach(frame);
  expect(told).toEqual([]);
  share.show('request');
  share.point(true);
  share.point(true);
  expect([share.pointing, share.shown, told]).toEqual([true, 'live', [tells(true)]]);
  // It has loaded anew.
  share.attach(frame);
  expect(told.splice(0)).toEqual([tells(true), tells(true)]);
  share.fromFrame({ origin: 'https://evil.test', data: { type: 'point', on: false } }, on);
  share.fromFrame({ origin: 'https://pages.test', data: { type: 'point', on: true } }, on);
  expect(share.pointing).toBe(true);
  share.fromFrame({ origin: 'https://pages.test', data: { type: 'point', on: false } }, on);
  expect([share.pointing, told]).toEqual([false, []]);
  share.point(true);
  share.show('request');
  expect([share.pointing, share.shown, told.splice(0)]).toEqual([false, 'request', [tells(true), tells(false)]]);
  // Off for the next showing.
  share.point(true);
  share.settle({ ...on, share: { ...on.share!, live_url: `${URL_ON}2` } });
  expect(share.pointing).toBe(false);
});
