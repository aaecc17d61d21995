import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  account,
  closing,
  configuration,
  type Draft,
  date,
  entry,
  local,
  openBook,
  reopening,
  reversal,
  submissionOf,
  transfer,
} from './book.fixture.ts';
import { fingerprintOf } from './fingerprint.ts';

const NOW = local('2026-03-10 12:00');

function fingerprint(draft: Draft, madeAt = NOW): number {
  return fingerprintOf(submissionOf(draft, madeAt));
}

describe('same content, same fingerprint', () => {
  test.each([
    entry(1),
    transfer(1),
    reversal(1, 2),
    configuration(1),
    closing(1, '2026-03-09'),
    reopening(1, '2026-03-09'),
  ])('who sent it and when it was made do not count (%#)', (draft) => {
    const source = { system: 'spool', deviceId: 'x', sequence: 9 };
    const again = { ...draft.fields, source, submittedAt: NOW - 1 };
    expect(fingerprint({ ...draft, fields: again })).toBe(fingerprint(draft));
  });

  const counts = [
    { accountId: 'safe', countedMinor: 5 },
    { accountId: 'drawer', countedMinor: -5 },
  ];

  test('nor does the order of counts', () => {
    const backwards = closing(1, '2026-03-09', { counts: counts.toReversed() });
    expect(fingerprint(backwards)).toBe(fingerprint(closing(1, '2026-03-09', { counts })));
  });
});

describe('another content, another fingerprint', () => {
  test.each([
    [entry(1), 'accountId', 'safe'],
    [entry(1), 'direction', 'DEBIT'],
    [entry(1), 'kind', 'OTHER'],
    [entry(1), 'paymentMethod', 'PIX'],
    [entry(1), 'amountMinor', 1001],
    [entry(1), 'currency', 'USD'],
    [entry(1), 'occurredAt', NOW + 1],
    [entry(1), 'description', ''],
    [entry(1), 'externalId', ''],
    [transfer(1), 'fromAccountId', 'bank'],
    [transfer(1), 'toAccountId', 'bank'],
    [transfer(1), 'amountMinor', 501],
    [transfer(1), 'currency', 'USD'],
    [transfer(1), 'occurredAt', NOW + 1],
    [transfer(1), 'purpose', 'DEPOSIT'],
    [transfer(1), 'description', ''],
    [reversal(1, 2), 'reversesEntryId', '00000000-0000-4000-8000-000000000003'],
    [reversal(1, 2), 'reason', ''],
    [reversal(1, 2), 'occurredAt', NOW + 1],
    [configuration(1), 'name', 'Loja 2'],
    [configuration(1), 'zone', 'UTC'],
    [configuration(1), 'cutoffMinutes', 1],
    [configuration(1), 'effectiveFrom', date('2020-01-02')],
    [configuration(1), 'lateEntries', 'REJECT'],
    [configuration(1), 'backdateLimitDays', 11],
    [configuration(1), 'accounts', [account('safe'), account('drawer'), account('dollars', 'USD')]],
    [configuration(1), 'accounts', [account('drawer'), account('safe')]],
    [closing(1, '2026-03-09'), 'businessDate', date('2026-03-08')],
    [closing(1, '2026-03-09'), 'requestedBy', ''],
    [closing(1, '2026-03-09'), 'counts', [{ accountId: 'drawer', countedMinor: 0 }]],
    [reopening(1, '2026-03-09'), 'businessDate', date('2026-03-08')],
    [reopening(1, '2026-03-09'), 'requestedBy', ''],
    [reopening(1, '2026-03-09'), 'reason', ''],
  ])('%p: %s', (draft, field, value) => {
    const changed = { ...draft, fields: { ...draft.fields, [field]: value } };
    expect(fingerprint(changed)).not.toBe(fingerprint(draft));
  });

  test('fields do not run together', () => {
    const [one, other] = [
      { description: 'ab', externalId: 'c' },
      { description: 'a', externalId: 'bc' },
    ];
    expect(fingerprint(entry(1, one))).not.toBe(fingerprint(entry(1, other)));
  });

  test('two fields that differ in the same high bit do not cancel out', () => {
    const high = 2 ** 31;
    const changed = entry(1, { amountMinor: 1000 + high, occurredAt: NOW - high });
    expect(fingerprint(changed)).not.toBe(fingerprint(entry(1)));
  });

  test('10,000 entries that differ by a cent or a millisecond have as many', () => {
    const all = Array.from({ length: 10_000 }, (_, n) =>
      fingerprint(entry(1, { amountMinor: 1 + (n % 100), occurredAt: NOW + Math.floor(n / 100) })),
    );
    expect(new Set(all).size).toBe(10_000);
    expect(all.every((value) => Number.isSafeInteger(value) && value >= 0)).toBe(true);
  });
});

describe('the ledger alone says what was remembered', () => {
  const text = fc.option(fc.string({ maxLength: 20, unit: 'grapheme' }), { nil: null });
  const amountMinor = fc.integer({ min: 1, max: 1e12 });
  const occurredAt = fc.integer({ min: local('2026-03-03'), max: NOW });
  const time = { amountMinor, occurredAt, description: text };
  const count = fc.record({ accountId: fc.constantFrom('drawer', 'safe'), countedMinor: fc.integer() });
  const counts = fc.uniqueArray(count, { selector: ({ accountId }) => accountId });
  const draft = fc.oneof(
    fc
      .record({ ...time, externalId: text, paymentMethod: fc.constantFrom('CASH', 'PIX') })
      .map((fields) => entry(2, fields)),
    fc.record({ ...time, purpose: fc.constantFrom('SANGRIA', 'OTHER') }).map((fields) => transfer(2, fields)),
    fc.record({ reason: fc.string() }).map((fields) => reversal(2, 9, fields)),
    fc.record({ reason: fc.string() }).map((fields) => reversal(2, 8, fields)),
    fc
      .record({ name: fc.string(), backdateLimitDays: fc.nat(400) })
      .map((fields) => configuration(2, fields)),
    fc.record({ counts }).map((fields) => closing(2, '2026-03-09', fields)),
    fc.constant(reopening(2, '2026-03-01', { businessDate: date('2026-03-01') })),
  );

  test('for every kind of submission', () => {
    fc.assert(
      fc.property(draft, (submitted) => {
        const book = openBook();
        book.submit(entry(8), NOW);
        book.submit(transfer(9), NOW);
        book.submit(closing(7, '2026-03-02'), NOW);
        const outcome = book.outcome(withoutNul(submitted), NOW);
        expect(outcome).toBe('posted');
        expect([...book.restoredIds]).toEqual([...book.ids]);
      }),
      { numRuns: 500 },
    );
  });
});

/** Text of a submission contains no U+0000. */
function withoutNul(draft: Draft): Draft {
  const fields = Object.entries(draft.fields).map(([field, value]) => [
    field,
    typeof value === 'string' ? value.replaceAll('\0', '') : value,
  ]);
  return { ...draft, fields: Object.fromEntries(fields) };
}
