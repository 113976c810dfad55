// Amounts of a shop and languages of its visitors, as the reader writes them.

/** 129 or 129.50: the shop's currency is its own affair. */
export function amount(value: number, tag: string): string {
  return value.toLocaleString(tag, { minimumFractionDigits: Number.isInteger(value) ? 0 : 2, maximumFractionDigits: 2 });
}

/** "German"; the tag itself where it is none. */
export function languageName(language: string, tag: string): string {
  try {
    return new Intl.DisplayNames([tag], { type: 'language' }).of(language) ?? language;
  } catch {
    return language;
  }
}
