// Outbound work over REST, for supervisors of the whole firm.
import type { Breaker, Campaign, Campaigns, Evidence, ImportReport, JobRow, Listed, Slots, Terms } from '@warmline/shared/contract_outbound';
import { call, Problem } from './api.ts';

/** Refusals with words of their own: the same codes mean other things elsewhere. */
const OWN = new Set(['over', 'refused', 'stopped', 'too_many', 'busy', 'too_long', 'unknown_site', 'empty']);

async function ask<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T> {
  try {
    return (await (await call(method, path, body, headers)).json()) as T;
  } catch (error) {
    if (!(error instanceof Problem) || error.status === 429 || !OWN.has(error.code)) throw error;
    throw new Problem(error.status, `outbound_${error.code}`, error.detail, error.retryAfter);
  }
}

const CSV = { 'Content-Type': 'text/csv' };
const part = encodeURIComponent;

export interface Asked {
  state?: 'scheduled' | 'dead' | 'done';
  limit?: number;
  days?: number;
}

export const outboundApi = {
  jobs: (asked: Asked) => ask<{ callbacks: JobRow[]; more: boolean }>('GET', `callbacks?${new URLSearchParams(Object.entries(asked).map(([name, value]) => [name, String(value)]))}`),
  slots: (id: string) => ask<Slots>('GET', `callbacks/${part(id)}/slots?days=14`),
  putOff: (id: string, due: string | null) => ask<JobRow>('PATCH', `callbacks/${part(id)}`, { due }),
  cancel: (id: string) => ask<JobRow>('DELETE', `callbacks/${part(id)}`),
  retry: (id: string) => ask<JobRow>('POST', `callbacks/${part(id)}/retry`),
  campaigns: () => ask<Campaigns>('GET', 'campaigns'),
  openCampaign: (terms: Terms) => ask<Campaign>('POST', 'campaigns', terms),
  setCampaign: (id: string, verb: 'start' | 'pause' | 'stop') => ask<Campaign>('POST', `campaigns/${part(id)}/${verb}`),
  fillCampaign: (id: string, csv: string) => ask<ImportReport>('POST', `campaigns/${part(id)}/jobs`, csv, CSV),
  listed: (number: string) => ask<Listed>('GET', `do-not-call/${part(number)}`),
  list: (number: string) => ask<Listed>('PUT', `do-not-call/${part(number)}`),
  unlist: (number: string) => ask<Listed>('DELETE', `do-not-call/${part(number)}`),
  listMany: (csv: string, registry: boolean) => ask<ImportReport>('POST', `do-not-call?registry=${registry}`, csv, CSV),
  breaker: () => ask<Breaker>('GET', 'breaker'),
  setBreaker: (open: boolean) => ask<Breaker>('POST', 'breaker', { open }),
  evidence: (reservation: string) => ask<Evidence>('GET', `evidence/${part(reservation)}`),
};
