import { expect, test } from 'vitest';
import { callingCode, pinGroups, toE164 } from '../src/phone.ts';

test.each([
  ['0171 555-0142', 'DE', '+491715550142'],
  ['(030) 12345003', 'DE', '+493012345003'],
  ['+49 (0)30 12345003', 'GB', '+493012345003'],
  ['0049 30 12345003', 'FR', '+493012345003'],
  ['020 7946 0018', 'GB', '+442079460018'],
  ['06 1234 5678', 'IT', '+390612345678'],
  ['1 (202) 555-0143', 'US', '+12025550143'],
  ['202.555.0143', 'US', '+12025550143'],
  ['06 30 123 4567', 'HU', '+36301234567'],
])('%s typed in %s is %s', (typed, country, e164) => expect(toE164(typed, country)).toBe(e164));

test.each([['', 'DE'], ['110', 'DE'], ['call me', 'DE'], ['+0123456789', 'DE'], ['1234567890123456', 'DE'], ['0171 5550142', 'XX'], ['+49;ext=1', 'DE']])(
  '%s typed in %s is no number',
  (typed, country) => expect(toE164(typed, country)).toBeNull(),
);

test('codes and PINs', () => {
  expect(callingCode('de')).toBe('49');
  expect(callingCode('ZZ')).toBeUndefined();
  expect(pinGroups('483026')).toBe('483\u2009026');
});
