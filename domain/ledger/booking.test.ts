import { describe, expect, test } from '@jest/globals';
import { closing, entry, local, openBook, reopening, reversal } from './book.fixture.ts';

/** Today is 10 March. What happens to an entry that occurred on a day, under which closing and limit (spec.md 3.3)? */
describe('which day an entry counts on', () => {
  test.each([
    // late entries, limit, closed through, occurred   → booked on, or refused
    ['BOOK_TODAY', 3, null, '2026-03-10', '2026-03-10'],
    ['BOOK_TODAY', 3, null, '2026-03-07', '2026-03-07'],
    ['BOOK_TODAY', 3, null, '2026-03-06', '2026-03-10 (2026-03-06)'],
    ['BOOK_TODAY', 0, null, '2026-03-10', '2026-03-10'],
    ['BOOK_TODAY', 0, null, '2026-03-09', '2026-03-10 (2026-03-09)'],
    ['BOOK_TODAY', 3, '2026-03-08', '2026-03-09', '2026-03-09'],
    ['BOOK_TODAY', 3, '2026-03-08', '2026-03-08', '2026-03-10 (2026-03-08)'],
    ['BOOK_TODAY', 3, '2026-03-10', '2026-03-09', '2026-03-11 (2026-03-09)'],
    ['BOOK_TODAY', 3, '2026-03-10', '2026-03-10', '2026-03-11 (2026-03-10)'],
    ['REJECT', 3, null, '2026-03-07', '2026-03-07'],
    ['REJECT', 3, null, '2026-03-06', 'backdated-beyond-limit'],
    ['REJECT', 3, '2026-03-08', '2026-03-08', 'day-closed'],
    ['REJECT', 3, '2026-03-08', '2026-03-01', 'day-closed'],
    ['REJECT', 3, '2026-03-10', '2026-03-10', '2026-03-11 (2026-03-10)'],
    ['REJECT', 3, '2026-03-10', '2026-03-09', 'day-closed'],
  ])(
    '%s, limit %d, closed through %s: of %s → %s',
    (lateEntries, limit, closedThrough, occurred, expected) => {
      const book = openBook({ lateEntries, backdateLimitDays: limit });
      const now = local('2026-03-10 12:00');
      if (closedThrough !== null) book.submit(closing(2, closedThrough), now);
      const outcome = book.outcome(entry(3, { occurredAt: local(`${occurred} 11:00`) }), now);
      const posted = book
        .ledger()
        .at(-1)
        ?.match(/EntryPosted (?<day>.*) SALE/u)?.groups?.['day'];
      expect(outcome === 'posted' ? posted : outcome).toBe(expected);
    },
  );

  test('a till a little ahead, just before midnight, counts tomorrow', () => {
    const book = openBook({ lateEntries: 'REJECT' });
    const now = local('2026-03-10 23:58');
    expect(book.outcome(entry(2, { occurredAt: local('2026-03-11 00:01') }), now)).toBe('posted');
    expect(book.ledger().at(-1)).toBe('2 EntryPosted 2026-03-11 SALE drawer +1000');
  });

  test('a reversal counts on the day its original counted on, whenever it occurs', () => {
    const book = openBook({ lateEntries: 'REJECT' });
    book.submit(entry(2), local('2026-03-05 10:00'));
    book.submit(entry(3), local('2026-03-06 10:00'));
    const now = local('2026-03-10 10:00');
    const outcomes = [
      book.outcome(reversal(4, 2), now),
      book.outcome(closing(5, '2026-03-06'), now),
      book.outcome(reversal(6, 3), now),
      book.outcome(reopening(7, '2026-03-06'), now),
      book.outcome(reversal(8, 3), now),
    ];
    expect(outcomes).toEqual(['posted', 'posted', 'day-closed', 'posted', 'posted']);
    expect(book.page()).toEqual([
      '2026-03-05 drawer 0 +1000 -1000 = 0',
      '2026-03-06 drawer 0 +1000 -1000 = 0',
    ]);
  });

  test('a reversal of what was booked late counts where that was booked', () => {
    const book = openBook({ backdateLimitDays: 1 });
    book.submit(entry(2, { occurredAt: local('2026-03-05 10:00') }), local('2026-03-09 10:00'));
    book.submit(reversal(3, 2), local('2026-03-10 10:00'));
    expect(book.ledger().slice(1)).toEqual([
      '2 EntryPosted 2026-03-09 (2026-03-05) SALE drawer +1000',
      '3 EntryPosted 2026-03-09 REVERSAL drawer -1000',
    ]);
  });
});
