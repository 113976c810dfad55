// What the widget is for the part that watches, and how it is worked from there.
import type { InvitationKey } from '@warmline/shared/contract';
import type { InviteOption } from '@warmline/shared/contract_watch';
import type { Controller } from '../controller.ts';
import type { Ui } from '../ui.ts';

/** `element.activity(name, data)`, `element.consent(choice)` and `element.forget()`, as they were called. */
export type Said = ['activity', string, unknown] | ['consent', unknown] | ['forget'];

/** What the widget is for this part. */
export interface Widget {
  origin: string;
  site: string;
  params: string[];
  /** Of the script tag. */
  consent: string | null;
  language: string;
  host: HTMLElement;
  root: ShadowRoot;
  /** What the page has said before this part was there; from now on it is told at once. */
  said: Said[];
  part: <T>(file: string) => Promise<T>;
  /** Who he is for his requests; kept where he has agreed. */
  knows: (visitor: string, agreed: boolean) => void;
  /** He has withdrawn: his id is not kept, unless he speaks with somebody. */
  forget: () => void;
  /** He has asked for somebody, or speaks with him. */
  busy: () => boolean;
  /** The sheet, with that way to talk chosen; what is asked for there follows the invitation. */
  open: (option: InviteOption | null, invitation: InvitationKey | null, later: boolean) => void;
}

export function widgetOf(controller: Controller, ui: Ui, host: HTMLElement, root: ShadowRoot, said: Said[]): Widget {
  const { config, memory } = controller;
  const { origin, site, params, consent = null } = config;
  const busy = (): boolean => Boolean(controller.live || controller.state.chat?.on || controller.state.busy);
  return {
    origin, site, params, consent, host, root, said,
    language: navigator.language,
    part: (file) => controller.part(file),
    knows: (visitor, agreed) => {
      if (agreed) memory.visitor = visitor;
      else if (!memory.visitor) memory.guest = visitor;
    },
    forget: () => {
      if (!busy()) memory.visitor = null;
    },
    busy,
    open: (option, invitation, later) => void open(controller, ui, option, invitation, later),
  };
}

async function open(controller: Controller, ui: Ui, ...[option, invitation, later]: Parameters<Widget['open']>): Promise<void> {
  controller.invitation = invitation;
  controller.show(controller.state.screen === 'chat' ? 'chat' : 'options');
  const ready = controller.prepare();
  ui.open();
  await ready;
  // What works may be another than when he was invited: then he chooses himself.
  const mode = controller.state.session?.modes.find((mode) => mode === option);
  if (mode) ui.choose(mode, later);
}
