import { expect, test } from 'vitest';
import { methodsOf, wordOf } from './choices.ts';
import { anEntry } from './entries.fixture.ts';

test('a transfer is called by its purpose, everything else by its kind', () => {
  const transfer = { ...anEntry(1), kind: 'TRANSFER', purpose: 'SANGRIA' };
  expect(wordOf(transfer)).toBe('purpose.SANGRIA');
  expect(wordOf({ ...transfer, purpose: null })).toBe('kind.TRANSFER');
  expect(wordOf({ ...anEntry(1), kind: 'REVERSAL', purpose: 'SANGRIA' })).toBe('kind.REVERSAL');
});

test('Pix and boleto are for who has money in reais; everything else is for everybody', () => {
  const of = (...currencies: readonly string[]) =>
    methodsOf({
      accounts: currencies.map((currency) => ({ accountId: currency, name: '', type: 'BANK', currency })),
    });
  const brazilian = of('BRL').filter((method) => !of('EUR').includes(method));
  expect(brazilian).toEqual(['PIX', 'BOLETO']);
  expect(of('EUR', 'BRL')).toEqual(of('BRL'));
  expect(of('EUR')).toContain('OTHER');
});
