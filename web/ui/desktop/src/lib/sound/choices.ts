// Which microphone, speaker and ringer were chosen in this browser, and what becomes of a choice whose device is not there. Pure.

export type Kind = 'microphone' | 'speaker' | 'ringer';

/** A device as it was chosen: its id, and its name to find it by where the browser has given it another id. */
export interface Choice {
  id: string;
  label: string;
}

export interface Choices {
  microphone: Choice | null;
  speaker: Choice | null;
  ringer: Choice | null;
  /** Of the ringer, 0 to 1. */
  volume: number;
  /** Whether the check opens before the first Ready of a shift. */
  check: boolean;
}

/** A device that is there. */
export interface Device {
  id: string;
  label: string;
}

export const DEFAULTS: Choices = { microphone: null, speaker: null, ringer: null, volume: 0.6, check: true };
const LONGEST = 300;

function choice(value: unknown): Choice | null {
  const { id, label } = (value ?? {}) as Partial<Choice>;
  return typeof id === 'string' && id !== '' && id.length <= LONGEST ? { id, label: typeof label === 'string' ? label.slice(0, LONGEST) : '' } : null;
}

/** What was kept; defaults for what is missing or makes no sense. */
export function parseChoices(text: string | null): Choices {
  let kept: Partial<Record<keyof Choices, unknown>> = {};
  try {
    kept = (JSON.parse(text ?? '{}') as typeof kept | null) ?? {};
  } catch {
    // Another program's, or half written: as if nothing had been chosen.
  }
  const volume = typeof kept.volume === 'number' && Number.isFinite(kept.volume) ? Math.min(1, Math.max(0, kept.volume)) : DEFAULTS.volume;
  return { microphone: choice(kept.microphone), speaker: choice(kept.speaker), ringer: choice(kept.ringer), volume, check: kept.check !== false };
}

export interface Resolved {
  /** Empty: what the system uses. */
  id: string;
  /** It was chosen and is not there. */
  missing: boolean;
}

/** The device to use for a choice. While the browser names no devices (no permission yet), the choice is believed. */
export function resolve(wanted: Choice | null, devices: readonly Device[]): Resolved {
  if (!wanted) return { id: '', missing: false };
  const named = devices.filter((device) => device.id !== '');
  if (named.length === 0) return { id: wanted.id, missing: false };
  const found = named.find((device) => device.id === wanted.id) ?? (wanted.label ? named.find((device) => device.label === wanted.label) : undefined);
  return found ? { id: found.id, missing: false } : { id: '', missing: true };
}

/** Devices of a kind as one chooses among them. The system's own aliases are left out: "default" stands first without a name. */
export function listed(all: readonly MediaDeviceInfo[], kind: Kind): Device[] {
  const wanted = kind === 'microphone' ? 'audioinput' : 'audiooutput';
  const real = all.filter((device) => device.kind === wanted && !['', 'default', 'communications'].includes(device.deviceId));
  return real.map(({ deviceId, label }) => ({ id: deviceId, label }));
}
