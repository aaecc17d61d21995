/** The fields of an entry from its body, and what is refused that only a schema cannot see. */
import { describe, expect, test } from '@jest/globals';
import { entryFields, settingsFields } from './bodies.ts';

const body = {
  accountId: 'drawer',
  direction: 'CREDIT',
  kind: 'SALE',
  paymentMethod: 'CASH',
  amountMinor: 1_250,
  currency: 'BRL',
  occurredAt: '2026-11-24T10:00:00-03:00',
};

describe('the direction', () => {
  test.each([
    ['ADJUSTMENT', 'CREDIT'],
    ['ADJUSTMENT', 'DEBIT'],
    ['OTHER', 'CREDIT'],
    ['OTHER', 'DEBIT'],
    ['SALE', 'CREDIT'],
    ['CASH_IN', 'CREDIT'],
    ['OPENING', 'CREDIT'],
    ['REFUND', 'DEBIT'],
    ['CASH_OUT', 'DEBIT'],
    ['FEE', 'DEBIT'],
  ])('of an entry of kind %s may be %s', (kind, direction) => {
    expect(entryFields('m-1', { ...body, kind, direction })).toEqual({
      ...body,
      merchantId: 'm-1',
      kind,
      direction,
      description: null,
      externalId: null,
      occurredAt: Date.UTC(2026, 10, 24, 13),
    });
  });

  test.each([
    ['SALE', 'DEBIT', 'CREDIT'],
    ['FEE', 'CREDIT', 'DEBIT'],
  ])('of a %s may not be %s', (kind, direction, expected) => {
    expect(() => entryFields('m-1', { ...body, kind, direction })).toThrow(
      expect.objectContaining({
        errors: [{ in: 'body', pointer: '/direction', detail: `must be ${expected} for this kind` }],
      }),
    );
  });
});

describe('the currency', () => {
  const settings = (currency: string) => ({
    zone: 'America/Santiago',
    effectiveFrom: '2026-12-01',
    accounts: [
      { accountId: 'drawer', currency: 'CLP' },
      { accountId: 'other', currency },
    ],
  });

  // Those that Node's language data does not know, then two that ISO 4217 has withdrawn and accounts are still in.
  test.each([
    'BRL',
    'CLF',
    'UYW',
    'UYI',
    'COU',
    'MXV',
    'USN',
    'VED',
    'BOV',
    'CHE',
    'CHW',
    'XAU',
    'BGN',
    'HRK',
  ])('%s is taken, of an entry and of an account', (currency) => {
    expect(entryFields('m-1', { ...body, currency })).toMatchObject({ currency });
    const { accounts } = settings(currency);
    expect(settingsFields('m-1', settings(currency))).toMatchObject({ accounts });
  });

  test.each(['BRX', 'ZZZ', 'DEM'])('%s is refused at its place', (currency) => {
    const refused = (pointer: string) =>
      expect.objectContaining({
        errors: [{ in: 'body', pointer, detail: 'is no currency that there is' }],
      });
    expect(() => entryFields('m-1', { ...body, currency })).toThrow(refused('/currency'));
    expect(() => settingsFields('m-1', settings(currency))).toThrow(refused('/accounts/1/currency'));
  });
});
