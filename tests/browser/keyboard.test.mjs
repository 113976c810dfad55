// An agent's whole shift without a mouse: the focus is always somewhere, and always seen.
import assert from 'node:assert/strict';
import { PASSWORD } from './support/switch.mjs';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

/** What is pressed is followed by a look at where the focus is. */
class Keys {
  /** Where it was after each step. */
  trail = [];

  constructor(desktop) {
    this.desktop = desktop;
    this.page = desktop.page;
  }

  /** In the page: what has the focus, and whether anybody can see that. */
  #look() {
    return this.page.evaluate(() => {
      const at = document.activeElement;
      if (!at || at === document.body) return { lost: true };
      const style = getComputedStyle(at);
      const box = at.getBoundingClientRect();
      // A field in a bar of its own is shown by the bar.
      const around = at.parentElement ? getComputedStyle(at.parentElement) : style;
      const drawn = style.outlineStyle !== 'none' || (at.matches('input') && around.boxShadow !== 'none') || at.matches('[role=group][id$=panel]');
      return { name: at.dataset.testid ?? at.textContent.trim().slice(0, 30), seen: at.matches(':focus-visible') && drawn, inside: box.width > 0 && box.bottom > 0 && box.top < innerHeight };
    });
  }

  /** The focus is somewhere that is seen. */
  async kept(step) {
    let at;
    await until(() => `the focus after ${step} is ${JSON.stringify(at)}; before it was ${this.trail.slice(-4).join(' → ')}`, async () => {
      at = await this.#look();
      return !at.lost && at.seen && at.inside;
    }, 5_000);
    this.trail.push(`${step}: ${at.name}`);
  }

  async press(key, step = key) {
    await this.page.keyboard.press(key);
    await this.kept(step);
  }

  async type(text) {
    await this.page.keyboard.type(text);
    await this.kept(`"${text}"`);
  }

  /** Tabs to an element, as far as it is. */
  async tabTo(testid) {
    for (let stops = 0; stops < 40; stops += 1) {
      if (await this.page.evaluate((id) => document.activeElement?.dataset.testid === id, testid)) return this.kept(`Tab to ${testid}`);
      await this.page.keyboard.press('Tab');
    }
    assert.fail(`no Tab leads to ${testid}`);
  }
}

/** Whatever a mouse or a finger would do is noted. */
const noPointer = () => {
  window.pointed = [];
  for (const type of ['pointerdown', 'mousedown', 'touchstart']) addEventListener(type, () => window.pointed.push(type), true);
};

scenario('a shift by the keyboard alone: the focus is seen at each step and never lost', async (world) => {
  const desktop = await world.desktop();
  await desktop.page.addInitScript(noPointer);
  await desktop.page.reload();
  await desktop.get('login-name').waitFor();
  const keys = new Keys(desktop);
  await keys.kept('opening');
  await keys.type('alice');
  await keys.press('Tab');
  await keys.type(PASSWORD);
  await keys.page.keyboard.press('Enter');
  await desktop.get('state').waitFor();
  await keys.kept('log-in');
  await keys.press('g');
  await desktop.state('Ready');
  const bob = await world.desktop({ voice: 'colleague' });
  await bob.ready('bob');
  await desktop.colleague('Bob', 'Ready');

  const carrier = await world.carrier();
  const visitor = await world.visitor();
  const number = await visitor.number();
  await desktop.current('claimed');
  await keys.kept('a claim');
  world.call(carrier, number);
  await desktop.current('ringing');
  await desktop.get('answer').waitFor();
  // With the keys that everybody knows, not with the desktop's own.
  await keys.tabTo('answer');
  await keys.page.keyboard.press('Enter');
  await desktop.current('talking');
  await keys.kept('answered');
  await Promise.all([desktop.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);

  await keys.press('h');
  await desktop.held(true);
  await keys.press('h');
  await desktop.held(false);
  await keys.press('m');
  await until('she is muted', async () => (await desktop.get('mute').textContent()).includes('Unmute'));
  await keys.press('m');

  await keys.press('k');
  await desktop.get('keypad-panel').waitFor();
  await keys.type('42#');
  await keys.tabTo('key-7');
  await keys.press('Enter', 'the key 7');
  await until(() => `the keys 42#7; the carrier has ${carrier.keys}`, () => carrier.keys === '42#7');
  await keys.page.keyboard.press('Escape');
  await desktop.get('keypad-panel').waitFor({ state: 'detached' });
  await keys.kept('the keypad is closed');

  await keys.press('t');
  await keys.type('bo');
  await keys.page.keyboard.press('Enter');
  await desktop.consult('ringing');
  await keys.kept('Bob is asked');
  await bob.get('answer').click();
  await desktop.consult('talking');
  await keys.kept('Bob has answered');
  await keys.press('s');
  await desktop.consult('held');
  await keys.press('s');
  await desktop.consult('talking');
  await keys.press('c');
  await desktop.consult('conference');
  await keys.kept('the conference');
  await keys.tabTo('complete');
  await keys.page.keyboard.press('Enter');
  await desktop.current('wrapup');
  await keys.kept('handed on');

  await keys.press('2');
  await desktop.get('code-1').and(keys.page.locator('[aria-pressed=true]')).waitFor();
  await keys.press('n');
  await keys.type(' Asks about toner.');
  await keys.press('Escape');
  await keys.page.locator('[data-testid=notes-state][data-state=saved]').waitFor();
  await keys.page.keyboard.press('d');
  await desktop.state('Ready');
  await keys.kept('wrapped up');
  await keys.press('g');
  await desktop.state('Not ready');

  // Windows over everything give the focus back.
  await keys.press('?');
  await keys.page.keyboard.press('Escape');
  await desktop.get('help-dialog').waitFor({ state: 'detached' });
  await keys.kept('the keys are closed');
  await keys.tabTo('logout');
  await keys.page.keyboard.press('Enter');
  await desktop.get('login-name').waitFor();
  await keys.kept('logged off');
  assert.deepEqual(await keys.page.evaluate(() => window.pointed), []);
  assert.deepEqual(desktop.tab.complaints.filter((text) => !/status of 40[19]/.test(text)), []);
}, { station: 'browser', wrapup: 60 });
