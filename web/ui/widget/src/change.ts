// From the page to the phone and back, in the middle of a call: what is offered, and what is on its way.
import type { ReservationView } from '@warmline/shared/contract';
import type { Controller, State } from './controller.ts';
import { h, icon } from './dom.ts';
import type { Strings } from './strings.ts';

interface Parts {
  /** A number with its code, countdown and PIN. */
  number: (to: ReservationView) => HTMLElement;
  control: Controller;
}

/** A change that is under way. */
const onItsWay = (view: ReservationView): ReservationView | null => (view.change && view.change.state !== 'ended' ? view.change : null);

/** What he changes to, or why that came to nothing. */
export function changing(state: State, view: ReservationView, s: Strings, { number, control }: Parts): HTMLElement | null {
  const to = view.change;
  if (!to) return null;
  const words = s.change;
  if (to.state === 'ended') {
    if (!to.reason || to.reason === 'normal') return null;
    const why = s.ended[to.reason as keyof Strings['ended']] ?? s.ended.unreachable;
    return h('div', { class: 'note wait', testid: 'wl-change-over', attrs: { role: 'status' } }, icon('clock', 18), h('span', { text: `${why.title}. ${words.goesOn}` }));
  }
  if (to.mode === 'browser') return null;
  const stays = view.agent ? words.stays(view.agent.display_name) : words.place;
  const stay = h('button', { class: 'plain', testid: 'wl-stay', attrs: { type: 'button' }, text: words.stay, on: { click: () => void control.stay() } });
  const dials = to.mode === 'dial' && to.number !== null;
  const callMe = dials && view.state === 'talking' && state.session?.modes.includes('callme') && h('button', { class: 'plain', testid: 'wl-change-callme', attrs: { type: 'button' }, text: words.callMe, on: { click: () => control.show('callme') } });
  const head = h('p', { class: 'lead' }, h('b', { text: dials ? words.dial : words.dialing }), h('small', { text: stays }));
  return h('section', { class: 'change', testid: 'wl-change', attrs: { 'aria-live': 'polite' } }, head, dials && number(to), h('div', { class: 'pair' }, callMe, stay));
}

/** Another way to speak, for who is in a call or waits in one: quiet, unless the sound is bad. */
export function offers(state: State, view: ReservationView, s: Strings, control: Controller): HTMLElement | null {
  const modes = state.session?.modes ?? [];
  const inCall = view.channel && (view.state === 'talking' || view.state === 'waiting');
  if (!inCall || onItsWay(view) || state.media === 'asking' || state.media === 'connecting') return null;
  const button = (name: string, id: string, glyph: 'phone' | 'mic', text: string, act: () => void): HTMLElement => {
    const row = h('button', { class: name, testid: id, attrs: { type: 'button' }, on: { click: act } }, icon(glyph, 18), text);
    row.disabled = state.busy !== null;
    return row;
  };
  if (view.channel === 'phone') return modes.includes('browser') && !state.mic ? button('plain', 'wl-come-here', 'mic', s.options.browser.title, () => void control.comeHere()) : null;
  const dials = modes.includes('dial');
  if (!dials && !(modes.includes('callme') && view.state === 'talking')) return null;
  const go = (): void => (dials ? void control.change('dial') : control.show('callme'));
  const bad = state.media === 'lost' || state.poor;
  const text = bad ? s.change.go : s.change.offer;
  const row = button(bad ? 'primary' : 'plain', 'wl-by-phone', 'phone', text, go);
  if (!state.poor || state.media === 'lost') return row;
  return h('div', { class: 'actions' }, h('div', { class: 'note wait', attrs: { role: 'status' } }, icon('warn', 18), h('span', { text: s.change.poor })), row);
}
