// What the agent asks of the page, in plain words: to see it, which is a yes or a no; that he sees it, with the way to end it; a page he
// suggests, which only the visitor's click opens.
import type { PushOffer, VisitorShare } from '@warmline/shared/contract';
import type { Controller } from './controller.ts';
import { h, icon } from './dom.ts';
import type { Strings } from './strings.ts';

/** How long an answer may take before its page opens all the same, in milliseconds. */
const PATIENCE = 1_500;

/** `calling`: this page carries the sound of a call, which ends when it goes. */
export function shareCards(share: VisitorShare, calling: boolean, control: Controller, s: Strings): HTMLElement[] {
  const cards: HTMLElement[] = [];
  if (share.live === 'asked') cards.push(question(share.agent, control, s));
  if (share.live === 'on') cards.push(sign(share.agent, control, s));
  if (share.push && /^https?:/.test(share.push.url)) cards.push(suggestion(share.agent, share.push, calling, control, s));
  return cards;
}

function button(className: string, testid: string, text: string, act: () => void): HTMLElement {
  return h('button', { class: className, testid, attrs: { type: 'button' }, text, on: { click: act } });
}

function question(name: string, control: Controller, s: Strings): HTMLElement {
  const yes = button('yes', 'wl-live-allow', s.share.allow, () => void control.allowLive(true));
  const no = button('nay', 'wl-live-no', s.share.no, () => void control.allowLive(false));
  return h('div', { class: 'card', testid: 'wl-live-ask' }, h('b', { text: s.share.ask(name) }), h('p', { text: s.share.hidden }), h('div', { class: 'pair' }, yes, no));
}

function sign(name: string, control: Controller, s: Strings): HTMLElement {
  const stop = button('', 'wl-live-stop', s.share.stop, () => void control.allowLive(false));
  return h('div', { class: 'sign', testid: 'wl-live-on' }, icon('eye', 18), h('span', { text: s.share.on(name) }), stop);
}

function suggestion(name: string, { id, url, title }: PushOffer, calling: boolean, control: Controller, s: Strings): HTMLElement {
  const here = new URL(url).origin === location.origin && !calling;
  const open = h('a', {
    class: 'yes', testid: 'wl-push-open', text: here ? s.share.open : s.share.openNew, attrs: { href: url, ...(here ? {} : { target: '_blank', rel: 'noopener noreferrer' }) },
    on: {
      click: (event) => {
        const answered = control.answerPush(id, true);
        if (!here) return;
        event.preventDefault();
        // The page that asks goes: the answer goes first.
        void Promise.race([answered, new Promise((resolve) => setTimeout(resolve, PATIENCE))]).then(() => location.assign(url));
      },
    },
  });
  const no = button('nay', 'wl-push-no', s.share.noThanks, () => void control.answerPush(id, false));
  const address = url.replace(/^https?:\/\//, '');
  return h('div', { class: 'card', testid: 'wl-push' }, h('b', { text: s.share.suggests(name) }), title && h('p', { text: title }), h('p', { text: address }), h('div', { class: 'pair' }, open, no));
}
