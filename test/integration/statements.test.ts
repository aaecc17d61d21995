/**
 * Statements out of a real Postgres that the sinks filled with generated histories, against the same records in plain arrays: every range,
 * every account, whichever of the tables is ahead; that what they show is what the documents say; and that they hold nothing up. Needs Postgres.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresStatementView, StatementsBusyError } from '@fluxo/query-api';
import { formatDate, type StatementBody, topics } from '@fluxo/schemas';
import type { FoldOutput } from '@fluxo/streams';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { NaiveStatements } from '../../query-api/views/naive-statements.ts';
import type {
  StatementQuestion,
  StatementReading,
  StatementView,
} from '../../query-api/views/statement-view.ts';
import { PARTITIONS } from '../../testing/audited-system.ts';
import { LedgerScene } from './ledger-scene.ts';

jest.setTimeout(300_000);

const HISTORY = { seed: 17, count: 900, merchants: 2, days: 30 };
const MERCHANT = 'loja-0';
/** Documents and ledger arrive by ways of their own: for a while only one of them has. */
const AHEAD = 150;

let scene: LedgerScene;
let outputs: readonly FoldOutput[];
let view: PostgresStatementView;
let naive: NaiveStatements;
let app: FastifyInstance;
beforeAll(async () => {
  scene = await LedgerScene.open();
  outputs = await LedgerScene.fold(HISTORY);
  await scene.arrive(outputs.slice(0, -AHEAD));
  view = new PostgresStatementView({
    url: scene.postgres.database.url('fluxo_reader'),
    name: 'statements-test',
    partitions: PARTITIONS,
    settleAttempts: 2,
  });
  naive = new NaiveStatements(scene.naive);
  app = await scene.openApi({ statements: view });
});
afterAll(async () => {
  await view.close();
  await scene.close();
});

/** All that a reading has to show. */
async function shown(from: StatementView, question: StatementQuestion): Promise<object> {
  const reading = await from.open(question);
  try {
    const { head, closedThrough, openings, lines } = reading;
    const accounts = [...new Set(lines.map(({ accountId }) => accountId))];
    const entries = await Promise.all(accounts.map((accountId) => entriesOf(reading, accountId, question)));
    return { head, closedThrough, openings: Object.fromEntries(openings), lines, entries };
  } finally {
    await reading.close();
  }
}

async function entriesOf(reading: StatementReading, accountId: string, { dates }: StatementQuestion) {
  const pages = await Array.fromAsync(reading.entries({ accountId, dates }));
  return pages.flat();
}

/** Days on which anything counts, and some beside them. */
const days = () => scene.documents.map(({ businessDate }) => businessDate);

async function expectWhatArraysSay(runs: number): Promise<void> {
  const day = fc.integer({ min: Math.min(...days()) - 3, max: Math.max(...days()) + 3 });
  const span = fc
    .tuple(day, day)
    .map(([a, b]) => ({ from: formatDate(Math.min(a, b)), to: formatDate(Math.max(a, b)) }));
  const account = fc.constantFrom(null, 'bank', 'drawer-1', 'dollars');
  await fc.assert(
    fc.asyncProperty(span, account, async (dates, accountId) => {
      const question = { merchantId: MERCHANT, dates, accountId };
      expect(await shown(view, question)).toEqual(await shown(naive, question));
    }),
    { numRuns: runs },
  );
}

const isLedger = ({ topic }: FoldOutput): boolean => topic === topics.ledger.name;
const ENTRIES = { from: '2026-01-01', to: '2026-12-31' };
const asked = (query: string) => scene.ask(app, `/v1/merchants/${MERCHANT}/statements?${query}`);

test('a statement of any range and account is what plain arrays say', async () => {
  await expectWhatArraysSay(30);
});

test('it shows what the documents say', async () => {
  const body = (await asked(`from=${ENTRIES.from}&to=${ENTRIES.to}`)).json<StatementBody>();
  const latest = new Map(
    scene.documents
      .filter(({ merchantId }) => merchantId === MERCHANT)
      .map((document) => [formatDate(document.businessDate), document]),
  );
  let lines = 0;
  for (const { accountId, days: shownDays } of body.accounts)
    for (const { businessDate, status: _status, entries, ...figures } of shownDays) {
      const line = latest.get(businessDate)?.accounts.find((each) => each.accountId === accountId);
      expect({ accountId, currency: entries[0]?.currency, ...figures }).toEqual({ ...line });
      lines += 1;
    }
  expect(lines).toBeGreaterThan(40);
});

describe('where the tables are not of one moment,', () => {
  test('the statement ends with what both know, and goes on when the other has come', async () => {
    const rest = outputs.slice(-AHEAD);
    const question = { merchantId: MERCHANT, dates: ENTRIES, accountId: null };
    const before = await shown(naive, question);
    // The ledger is ahead: what it has more is left out.
    await scene.arrive(rest.filter(isLedger));
    const ahead = await shown(view, question);
    expect({ ...ahead, head: null, closedThrough: null }).toEqual({
      ...before,
      head: null,
      closedThrough: null,
    });
    expect(await shown(naive, question)).not.toEqual(before);
    await scene.arrive(rest.filter((output) => !isLedger(output)));
    await expectWhatArraysSay(20);
  });

  test('as long as it cannot be made the answer is 503, and the next one is right', async () => {
    const change = (by: number) =>
      scene.postgres.database.query(
        'fluxo_owner',
        `UPDATE fluxo.balance_accounts SET opening_minor = opening_minor + $1, closing_minor = closing_minor + $1
         WHERE merchant_id = $2 AND business_date = (SELECT max(business_date) FROM fluxo.daily_balances WHERE merchant_id = $2)`,
        [by, MERCHANT],
      );
    await change(1);
    const refused = await asked(`from=${ENTRIES.from}&to=${ENTRIES.to}`);
    expect([refused.statusCode, refused.json().code]).toEqual([503, 'ledger-unavailable']);
    expect(refused.json().detail).toContain('not of one moment');
    await change(-1);
    expect((await asked(`from=${ENTRIES.from}&to=${ENTRIES.to}`)).statusCode).toBe(200);
  });
});

/** A statement that was sent is let go of a moment after its caller has it. */
async function opened(question: StatementQuestion): Promise<StatementReading> {
  for (;;) {
    const reading = await view.open(question).catch((error: unknown) => {
      if (!(error instanceof StatementsBusyError)) throw error;
    });
    if (reading !== undefined) return reading;
    await sleep(10);
  }
}

test('four are read at a time, one more is told so, and balances and entries are answered meanwhile', async () => {
  const question = { merchantId: MERCHANT, dates: ENTRIES, accountId: null };
  const four = [
    await opened(question),
    await opened(question),
    await opened(question),
    await opened(question),
  ];
  const query = `from=${ENTRIES.from}&to=${ENTRIES.to}`;
  const fifth = await app.inject(`/v1/merchants/${MERCHANT}/statements?${query}`);
  expect([fifth.statusCode, fifth.json().code]).toEqual([503, 'overloaded']);
  await expect(view.open(question)).rejects.toThrow(StatementsBusyError);
  const balance = await scene.ask(app, `/v1/merchants/${MERCHANT}/balances/latest`);
  const entries = await scene.ask(app, `/v1/merchants/${MERCHANT}/entries?limit=3`);
  expect([balance.statusCode, entries.statusCode]).toEqual([200, 200]);
  await Promise.all(four.flatMap((reading) => [reading.close(), reading.close()]));
  expect((await asked(query)).statusCode).toBe(200);
  const other = await opened({ ...question, merchantId: 'loja-1' });
  await other.close();
  expect(other.lines.length).toBeGreaterThan(0);
});
