// Calling codes: what a person types in his country becomes E.164, and E.164 is shown in groups.

/** ISO 3166 → [calling code, trunk prefix dropped after it]. */
const COUNTRIES: Record<string, [string, string]> = {
  AT: ['43', '0'], AU: ['61', '0'], BE: ['32', '0'], BG: ['359', '0'], BR: ['55', '0'], CA: ['1', '1'],
  CH: ['41', '0'], CN: ['86', '0'], CY: ['357', ''], CZ: ['420', ''], DE: ['49', '0'], DK: ['45', ''],
  EE: ['372', ''], ES: ['34', ''], FI: ['358', '0'], FR: ['33', '0'], GB: ['44', '0'], GR: ['30', ''],
  HR: ['385', '0'], HU: ['36', '06'], IE: ['353', '0'], IL: ['972', '0'], IN: ['91', '0'], IS: ['354', ''],
  IT: ['39', ''], JP: ['81', '0'], KR: ['82', '0'], LI: ['423', ''], LT: ['370', '0'], LU: ['352', ''],
  LV: ['371', ''], MT: ['356', ''], MX: ['52', ''], NL: ['31', '0'], NO: ['47', ''], NZ: ['64', '0'],
  PL: ['48', ''], PT: ['351', ''], RO: ['40', '0'], RS: ['381', '0'], SE: ['46', '0'], SI: ['386', '0'],
  SK: ['421', '0'], TR: ['90', '0'], UA: ['380', '0'], US: ['1', '1'], ZA: ['27', '0'],
};

/** '49' of 'DE', or nothing where we do not know. */
export function callingCode(country: string): string | undefined {
  return COUNTRIES[country.toUpperCase()]?.[0];
}

/** What was typed, as E.164; null where it cannot be a number. The server has the last word. */
export function toE164(typed: string, country: string): string | null {
  const text = typed.replace(/\(0\)/g, '').replace(/[\s().\-/\u00a0\u2010-\u2015]/g, '');
  if (!/^\+?\d+$/.test(text)) return null;
  let digits: string;
  if (text.startsWith('+')) digits = text.slice(1);
  else if (text.startsWith('00')) digits = text.slice(2);
  else {
    const entry = COUNTRIES[country.toUpperCase()];
    if (!entry) return null;
    const [code, trunk] = entry;
    digits = code + (trunk && text.startsWith(trunk) ? text.slice(trunk.length) : text);
  }
  return digits.length >= 7 && digits.length <= 15 && !digits.startsWith('0') ? `+${digits}` : null;
}

/** Six digits in two groups. */
export function pinGroups(pin: string): string {
  return pin.length === 6 ? `${pin.slice(0, 3)}\u2009${pin.slice(3)}` : pin;
}
