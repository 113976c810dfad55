// Where what he asked for is not to be had: why, and what there is in its place. Never a dead end.
import type { ReservationView } from '@warmline/shared/contract';
import type { Controller, State } from './controller.ts';
import { h, icon } from './dom.ts';
import type { Strings } from './strings.ts';

/** He asked for a number and there is none: his call is held for him all the same, and is made from this page. */
export const isFromHere = (mode: State['mode'], view: ReservationView): boolean => mode === 'dial' && view.mode === 'browser' && view.state === 'held' && !view.channel;

/** Whether this page may be a phone; one whose microphone is blocked is asked again. */
export const speaks = (state: State): boolean => state.mic === null || state.mic === 'denied';

/** The browser asks him for the microphone. */
export const askingNote = (s: Strings): HTMLElement => h('div', { class: 'note info', attrs: { role: 'status' } }, icon('mic', 18), h('span', { text: s.hints.asking }));

/** What he can do now; none: he has what he asked for. */
export function fallback(state: State, view: ReservationView, s: Strings, control: Controller): HTMLElement[] | null {
  const ticket = view.mode === 'ticket' && view.state !== 'ended';
  const here = isFromHere(state.mode, view);
  if (!ticket && !here) return null;
  const button = (name: string, id: string, glyph: 'mic' | 'incoming' | null, text: string, act: () => void): HTMLElement => {
    const row = h('button', { class: name, testid: id, attrs: { type: 'button' }, on: { click: act } }, glyph && icon(glyph, 18), text);
    row.disabled = state.busy !== null;
    return row;
  };
  const asking = here && state.media === 'asking' && askingNote(s);
  const talk = here && speaks(state) && button('primary', 'wl-talk-here', 'mic', s.options.browser.title, () => void control.talkHere());
  const callMe = state.session?.modes.includes('callme') && state.mode !== 'callme' && button('second', 'wl-instead', 'incoming', s.callInstead, () => control.show('callme'));
  const other = !talk && button('second', 'wl-other', null, s.other, () => control.show('options'));
  return [asking, talk, callMe, other].filter((part): part is HTMLElement => Boolean(part));
}
