// Invitations in the page, a part of its own that is loaded when the first one comes: a card beside the button, until it is answered or gone.
import type { InvitationKey } from '@warmline/shared/contract';
import type { Invitation, InvitationAnswer, InviteOption } from '@warmline/shared/contract_watch';
import { bearer } from '../api.ts';
import { h } from '../dom.ts';
import { card } from './card.ts';
import { INVITE_STYLES } from './styles.ts';
import { inviteWords } from './words.ts';

/** So long an answer is waited for before the sheet opens all the same, and so often is looked whether a card may be shown, in milliseconds. */
const PATIENCE = 2_500;
const LOOK = 2_000;
/** The longest that a timer can wait. */
const LONGEST = 2 ** 31 - 1;

export interface InviteHooks {
  origin: string;
  language: string;
  host: HTMLElement;
  root: ShadowRoot;
  busy: () => boolean;
  open: (option: InviteOption | null, invitation: InvitationKey | null, later: boolean) => void;
  /** It does not come back. */
  answered: (invitation: string) => void;
}

export class Invite {
  #invitation: Invitation | null = null;
  #card: HTMLElement | null = null;
  readonly #shown = new Set<string>();
  readonly #done = new Set<string>();
  readonly #announce = h('div', { class: 'sr', attrs: { role: 'status' } });
  #expiry: ReturnType<typeof setTimeout> | undefined;
  #look: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly hooks: InviteHooks) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(INVITE_STYLES);
    hooks.root.adoptedStyleSheets = [...hooks.root.adoptedStyleSheets, sheet];
    hooks.root.append(this.#announce);
    document.addEventListener('visibilitychange', () => this.#settle());
    new MutationObserver(() => this.#settle()).observe(hooks.host, { attributes: true, attributeFilter: ['open'] });
    // Wherever he is; who writes, and what of the page's own is open, keeps its key.
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented || !this.#card?.isConnected || hooks.host.hasAttribute('open') || writes(event)) return;
      this.#decline();
    });
  }

  show(invitation: Invitation): void {
    if (this.#done.has(invitation.id) || this.#invitation?.id === invitation.id) return;
    this.gone();
    this.#invitation = invitation;
    const left = Date.parse(invitation.expires_at) - Date.now();
    // A clock that is wrong takes nothing away: the switch says when it is over.
    if (left > 0) this.#expiry = setTimeout(() => this.gone(), Math.min(LONGEST, left));
    this.#look = setInterval(() => this.#settle(), LOOK);
    this.#settle();
  }

  /** What is shown is good no more. */
  gone(): void {
    clearTimeout(this.#expiry);
    clearInterval(this.#look);
    this.#invitation = null;
    const focused = this.#card?.contains(this.hooks.root.activeElement);
    this.#card?.remove();
    this.#card = null;
    this.#announce.textContent = '';
    if (focused) this.#button()?.focus();
  }

  /** Shown when somebody looks, and not over what he is in the middle of. */
  #settle(): void {
    const invitation = this.#invitation;
    if (!invitation || document.visibilityState !== 'visible' || this.hooks.host.hasAttribute('open')) return;
    // He has asked for somebody by himself meanwhile.
    if (this.hooks.busy()) return this.#card ? this.gone() : undefined;
    if (this.#card) return;
    const w = inviteWords(invitation.language, this.hooks.language);
    this.#card = card(invitation, this.hooks.origin, w, { accept: (option, later, button) => void this.#accept(invitation, option, later, button), decline: () => this.#decline() });
    const button = this.#button();
    if (button) button.before(this.#card);
    else this.hooks.root.append(this.#card);
    // The focus stays where it is: who listens hears of it.
    this.#announce.textContent = [invitation.agent?.display_name, invitation.title || w.title, invitation.text].filter(Boolean).join('. ');
    if (this.#shown.has(invitation.id)) return;
    this.#shown.add(invitation.id);
    void this.#answer(invitation, { answer: 'shown' });
  }

  #button(): HTMLElement | null {
    return this.hooks.root.querySelector<HTMLElement>('.launcher');
  }

  #decline(): void {
    const invitation = this.#invitation;
    if (!invitation) return;
    this.#over(invitation);
    this.gone();
    void this.#answer(invitation, { answer: 'declined' });
  }

  async #accept(invitation: Invitation, option: InviteOption | null, later: boolean, button: HTMLElement): Promise<void> {
    if (this.#done.has(invitation.id)) return;
    this.#over(invitation);
    button.setAttribute('aria-busy', 'true');
    const answer = this.#answer(invitation, { answer: 'accepted', ...(option ? { option } : {}) });
    // A conference is opened by its link: nothing is to be asked here.
    if (option === 'conference') return void setTimeout(() => this.gone());
    const kept = await Promise.race([answer, new Promise<boolean>((resolve) => setTimeout(() => resolve(true), PATIENCE))]);
    this.gone();
    // Over or not, he is helped as anybody who asks.
    this.hooks.open(option, kept ? { id: invitation.id, key: invitation.key } : null, later);
  }

  #over(invitation: Invitation): void {
    this.#done.add(invitation.id);
    this.hooks.answered(invitation.id);
  }

  /** False where it is over. */
  async #answer(invitation: Invitation, body: InvitationAnswer): Promise<boolean> {
    try {
      const response = await fetch(`${this.hooks.origin}/v1/web/invitations/${encodeURIComponent(invitation.id)}`, {
        method: 'POST', mode: 'cors', credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer', keepalive: true,
        headers: { 'Content-Type': 'application/json', ...bearer(invitation.key) },
        body: JSON.stringify(body),
      });
      if (response.status !== 409) return true;
      // What was over before it could be read is not left standing.
      if (body.answer === 'shown') this.#done.add(invitation.id);
      if (body.answer === 'shown' && this.#invitation?.id === invitation.id) this.gone();
      return false;
    } catch {
      return true;
    }
  }
}

/** In a field, where Escape has a meaning of its own. */
function writes(event: Event): boolean {
  const [target] = event.composedPath();
  return target instanceof HTMLElement && (target.isContentEditable || /^(?:input|textarea|select)$/i.test(target.tagName));
}

export function openInvite(hooks: InviteHooks): Invite {
  return new Invite(hooks);
}
