import { expect, test } from '@jest/globals';
import { decimalText } from './decimal-text.ts';

test.each([
  [15_000, 'COP', '150.00'],
  [-1, 'HUF', '-0.01'],
  [123_456, 'IDR', '1234.56'],
  [123_456, 'IQD', '123.456'],
  [1_500, 'JPY', '1500'],
  [1, 'CLF', '0.0001'],
  [-123_456, 'BRL', '-1234.56'],
  [Number.MAX_SAFE_INTEGER, 'BRL', '90071992547409.91'],
])('%d minor units of %s are %s, and that without its point is them', (minor, currency, text) => {
  expect(decimalText(minor, currency)).toBe(text);
  expect(Number(text.replace('.', ''))).toBe(minor);
});
