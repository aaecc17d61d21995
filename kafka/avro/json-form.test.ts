import type { EntryPosted } from '@fluxo/schemas';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dayClosed, entryPosted, entrySubmitted, submissionRejected } from './avro-samples.ts';
import { dateText, epochDay } from './date-text.ts';
import { fromJsonForm, isRecordName, toJsonForm } from './json-form.ts';

describe('a record as JSON', () => {
  test('fields in the order of the schema, dates as text, bytes in hex, absent fields null', () => {
    const { deviceId: _, ...source } = entryPosted.source;
    const text = JSON.stringify(toJsonForm('EntryPosted', { ...entryPosted, source } as EntryPosted));
    expect(text).toBe(
      '{"merchantId":"loja-042","ledgerSeq":7,"recordedAt":1795000000500,"sourceOffset":123456789,' +
        '"entryId":"0b6f6ba0-52a4-4d3c-8a11-9a2f54d9c001","leg":"SINGLE","accountId":"drawer-1","direction":"CREDIT",' +
        '"kind":"SALE","paymentMethod":"PIX","amountMinor":12990,"currency":"BRL","occurredAt":1794999999000,' +
        '"submittedAt":1795000000000,"businessDate":"2026-11-18","originalBusinessDate":"2026-11-17",' +
        '"reversesEntryId":null,"purpose":"SANGRIA","reason":null,"description":"café à mesa ☕ 😀","externalId":null,' +
        `"source":{"system":"pos","deviceId":null,"sequence":918273},"prevHash":"${'01'.repeat(32)}","hash":"${'02'.repeat(32)}"}`,
    );
  });

  test('is read back to the same record', () => {
    const cases = [
      ['EntrySubmitted', entrySubmitted],
      ['EntryPosted', entryPosted],
      ['DayClosed', dayClosed],
      ['SubmissionRejected', submissionRejected],
    ] as const;
    for (const [type, value] of cases) {
      const json = JSON.parse(JSON.stringify(toJsonForm(type, value as never))) as unknown;
      expect(toJsonForm(type, fromJsonForm(type, json) as never)).toEqual(json);
    }
    const reread = fromJsonForm('EntryPosted', toJsonForm('EntryPosted', entryPosted));
    expect(reread).toEqual({
      ...entryPosted,
      prevHash: Buffer.from(entryPosted.prevHash),
      hash: Buffer.from(entryPosted.hash),
    });
  });

  test('an optional field that is left out is null', () => {
    const { description: _, ...rest } = toJsonForm('EntrySubmitted', entrySubmitted);
    expect(fromJsonForm('EntrySubmitted', rest).description).toBeNull();
  });
});

const json = () => toJsonForm('EntrySubmitted', entrySubmitted) as Record<string, unknown>;

describe('what is not the form is refused with its place', () => {
  const without = (field: string) =>
    Object.fromEntries(Object.entries(json()).filter(([name]) => name !== field));
  test.each<[string, unknown, string]>([
    ['no object', [], '$: an object expected, found []'],
    ['a missing field', without('amountMinor'), '$.amountMinor: missing'],
    ['an unknown field', { ...json(), amount: 1 }, '$.amount: unknown field'],
    [
      '__proto__',
      JSON.parse(JSON.stringify(json()).replace('{', '{"__proto__":1,')),
      '$.__proto__: unknown field',
    ],
    ['a missing field inside', { ...json(), source: {} }, '$.source.system: missing'],
    [
      'an amount as text',
      { ...json(), amountMinor: '12' },
      '$.amountMinor: an integer within ±(2^53 − 1) expected, found "12"',
    ],
    [
      'a fraction',
      { ...json(), amountMinor: 12.5 },
      '$.amountMinor: an integer within ±(2^53 − 1) expected, found 12.5',
    ],
    [
      'an amount beyond 2^53',
      { ...json(), amountMinor: 2 ** 53 },
      '$.amountMinor: an integer within ±(2^53 − 1) expected, found 9007199254740992',
    ],
    [
      'null where it may not be',
      { ...json(), currency: null },
      '$.currency: text of whole Unicode characters expected, found null',
    ],
    [
      'a lone surrogate',
      { ...json(), description: '\ud83d' },
      '$.description: text of whole Unicode characters expected, found "\\ud83d"',
    ],
    [
      'an unknown symbol',
      { ...json(), direction: 'IN' },
      '$.direction: one of CREDIT, DEBIT expected, found "IN"',
    ],
  ])('%s', (_, value, message) => {
    expect(() => fromJsonForm('EntrySubmitted', value)).toThrow(message);
  });

  test('inside an array, and for a date that does not exist', () => {
    const close = { ...(toJsonForm('DayClosed', dayClosed) as Record<string, unknown>) };
    expect(() => fromJsonForm('DayClosed', { ...close, accounts: [{}] })).toThrow(
      '$.accounts[0].accountId: missing',
    );
    expect(() => fromJsonForm('DayClosed', { ...close, businessDate: '2026-02-30' })).toThrow(
      '$.businessDate: a date',
    );
    expect(() => fromJsonForm('DayClosed', { ...close, hash: '00' })).toThrow(
      '$.hash: 32 bytes as lower-case hex',
    );
  });
});

describe('dates', () => {
  test.each([
    [0, '1970-01-01'],
    [20_775, '2026-11-18'],
    [11_016, '2000-02-29'],
    [-1, '1969-12-31'],
    [-719_528, '0000-01-01'],
    [-719_529, '-000001-12-31'],
    [2_932_896, '9999-12-31'],
    [2_932_897, '+010000-01-01'],
    [2 ** 31 - 1, '+5881580-07-11'],
    [-(2 ** 31), '-5877641-06-23'],
  ])('%d is %s', (day, text) => {
    expect(dateText(day)).toBe(text);
    expect(epochDay(text)).toBe(day);
  });

  test('every int has one text and comes back', () => {
    fc.assert(fc.property(fc.integer(), (day) => expect(epochDay(dateText(day))).toBe(day)));
  });

  test.each([
    '',
    '2026-2-3',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '20260101',
    '2026-01-01T00:00',
    '+002026-01-01',
    '+5881580-07-12',
  ])('%p is no date', (text) => {
    expect(epochDay(text)).toBeUndefined();
  });
});

test('record names are those of the catalogue, nothing inherited', () => {
  expect(['EntrySubmitted', 'DailyBalance', 'toString', 'Nobody', 7].map(isRecordName)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
