import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { add, MoneyOverflowError, subtract } from './money.ts';

const MAX = Number.MAX_SAFE_INTEGER;

describe('one addition of safe integers is exact or refused', () => {
  test.each([
    [MAX - 1, 1, MAX],
    [-MAX, MAX, 0],
    [-MAX + 1, -1, -MAX],
  ])('%d + %d = %d', (a, b, sum) => {
    expect(add(a, b)).toBe(sum);
    expect(subtract(a, -b)).toBe(sum);
  });

  test.each([
    [MAX, 1],
    [MAX, MAX],
    [-MAX, -1],
    [1_000_000_000_000, MAX],
  ])('%d + %d is refused', (a, b) => {
    expect(() => add(a, b)).toThrow(MoneyOverflowError);
    expect(() => subtract(a, -b)).toThrow(MoneyOverflowError);
  });

  test('as BigInt says, for any two', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b) => {
        const exact = BigInt(a) + BigInt(b);
        const fits = exact <= BigInt(MAX) && exact >= -BigInt(MAX);
        if (fits) expect(BigInt(add(a, b))).toBe(exact);
        else expect(() => add(a, b)).toThrow(MoneyOverflowError);
      }),
    );
  });
});
