/**
 * The forms that other people's programs read, read by other people's programs: OFX by an independent parser, camt.053 checked against the schema
 * that ISO publishes (by libxml2) and against what the schema cannot say: each statement opens with what the one before closed with,
 * and its entries lead there.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { EntryPosted } from '@fluxo/schemas';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { parse as parseOfx } from 'ofx-js';
import { validateXML } from 'xmllint-wasm';
import { NaiveLedger } from '../views/naive-ledger.ts';
import { NaiveStatements } from '../views/naive-statements.ts';
import { aMerchant, anEntry, dayOf, uuid } from '../views/view-fixtures.ts';
import { camtForm } from './camt-form.ts';
import { ofxForm } from './ofx-form.ts';
import { partsOf, statementOf } from './statement.ts';
import type { StatementForm } from './statement-form.ts';

/** As long as ids may be, and of two that begin alike. */
const LONG = `conta-${'x'.repeat(57)}`;
const ACCOUNTS = [
  { accountId: 'drawer', name: 'Caixa <&> "1"', type: 'DRAWER', currency: 'BRL' },
  { accountId: `${LONG}1`, name: 'n'.repeat(128), type: 'SAFE', currency: 'JPY' },
  { accountId: `${LONG}2`, name: 'Cofre', type: 'SAFE', currency: 'BHD' },
  { accountId: 'never', name: ' ', type: 'OTHER', currency: 'USD' },
] as const;
const MERCHANT = aMerchant({ name: 'Padaria São João & Filhos', accounts: ACCOUNTS });
const MARCH = { from: '2026-03-01', to: '2026-03-31' };

let ledger: NaiveLedger;
let seq: number;
beforeEach(() => {
  ledger = new NaiveLedger();
  seq = 1;
  post('2026-02-20', { amountMinor: 500 });
  post('2026-03-02', { amountMinor: 12_345, description: 'pão & <queijo>\u0001\r\n\u{1F9C0} € – "x"' });
  post('2026-03-02', {
    amountMinor: 999_999_999_999,
    direction: 'DEBIT',
    kind: 'CASH_OUT',
    reason: 'r'.repeat(512),
  });
  post('2026-03-02', {
    amountMinor: 1,
    kind: 'REVERSAL',
    reversesEntryId: uuid(7),
    externalId: 'e'.repeat(512),
  });
  post('2026-03-04', { amountMinor: 70, direction: 'DEBIT', kind: 'FEE', externalId: ' ' });
  post('2026-03-04', {
    accountId: `${LONG}1`,
    currency: 'JPY',
    amountMinor: 1_500,
    kind: 'TRANSFER',
    leg: 'TO',
  });
  post('2026-03-31', {
    accountId: `${LONG}2`,
    currency: 'BHD',
    amountMinor: 1_234,
    direction: 'DEBIT',
    description: '',
  });
});

function post(date: string, change: Partial<EntryPosted>): void {
  seq += 1;
  const value = anEntry({ ledgerSeq: seq, entryId: uuid(seq), businessDate: dayOf(date), ...change });
  ledger.records.push({ type: 'EntryPosted', partition: 0, value });
}

async function written(form: StatementForm, dates = MARCH): Promise<Buffer> {
  const question = { merchantId: 'm-1', dates, accountId: null };
  const reading = await new NaiveStatements(ledger).open(question);
  const chunks = await Array.fromAsync(
    form.write(partsOf(statementOf(MERCHANT, question, reading), reading)),
  );
  return Buffer.concat(chunks.map((chunk) => Buffer.from(chunk as string)));
}

describe('OFX', () => {
  type Transaction = Readonly<Record<string, string>>;
  type Message = {
    readonly STMTRS: {
      readonly CURDEF: string;
      readonly BANKACCTFROM: { readonly BANKID: string; readonly ACCTID: string };
      readonly BANKTRANLIST: { readonly STMTTRN?: Transaction | readonly Transaction[] };
      readonly LEDGERBAL: { readonly BALAMT: string };
    };
  };

  async function statements(dates = MARCH) {
    const text = (await written(ofxForm, dates)).toString('latin1');
    const read: unknown = await parseOfx(text);
    const { OFX } = read as { OFX: { BANKMSGSRSV1: { STMTTRNRS: readonly Message[] } } };
    return OFX.BANKMSGSRSV1.STMTTRNRS.map(({ STMTRS }) => ({
      account: STMTRS.BANKACCTFROM.ACCTID,
      currency: STMTRS.CURDEF,
      balance: STMTRS.LEDGERBAL.BALAMT,
      entries: [STMTRS.BANKTRANLIST.STMTTRN ?? []].flat() as readonly Transaction[],
    }));
  }

  test('is read back: accounts, amounts to the last digit, balances', async () => {
    const found = await statements();
    expect(
      found.map(({ account, currency, balance, entries }) => [
        account.length <= 22,
        currency,
        balance,
        entries.map(({ TRNTYPE, TRNAMT, DTPOSTED }) => [TRNTYPE, TRNAMT, DTPOSTED]),
      ]),
    ).toEqual([
      [true, 'JPY', '1500', [['XFER', '1500', '20260304120000[0:GMT]']]],
      [true, 'BHD', '-1.234', [['DEBIT', '-1.234', '20260331120000[0:GMT]']]],
      [
        true,
        'BRL',
        '-9999999872.23',
        [
          ['CREDIT', '123.45', '20260302120000[0:GMT]'],
          ['CASH', '-9999999999.99', '20260302120000[0:GMT]'],
          ['CREDIT', '0.01', '20260302120000[0:GMT]'],
          ['FEE', '-0.70', '20260304120000[0:GMT]'],
        ],
      ],
      [true, 'USD', '0.00', []],
    ]);
    expect(new Set(found.map(({ account }) => account)).size).toBe(4);
  });

  test('names an entry by one FITID for ever, whatever file it stands in', async () => {
    const idsOf = async (dates = MARCH) =>
      (await statements(dates)).flatMap(({ entries }) => entries.map(({ FITID }) => FITID));
    const all = await idsOf();
    expect(new Set(all)).toEqual(new Set(['m-1-3', 'm-1-4', 'm-1-5', 'm-1-6', 'm-1-7', 'm-1-8']));
    expect(all).toHaveLength(6);
    const days = await Promise.all(
      ['2026-03-02', '2026-03-04', '2026-03-31'].map((date) => idsOf({ from: date, to: date })),
    );
    expect(days.flat()).toHaveLength(6);
    expect(new Set(days.flat())).toEqual(new Set(all));
  });

  test('is one byte a character, within the lengths of its specification, and has no line or tag of others', async () => {
    const bytes = await written(ofxForm);
    const text = bytes.toString('latin1');
    expect(text).toContain('<NAME>SALE PIX<MEMO>pão &amp; &lt;queijo&gt; ? \x80 \x96 "x"</STMTTRN>');
    for (const [, memo = ''] of text.matchAll(/<MEMO>([^<]*)</g))
      expect(memo.length).toBeLessThanOrEqual(300);
    expect(text.split('\r\n').slice(0, 3)).toEqual(['OFXHEADER:100', 'DATA:OFXSGML', 'VERSION:102']);
  });
});

describe('camt.053', () => {
  const schema = fileURLToPath(new URL('../../testing/iso20022/camt.053.001.08.xsd', import.meta.url));
  const errorsOf = async (xml: string): Promise<readonly string[]> => {
    const { errors } = await validateXML({
      xml: [{ fileName: 'statement.xml', contents: xml }],
      schema: [readFileSync(schema, 'utf8')],
    });
    return errors.map(({ message }) => message);
  };
  const camt = async (dates = MARCH) => (await written(camtForm, dates)).toString('utf8');

  type Stmt = {
    readonly account: string;
    readonly opening: bigint;
    readonly closing: bigint;
    readonly entries: readonly bigint[];
    readonly id: string;
  };
  /** Signed amounts without their point. */
  const amounts = (xml: string, pattern: RegExp): readonly bigint[] =>
    [...xml.matchAll(pattern)].map(
      ([, amount = '', sign]) => BigInt(amount.replace('.', '')) * (sign === 'CRDT' ? 1n : -1n),
    );
  const AMOUNT = '<Amt Ccy="[A-Z]{3}">([0-9.]+)</Amt><CdtDbtInd>(CRDT|DBIT)</CdtDbtInd>';

  function statementsOf(xml: string): readonly Stmt[] {
    return [...xml.matchAll(/<Stmt>.*?<\/Stmt>/gs)].map(([stmt]) => ({
      account: stmt.match(/<Othr><Id>([^<]*)</)?.[1] ?? '',
      id: stmt.match(/<Stmt><Id>([^<]*)</)?.[1] ?? '',
      opening: amounts(stmt, new RegExp(`OPBD</Cd></CdOrPrtry></Tp>${AMOUNT}`, 'g'))[0] as bigint,
      closing: amounts(stmt, new RegExp(`CLBD</Cd></CdOrPrtry></Tp>${AMOUNT}`, 'g'))[0] as bigint,
      entries: amounts(stmt, new RegExp(`</NtryRef>${AMOUNT}`, 'g')),
    }));
  }

  test('is valid by the schema of ISO 20022', async () => {
    expect(await errorsOf(await camt())).toEqual([]);
  });

  test('is found out by it when it is not', async () => {
    expect(await errorsOf((await camt()).replace('<CdtDbtInd>CRDT</CdtDbtInd>', ''))).not.toEqual([]);
  });

  test('opens each statement with what the one before closed with, and its entries lead there', async () => {
    const statements = statementsOf(await camt());
    expect(statements.map(({ entries }) => entries.length)).toEqual([1, 1, 3, 1, 0]);
    const closings = new Map<string, bigint>();
    for (const { account, opening, closing, entries } of statements) {
      expect(opening).toBe(closings.get(account) ?? (account === 'drawer' ? 500n : 0n));
      expect(opening + entries.reduce((sum, each) => sum + each, 0n)).toBe(closing);
      closings.set(account, closing);
    }
    expect(closings.get('drawer')).toBe(-999_999_987_223n);
    expect(closings.size).toBe(4);
  });

  test('gives a day the same id in every file, and another one when it has changed', async () => {
    const idOf = async (dates: typeof MARCH) =>
      statementsOf(await camt(dates)).find(
        ({ account, entries }) => account === 'drawer' && entries.length >= 3,
      )?.id;
    const id = await idOf(MARCH);
    expect(await idOf({ from: '2026-03-02', to: '2026-03-02' })).toBe(id);
    post('2026-03-02', { amountMinor: 1 });
    expect(await idOf(MARCH)).not.toBe(id);
  });
});
