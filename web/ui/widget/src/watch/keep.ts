// What watching keeps in the shop's own storage: an identity once the visitor has agreed, a visit as long as the tab. Nothing else, and nothing where he refuses.
import type { Consent } from '@warmline/shared/contract_watch';

/** So many answered invitations are remembered. */
const ANSWERED = 20;

export class Keep {
  /** The browser keeps something for us; learnt anew where it does not after all. */
  storage = reachable();
  /** As long as the page, where nothing may be kept. */
  #answered: string[] = [];
  /** On this page, where the browser keeps nothing. */
  #visit: string | null = null;
  #nonce: string | null = null;

  constructor(
    private readonly site: string,
    private readonly consent: () => Consent,
  ) {}

  /** Whom the switch gives one: it knows whether the firm asks first. Nobody who refuses is known again. */
  get identity(): string | null {
    return this.consent() === 'refused' ? null : this.kept;
  }

  set identity(sealed: string) {
    this.#write(() => {
      localStorage.setItem(this.#name('identity'), sealed);
      localStorage.removeItem(this.#name('nonce'));
    });
  }

  /** A random text until he has an identity: whose page is left before the first answer is no other one on the next. Kept where he has agreed. */
  get nonce(): string | null {
    if (this.consent() === 'refused' || this.kept) return null;
    const nonce = (this.#nonce = this.unanswered ?? random());
    if (this.consent() === 'granted') this.#write(() => localStorage.setItem(this.#name('nonce'), nonce));
    return nonce;
  }

  /** The nonce that was told of him. */
  get unanswered(): string | null {
    return attempt(() => localStorage.getItem(this.#name('nonce'))) ?? this.#nonce;
  }

  /** What lies there, whatever he says now. */
  get kept(): string | null {
    return attempt(() => localStorage.getItem(this.#name('identity')));
  }

  /** Another tab has taken away what he is known by. */
  isGone({ key, oldValue }: StorageEvent): boolean {
    const names = ['identity', 'nonce'].map((what) => this.#name(what));
    const his = key === null || (names.includes(key) && oldValue !== null);
    return his && names.every((name) => attempt(() => localStorage.getItem(name)) === null);
  }

  get visit(): string | null {
    return attempt(() => sessionStorage.getItem(this.#name('visit'))) ?? this.#visit;
  }

  set visit(sealed: string) {
    this.#visit = sealed;
    this.#write(() => sessionStorage.setItem(this.#name('visit'), sealed));
  }

  wasAnswered(invitation: string): boolean {
    return this.#ids().includes(invitation);
  }

  answered(invitation: string): void {
    this.#answered = [...this.#ids(), invitation].slice(-ANSWERED);
    this.#write(() => sessionStorage.setItem(this.#name('answered'), JSON.stringify(this.#answered)));
  }

  /** All of it is gone, also from other tabs' common place. */
  forget(): void {
    this.#answered = [];
    this.#visit = this.#nonce = null;
    attempt(() => localStorage.removeItem(this.#name('identity')));
    attempt(() => localStorage.removeItem(this.#name('nonce')));
    attempt(() => sessionStorage.removeItem(this.#name('visit')));
    attempt(() => sessionStorage.removeItem(this.#name('answered')));
  }

  #ids(): string[] {
    const read: unknown = attempt(() => JSON.parse(sessionStorage.getItem(this.#name('answered')) ?? '[]'));
    const kept = Array.isArray(read) ? read.filter((id) => typeof id === 'string') : [];
    return [...new Set([...kept, ...this.#answered])];
  }

  #name(what: string): string {
    return `warmline.${what}.${this.site}`;
  }

  #write(work: () => void): void {
    if (this.consent() === 'refused') return;
    try {
      work();
    } catch {
      this.storage = false;
    }
  }
}

/** Both are there; nothing is written to find out. */
function reachable(): boolean {
  return attempt(() => Boolean(localStorage && sessionStorage)) ?? false;
}

/** 128 bits; also where the page is not a secure one. */
function random(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
