// What is said of the agent's pointer.

export interface PointWords {
  at: (name: string, what: string) => string;
  somewhere: (name: string) => string;
}

const WORDS: Record<string, PointWords> = {
  en: { at: (name, what) => `${name} is pointing at: ${what}`, somewhere: (name) => `${name} is pointing at a part of the page` },
  de: { at: (name, what) => `${name} zeigt auf: ${what}`, somewhere: (name) => `${name} zeigt auf eine Stelle der Seite` },
  es: { at: (name, what) => `${name} señala: ${what}`, somewhere: (name) => `${name} señala una parte de la página` },
};

export function pointWords(language: string): PointWords {
  return WORDS[language.slice(0, 2).toLowerCase()] ?? WORDS.en!;
}
