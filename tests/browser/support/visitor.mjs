// A visitor of the shop and the widget in its page.
import { Tab } from './chromium.mjs';
import { until } from './until.mjs';

export class Visitor {
  static async open(browser, shop, { path = '/printers/42', ...options } = {}) {
    const tab = await Tab.open(browser, options);
    await tab.context.grantPermissions(['microphone'], { origin: shop });
    const visitor = new Visitor(tab, shop);
    await visitor.go(path);
    return visitor;
  }

  constructor(tab, shop) {
    this.tab = tab;
    this.page = tab.page;
    this.shop = shop;
  }

  async go(path) {
    await this.page.goto(`${this.shop}${path}?raw-audio`);
  }

  /** From the next page on his browser lets the shop keep nothing. */
  async keepsNothing() {
    await this.tab.context.addInitScript(() => {
      if (location.hostname !== 'shop.test') return;
      for (const name of ['localStorage', 'sessionStorage']) {
        Object.defineProperty(window, name, { get: () => { throw new DOMException('The operation is insecure.', 'SecurityError'); } });
      }
    });
  }

  /** What he says to the shop's question: `granted` or `refused`. */
  async consents(choice) {
    await this.page.locator(`[data-consent-say=${choice}]`).click();
  }

  /** What the switch answers this page from now on: the returned function is all of it so far. An answer whose page has gone on is never told by the browser, so nobody waits for each. */
  answers() {
    const told = [];
    this.page.on('response', async (response) => {
      if (response.url().includes('/v1/web/')) told.push(await response.text().catch(() => ''));
    });
    return () => told.join();
  }

  get(testid) {
    return this.page.getByTestId(testid);
  }

  /** Opens the sheet; the ways to talk are there. */
  async open() {
    await this.get('wl-button').click();
    await this.get('wl-option-dial').waitFor();
  }

  /** Asks for a number and returns it as it is dialled. */
  async number() {
    await this.open();
    await this.get('wl-option-dial').click();
    await this.get('wl-number').waitFor();
    return (await this.get('wl-number').getAttribute('href')).replace('tel:', '');
  }

  /** Asks to be called. */
  async callMe(number, name = '') {
    await this.open();
    await this.get('wl-option-callme').click();
    await this.get('wl-callme-number').fill(number);
    if (name) await this.get('wl-callme-name').fill(name);
    await this.get('wl-consent').check();
    await this.get('wl-submit').click();
  }

  /** Waits until the live line is in a state (`held`, `waiting`, `dialing`, `ringing`, `talking`, `ended`) and returns its words. */
  async state(state) {
    let last = 'no line';
    await until(() => `the widget's state ${state}; it is ${last}`, async () => {
      last = (await this.get('wl-state').getAttribute('data-state', { timeout: 20_000 })) ?? '';
      return last === state;
    });
    return (await this.get('wl-state').textContent()) ?? '';
  }

  /** Talks from the page, as soon as somebody answers. */
  async talkHere() {
    await this.open();
    await this.get('wl-option-browser').click();
  }

  /** Waits until nothing of a tone is heard. */
  lacks(hz) {
    return this.tab.lacks(() => document.querySelector('warmline-call').shadowRoot.querySelector('audio'), hz);
  }

  hears(hz) {
    return this.tab.hears(() => document.querySelector('warmline-call').shadowRoot.querySelector('audio'), hz);
  }
}
