// What the widget is doing, as its parts read it.
import type { Mode, ReservationRequest, ReservationView, SessionReply, VoiceMode } from '@warmline/shared/contract';
import type { Link } from '@warmline/shared/socket';
import type { MediaTrouble } from './call.ts';
import type { Extras } from './words.ts';

export type Screen = 'options' | 'callme' | 'mail' | 'live' | 'chat';

export interface State {
  screen: Screen;
  session: SessionReply | null;
  /** Which request is under way. */
  busy: Mode | 'session' | 'renew' | 'change' | null;
  problem: unknown;
  mode: VoiceMode;
  view: ReservationView | null;
  /** The chat that is on, or was last. */
  chat: { on: boolean; unread: number; latest: string } | null;
  link: Link;
  media: Extras['media'];
  /** Why this page cannot be a phone. */
  mic: MediaTrouble | null;
  muted: boolean;
  /** The browser wants a tap before it plays sound. */
  blocked: boolean;
  /** Much of what the other side says is lost. */
  poor: boolean;
}

export interface CallmeForm {
  /** None: the number on file. */
  number: string | null;
  name: string;
  /** The very words that he has agreed to. */
  agreed?: string;
  /** When, what it is about, and what else was asked. */
  more?: Partial<ReservationRequest>;
}
