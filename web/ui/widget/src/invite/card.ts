// One invitation as a card: who invites, his words, what there is to see or hear, and the answers. All that comes from elsewhere is text or an address that was looked at.
import type { Invitation, InviteOption } from '@warmline/shared/contract_watch';
import { h, icon, present, svg } from '../dom.ts';
import type { InviteWords } from './words.ts';

/** More choices than that are in the sheet. */
const CHOICES = 3;
const RIGHT_TO_LEFT = /^(?:ar|fa|he|ur|yi|ps|ckb|dv|sd|ug)\b/i;

export interface Answers {
  accept: (option: InviteOption | null, later: boolean, button: HTMLElement) => void;
  decline: () => void;
}

export function card(invitation: Invitation, origin: string, w: InviteWords, answers: Answers): HTMLElement {
  const { agent, kind } = invitation;
  const close = h('button', { class: 'tool', testid: 'wl-invite-close', attrs: { type: 'button', 'aria-label': w.close }, on: { click: answers.decline } }, icon('close'));
  const title = h('h2', { text: invitation.title || w.title, attrs: { id: 'wl-invite-title', dir: 'auto' } });
  const from = agent && h('div', { class: 'grow from' }, h('b', { text: agent.display_name, attrs: { dir: 'auto' } }), kind === 'invitation' && h('small', { text: w.now }));
  const parts = [
    h('header', {}, agent && face(agent.display_name, address(agent.picture, origin)), from || h('div', { class: 'grow' }, title), close),
    from && title,
    kind !== 'invitation' && h('p', { class: 'kind', testid: 'wl-invite-kind' }, icon('clock', 18), w.kinds[kind]),
    h('p', { class: 'said', testid: 'wl-invite-text', text: invitation.text, attrs: { id: 'wl-invite-text', dir: 'auto' } }),
    picture(invitation, origin),
    media('video', address(invitation.video, origin), w.look(agent?.display_name ?? w.someone), w),
    media('audio', address(invitation.audio, origin), w.listen(agent?.display_name ?? w.someone), w),
    choices(invitation, origin, w, answers),
  ];
  const attrs = { role: 'dialog', 'aria-modal': 'false', 'aria-labelledby': 'wl-invite-title', 'aria-describedby': 'wl-invite-text', lang: invitation.language, dir: RIGHT_TO_LEFT.test(invitation.language) ? 'rtl' : 'ltr' };
  return h('section', { class: 'invite', testid: 'wl-invite', attrs }, ...present(parts));
}

function choices(invitation: Invitation, origin: string, w: InviteWords, { accept, decline }: Answers): HTMLElement {
  const { kind, later, number } = invitation;
  const rows: HTMLElement[] = [];
  const button = (id: string, text: string, option: InviteOption | null, at: boolean): void => {
    const row: HTMLElement = h('button', { class: rows.length === 0 ? 'primary' : 'second', testid: `wl-invite-${id}`, attrs: { type: 'button' }, text, on: { click: () => accept(option, at, row) } });
    rows.push(row);
  };
  for (const option of new Set(invitation.options)) {
    if (option === 'callme') {
      if (kind === 'invitation') button('callme', w.callme(number), 'callme', false);
      if (later || kind !== 'invitation') button('callme-later', w.later, 'callme', true);
    } else if (option === 'conference') {
      const url = address(invitation.conference, origin);
      if (url) rows.push(conference(url, rows.length === 0, w, accept));
    } else if (Object.hasOwn(w.options, option)) button(option, w.options[option], option, kind !== 'invitation');
  }
  const shown = rows.slice(0, CHOICES);
  const others = rows.length > CHOICES && h('button', { class: 'others', testid: 'wl-invite-others', attrs: { type: 'button' }, text: w.others, on: { click: (event) => accept(null, false, event.currentTarget as HTMLElement) } });
  const no = h('button', { class: 'no', testid: 'wl-invite-no', attrs: { type: 'button' }, text: w.no, on: { click: decline } });
  return h('div', { class: 'answers' }, ...shown, no, others);
}

/** Elsewhere, in a tab of its own: by the visitor's own click on a link. */
function conference(url: string, first: boolean, w: InviteWords, accept: Answers['accept']): HTMLElement {
  const link: HTMLElement = h('a', { class: first ? 'primary' : 'second', testid: 'wl-invite-conference', attrs: { href: url, target: '_blank', rel: 'noopener noreferrer', 'aria-label': `${w.options.conference} (${w.newTab})` }, text: w.options.conference, on: { click: () => accept('conference', false, link) } });
  return link;
}

function face(name: string, url: string | null): HTMLElement {
  const letter = [...name][0]?.toUpperCase() ?? '';
  const disc = h('span', { class: 'face', attrs: { 'aria-hidden': 'true' } }, letter || icon('person'));
  if (!url) return disc;
  const image = still(url, '');
  image.addEventListener('load', () => disc.replaceChildren(image), { once: true });
  return disc;
}

function picture({ picture }: Invitation, origin: string): HTMLElement | null {
  const url = address(picture?.url ?? null, origin);
  if (!picture || !url) return null;
  const image = still(url, picture.alt);
  const figure = h('figure', {}, image);
  // Where the page's policy does not let it be seen there is no gap.
  image.addEventListener('error', () => figure.remove(), { once: true });
  return figure;
}

function still(url: string, alt: string): HTMLImageElement {
  return h('img', { attrs: { alt, referrerpolicy: 'no-referrer', decoding: 'async', src: url } });
}

/** Nothing of it is loaded, and nothing sounds, before he plays it: until then it is a button. */
function media(kind: 'audio' | 'video', url: string | null, label: string, w: InviteWords): HTMLElement | null {
  if (!url) return null;
  const button = h('button', { class: 'second media', testid: `wl-invite-${kind}`, attrs: { type: 'button' }, on: { click: () => play() } }, triangle(), h('span', { text: label }));
  const play = (): void => {
    const player = h(kind, { testid: `wl-invite-${kind}`, attrs: { controls: '', playsinline: '', 'aria-label': label, title: label } });
    player.addEventListener('error', () => {
      player.replaceWith(h('a', { class: 'media', attrs: { href: url, target: '_blank', rel: 'noopener noreferrer', 'aria-label': `${w.elsewhere} (${w.newTab})` }, text: w.elsewhere }));
    }, { once: true });
    button.replaceWith(player);
    player.src = url;
    player.focus();
    // By his own click. Where it is not begun all the same, it has its own button.
    void player.play()?.catch(() => undefined);
  };
  return button;
}

/** Of this part alone: the widget's own icons are loaded by every page. */
function triangle(): SVGElement {
  return svg('svg', { viewBox: '0 0 24 24', width: '18', height: '18', fill: 'currentColor', 'aria-hidden': 'true' }, svg('path', { d: 'M8 5.5v13l10.5-6.5L8 5.5Z' }));
}

/** An address that a page may show; null: none, or none of the web. */
function address(url: string | null, origin: string): string | null {
  if (!url) return null;
  try {
    const whole = new URL(url, origin);
    return whole.protocol === 'https:' || whole.origin === origin ? whole.href : null;
  } catch {
    return null;
  }
}
