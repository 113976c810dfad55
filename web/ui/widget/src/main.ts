// The script tag: one custom element in the page, everything else inside its shadow root.
import { readConfig, type Config } from './config.ts';
import { Controller } from './controller.ts';
import { stringsFor } from './strings.ts';
import { STYLES } from './styles.ts';
import { Ui } from './ui.ts';
import type { Said } from './watch/widget.ts';

const NAME = 'warmline-call';

// Only now is the current script ours.
const config = readConfig(document.currentScript as HTMLScriptElement | null);

function define(settings: Config): void {
  class WarmlineCall extends HTMLElement {
    #ui: Ui | null = null;
    /** `element.pageAttributes = { plan: 'pro' }`: what the page says to the agent with the next request, before what its tag says. */
    pageAttributes: Record<string, unknown> = {};
    /** `await element.forget()`: what is kept of this browser is erased. */
    forget = async (): Promise<void> => {
      await this.#controller?.forget();
      this.#say(['forget']);
    };
    /** `element.activity('cart', { value: 129, items: 2 })`: also `purchase`, or a name of the shop's own. */
    activity = (name: string, data?: unknown): void => this.#say(['activity', name, data]);
    /** `element.consent('granted')` or `'refused'`: what he has said to being watched. */
    consent = (choice: unknown): void => this.#say(['consent', choice]);
    #controller: Controller | null = null;
    /** For the part that watches, until it is there. */
    readonly #said: Said[] = [];

    #say(said: Said): void {
      if (settings.watch && this.#said.length < 32) this.#said.push(said);
    }

    connectedCallback(): void {
      if (this.#ui) return;
      const root = this.attachShadow({ mode: 'open' });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLES);
      root.adoptedStyleSheets = [sheet];
      const audio = document.createElement('audio');
      audio.autoplay = true;
      root.append(audio);
      let ui: Ui | null = null;
      const controller = new Controller(settings, this, audio, () => ui?.draw(), () => ({ language: navigator.language, close: () => ui?.close() }));
      ui = new Ui(root, this, stringsFor(navigator.language), navigator.language, () => controller);
      this.#ui = ui;
      this.#controller = controller;
      ui.draw();
      controller.resume();
      if (settings.watch) void controller.part<typeof import('./watch/index.ts')>('widget-watch.js').then(({ watch }) => watch(controller, this.#ui!, this, root, this.#said), () => undefined);
      // The site's own buttons open the sheet as well.
      document.addEventListener('click', (event) => {
        const target = event.target instanceof Element ? event.target.closest('[data-warmline-open]') : null;
        if (target) this.#ui?.open();
      });
    }
  }
  customElements.define(NAME, WarmlineCall);
  document.body.append(document.createElement(NAME));
}

if (config && 'attachShadow' in Element.prototype && !customElements.get(NAME)) {
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', () => define(config), { once: true });
  else define(config);
}
