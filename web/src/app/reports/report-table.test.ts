/** The file of a report: for programs, so days are as ISO 8601 has them, and amounts decimal numbers in their currency's own form. */
import type { SummaryGroup, SummaryRowBody } from '@fluxo/schemas';
import { expect, test } from 'vitest';
import { csvOf } from './csv.ts';
import { reportTable } from './report-table.ts';

const row = (key: string, currency: string, more: Partial<SummaryRowBody> = {}): SummaryRowBody => ({
  key,
  currency,
  openingMinor: -1_050,
  creditsMinor: 12_345,
  debitsMinor: 5,
  closingMinor: 11_290,
  count: 3,
  ...more,
});

const fileOf = (groupBy: SummaryGroup, rows: readonly SummaryRowBody[]) =>
  csvOf(reportTable(rows, { groupBy, labelOf: ({ key }) => `<${key}>`, word: (key) => key }));

const headOf = (groupBy: SummaryGroup) =>
  `\uFEFFreports.${groupBy},balance.currency,balance.opening,balance.credits,balance.debits,balance.closing,reports.count`;

test.each([
  ['day', '2026-11-27'],
  ['week', '2026-11-23'],
  ['month', '2026-11'],
] as const)('by %s its key is a date that programs read', (groupBy, key) => {
  expect(fileOf(groupBy, [row(key, 'BRL')])).toBe(
    `${headOf(groupBy)}\r\n${key},BRL,-10.50,123.45,0.05,112.90,3\r\n`,
  );
});

test.each(['account', 'kind', 'paymentMethod'] as const)('by %s it is named as on the page', (groupBy) => {
  const rows = [row('SALE', 'EUR', { openingMinor: null, closingMinor: null })];
  expect(fileOf(groupBy, rows)).toBe(`${headOf(groupBy)}\r\n<SALE>,EUR,,123.45,0.05,,3\r\n`);
});

test('every row has the decimals of its own currency', () => {
  expect(fileOf('day', [row('2026-11-27', 'JPY'), row('2026-11-27', 'KWD')])).toBe(
    [
      headOf('day'),
      '2026-11-27,JPY,-1050,12345,5,11290,3',
      '2026-11-27,KWD,-1.050,12.345,0.005,11.290,3',
      '',
    ].join('\r\n'),
  );
});
