// What an agent can do now, from the switch's views and the browser phone's line. Pure.
import type { CurrentView } from '@warmline/shared/contract';

export interface Can {
  answer: boolean;
  hold: boolean;
  mute: boolean;
  keypad: boolean;
  transfer: boolean;
  swap: boolean;
  conference: boolean;
  complete: boolean;
  back: boolean;
  end: boolean;
  done: boolean;
  outcome: boolean;
  /** He can be put on the list of those whom nobody calls. */
  never: boolean;
  take: boolean;
  park: boolean;
  call: boolean;
  point: boolean;
}

export function can(current: CurrentView | null, line: 'idle' | 'ringing' | 'answering' | 'talking', outbound = false): Can {
  const state = current?.state;
  const talking = state === 'talking';
  // Until the customer answers there is nothing to do with him.
  const own = talking && !current?.guest && !current?.dialing;
  const free = (current === null || state === 'wrapup') && line === 'idle';
  const asks = own ? current?.consult ?? null : null;
  const beside = asks !== null && (asks.state === 'talking' || asks.state === 'held');
  const noted = current !== null && !current.guest && !current.dialing && (talking || state === 'wrapup');
  return {
    answer: line === 'ringing',
    hold: own && !asks,
    mute: talking || line === 'talking',
    keypad: talking && !current?.dialing,
    transfer: own && !asks,
    swap: beside,
    conference: beside,
    complete: asks !== null,
    back: asks !== null,
    end: state !== 'wrapup' && (line !== 'idle' || talking || state === 'ringing'),
    done: state === 'wrapup',
    outcome: noted,
    never: noted && current.never_call === false,
    take: free,
    park: own && !asks,
    call: free && outbound,
    point: current?.share?.live === 'on',
  };
}
