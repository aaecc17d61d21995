import { describe, expect, test } from '@jest/globals';
import { formatDate } from '../calendar/calendar-date.ts';
import { account, Book, closing, configuration, date, entry, local, openBook, uuid } from './book.fixture.ts';
import { merchantRecordOf, settingsOfRecord } from './merchant.ts';

const NOW = local('2026-03-10 12:00');

/** `2026-03-12 America/Manaus 60`, a line per version. */
function versions(book: Book): string[] {
  return book.settings.calendar.versions.map(
    ({ effectiveFrom, zone, cutoffMinutes }) => `${formatDate(effectiveFrom)} ${zone} ${cutoffMinutes}`,
  );
}

function from(day: string, zone: string, cutoffMinutes = 0) {
  return { effectiveFrom: date(day), zone, cutoffMinutes };
}

const FIRST = '2020-01-01 America/Sao_Paulo 0';

describe('what a configuration may say (row 12)', () => {
  test.each([
    ['posted', {}],
    ['posted', { cutoffMinutes: 720, backdateLimitDays: 400, zone: 'UTC' }],
    ['posted', { cutoffMinutes: 0, backdateLimitDays: 0 }],
    ['posted', { accounts: Array.from({ length: 64 }, (_, n) => account(`a${n}`)) }],
    ['config-invalid', { accounts: Array.from({ length: 65 }, (_, n) => account(`a${n}`)) }],
    ['config-invalid', { accounts: [] }],
    ['config-invalid', { accounts: [account('a'), account('b'), account('a')] }],
    ['config-invalid', { cutoffMinutes: 721 }],
    ['config-invalid', { cutoffMinutes: -1 }],
    ['config-invalid', { backdateLimitDays: 401 }],
    ['config-invalid', { backdateLimitDays: -1 }],
    ['config-invalid', { zone: 'america/sao_paulo' }],
    ['config-invalid', { zone: '+03:00' }],
    ['config-invalid', { zone: '' }],
  ])('%s: %j', (outcome, fields) => {
    expect(new Book().outcome(configuration(1, fields), NOW)).toBe(outcome);
  });

  test('the ledger has it as it was given', () => {
    const book = openBook();
    const accounts = [account('zebra'), account('drawer'), account('safe'), account('dollars', 'USD')];
    const decision = book.submit(configuration(2, { name: 'Nova', accounts, lateEntries: 'REJECT' }), NOW);
    expect(decision).toMatchObject({
      events: [
        {
          type: 'MerchantConfigApplied',
          value: {
            merchantId: 'loja-1',
            ledgerSeq: 2,
            recordedAt: NOW,
            configId: uuid(2),
            name: 'Nova',
            zone: 'America/Sao_Paulo',
            effectiveFrom: date('2020-01-01'),
            lateEntries: 'REJECT',
            accounts,
          },
        },
      ],
      days: null,
    });
    expect(book.settings).toMatchObject({ name: 'Nova', lateEntries: 'REJECT', accounts });
  });
});

describe('a later configuration keeps the accounts', () => {
  const [drawer, safe, dollars] = [account('drawer'), account('safe'), account('dollars', 'USD')];

  test.each([
    ['posted', 'in another order', [dollars, safe, drawer]],
    ['posted', 'renamed', [{ ...drawer, name: 'Gaveta', type: 'OTHER' }, safe, dollars]],
    ['posted', 'and one more', [drawer, safe, dollars, account('bank')]],
    ['config-invalid', 'less one', [drawer, safe]],
    ['config-invalid', 'in another currency', [drawer, account('safe', 'USD'), dollars]],
  ])('%s: %s', (outcome, _, accounts) => {
    expect(openBook().outcome(configuration(2, { accounts }), NOW)).toBe(outcome);
  });
});

describe('a later configuration and the calendar (spec.md 3.6)', () => {
  test.each([
    [
      'posted',
      'from tomorrow on',
      from('2026-03-11', 'America/Manaus', 60),
      [FIRST, '2026-03-11 America/Manaus 60'],
    ],
    ['posted', 'as it is: effectiveFrom is ignored', from('2001-01-01', 'America/Sao_Paulo'), [FIRST]],
    ['config-invalid', 'from today on', from('2026-03-10', 'America/Manaus'), [FIRST]],
    ['config-invalid', 'from yesterday on', from('2026-03-09', 'America/Manaus'), [FIRST]],
    [
      'config-invalid',
      'from tomorrow on, which there has started already',
      from('2026-03-11', 'Pacific/Kiritimati'),
      [FIRST],
    ],
    [
      'posted',
      'from the day after on, as far east as one can get',
      from('2026-03-12', 'Pacific/Kiritimati'),
      [FIRST, '2026-03-12 Pacific/Kiritimati 0'],
    ],
  ])('%s: %s', (outcome, _, fields, expected) => {
    const book = openBook();
    expect(book.outcome(configuration(2, fields), NOW)).toBe(outcome);
    expect(versions(book)).toEqual(expected);
  });

  test('each states the whole future: what is pending falls away, what is in force stays', () => {
    const book = openBook();
    const page = [
      [from('2026-03-15', 'America/Manaus'), '2026-03-10', [FIRST, '2026-03-15 America/Manaus 0']],
      [from('2026-03-20', 'UTC'), '2026-03-11', [FIRST, '2026-03-20 UTC 0']],
      [from('2026-03-20', 'America/Sao_Paulo'), '2026-03-12', [FIRST]],
      [from('2026-03-13', 'America/Manaus'), '2026-03-12', [FIRST, '2026-03-13 America/Manaus 0']],
      [
        from('2026-03-20', 'UTC', 5),
        '2026-03-14',
        [FIRST, '2026-03-13 America/Manaus 0', '2026-03-20 UTC 5'],
      ],
      [from('2026-03-01', 'America/Manaus'), '2026-03-15', [FIRST, '2026-03-13 America/Manaus 0']],
    ] as const;
    for (const [index, [fields, day, expected]] of page.entries()) {
      expect(book.outcome(configuration(10 + index, fields), local(`${day} 12:00`))).toBe('posted');
      expect(versions(book)).toEqual(expected);
    }
  });

  test('a first version that lies ahead counts from ever, and is never pending', () => {
    const book = openBook({ effectiveFrom: date('2090-01-01') });
    expect(book.outcome(configuration(2, from('2026-03-11', 'UTC')), NOW)).toBe('posted');
    expect(versions(book)).toEqual(['2090-01-01 America/Sao_Paulo 0', '2026-03-11 UTC 0']);
  });

  test('a day with a document is history, also when it lies ahead', () => {
    const book = openBook();
    book.submit(closing(2, '2026-03-10'), NOW);
    book.submit(entry(3), NOW);
    expect(book.ledger().at(-1)).toBe('3 EntryPosted 2026-03-11 (2026-03-10) SALE drawer +1000');
    expect(book.outcome(configuration(4, from('2026-03-11', 'UTC')), NOW)).toBe('config-invalid');
    expect(book.outcome(configuration(4, from('2026-03-12', 'UTC')), NOW)).toBe('posted');
  });

  test('a closed day is history, also when clocks step back', () => {
    const book = openBook();
    book.submit(closing(2, '2026-03-10'), NOW);
    const earlier = local('2026-03-09 12:00');
    expect(book.outcome(configuration(4, from('2026-03-10', 'UTC')), earlier)).toBe('config-invalid');
    expect(book.outcome(configuration(4, from('2026-03-11', 'UTC')), earlier)).toBe('posted');
  });

  test('no day may start before the one before it, nor with it', () => {
    const book = openBook({ zone: 'Pacific/Pago_Pago', cutoffMinutes: 720 });
    const eastward = configuration(2, from('2026-03-12', 'Pacific/Kiritimati'));
    expect(book.outcome(eastward, NOW)).toBe('config-invalid');
  });

  test('the new day must lie ahead by more than the tolerance', () => {
    const tolerated = local('2026-03-10 23:55');
    const draft = configuration(2, from('2026-03-11', 'America/Sao_Paulo', 1));
    const manaus = configuration(2, from('2026-03-11', 'Etc/GMT+3'));
    expect(openBook().outcome(manaus, tolerated)).toBe('config-invalid');
    expect(openBook().outcome(manaus, tolerated - 1)).toBe('posted');
    expect(openBook().outcome(draft, tolerated)).toBe('posted');
  });
});

test('the Merchant record and back', () => {
  const book = openBook();
  book.submit(configuration(2, from('2026-03-11', 'UTC')), NOW);
  book.submit(closing(3, '2026-03-09'), NOW);
  const record = merchantRecordOf(book.merchantId, book.settings);
  expect(record).toEqual({
    merchantId: 'loja-1',
    name: 'Loja 1',
    calendar: [from('2020-01-01', 'America/Sao_Paulo'), from('2026-03-11', 'UTC')],
    lateEntries: 'BOOK_TODAY',
    backdateLimitDays: 10,
    accounts: [account('drawer'), account('safe'), account('dollars', 'USD')],
    closedThrough: date('2026-03-09'),
  });
  expect(settingsOfRecord(record)).toEqual(book.settings);
  expect(book.settings.accountsById.get('dollars')?.currency).toBe('USD');
});
