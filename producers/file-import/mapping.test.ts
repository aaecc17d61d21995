import { describe, expect, test } from '@jest/globals';
import { dateFormatOf, parseWallTime } from './date-format.ts';
import { minorUnitsOf } from './decimal-amount.ts';
import { idFromName } from './deterministic-id.ts';
import { parseMapping } from './mapping.ts';

const YAML = `
merchantId: { column: shop }
accountId: drawer-1
currency: BRL
kind: { column: type, values: { V: SALE, D: REFUND } }
amount: { column: valor, decimalMark: ',' }
occurredAt: { column: data, format: DD/MM/YYYY, zone: America/Sao_Paulo }
`;

describe('a mapping', () => {
  test('is read from YAML, with what is left out filled in', () => {
    expect(parseMapping(YAML)).toEqual({
      csv: { delimiter: ',', encoding: 'utf-8' },
      merchantId: { column: 'shop', values: null },
      configuration: null,
      accountId: { constant: 'drawer-1' },
      currency: { constant: 'BRL' },
      kind: {
        column: 'type',
        values: new Map([
          ['V', 'SALE'],
          ['D', 'REFUND'],
        ]),
      },
      direction: null,
      paymentMethod: { constant: 'OTHER' },
      amount: { column: 'valor', decimalMark: ',', groupMark: '', negative: 'refuse' },
      occurredAt: {
        column: 'data',
        format: dateFormatOf('DD/MM/YYYY'),
        timeMinutes: 720,
        zone: 'America/Sao_Paulo',
      },
      dateShift: 'none',
      description: null,
      externalId: null,
    });
  });

  test.each([
    ['accountId: drawer-1\n', '', 'accountId: is missing'],
    ['currency: BRL', 'currency: 7', 'currency: is not an object'],
    ['America/Sao_Paulo', 'america/sao_paulo', 'occurredAt.zone: america/sao_paulo is no time zone'],
    ['DD/MM/YYYY', 'DD/MM/YY', 'occurredAt.format: must hold YYYY, MM and DD'],
    ['column: valor', 'colunm: valor', 'amount.column: is missing'],
    ['accountId:', 'acountId: x\naccountId:', 'acountId: is no field of a mapping'],
    ['currency: BRL', 'currency: [', 'is neither JSON nor YAML'],
    ['currency: BRL', 'currency: BRL\ndateShift: tomorrow', 'dateShift: must be one of none, last-row'],
    ['currency: BRL', 'currency: BRL\ncsv: { encoding: utf-9 }', 'csv.encoding: utf-9 is no known encoding'],
    [
      'currency: BRL',
      "currency: BRL\ncsv: { delimiter: '' }",
      'csv.delimiter: must be a text without quotes',
    ],
    [
      'currency: BRL',
      `currency: BRL\ncsv: { delimiter: '"' }`,
      'csv.delimiter: must be a text without quotes',
    ],
    [
      'currency: BRL',
      'currency: BRL\ncsv: { delimiter: "\\n" }',
      'csv.delimiter: must be a text without quotes',
    ],
    ["decimalMark: ','", "decimalMark: ''", 'amount.decimalMark: must be one character that is no digit'],
    ["decimalMark: ','", "decimalMark: ' '", 'amount.decimalMark: must be one character that is no digit'],
    ["decimalMark: ','", "decimalMark: '-'", 'amount.decimalMark: must be one character that is no digit'],
    ["decimalMark: ','", "decimalMark: '0'", 'amount.decimalMark: must be one character that is no digit'],
    ["decimalMark: ','", "decimalMark: ',,'", 'amount.decimalMark: must be one character that is no digit'],
    [
      "decimalMark: ','",
      "groupMark: '5'",
      'amount.groupMark: must be one character that is no digit and no sign',
    ],
    [
      "decimalMark: ','",
      "groupMark: '-'",
      'amount.groupMark: must be one character that is no digit and no sign',
    ],
    ["decimalMark: ','", "groupMark: '.'", 'amount.groupMark: must be another one than decimalMark'],
    [
      "decimalMark: ','",
      "decimalMark: ',', groupMark: ','",
      'amount.groupMark: must be another one than decimalMark',
    ],
    [
      'currency: BRL',
      'currency: BRL\nconfiguration: { name: x, zone: UTC, accounts: [{ accountId: a, name: A, currency: BRL }] }',
      'configuration: is for one merchant',
    ],
  ])('with %p written as %p is refused: %s', (from, to, problem) => {
    expect(() => parseMapping(YAML.replace(from, to))).toThrow(problem);
  });
});

test.each(['.', '’', ' ', '\u00a0', ''])('groups may be separated by %p', (groupMark) => {
  const yaml = YAML.replace("decimalMark: ','", `decimalMark: ',', groupMark: '${groupMark}'`);
  const { amount } = parseMapping(yaml);
  expect(minorUnitsOf(`1${groupMark}234,50`, 2, amount)).toBe(123_450);
});

describe('amounts', () => {
  const dot = { decimalMark: '.', groupMark: ',' };
  test.each<[string, number, number | undefined]>([
    ['29.33', 2, 2_933],
    ['0.1', 2, 10],
    ['.5', 2, undefined],
    ['7', 2, 700],
    ['7.', 2, 700],
    ['1,234.50', 2, 123_450],
    ['12,34.50', 2, undefined],
    ['1.500', 2, 150],
    ['1.005', 2, undefined],
    ['-0.00', 2, 0],
    ['-3.10', 2, -310],
    ['+3', 0, 3],
    ['1.5', 0, undefined],
    ['0.123', 3, 123],
    ['1e3', 2, undefined],
    ['', 2, undefined],
    ['1.2.3', 2, undefined],
    ['90071992547409.91', 2, 9_007_199_254_740_991],
    ['90071992547409.92', 2, undefined],
    ['٣', 2, undefined],
  ])('%p with %d decimals is %p', (text, decimals, minor) => {
    expect(minorUnitsOf(text, decimals, dot)).toBe(minor);
  });
});

test.each([
  ['YYYY-MM-DD', '2026-02-28', { date: 20_512, timeMs: null }],
  ['YYYY-MM-DD', '2026-02-29', undefined],
  ['YYYYMMDD', '20260228', { date: 20_512, timeMs: null }],
  ['MM/DD/YYYY HH:mm:ss', '02/28/2026 23:59:58', { date: 20_512, timeMs: 86_398_000 }],
  ['YYYY-MM-DDTHH:mm', '2026-02-28T24:00', undefined],
  ['YYYY.MM.DD', '2026-02-28', undefined],
])('a date as %s: %p', (format, text, wallTime) => {
  const compiled = dateFormatOf(format);
  expect(compiled === null ? null : parseWallTime(text, compiled)).toEqual(wallTime);
});

test('ids depend on the name alone and are UUIDs of version 5', () => {
  expect(idFromName('a')).toBe(idFromName('a'));
  expect(idFromName('a')).not.toBe(idFromName('b'));
  expect(idFromName('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
