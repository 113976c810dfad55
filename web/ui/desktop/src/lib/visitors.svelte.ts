// Who is on the firm's sites, who is worth a word, and the word itself (N Fig. 5, 6): which alert is in hand, and what is written for it.
import type { AgentViews } from '@warmline/shared/contract';
import type { AlertRow, MessageRow, VisitorsView } from '@warmline/shared/contract_watch';
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { Actions } from './actions.svelte.ts';
import { api } from './api.ts';
import { beginning, invitationOf, type Composed } from './compose.ts';

export type VisitorsTab = 'alerts' | 'site';

const NOBODY: VisitorsView = { total: 0, list: [] };

export class Visitors {
  /** They are looked at, in the place of the desk. */
  open = $state(false);
  tab: VisitorsTab = $state('alerts');
  /** The alert that is worked at. */
  chosen: string | null = $state(null);
  #views: Pick<AgentViews, 'visitors' | 'alerts' | 'messages'> = $state.raw({});
  /** Told over the desk, and put away there. */
  readonly #away = new SvelteSet<string>();
  /** What is typed, by alert. */
  readonly #drafts = new SvelteMap<string, Composed>();

  constructor(private readonly acts: Actions) {}

  /** The firm watches: without it there is nothing to show. */
  get shown(): boolean {
    return this.#views.visitors !== undefined || this.#views.alerts !== undefined;
  }

  get here(): VisitorsView {
    return this.#views.visitors ?? NOBODY;
  }

  /** In the order of the switch; what this agent has in hand first. */
  get alerts(): AlertRow[] {
    return (this.#views.alerts ?? []).toSorted((a, b) => Number(b.mine) - Number(a.mine));
  }

  get messages(): MessageRow[] {
    return this.#views.messages ?? [];
  }

  get waiting(): number {
    return this.alerts.filter(({ state }) => state === 'waiting').length;
  }

  /** To be told over whatever is done: the latest, unless it was put away. */
  get popped(): AlertRow[] {
    if (this.open && this.tab === 'alerts') return [];
    return this.alerts.filter(({ id, pop, state }) => pop && state === 'waiting' && !this.#away.has(id)).toSorted((a, b) => Date.parse(b.since) - Date.parse(a.since));
  }

  /** The alert in hand, as long as it is his. */
  get card(): AlertRow | null {
    return this.alerts.find(({ id, mine }) => mine && id === this.chosen) ?? null;
  }

  settle({ visitors, alerts, messages }: AgentViews): void {
    this.#views = { ...(visitors ? { visitors } : {}), ...(alerts ? { alerts } : {}), ...(messages ? { messages } : {}) };
    if (!this.shown) this.open = false;
    const there = new Set((alerts ?? []).map(({ id }) => id));
    for (const id of this.#away) if (!there.has(id)) this.#away.delete(id);
    for (const id of this.#drafts.keys()) if (!there.has(id)) this.#drafts.delete(id);
    // What was asked for may come with the next view.
    if (this.chosen && !there.has(this.chosen) && this.chosen !== this.#awaited) this.chosen = null;
    if (this.#awaited && there.has(this.#awaited)) this.#awaited = '';
  }

  #awaited = '';

  /** The session is over. */
  leave(): void {
    [this.#views, this.open, this.chosen, this.#awaited] = [{}, false, null, ''];
    this.#away.clear();
    this.#drafts.clear();
  }

  toggle(): void {
    this.open = this.shown && !this.open;
  }

  show(tab: VisitorsTab): void {
    [this.open, this.tab] = [true, tab];
  }

  putAway(): void {
    for (const { id } of this.popped) this.#away.add(id);
  }

  // ---- what is written

  draft(alert: AlertRow): Composed {
    return this.#drafts.get(alert.id) ?? beginning(alert, this.messages);
  }

  write(alert: AlertRow, composed: Composed): void {
    this.#drafts.set(alert.id, composed);
  }

  // ---- what is done

  async take(alert: string): Promise<void> {
    if (!(await this.acts.run('alerts', `alert ${alert}`, () => api.alertDoes('take', alert)))) {
      // Why not stands in the list.
      this.show('alerts');
      return;
    }
    this.#awaited = this.#has(alert) ? '' : alert;
    this.chosen = alert;
    this.show('alerts');
  }

  async release(alert: string): Promise<void> {
    if (await this.acts.run('invite', `alert ${alert}`, () => api.alertDoes('release', alert))) this.#close(alert);
  }

  /** Nobody says a word to him for this. */
  async dismiss(alert: string): Promise<void> {
    const place = this.chosen === alert ? 'invite' : 'alerts';
    if (await this.acts.run(place, `alert ${alert}`, () => api.alertDoes('dismiss', alert))) this.#close(alert);
  }

  async invite(alert: AlertRow): Promise<void> {
    await this.acts.run('invite', `invite ${alert.id}`, () => api.invite(alert.id, invitationOf(this.draft(alert), this.messages)));
  }

  /** An alert of one's own, about somebody in the list. */
  async greet(visitor: string): Promise<void> {
    await this.acts.run('visitors', `greet ${visitor}`, async () => {
      const alert = await api.greet(visitor);
      this.#awaited = this.#has(alert) ? '' : alert;
      this.chosen = alert;
      this.open = true;
    });
  }

  async rate(visitor: string, priority: number): Promise<void> {
    await this.acts.run(this.tab === 'site' ? 'visitors' : 'alerts', `rate ${visitor}`, () => api.rateVisitor(visitor, priority));
  }

  #has(alert: string): boolean {
    return this.alerts.some(({ id }) => id === alert);
  }

  #close(alert: string): void {
    this.#drafts.delete(alert);
    if (this.chosen === alert) this.chosen = null;
  }
}
