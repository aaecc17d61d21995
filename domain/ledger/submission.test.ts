import { describe, expect, test } from '@jest/globals';
import {
  closing,
  configuration,
  type Draft,
  entry,
  reopening,
  reversal,
  transfer,
  uuid,
} from './book.fixture.ts';
import { idOf, parseSubmission } from './submission.ts';

const INSTANT = Date.parse('2026-03-10T12:00:00Z');
const EMOJI = '\u{1f600}';

/** What is said about this draft with some fields changed; null: nothing. */
function problemOf({ type, occurs, fields }: Draft, changes: Record<string, unknown> = {}): string | null {
  const times = { submittedAt: INSTANT, ...(occurs ? { occurredAt: INSTANT } : {}) };
  const parsed = parseSubmission(type, { ...times, ...fields, ...changes });
  return 'problem' in parsed ? parsed.problem : null;
}

const source = { system: 'pos', deviceId: 'till-1', sequence: 7 };
const account = { accountId: 'drawer', name: 'Gaveta', type: 'DRAWER', currency: 'BRL' };

describe('a submission is taken whole', () => {
  test.each([
    ['entry', entry(1), uuid(1)],
    ['transfer', transfer(2), uuid(2)],
    ['reversal', reversal(3, 1), uuid(3)],
    ['configuration', configuration(4), uuid(4)],
    ['closing', closing(5, '2026-03-09'), uuid(5)],
    ['reopening', reopening(6, '2026-03-09'), uuid(6)],
  ])('%s', (_, draft, id) => {
    const times = { submittedAt: INSTANT, ...(draft.occurs ? { occurredAt: INSTANT } : {}) };
    const value = { ...times, ...draft.fields };
    const parsed = parseSubmission(draft.type, value);
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect(parsed.submission).toEqual({ type: draft.type, value });
    expect(idOf(parsed.submission)).toBe(id);
  });
});

describe('what is malformed is said to be, by the name of its field', () => {
  test.each([
    [entry(1), 'merchantId', ''],
    [entry(1), 'merchantId', 'm'.repeat(65)],
    [entry(1), 'merchantId', 'loja 1'],
    [entry(1), 'merchantId', 'loja-1\n'],
    [entry(1), 'merchantId', 'lojaç'],
    [entry(1), 'accountId', 'a|b'],
    [transfer(1), 'fromAccountId', ''],
    [transfer(1), 'toAccountId', '/'],
    [entry(1), 'entryId', '42'],
    [entry(1), 'entryId', 'A0000000-0000-4000-8000-000000000001'],
    [entry(1), 'entryId', `${uuid(1)}0`],
    [entry(1), 'entryId', uuid(1).replaceAll('-', '')],
    [reversal(1, 2), 'reversesEntryId', ''],
    [configuration(1), 'configId', 'x'],
    [closing(1, '2026-03-09'), 'requestId', 'x'],
    [reopening(1, '2026-03-09'), 'requestId', 'x'],
    [entry(1), 'currency', 'brl'],
    [entry(1), 'currency', 'BRLX'],
    [transfer(1), 'currency', ''],
    [entry(1), 'description', 'x'.repeat(513)],
    [entry(1), 'description', EMOJI.repeat(513)],
    [entry(1), 'description', 'a\0b'],
    [entry(1), 'externalId', '\0'],
    [entry(1), 'description', undefined],
    [reversal(1, 2), 'reason', null],
    [reversal(1, 2), 'reason', 'x'.repeat(513)],
    [configuration(1), 'name', EMOJI.repeat(129)],
    [configuration(1), 'zone', 'x'.repeat(129)],
    [closing(1, '2026-03-09'), 'requestedBy', '\0'],
    [reopening(1, '2026-03-09'), 'requestedBy', 'x'.repeat(129)],
    [entry(1), 'amountMinor', 2 ** 53],
    [entry(1), 'amountMinor', 12.5],
    [entry(1), 'amountMinor', '12'],
    [entry(1), 'amountMinor', Number.NaN],
    [entry(1), 'amountMinor', null],
    [entry(1), 'submittedAt', Date.parse('1999-12-31T23:59:59.999Z')],
    [entry(1), 'submittedAt', Date.parse('2100-01-01T00:00:00Z')],
    [entry(1), 'occurredAt', -1],
    [entry(1), 'occurredAt', 9e15],
    [configuration(1), 'effectiveFrom', 10_956],
    [closing(1, '2026-03-09'), 'businessDate', 47_482],
    [reopening(1, '2026-03-09'), 'businessDate', INSTANT],
    [entry(1), 'direction', 'credit'],
    [entry(1), 'kind', 'TRANSFER'],
    [entry(1), 'paymentMethod', 'INTERNAL'],
    [transfer(1), 'purpose', ''],
    [configuration(1), 'lateEntries', 'DROP'],
    [configuration(1), 'cutoffMinutes', 0.5],
    [entry(1), 'source', null],
    [configuration(1), 'accounts', null],
  ])('%p: %s = %p', (draft, field, value) => {
    expect(problemOf(draft, { [field]: value })).toMatch(new RegExp(`^${draft.type}\\.${field} `));
  });

  test.each([
    [entry(1), { source: { ...source, system: 'x'.repeat(129) } }, 'EntrySubmitted.source.system '],
    [entry(1), { source: { ...source, deviceId: 'a\0' } }, 'EntrySubmitted.source.deviceId '],
    [entry(1), { source: { ...source, sequence: -(2 ** 53) } }, 'EntrySubmitted.source.sequence '],
    [
      configuration(1),
      { accounts: [account, { ...account, accountId: '' }] },
      'MerchantConfigured.accounts[1].accountId ',
    ],
    [
      configuration(1),
      { accounts: [{ ...account, name: 'x'.repeat(129) }] },
      'MerchantConfigured.accounts[0].name ',
    ],
    [
      configuration(1),
      { accounts: [{ ...account, currency: 'R$' }] },
      'MerchantConfigured.accounts[0].currency ',
    ],
    [
      closing(1, '2026-03-09'),
      { counts: [{ accountId: 'a', countedMinor: 2 ** 53 }] },
      'DayCloseRequested.counts[0].countedMinor ',
    ],
  ])('inside of records and lists too: %#', (draft, changes, path) => {
    expect(problemOf(draft, changes)?.startsWith(path)).toBe(true);
  });

  test.each(['EntryPosted', 'DailyBalance', '', 'constructor', '__proto__'])(
    '%p is no submission',
    (type) => {
      expect(parseSubmission(type, {})).toEqual({ problem: `${type} is not a type of submission` });
    },
  );
});

describe('what is just within its form is taken', () => {
  test.each([
    [entry(1), { merchantId: `${'m'.repeat(60)}._~-` }],
    [entry(1), { description: EMOJI.repeat(512), externalId: 'x'.repeat(512) }],
    [entry(1), { description: '', externalId: '' }],
    [entry(1), { amountMinor: 2 ** 53 - 1 }],
    [entry(1), { amountMinor: -(2 ** 53 - 1) }],
    [entry(1), { submittedAt: Date.parse('2000-01-01T00:00:00Z') }],
    [entry(1), { occurredAt: Date.parse('2099-12-31T23:59:59.999Z') }],
    [entry(1), { source: { ...source, system: EMOJI.repeat(128), sequence: 2 ** 53 - 1 } }],
    [configuration(1), { effectiveFrom: 10_957, zone: '', accounts: [] }],
    [configuration(1), { effectiveFrom: 47_481, cutoffMinutes: -1, backdateLimitDays: 1e6 }],
    [reversal(1, 1), { reason: '' }],
  ])('%#', (draft, changes) => {
    expect(problemOf(draft, changes)).toBeNull();
  });
});
