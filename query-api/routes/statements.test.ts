/** Statements over a ledger in arrays: what each form says, whom they are for, and that one which cannot be finished never looks whole. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { StatementBody, StatementEntryBody } from '@fluxo/schemas';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { type ApiFixture, openApi } from '../api-fixture.ts';
import { jsonForm } from '../statements/json-form.ts';
import { partsOf, statementOf } from '../statements/statement.ts';
import { statementStream } from '../statements/statement-stream.ts';
import { NaiveLedger } from '../views/naive-ledger.ts';
import { NaiveStatements } from '../views/naive-statements.ts';
import {
  noStatements,
  type StatementReading,
  StatementsBusyError,
  type StatementView,
} from '../views/statement-view.ts';
import { aMerchant, anEntry, dayOf, uuid } from '../views/view-fixtures.ts';

const STATEMENTS = '/v1/merchants/m-1/statements';
const MARCH = `${STATEMENTS}?from=2026-03-01&to=2026-03-31`;

const ACCOUNTS = [
  { accountId: 'drawer', name: 'Caixa', type: 'DRAWER', currency: 'BRL' },
  { accountId: 'yen', name: '=1+1', type: 'OTHER', currency: 'JPY' },
] as const;

let ledger: NaiveLedger;
let statements: NaiveStatements;
let api: ApiFixture;

/** An account with two days in March, an entry before them and one behind; another one that never moved. */
beforeEach(async () => {
  ledger = new NaiveLedger();
  statements = new NaiveStatements(ledger);
  const post = (ledgerSeq: number, date: string, change: object) =>
    ledger.records.push({
      type: 'EntryPosted',
      partition: 0,
      value: anEntry({ ledgerSeq, entryId: uuid(ledgerSeq), businessDate: dayOf(date), ...change }),
    });
  post(2, '2026-02-27', { amountMinor: 10_000 });
  post(3, '2026-03-02', { amountMinor: 1_999, description: '=HYPERLINK("x";"y")' });
  post(4, '2026-03-02', { amountMinor: 5, direction: 'DEBIT', kind: 'FEE', description: 'a, "b"\r\nc' });
  post(5, '2026-03-02', { amountMinor: 1, externalId: '-1' });
  post(6, '2026-03-02', { amountMinor: 2, externalId: '@x', reason: '+1' });
  post(7, '2026-03-05', { amountMinor: 20_000, direction: 'DEBIT', kind: 'REFUND', description: null });
  post(8, '2026-04-01', { amountMinor: 7 });
  api = await openApi(null, 'off', ledger, statements);
  api.memory.applyMerchant(aMerchant({ revision: 2, accounts: ACCOUNTS }));
});
afterEach(async () => {
  await api.app.close();
  if (statements.openCount > 0) throw new Error(`${statements.openCount} readings were left open`);
});

const ask = (url: string, accept?: string) =>
  api.app.inject({ url, headers: accept === undefined ? {} : { accept } });

describe('a statement', () => {
  test('opens with what came before, tells each day, and closes with its last', async () => {
    const answer = await ask(MARCH);
    const body = answer.json<StatementBody>();
    expect(body).toMatchObject({
      merchantId: 'm-1',
      name: 'Padaria São João',
      from: '2026-03-01',
      to: '2026-03-31',
      asOf: { ledgerSeq: 8, recordedAt: '2026-03-01T15:30:00.123Z' },
    });
    expect(
      body.accounts.map(({ days, ...account }) => [
        account,
        days.map(({ entries: _entries, ...day }) => day),
      ]),
    ).toEqual([
      [
        { accountId: 'drawer', name: 'Caixa', currency: 'BRL', openingMinor: 10_000, closingMinor: -8_003 },
        [
          {
            businessDate: '2026-03-02',
            status: 'OPEN',
            openingMinor: 10_000,
            creditsMinor: 2_002,
            debitsMinor: 5,
            closingMinor: 11_997,
            creditCount: 3,
            debitCount: 1,
          },
          {
            businessDate: '2026-03-05',
            status: 'OPEN',
            openingMinor: 11_997,
            creditsMinor: 0,
            debitsMinor: 20_000,
            closingMinor: -8_003,
            creditCount: 0,
            debitCount: 1,
          },
        ],
      ],
      [{ accountId: 'yen', name: '=1+1', currency: 'JPY', openingMinor: 0, closingMinor: 0 }, []],
    ]);
    const seqs = body.accounts[0]?.days.map(({ entries }) => entries.map(({ ledgerSeq }) => ledgerSeq));
    expect(seqs).toEqual([[3, 4, 5, 6], [7]]);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-fluxo-revision': '8',
      'x-fluxo-tier': 'postgres',
      vary: 'accept',
    });
  });

  test('of one account is that account’s', async () => {
    const body = (await ask(`${MARCH}&account=yen`)).json<StatementBody>();
    expect(body.accounts.map(({ accountId }) => accountId)).toEqual(['yen']);
  });

  test('does not come again to whoever has it, and its address has one tag for each form', async () => {
    const { etag } = (await ask(MARCH)).headers;
    const again = (accept: string) =>
      api.app.inject({ url: MARCH, headers: { 'if-none-match': String(etag), accept } });
    expect((await again('application/json')).statusCode).toBe(304);
    expect((await again('text/csv')).statusCode).toBe(200);
    ledger.records.push({
      type: 'EntryPosted',
      partition: 0,
      value: anEntry({ ledgerSeq: 9, entryId: uuid(9) }),
    });
    expect((await again('application/json')).statusCode).toBe(200);
  });

  test('is not read for HEAD', async () => {
    const answer = await api.app.inject({ method: 'HEAD', url: MARCH });
    expect([answer.statusCode, answer.body, answer.headers['x-fluxo-revision']]).toEqual([200, '', '8']);
  });
});

describe('as CSV', () => {
  test('it has a row for each balance and entry, exact amounts, and no formula', async () => {
    const answer = await ask(MARCH, 'text/csv');
    expect(answer.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="statement-m-1-2026-03-01-2026-03-31.csv"',
    });
    expect(answer.body.startsWith('\uFEFFrecord,')).toBe(true);
    const rows = parse<Record<string, string>>(answer.body, {
      bom: true,
      columns: true,
      record_delimiter: '\r\n',
    });
    expect(
      rows.map((row) =>
        ['record', 'accountId', 'businessDate', 'amount', 'balance'].map((name) => row[name]),
      ),
    ).toEqual([
      ['OPENING', 'drawer', '2026-03-01', '', '100.00'],
      ['ENTRY', 'drawer', '2026-03-02', '19.99', ''],
      ['ENTRY', 'drawer', '2026-03-02', '-0.05', ''],
      ['ENTRY', 'drawer', '2026-03-02', '0.01', ''],
      ['ENTRY', 'drawer', '2026-03-02', '0.02', ''],
      ['CLOSING', 'drawer', '2026-03-02', '', '119.97'],
      ['ENTRY', 'drawer', '2026-03-05', '-200.00', ''],
      ['CLOSING', 'drawer', '2026-03-05', '', '-80.03'],
      ['OPENING', 'yen', '2026-03-01', '', '0'],
      ['CLOSING', 'yen', '2026-03-31', '', '0'],
    ]);
    expect(
      rows.map(({ description, externalId, reason }) => [description, externalId, reason]).slice(1, 5),
    ).toEqual([
      [`'=HYPERLINK("x";"y")`, '', ''],
      ['a, "b"\r\nc', '', ''],
      [anEntry().description, "'-1", ''],
      [anEntry().description, "'@x", "'+1"],
    ]);
  });
});

describe('a request for a statement', () => {
  test.each([
    ['text/html', 406, 'not-acceptable'],
    ['application/json;q=0, */*;q=0.1', 200, undefined],
    ['text/*', 200, undefined],
    ['*/*', 200, undefined],
  ])('with Accept: %s', async (accept, status, code) => {
    const answer = await ask(MARCH, accept);
    expect(answer.statusCode).toBe(status);
    if (code === undefined) return;
    expect(answer.json()).toMatchObject({ code, detail: expect.stringContaining('text/csv') });
  });

  test.each([
    [`${STATEMENTS}?from=2026-03-02&to=2026-03-01`, 400, 'range-invalid'],
    [`${STATEMENTS}?from=2025-01-01&to=2026-03-01`, 400, 'range-invalid'],
    [`${STATEMENTS}?from=2026-02-30&to=2026-03-01`, 400, 'parameter-invalid'],
    [`${STATEMENTS}?from=2026-03-01`, 400, 'parameter-invalid'],
    [`${MARCH}&account=%20`, 400, 'parameter-invalid'],
    [`${MARCH}&account=nowhere`, 404, 'account-unknown'],
    ['/v1/merchants/m-9/statements?from=2026-03-01&to=2026-03-02', 404, 'merchant-unknown'],
  ])('%s is %i', async (url, status, code) => {
    const answer = await ask(url, 'text/csv');
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  });

  test('is told when there are too many, and when there is no ledger', async () => {
    const busy: StatementView = {
      open: () => Promise.reject(new StatementsBusyError('4 statements are being read')),
    };
    for (const [view, code] of [
      [busy, 'overloaded'],
      [noStatements, 'ledger-unavailable'],
    ] as const) {
      const { app } = await openApi(null, 'off', ledger, view);
      const answer = await app.inject(MARCH);
      expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([
        503,
        code,
        '1',
      ]);
    }
  });
});

const FIRST: StatementEntryBody = {
  ledgerSeq: 3,
  entryId: uuid(3),
  leg: 'SINGLE',
  accountId: 'drawer',
  direction: 'CREDIT',
  kind: 'SALE',
  paymentMethod: 'PIX',
  amountMinor: 1_999,
  currency: 'BRL',
  occurredAt: '2026-03-02T15:00:00.000Z',
  recordedAt: '2026-03-02T15:00:01.000Z',
  businessDate: '2026-03-02',
  originalBusinessDate: null,
  reversesEntryId: null,
  purpose: null,
  reason: null,
  description: null,
  externalId: null,
};

describe('a statement that goes wrong under way', () => {
  /** Opens the API over a view that changes what is read, on a real socket. */
  async function open(change: (reading: StatementReading) => StatementReading): Promise<number> {
    await api.app.close();
    api = await openApi(null, 'off', ledger, {
      open: async (question) => {
        const reading = await statements.open(question);
        return { ...reading, ...change(reading) };
      },
    });
    api.memory.applyMerchant(aMerchant({ revision: 2, accounts: ACCOUNTS }));
    await api.app.listen({ port: 0, host: '127.0.0.1' });
    return (api.app.server.address() as AddressInfo).port;
  }

  type Download = {
    readonly isWhole: boolean;
    readonly bytes: Buffer;
    /** What came behind the last byte. */
    readonly trailers: IncomingMessage['trailers'];
  };

  /** How the answer ended, and what came of it. */
  async function download(port: number, accept = 'text/csv'): Promise<Download> {
    const request = get({ port, path: MARCH, headers: { accept } });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    // A machine with too much to do sheds requests; these tests are not about that.
    if (response.statusCode === 503) {
      response.resume();
      await sleep(100);
      return download(port, accept);
    }
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', () => undefined);
    await new Promise((resolve) => response.once('close', resolve));
    return { isWhole: response.complete, bytes: Buffer.concat(chunks), trailers: response.trailers };
  }

  test('is whole when nothing is wrong', async () => {
    const { isWhole, bytes } = await download(await open((reading) => reading));
    expect([isWhole, bytes.toString().split('\r\n').length > 10]).toEqual([true, true]);
  });

  test.each(['application/json', 'text/csv', 'application/x-ofx', 'application/xml', 'application/pdf'])(
    'as %s is followed by its own SHA-256 when nothing is wrong',
    async (accept) => {
      const { bytes, trailers } = await download(await open((reading) => reading), accept);
      const sha256 = createHash('sha256').update(bytes).digest('base64');
      expect(trailers).toEqual({ 'repr-digest': `sha-256=:${sha256}:` });
    },
  );

  test('has no digest for a caller with HTTP/1.0, which ends where the connection does', async () => {
    const socket = connect(await open((reading) => reading), '127.0.0.1');
    socket.end(`GET ${MARCH} HTTP/1.0\r\nHost: x\r\nAccept: text/csv\r\n\r\n`);
    const answer = (await buffer(socket)).toString();
    expect(answer).toMatch(/^HTTP\/1\.[01] 200 /);
    expect(answer).not.toMatch(/trailer|chunked|repr-digest/i);
    expect(answer).toMatch(/CLOSING,yen[^\n]*\n$/);
  });

  test.each<[string, (page: readonly StatementEntryBody[]) => readonly StatementEntryBody[]]>([
    ['a page is skipped', (page) => (page[0]?.ledgerSeq === 3 ? page : [])],
    ['an entry is missing', (page) => page.filter(({ ledgerSeq }) => ledgerSeq !== 5)],
    ['an entry comes twice', (page) => [...page, ...page.slice(-1)]],
    [
      'an amount is another one',
      (page) => page.map((entry) => ({ ...entry, amountMinor: entry.amountMinor + 1 })),
    ],
    [
      'a day has an entry that is on another',
      (page) => page.map((entry) => ({ ...entry, businessDate: '2026-03-03' })),
    ],
  ])('breaks the connection where %s, and says so to us', async (_name, change) => {
    const port = await open((reading) => ({
      ...reading,
      entries: async function* (question) {
        for await (const page of reading.entries(question)) yield change(page);
      },
    }));
    const { isWhole, bytes, trailers } = await download(port);
    expect([isWhole, trailers]).toEqual([false, {}]);
    expect(bytes.toString()).not.toContain('CLOSING,yen');
    expect(api.failures.map((failure) => (failure as Error).name)).toEqual(['StatementBrokenError']);
  });

  test('is let go of when its caller goes away', async () => {
    const port = await open((reading) => ({
      ...reading,
      entries: async function* () {
        // Without end: only that the caller is gone ends it.
        for (let ledgerSeq = 3; ; ledgerSeq++) {
          await setImmediate();
          yield [{ ...FIRST, ledgerSeq }];
        }
      },
    }));
    const request = get({ port, path: MARCH });
    request.on('error', () => undefined);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    await once(response, 'data');
    expect(statements.openCount).toBe(1);
    request.destroy();
    while (statements.openCount > 0) await sleep(5);
    expect(api.failures).toEqual([]);
  });

  test('is broken off when its caller takes nothing of it', async () => {
    const reading = await statements.open({
      merchantId: 'm-1',
      dates: { from: '2026-03-01', to: '2026-03-31' },
      accountId: null,
    });
    const statement = statementOf(
      aMerchant({ accounts: ACCOUNTS }),
      { dates: { from: '', to: '' }, accountId: null },
      reading,
    );
    const failures: unknown[] = [];
    const stream = statementStream({
      parts: partsOf(statement, reading),
      form: {
        ...jsonForm,
        write: async function* () {
          for (;;) yield 'x'.repeat(100_000);
        },
      },
      reading,
      digest: createHash('sha256'),
      reportFailure: (error) => failures.push(error),
      stalledAfterMs: 20,
    });
    stream.once('readable', () => undefined);
    await new Promise((resolve) => stream.once('close', resolve));
    expect(String(failures)).toContain('took nothing');
  });
});
