// What asking to be called and writing need of the web interface beside what the widget itself does.
import type { MessageRequest, ReservationView } from '@warmline/shared/contract';
import { Api, bearer } from '../api.ts';
import { ownZone, type Slots } from './times.ts';

/** Whose number a time is looked for: nothing of it is in an address, which servers write into their logs. */
export type Whose =
  | { country: string }
  | { number: string }
  | { on_file: true; visitor?: string; identity?: string }
  /** That of a request. */
  | { id: string; key: string };

export class AskingApi extends Api {
  /** When somebody can be called. */
  slots(site: string, days: number, whose: Whose): Promise<Slots> {
    if ('id' in whose) return this.json('GET', `/v1/web/callbacks/${encodeURIComponent(whose.id)}/slots?days=${days}`, undefined, bearer(whose.key));
    return this.json('POST', '/v1/web/slots', { site, days, zone: ownZone(), ...whose });
  }

  /** At another time; none: as soon as can be. */
  reschedule(id: string, key: string, due: string | null): Promise<ReservationView> {
    return this.json('PATCH', `/v1/web/callbacks/${encodeURIComponent(id)}`, { due }, bearer(key));
  }

  /** To be read and answered later. */
  write(message: MessageRequest): Promise<{ id: string }> {
    return this.json('POST', '/v1/web/messages', message);
  }
}
