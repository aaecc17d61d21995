/** A statement as PDF: what its pages say, as a reader finds it in the content of the file. */
import { inflateSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { NaiveLedger } from '../views/naive-ledger.ts';
import { NaiveStatements } from '../views/naive-statements.ts';
import { aMerchant, anEntry, dayOf, uuid } from '../views/view-fixtures.ts';
import { pdfForm } from './pdf-form.ts';
import { partsOf, statementOf } from './statement.ts';

const ENTRIES = 150;

async function pdf(): Promise<Buffer> {
  const ledger = new NaiveLedger();
  for (let seq = 2; seq < ENTRIES + 2; seq++)
    ledger.records.push({
      type: 'EntryPosted',
      partition: 0,
      value: anEntry({
        ledgerSeq: seq,
        entryId: uuid(seq),
        businessDate: dayOf('2026-03-02'),
        amountMinor: 100,
        description: `pão ${seq} \u{1F9C0} ${'W'.repeat(400)}`,
      }),
    });
  const question = { merchantId: 'm-1', dates: { from: '2026-03-01', to: '2026-03-31' }, accountId: null };
  const reading = await new NaiveStatements(ledger, 40).open(question);
  const chunks = await Array.fromAsync(
    pdfForm.write(partsOf(statementOf(aMerchant(), question, reading), reading)),
  );
  return Buffer.concat(chunks as Uint8Array[]);
}

/** The texts of the pages, in the order in which they were drawn. */
function textsOf(file: Buffer): readonly string[] {
  const text = file.toString('latin1');
  const streams = [...text.matchAll(/stream\r?\n(.*?)\r?\nendstream/gs)].map(([, data = '']) =>
    Buffer.from(data, 'latin1'),
  );
  return streams.flatMap((data) => {
    const content = inflateSync(data).toString('latin1');
    return [...content.matchAll(/\[(.*?)\] TJ/g)].map(([, parts = '']) =>
      [...parts.matchAll(/<([0-9a-f]*)>/g)]
        .map(([, hex = '']) => Buffer.from(hex, 'hex').toString('latin1'))
        .join(''),
    );
  });
}

test('has every entry, the balances, the account on each page, and ends', async () => {
  const file = await pdf();
  expect(file.toString('latin1').trimEnd()).toMatch(/^%PDF-1.*%%EOF$/s);
  const texts = textsOf(file);
  expect(texts.filter((text) => text === '1.00')).toHaveLength(ENTRIES);
  for (const seq of [2, 77, ENTRIES + 1]) expect(texts).toContain(String(seq));
  const pages = file.toString('latin1').match(/\/Type \/Page\b(?!s)/g)?.length ?? 0;
  expect(pages).toBeGreaterThan(2);
  expect(texts.filter((text) => text.startsWith('Extrato / Statement'))).toHaveLength(pages);
  const words = texts.find((text) => text.startsWith('pão 2 ?')) ?? '';
  expect([words.length < 60, words.endsWith('\x85')]).toEqual([true, true]);
  const last = texts.indexOf('Saldo final / Closing balance');
  expect(texts[last + 1]).toBe('150.00');
});

test('is the same file whenever it is asked for', async () => {
  expect((await pdf()).equals(await pdf())).toBe(true);
});
