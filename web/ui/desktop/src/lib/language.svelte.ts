// Which language the desktop speaks: the browser's, or the one chosen here, which is kept.
import { LANGUAGES, wordsFor, type Words } from './words.ts';

const KEY = 'warmline.desktop.language';

class Language {
  words: Words = $state.raw(wordsFor(languages()));

  constructor() {
    this.#mark();
  }

  choose(tag: string): void {
    this.words = LANGUAGES[tag] ?? this.words;
    remember(KEY, this.words.tag);
    this.#mark();
  }

  #mark(): void {
    document.documentElement.lang = this.words.tag;
  }
}

function languages(): string[] {
  const chosen = recall(KEY);
  return chosen ? [chosen, ...navigator.languages] : [...navigator.languages];
}

/** What this browser keeps; null where there is nothing or nothing may be kept. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser that keeps nothing: the choice holds until the tab closes.
  }
}

export const language = new Language();
