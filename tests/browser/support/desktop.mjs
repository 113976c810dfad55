// An agent's desktop in a browser.
import { Tab } from './chromium.mjs';
import { PASSWORD } from './switch.mjs';
import { until } from './until.mjs';

const isSip = (method) => (frame) => frame.socket === '/sip' && typeof frame.data === 'string' && frame.data.startsWith(method);

export class Desktop {
  /** `asked`: the microphone is not allowed before somebody is asked for it. `check`: the check before a shift comes as it does for an agent. */
  static async open(browser, origin, { asked = false, check = false, ...options } = {}) {
    const tab = await Tab.open(browser, options);
    if (!check) {
      await tab.context.addInitScript(() => {
        if (location.pathname === '/desktop/') localStorage.setItem('warmline.desktop.sound', localStorage.getItem('warmline.desktop.sound') ?? '{"check":false}');
      });
    }
    await (asked ? tab.microphone(origin, 'prompt') : tab.context.grantPermissions(['microphone'], { origin }));
    const desktop = new Desktop(tab, origin);
    await tab.page.goto(`${origin}/desktop/?raw-audio`);
    return desktop;
  }

  constructor(tab, origin) {
    this.tab = tab;
    this.page = tab.page;
    this.origin = origin;
  }

  get(testid) {
    return this.page.getByTestId(testid);
  }

  /** `takeOver`: he is logged in elsewhere, and says that he wants it here. */
  async login(name, { takeOver = false } = {}) {
    await this.get('login-name').fill(name);
    await this.get('login-password').fill(PASSWORD);
    await this.get('login-submit').click();
    if (takeOver) await this.get('take-over').click();
    await this.get('state').waitFor();
    // That there was no session before, or one elsewhere, is no complaint.
    this.tab.complaints = this.tab.complaints.filter((text) => !/status of 40[19]/.test(text));
  }

  /** Logged in, phone registered, state ready. */
  async ready(name) {
    await this.login(name);
    await this.get('ready-toggle').click();
    await this.state('Ready');
  }

  /** Waits until the line at the top says so. */
  async state(word) {
    let last = '';
    await until(() => `the desktop says ${word}; it says ${last}`, async () => {
      last = await this.get('state').textContent();
      return last === word;
    });
  }

  /** Waits until what is in hand is `claimed`, `ringing`, `talking` or `wrapup`. */
  async current(state) {
    await this.page.locator(`[data-testid=current][data-state=${state}]`).waitFor({ timeout: 20_000 });
  }

  /** The visitor's page as it is drawn, inside two frames. */
  get drawn() {
    return this.page.frameLocator('[data-testid=pageframe]').frameLocator('#stage iframe');
  }

  /** Waits for a message that the desktop sends or is sent over its stream. */
  async message(type, { sent, from = 0 } = {}) {
    const fits = (frame) => frame.socket === '/v1/agent/stream' && frame.data?.type === type && (sent === undefined || frame.sent === sent);
    return until(`a message ${type} on the desktop's stream`, () => this.tab.frame(fits, from));
  }

  /** Waits for an event of the switch and returns its time, in milliseconds. */
  async event(name) {
    const fits = (frame) => frame.socket === '/v1/agent/stream' && frame.data?.type === 'event' && frame.data.event === name;
    const frame = await until(`the event ${name}`, () => this.tab.frame(fits));
    return Date.parse(frame.data.time);
  }

  /** Waits for a SIP request that its phone is sent. */
  async request(method, from = 0) {
    const fits = isSip(`${method} `);
    return until(`a ${method} for the browser phone`, () => this.tab.frame((frame) => !frame.sent && fits(frame), from));
  }

  /** Whether its phone has been sent a SIP request. */
  asked(method) {
    const fits = isSip(`${method} `);
    return this.tab.frame((frame) => !frame.sent && fits(frame)) !== undefined;
  }

  /** Waits until a colleague is on its list in a state, as the list words it. */
  async colleague(name, state) {
    await this.get('colleagues').locator('li').filter({ hasText: name }).filter({ hasText: state }).waitFor();
  }

  /** Waits until the one who is asked stands so: `ringing`, `talking`, `held` or `conference`. */
  async consult(state) {
    await this.page.locator(`[data-testid=consult][data-state=${state}]`).waitFor({ timeout: 20_000 });
  }

  /** Waits until what is in hand is held, or no longer. */
  async held(on) {
    await this.page.locator(`[data-testid=current][data-held=${on}]`).waitFor({ timeout: 20_000 });
  }

  hears(hz) {
    return this.tab.hears(() => document.querySelector('audio'), hz);
  }

  /** Waits until nothing of a tone is heard. */
  lacks(hz) {
    return this.tab.lacks(() => document.querySelector('audio'), hz);
  }

  /** Waits until all of these are heard at once. */
  async hearsTogether(tones) {
    for (const hz of tones) await this.tab.hears(() => document.querySelector('audio'), hz, 0.5 / tones.length);
  }
}
