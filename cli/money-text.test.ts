import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatMinor } from './money-text.ts';

describe('amounts for people', () => {
  test.each([
    [0, 'BRL', '0.00'],
    [5, 'BRL', '0.05'],
    [-5, 'BRL', '-0.05'],
    [123_456, 'BRL', '1,234.56'],
    [1500, 'JPY', '1,500'],
    [1234, 'KWD', '1.234'],
    [1_500_000, 'COP', '15,000.00'],
    [1234, 'IQD', '1.234'],
    [5, 'CLF', '0.0005'],
    [Number.MAX_SAFE_INTEGER, 'BRL', '90,071,992,547,409.91'],
    [Number.MIN_SAFE_INTEGER, 'BRL', '-90,071,992,547,409.91'],
    [100, 'XTS', '1.00'],
  ])('%d minor units of %s are %s', (minor, currency, text) => {
    expect(formatMinor(minor, currency)).toBe(text);
  });

  test('lose no cent', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom('BRL', 'JPY', 'KWD'), (minor, currency) => {
        expect(BigInt(formatMinor(minor, currency).replace(/[.,]/g, ''))).toBe(BigInt(minor));
      }),
    );
  });
});
