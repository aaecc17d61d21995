import { expect, test } from 'vitest';
import { shownCurrency } from './shown-currency.ts';

test('a currency that was chosen is shown for as long as there are figures in it', () => {
  expect(shownCurrency('USD', ['EUR', 'USD'])).toBe('USD');
  expect(shownCurrency('USD', ['EUR'])).toBe('EUR');
  expect(shownCurrency(null, ['EUR', 'USD'])).toBe('EUR');
  expect(shownCurrency('USD', [])).toBeNull();
});
