import type { MerchantBody } from '@fluxo/schemas';
import { describe, expect, test } from 'vitest';
import { zoneInForce } from '../merchant/zone-in-force.ts';
import {
  commandOf,
  directionOf,
  emptyValues,
  instantOf,
  occurredAtOf,
  usualAccounts,
  whenOf,
  zoneOfReading,
} from './entry-form.ts';

const merchant = {
  merchantId: 'padaria',
  accounts: [
    { accountId: 'drawer-1', name: 'Caixa 1', type: 'DRAWER', currency: 'BRL' },
    { accountId: 'safe', name: 'Cofre', type: 'SAFE', currency: 'BRL' },
  ],
} as unknown as MerchantBody;
const ids = { id: '0b0c7c46-6a5f-4f7c-8a86-6f0f7f4e9c11', idempotencyKey: 'k' };
const occurredAt = '2026-11-26T12:00:00.000Z';

describe('what a form becomes', () => {
  test('an entry, with the ids of the form and nothing that was not said', () => {
    const values = { ...emptyValues(merchant, 'entry'), kind: 'REFUND' as const };
    expect(commandOf({ merchant, values, amountMinor: 1_250, occurredAt, ids })).toEqual({
      ...ids,
      kind: 'entry',
      merchantId: 'padaria',
      method: 'POST',
      path: '/entries',
      body: {
        entryId: ids.id,
        amountMinor: 1_250,
        currency: 'BRL',
        occurredAt,
        accountId: 'drawer-1',
        direction: 'DEBIT',
        kind: 'REFUND',
        paymentMethod: 'CASH',
      },
      amountMinor: 1_250,
      currency: 'BRL',
      about: 'REFUND',
    });
  });

  test('a sangria, from the drawer to the safe', () => {
    const values = { ...emptyValues(merchant, 'transfer'), description: '  cofre cheio ' };
    const { path, body } = commandOf({ merchant, values, amountMinor: 5_000, occurredAt, ids });
    expect([path, body]).toEqual([
      '/transfers',
      {
        entryId: ids.id,
        amountMinor: 5_000,
        currency: 'BRL',
        occurredAt,
        description: 'cofre cheio',
        fromAccountId: 'drawer-1',
        toAccountId: 'safe',
        purpose: 'SANGRIA',
      },
    ]);
  });
});

test('the kind says which way the money goes, unless it may go either way', () => {
  expect(directionOf({ kind: 'SALE', direction: 'DEBIT' })).toBe('CREDIT');
  expect(directionOf({ kind: 'ADJUSTMENT', direction: 'DEBIT' })).toBe('DEBIT');
});

test('where a purpose needs an account that is not there, nothing is chosen', () => {
  expect(usualAccounts(merchant, 'SUPRIMENTO')).toEqual(['safe', 'drawer-1']);
  expect(usualAccounts(merchant, 'DEPOSIT')).toBeNull();
});

test('a time on the wall of the merchant, not of the browser', () => {
  expect(instantOf('2026-11-26T23:30', 'America/Sao_Paulo')).toBe('2026-11-27T02:30:00.000Z');
  expect(instantOf('2026-11-26T23:30', 'Asia/Tokyo')).toBe('2026-11-26T14:30:00.000Z');
  expect(instantOf('', 'Asia/Tokyo')).toBeNull();
});

describe('a time is read in the zone of the day on which it counts', () => {
  const calendar = [
    { effectiveFrom: '2020-01-01', zone: 'America/Sao_Paulo', cutoffMinutes: 0 },
    { effectiveFrom: '2026-11-25', zone: 'America/Manaus', cutoffMinutes: 120 },
  ];

  test.each([
    ['before another zone came', '2026-11-20T23:30', 'America/Sao_Paulo'],
    ['the last minute of that', '2026-11-24T23:59', 'America/Sao_Paulo'],
    ['the night after it, which counts on it until the cut-off', '2026-11-25T01:59', 'America/Sao_Paulo'],
    ['from the cut-off on', '2026-11-25T02:00', 'America/Manaus'],
    ['later', '2026-11-28T09:00', 'America/Manaus'],
  ])('%s', (_, when, zone) => {
    const read = zoneOfReading(when, { calendar });
    expect(read).toBe(zone);
    // Shown again, it is what was typed.
    const instant = instantOf(when, zone) ?? '';
    expect(whenOf(instant, zoneInForce({ calendar }, Date.parse(instant)))).toBe(when);
  });

  test('and an empty field in none', () => {
    expect(zoneOfReading('', { calendar })).toBeNull();
  });
});

describe('a time that is corrected', () => {
  const saoPaulo = 'America/Sao_Paulo';
  const corrected = { when: '2026-11-25T23:30', occurredAt: '2026-11-26T02:30:17.250Z' };
  const values = { ...emptyValues(merchant, 'entry'), corrected };

  test('is shown to the minute, on the wall of the merchant', () => {
    expect(whenOf(corrected.occurredAt, saoPaulo)).toBe('2026-11-25T23:30');
    expect(whenOf(corrected.occurredAt, 'Asia/Kathmandu')).toBe('2026-11-26T08:15');
  });

  test('stands as it was until somebody changes it, whatever the zone is by then', () => {
    const unchanged = { ...values, when: corrected.when };
    expect(occurredAtOf(unchanged, saoPaulo)).toBe(corrected.occurredAt);
    expect(occurredAtOf(unchanged, 'Asia/Tokyo')).toBe(corrected.occurredAt);
    expect(occurredAtOf({ ...values, when: '2026-11-25T23:31' }, saoPaulo)).toBe('2026-11-26T02:31:00.000Z');
    expect(occurredAtOf({ ...values, when: '' }, saoPaulo)).toBeNull();
  });
});
