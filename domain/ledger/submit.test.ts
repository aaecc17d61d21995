/**
 * The table of checks, row by row and pair by pair: every code is met at least once, and where two apply the earlier one is
 * given. What an accepted submission becomes is in the other tests of this folder.
 */
import { describe, expect, test } from '@jest/globals';
import {
  account,
  type Book,
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
  uuid,
} from './book.fixture.ts';
import { POLICY, type RejectionCode } from './decision.ts';
import { submit } from './submit.ts';

const NOW = local('2026-03-10 12:00');
const DAY_MS = 86_400_000;
const MAX = Number.MAX_SAFE_INTEGER;

/** A merchant with something to run into: ids 10 to 14 are taken, 9 March is closed. */
function busyBook(lateEntries = 'REJECT'): Book {
  const book = openBook({
    lateEntries,
    accounts: [account('drawer'), account('safe'), account('dollars', 'USD')],
  });
  const then = local('2026-03-10 09:00');
  const outcomes = [
    book.outcome(entry(10), then),
    book.outcome(transfer(11), then),
    book.outcome(reversal(12, 11), then),
    book.outcome(closing(13, '2026-03-09'), then),
    book.outcome(entry(14, { accountId: 'dollars', currency: 'USD' }), then),
  ];
  expect(outcomes).toEqual(['posted', 'posted', 'posted', 'posted', 'posted']);
  return book;
}

const FUTURE = NOW + POLICY.toleranceMs + 1;
const STALE = NOW - POLICY.dedupHorizonMs - 1;
const CLOSED = local('2026-03-09 10:00');
const TOO_OLD = local('2026-02-20 10:00');

/** One submission per row of the table, and per code; each breaks as many later rows as it can. */
const rows: readonly [RejectionCode, string, Draft][] = [
  [
    'duplicate-mismatch',
    'an entry under a taken id, in everything else wrong',
    entry(10, { submittedAt: FUTURE, accountId: 'x' }),
  ],
  ['duplicate-mismatch', 'an entry under the id of a closing', entry(13)],
  ['duplicate-mismatch', 'a closing under the id of an entry, too early', closing(10, '2026-12-31')],
  [
    'duplicate-mismatch',
    'a transfer under its own id, with another purpose',
    transfer(11, { purpose: 'DEPOSIT', submittedAt: STALE }),
  ],
  ['submitted-in-future', 'an entry for no account', entry(20, { submittedAt: FUTURE, accountId: 'x' })],
  [
    'submitted-in-future',
    'a transfer to itself',
    transfer(20, { submittedAt: FUTURE, toAccountId: 'drawer' }),
  ],
  [
    'submitted-in-future',
    'a configuration without accounts',
    configuration(20, { submittedAt: FUTURE, accounts: [] }),
  ],
  ['stale-submission', 'an entry for no account', entry(20, { submittedAt: STALE, accountId: 'x' })],
  ['stale-submission', 'a reopening of an open day', reopening(20, '2026-03-10', { submittedAt: STALE })],
  ['stale-submission', 'a closing of tomorrow', closing(20, '2026-03-11', { submittedAt: STALE })],
  ['same-account', 'from and to an unknown one', transfer(20, { fromAccountId: 'x', toAccountId: 'x' })],
  ['account-unknown', 'and an amount of nothing', entry(20, { accountId: 'x', amountMinor: 0 })],
  [
    'account-unknown',
    'FROM, before the currency of TO',
    transfer(20, { fromAccountId: 'x', toAccountId: 'dollars' }),
  ],
  [
    'currency-mismatch',
    'FROM, before TO is unknown',
    transfer(20, { fromAccountId: 'dollars', toAccountId: 'x' }),
  ],
  ['account-unknown', 'TO, before the amount', transfer(20, { toAccountId: 'x', amountMinor: 0 })],
  ['currency-mismatch', 'TO, before the amount', transfer(20, { toAccountId: 'dollars', amountMinor: 0 })],
  ['currency-mismatch', 'and an amount of nothing', entry(20, { currency: 'USD', amountMinor: 0 })],
  [
    'amount-out-of-range',
    'nothing, in the wrong direction',
    entry(20, { amountMinor: 0, direction: 'DEBIT' }),
  ],
  ['amount-out-of-range', 'less than nothing', entry(20, { amountMinor: -1 })],
  ['amount-out-of-range', 'too much', entry(20, { amountMinor: 1e12 + 1, occurredAt: FUTURE })],
  ['amount-out-of-range', 'a transfer of nothing', transfer(20, { amountMinor: 0, occurredAt: FUTURE })],
  [
    'direction-mismatch',
    'a sale out of the drawer, tomorrow',
    entry(20, { direction: 'DEBIT', occurredAt: FUTURE }),
  ],
  ['direction-mismatch', 'a refund into the drawer', entry(20, { kind: 'REFUND' })],
  ['occurred-in-future', 'an entry', entry(20, { occurredAt: FUTURE })],
  ['occurred-in-future', 'a transfer', transfer(20, { occurredAt: FUTURE })],
  ['occurred-in-future', 'a reversal of nothing', reversal(20, 99, { occurredAt: FUTURE })],
  ['original-unknown', 'no such id', reversal(20, 99)],
  ['original-unknown', 'a closing is no entry', reversal(20, 13)],
  ['original-unknown', 'a reversal of itself', reversal(20, 20)],
  ['cannot-reverse-reversal', 'a reversal', reversal(20, 12)],
  ['already-reversed', 'a transfer taken back before', reversal(20, 11)],
  ['day-closed', 'yesterday', entry(20, { occurredAt: CLOSED })],
  ['day-closed', 'closed, and too long ago as well', entry(20, { occurredAt: TOO_OLD })],
  ['config-invalid', 'no such zone', configuration(20, { zone: 'Mars/Olympus' })],
  ['day-not-closable', 'closed already', closing(20, '2026-03-09')],
  ['day-not-closed', 'today is open', reopening(20, '2026-03-10')],
  [
    'balance-overflow',
    'a variance beyond what can be counted',
    closing(20, '2026-03-10', { counts: [{ accountId: 'drawer', countedMinor: -MAX }] }),
  ],
];

describe('the first code that applies', () => {
  test.each(rows)('%s: %s', (code, _, draft) => {
    const book = busyBook();
    const before = [book.ledger(), book.page(), [...book.ids]];
    const decision = book.submit(draft, NOW);
    expect(decision).toEqual({ kind: 'rejected', code, detail: expect.stringMatching(/\S/) });
    expect([book.ledger(), book.page(), [...book.ids]]).toEqual(before);
  });

  test.each([entry(1), transfer(1), reversal(1, 2), closing(1, '2026-03-09'), reopening(1, '2026-03-09')])(
    'merchant-unknown: nothing but a configuration makes a merchant known (%#)',
    (draft) => {
      const context = { recordedAt: NOW, sourceOffset: 0 };
      const late = { ...draft, fields: { ...draft.fields, submittedAt: STALE } };
      expect(submit(undefined, submissionOf(late, NOW), context)).toMatchObject({ code: 'merchant-unknown' });
    },
  );

  test.each([
    ['submitted-in-future', { submittedAt: FUTURE, zone: 'x' }],
    ['stale-submission', { submittedAt: STALE, accounts: [] }],
    ['config-invalid', { accounts: [] }],
  ])('of a first configuration: %s', (code, fields) => {
    const context = { recordedAt: NOW, sourceOffset: 0 };
    expect(submit(undefined, submissionOf(configuration(1, fields), NOW), context)).toMatchObject({ code });
  });

  test('backdated-beyond-limit: an open day too long ago', () => {
    const book = openBook({ lateEntries: 'REJECT', backdateLimitDays: 3 });
    const outcomes = ['2026-03-06 23:59', '2026-03-07 00:00'].map((time, n) =>
      book.outcome(entry(20 + n, { occurredAt: local(time) }), NOW),
    );
    expect(outcomes).toEqual(['backdated-beyond-limit', 'posted']);
  });
});

describe('at the edge', () => {
  const accepted: readonly [string, Draft][] = [
    ['submitted at the end of the tolerance', entry(20, { submittedAt: FUTURE - 1, occurredAt: FUTURE - 1 })],
    ['submitted at the horizon', entry(20, { submittedAt: STALE + 1 })],
    ['one cent', entry(20, { amountMinor: 1 })],
    ['as much as there may be', entry(20, { amountMinor: 1e12 })],
    ['an adjustment may go either way', entry(20, { kind: 'ADJUSTMENT', direction: 'DEBIT' })],
    ['a fee goes out', entry(20, { kind: 'FEE', direction: 'DEBIT' })],
  ];

  test.each(accepted)('%s is posted', (_, draft) => {
    expect(busyBook().outcome(draft, NOW)).toBe('posted');
  });
});

describe('ids', () => {
  test('a retransmission has no effect at all, whoever sends it and however often (I7)', () => {
    const book = busyBook();
    const again = local('2026-03-10 09:00');
    const source = { system: 'spool', deviceId: 'x', sequence: 9 };
    const before = [book.ledger(), book.page()];
    const times = { submittedAt: NOW, occurredAt: again, source };
    const outcomes = [1, 2, 3].map(() => book.outcome(entry(10, times), NOW));
    expect([outcomes, book.ledger(), book.page()]).toEqual([
      ['duplicate', 'duplicate', 'duplicate'],
      ...before,
    ]);
  });

  test('an id is remembered for horizon and tolerance, to the millisecond', () => {
    const recordedAt = local('2026-03-10 09:00');
    const end = recordedAt + POLICY.dedupHorizonMs + POLICY.toleranceMs;
    const later = { occurredAt: recordedAt, amountMinor: 7 };
    expect(busyBook().outcome(entry(10, { ...later, submittedAt: end }), end)).toBe('duplicate-mismatch');
    expect(busyBook('BOOK_TODAY').outcome(entry(10, { ...later, submittedAt: end }), end + 1)).toBe('posted');
  });

  test('a retransmission that comes after that is stale', () => {
    const recordedAt = local('2026-03-10 09:00');
    const afterwards = recordedAt + POLICY.dedupHorizonMs + POLICY.toleranceMs + 1;
    const again = { submittedAt: recordedAt, occurredAt: recordedAt };
    expect(busyBook().outcome(entry(10, again), afterwards)).toBe('stale-submission');
  });

  test('an id that comes back after its time is a new one: it can be reversed again', () => {
    const book = busyBook('BOOK_TODAY');
    expect(book.outcome(reversal(20, 10), NOW)).toBe('posted');
    const afterwards = NOW + POLICY.dedupHorizonMs + POLICY.toleranceMs + DAY_MS;
    const outcomes = [
      book.outcome(reversal(21, 10), afterwards),
      book.outcome(entry(10), afterwards),
      book.outcome(reversal(22, 10), afterwards),
      book.outcome(reversal(23, 10), afterwards),
    ];
    expect(outcomes).toEqual(['original-unknown', 'posted', 'posted', 'already-reversed']);
  });

  test('an id refused stays free', () => {
    const book = busyBook();
    const outcomes = [entry(20, { amountMinor: 0 }), transfer(20), entry(20)].map((draft) =>
      book.outcome(draft, NOW),
    );
    expect(outcomes).toEqual(['amount-out-of-range', 'posted', 'duplicate-mismatch']);
  });

  test('counts say the same in any order', () => {
    const book = busyBook();
    const counts = ['safe', 'drawer'].map((accountId, n) => ({ accountId, countedMinor: n }));
    const outcomes = [counts, counts.toReversed(), counts.slice(1), [...counts, ...counts]].map((list) =>
      book.outcome(closing(20, '2026-03-10', { counts: list }), NOW),
    );
    expect(outcomes).toEqual(['posted', 'duplicate', 'duplicate-mismatch', 'duplicate-mismatch']);
  });
});

test('a ledger record says all there is to say', () => {
  const book = openBook();
  const source = { system: 'pos', deviceId: 'till-1', sequence: 7 };
  const occurredAt = local('2026-03-09 23:30');
  const draft = entry(20, {
    source,
    occurredAt,
    description: 'café',
    externalId: 'nf-1',
    paymentMethod: 'PIX',
  });
  const decision = book.submit(draft, NOW);
  expect(decision).toMatchObject({
    kind: 'accepted',
    events: [
      {
        type: 'EntryPosted',
        value: {
          merchantId: 'loja-1',
          ledgerSeq: 2,
          recordedAt: NOW,
          sourceOffset: 1,
          entryId: uuid(20),
          leg: 'SINGLE',
          accountId: 'drawer',
          direction: 'CREDIT',
          kind: 'SALE',
          paymentMethod: 'PIX',
          amountMinor: 1000,
          currency: 'BRL',
          occurredAt,
          submittedAt: NOW,
          businessDate: date('2026-03-09'),
          originalBusinessDate: null,
          reversesEntryId: null,
          purpose: null,
          reason: null,
          description: 'café',
          externalId: 'nf-1',
          source,
          prevHash: new Uint8Array(32),
          hash: new Uint8Array(32),
        },
      },
    ],
    settings: null,
    reverses: null,
  });
});
