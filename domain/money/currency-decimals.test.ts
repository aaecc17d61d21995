import { describe, expect, test } from '@jest/globals';
import { decimalsOf } from './currency-decimals.ts';

describe('how many decimals a currency has is what ISO 4217 says', () => {
  // Those on which CLDR, and with it Intl, says otherwise come first.
  test.each([
    ['COP', 2],
    ['HUF', 2],
    ['IDR', 2],
    ['PKR', 2],
    ['ALL', 2],
    ['IQD', 3],
    ['BRL', 2],
    ['USD', 2],
    ['JPY', 0],
    ['CLP', 0],
    ['UGX', 0],
    ['KWD', 3],
    ['TND', 3],
    ['CLF', 4],
    ['UYW', 4],
    ['XTS', 2],
  ])('%s: %d', (currency, decimals) => {
    expect(decimalsOf(currency)).toBe(decimals);
  });
});
