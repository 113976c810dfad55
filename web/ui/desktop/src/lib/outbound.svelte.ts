// Outbound work in the hands of a supervisor: what is looked at, how it stands, and what is done about it.
import type { Breaker, Campaigns, Evidence, ImportReport, JobRow, Listed, Slots, Terms } from '@warmline/shared/contract_outbound';
import type { Actions, Place } from './actions.svelte.ts';
import { textOf } from './file.ts';
import { outboundApi as api } from './outbound_api.ts';
import type { Span } from './report.ts';

export type OutboundTab = 'jobs' | 'campaigns' | 'never' | 'breaker';
export type JobKind = 'open' | 'scheduled' | 'dead' | 'done';

/** Asked anew so often while it is looked at, in milliseconds: what moves by itself, and what is over. */
const [AGAIN, SELDOM] = [5_000, 30_000];
/** Jobs of a page, and the most that are shown. */
const [PAGE, MOST] = [100, 1_000];

export class Outbound {
  /** It is looked at, in the place of the desk. */
  open = $state(false);
  tab: OutboundTab = $state('jobs');
  kind: JobKind = $state('open');
  span: Span = $state(7);
  /** What `rows` are of; null: nothing came yet. */
  of: { kind: JobKind; span: Span } | null = $state.raw(null);
  rows: JobRow[] = $state.raw([]);
  more = $state(false);
  #most = PAGE;
  /** What was done last about a job, to be said. */
  done: 'put_off' | 'canceled' | 'retried' | null = $state(null);
  /** The job for which another time is looked for, and its times. */
  moving: { row: JobRow; slots: Slots | null } | null = $state.raw(null);
  campaigns: Campaigns | null = $state.raw(null);
  /** What came of the last import of each campaign. */
  imports: Record<string, { file: string; report: ImportReport }> = $state.raw({});
  drafting = $state(false);
  listed: Listed | null = $state.raw(null);
  listing: { file: string; report: ImportReport } | null = $state.raw(null);
  breaker: Breaker | null = $state.raw(null);
  /** Of which request evidence is shown. */
  evidence: { id: string; found: Evidence | null } | null = $state.raw(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Where it is said that the last question was not answered. */
  readonly #failed = new Set<Place>();

  constructor(private readonly acts: Actions) {}

  show(tab: OutboundTab): void {
    this.tab = tab;
    this.watch();
  }

  choose(kind: JobKind, span: Span = this.span): void {
    [this.kind, this.span, this.#most, this.done] = [kind, span, PAGE, null];
    this.watch();
  }

  watch(): void {
    clearTimeout(this.#timer);
    void this.#load().finally(() => {
      clearTimeout(this.#timer);
      const seldom = this.tab === 'jobs' && (this.kind === 'dead' || this.kind === 'done');
      if (this.open) this.#timer = setTimeout(() => this.watch(), seldom ? SELDOM : AGAIN);
    });
  }

  unwatch(): void {
    clearTimeout(this.#timer);
  }

  /** The session is over. */
  leave(): void {
    this.unwatch();
    [this.open, this.of, this.rows, this.campaigns, this.breaker, this.listed, this.listing, this.evidence, this.moving, this.imports] = [false, null, [], null, null, null, null, null, null, {}];
  }

  async #load(): Promise<void> {
    await Promise.all([this.#loadBreaker(), this.tab === 'jobs' ? this.#loadJobs() : this.tab === 'campaigns' ? this.#loadCampaigns() : null]);
  }

  /** Asked by itself: what an act was refused for stays to be read. */
  async #ask(place: Place, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      if (this.#failed.delete(place)) this.acts.dismiss(place);
    } catch (error) {
      this.#failed.add(place);
      this.acts.refuse(place, error);
    }
  }

  #loadBreaker(): Promise<void> {
    return this.#ask('breaker', async () => (this.breaker = await api.breaker()));
  }

  #loadJobs(): Promise<void> {
    const { kind, span } = this;
    const over = kind === 'dead' || kind === 'done';
    const asked = over ? { state: kind, days: span } : kind === 'scheduled' ? { state: kind, limit: this.#most } : { limit: this.#most };
    return this.#ask('jobs', async () => {
      const { callbacks, more } = await api.jobs(asked);
      // Others were chosen meanwhile: their own answer is on the way.
      if (kind === this.kind && span === this.span) [this.rows, this.more, this.of] = [callbacks, more, { kind, span }];
    });
  }

  #loadCampaigns(): Promise<void> {
    return this.#ask('campaigns', async () => (this.campaigns = await api.campaigns()));
  }

  get canShowMore(): boolean {
    return this.more && (this.kind === 'open' || this.kind === 'scheduled') && this.#most < MOST;
  }

  async showMore(): Promise<void> {
    this.#most = Math.min(MOST, this.#most + PAGE);
    await this.#loadJobs();
  }

  // ---- jobs

  async #aboutJob(done: Outbound['done'], id: string, work: () => Promise<unknown>): Promise<boolean> {
    const did = await this.acts.run('jobs', `job ${id}`, work);
    if (did) {
      this.done = done;
      await this.#loadJobs();
    }
    return did;
  }

  cancel(id: string): Promise<boolean> {
    return this.#aboutJob('canceled', id, () => api.cancel(id));
  }

  retry(id: string): Promise<boolean> {
    return this.#aboutJob('retried', id, () => api.retry(id));
  }

  /** Which other times there are. */
  async move(row: JobRow): Promise<void> {
    this.moving = { row, slots: null };
    await this.acts.run('job-times', `times ${row.id}`, async () => {
      const slots = await api.slots(row.id);
      if (this.moving?.row.id === row.id) this.moving = { row, slots };
    });
  }

  async putOff(due: string | null): Promise<void> {
    const row = this.moving?.row;
    if (!row || !(await this.acts.run('job-times', `job ${row.id}`, () => api.putOff(row.id, due)))) return;
    [this.moving, this.done] = [null, 'put_off'];
    await this.#loadJobs();
  }

  // ---- campaigns

  async openCampaign(terms: Terms): Promise<void> {
    if (await this.acts.run('campaign-new', 'open campaign', () => api.openCampaign(terms))) this.drafting = false;
    await this.#loadCampaigns();
  }

  async setCampaign(id: string, verb: 'start' | 'pause' | 'stop'): Promise<void> {
    await this.acts.run('campaigns', `campaign ${id}`, () => api.setCampaign(id, verb));
    await this.#loadCampaigns();
  }

  async fillCampaign(id: string, file: File): Promise<void> {
    await this.acts.run('campaigns', `campaign ${id}`, async () => {
      const report = await api.fillCampaign(id, await textOf(file));
      this.imports = { ...this.imports, [id]: { file: file.name, report } };
    });
    await this.#loadCampaigns();
  }

  closeImport(id: string): void {
    const { [id]: _, ...others } = this.imports;
    this.imports = others;
  }

  // ---- those who are never called

  async aboutNumber(verb: 'listed' | 'list' | 'unlist', number: string): Promise<void> {
    await this.acts.run('never', 'number', async () => (this.listed = await api[verb](number)));
  }

  async listMany(file: File, registry: boolean): Promise<void> {
    await this.acts.run('never', 'numbers', async () => (this.listing = { file: file.name, report: await api.listMany(await textOf(file), registry) }));
  }

  // ---- the breaker

  async setBreaker(open: boolean): Promise<void> {
    await this.acts.run('breaker', 'set breaker', async () => (this.breaker = await api.setBreaker(open)));
  }

  // ---- evidence

  async prove(id: string): Promise<void> {
    this.evidence = { id, found: null };
    await this.acts.run('evidence', `evidence ${id}`, async () => {
      const found = await api.evidence(id);
      if (this.evidence?.id === id) this.evidence = { id, found };
    });
  }
}
