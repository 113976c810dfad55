// A scenario: a test with a firm, phones and browsers of its own, all ended with it; the records are kept where it fails.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Baresip } from './baresip.mjs';
import { launch } from './chromium.mjs';
import { Desktop } from './desktop.mjs';
import { freePort } from './ports.mjs';
import { refuser } from './sipp.mjs';
import { PASSWORD, Switch } from './switch.mjs';
import { tones } from './tone.mjs';
import { Visitor } from './visitor.mjs';

/** The number of Jane Dove, whom the firm knows. */
export const JANE = '+4915112345678';

const SCREENSHOTS = resolve(import.meta.dirname, '../../../target/screenshots');

// One browser for each voice a file: sessions are separate contexts, tones stay those of the browser.
const hz = tones();
const folder = mkdtempSync(join(tmpdir(), 'warmline-browsers-'));
const browsers = new Map();
after(async () => {
  for (const browser of browsers.values()) await (await browser).close();
  rmSync(folder, { recursive: true, force: true });
});

function browser(name) {
  if (!browsers.has(name)) browsers.set(name, launch(folder, name, hz[name]));
  return browsers.get(name);
}

/** A test with its world. One that hangs fails a little before the runner would cut it off: records are kept of it too. */
export function scenario(name, body, { timeout = 90_000, ...options } = {}) {
  test(name, { timeout }, async () => {
    const world = new World();
    const limit = new AbortController();
    const late = pause(timeout - 10_000, null, limit).then(() => { throw new Error(`not over after ${(timeout - 10_000) / 1_000} s: something that it waits for has no limit`); });
    try {
      await world.begin(options);
      await Promise.race([body(world), late]);
      world.kept = false;
    } catch (error) {
      await world.record();
      error.message += `\n(records: ${world.folder})`;
      throw error;
    } finally {
      late.catch(() => undefined);
      limit.abort();
      await world.end();
    }
  });
}

class World {
  hz = hz;
  kept = true;
  #ends = [];
  #tabs = [];

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'warmline-scenario-'));
  }

  async begin(options) {
    this.carrierPort = await freePort();
    this.switch = await Switch.start(this.folder, { carrier: this.carrierPort, ...options });
    this.#ends.push(() => this.switch.end());
  }

  /** A carrier with one customer, who dials in or is dialled: Jane. */
  async carrier({ user = JANE, auto = true, greets } = {}) {
    return this.#phone('carrier', { user, auto, greets, hz: hz.carrier, sip: this.carrierPort });
  }

  /** Alice's desk phone. */
  async deskPhone() {
    const phone = await this.#phone('desk', { user: 'alice-phone', domain: 'warmline', password: PASSWORD, registrar: this.switch.sip, hz: hz.phone });
    await phone.registered();
    return phone;
  }

  async #phone(name, account) {
    const phone = await Baresip.start(join(this.folder, name), account);
    this.#ends.push(() => phone.end());
    return phone;
  }

  /** A carrier whose customers refuse. */
  refuser(refusal) {
    const process = refuser(this.folder, this.carrierPort, refusal);
    this.#ends.push(() => process.end());
    return process;
  }

  /** `voice` names the tone of its microphone. */
  async desktop({ voice = 'agent', ...options } = {}) {
    const desktop = await Desktop.open(await browser(voice), this.switch.origin, options);
    this.adopt('desktop', desktop.tab);
    return desktop;
  }

  async visitor(options) {
    const visitor = await Visitor.open(await browser('visitor'), this.switch.shop, options);
    this.adopt('visitor', visitor.tab);
    return visitor;
  }

  /** Done at the end, the latest first. */
  ends(work) {
    this.#ends.push(async () => work());
  }

  adopt(name, tab) {
    this.#tabs.push([`${name}-${this.#tabs.length}`, tab]);
    this.#ends.push(() => tab.close());
  }

  /** The carrier's call to a number. */
  call(carrier, number) {
    carrier.dial(`sip:${number}@127.0.0.1:${this.switch.sip}`);
  }

  async shot(page, name) {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), animations: 'disabled' });
  }

  /** What can still be said about a failure. */
  async record() {
    for (const [name, tab] of this.#tabs) {
      const file = join(this.folder, name);
      const asked = tab.requests.map((request) => `${request.method()} ${request.url()}`);
      writeFileSync(`${file}.log`, [...tab.complaints, ...asked, tab.log()].join('\n'));
      await tab.page.screenshot({ path: `${file}.png` }).catch(() => undefined);
    }
  }

  async end() {
    for (const end of this.#ends.reverse()) await end().catch(() => undefined);
    if (!this.kept) rmSync(this.folder, { recursive: true, force: true });
  }
}
