import { describe, expect, test } from '@jest/globals';
import { isCurrency } from './currency-codes.ts';
import { decimalsOf } from './currency-decimals.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('');
const everyCode = letters.flatMap((first) =>
  letters.flatMap((second) => letters.map((third) => first + second + third)),
);

describe('the currencies there are', () => {
  test.each(['BRL', 'EUR', 'XCG', 'ZWG', 'CLF', 'UYW', 'COU', 'MXV', 'VED', 'XAU'])('%s is one', (code) => {
    expect(isCurrency(code)).toBe(true);
  });

  test.each(['BRX', 'brl', 'BR', 'BRLL', 'BRL BSD', '', ' ', 'DEM'])('%p is none', (code) => {
    expect(isCurrency(code)).toBe(false);
  });

  test('are the 178 of list one and six that were withdrawn lately', () => {
    expect(everyCode.filter(isCurrency)).toHaveLength(184);
  });

  test('all those that Node knows are among them', () => {
    expect(Intl.supportedValuesOf('currency').filter((code) => !isCurrency(code))).toEqual([]);
  });

  test('all those whose decimals are not two are among them', () => {
    expect(everyCode.filter((code) => decimalsOf(code) !== 2 && !isCurrency(code))).toEqual([]);
  });
});
