/**
 * Balances of the past, and what comes to a balance: counted from the ledger in Postgres, they must equal the documents that stood at each
 * revision, whichever documents the tables hold meanwhile. Needs Postgres.
 */
import type { BalanceBody, EntryBody, ExplanationBody } from '@fluxo/schemas';
import { formatDate, topics } from '@fluxo/schemas';
import type { FoldOutput } from '@fluxo/streams';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { documentBody } from '../../query-api/representations/balance-body.ts';
import { LedgerScene } from './ledger-scene.ts';

jest.setTimeout(300_000);

const HISTORY = { seed: 11, count: 900, merchants: 2, days: 30 };
const MERCHANT = 'loja-0';
/** Documents and ledger arrive by ways of their own: for a while only these records of the ledger have. */
const AHEAD = 150;

let scene: LedgerScene;
let app: FastifyInstance;
let outputs: readonly FoldOutput[];
beforeAll(async () => {
  scene = await LedgerScene.open();
  outputs = await LedgerScene.fold(HISTORY);
  await scene.arrive(outputs.slice(0, -AHEAD));
  app = await scene.openApi();
});
afterAll(async () => scene.close());

const balanceOf = async (merchantId: string, date: string, query: string): Promise<BalanceBody> => {
  const answer = await scene.ask(app, `/v1/merchants/${merchantId}/balances/${date}${query}`);
  expect([answer.statusCode, answer.statusCode === 200 ? '' : answer.body]).toEqual([200, '']);
  return answer.json();
};

const headOf = (merchantId: string): number =>
  scene.naive.records.filter(({ value }) => value.merchantId === merchantId).length;

describe('a balance as it was known', () => {
  test('equals the document that stood at that revision, for every other document there ever was', async () => {
    expect(scene.documents.length).toBeGreaterThan(400);
    for (const document of scene.documents.filter((_, place) => place % 2 === 0)) {
      const date = formatDate(document.businessDate);
      const shown = await balanceOf(document.merchantId, date, `?knownAt=${document.revision}`);
      const stood: unknown = JSON.parse(JSON.stringify(documentBody(document, shown.status)));
      expect(shown).toEqual(stood);
    }
  });

  test('at any record or instant and day is what the postings up to then come to, whether or not the tables of documents are behind', async () => {
    const view = scene.view();
    const agree = async (): Promise<void> => {
      const moments = scene.naive.records.filter(({ value }) => value.merchantId === MERCHANT);
      const dates = scene.documents.map(({ businessDate }) => businessDate);
      const date = fc.integer({ min: Math.min(...dates) - 2, max: Math.max(...dates) + 2 });
      const moment = fc
        .constantFrom(...moments)
        .chain(({ value }) =>
          fc.constantFrom(
            { ledgerSeq: value.ledgerSeq },
            { instantMs: value.recordedAt },
            { instantMs: value.recordedAt - 1 },
          ),
        );
      await fc.assert(
        fc.asyncProperty(date, moment, async (epochDay, knownAt) => {
          const question = [MERCHANT, formatDate(epochDay), knownAt] as const;
          expect(await view.balance(...question)).toEqual(await scene.naive.balance(...question));
        }),
        { numRuns: 60 },
      );
    };
    await agree();
    const rest = outputs.slice(-AHEAD);
    const isLedger = ({ topic }: FoldOutput): boolean => topic === topics.ledger.name;
    const known = scene.naive.records.length;
    await scene.arrive(rest.filter(isLedger));
    await agree();
    // The days behind a late posting, whose documents do not know of it yet.
    for (const { type, value } of scene.naive.records.slice(known))
      if (type === 'EntryPosted')
        for (const days of [1, 2, 20]) {
          const date = formatDate(value.businessDate + days);
          const question = [value.merchantId, date, { ledgerSeq: value.ledgerSeq }] as const;
          expect(await view.balance(...question)).toEqual(await scene.naive.balance(...question));
        }
    await scene.arrive(rest.filter((output) => !isLedger(output)));
    await agree();
  });

  test('has the status that the closings up to then made, and says whether the ledger reaches as far as asked', async () => {
    const closings = scene.naive.records.filter(
      ({ type, value }) => type === 'DayClosed' && value.merchantId === MERCHANT,
    );
    const [closing] = closings.map(({ value }) => value as { ledgerSeq: number; businessDate: number });
    if (closing === undefined) throw new Error('nothing was closed in this history');
    const date = formatDate(closing.businessDate);
    const statusAt = async (ledgerSeq: number) =>
      (await balanceOf(MERCHANT, date, `?knownAt=${ledgerSeq}`)).status;
    expect(await statusAt(closing.ledgerSeq - 1)).toBe('OPEN');
    expect(await statusAt(closing.ledgerSeq)).toBe('CLOSED');
    const head = headOf(MERCHANT);
    for (const [ledgerSeq, isFresh] of [
      [head, 'true'],
      [head + 1, 'false'],
    ] as const) {
      const answer = await scene.ask(app, `/v1/merchants/${MERCHANT}/balances/${date}?knownAt=${ledgerSeq}`);
      expect([answer.headers['x-fluxo-fresh'], answer.headers['x-fluxo-tier']]).toEqual([
        isFresh,
        'postgres',
      ]);
    }
    const unknown = await balanceOf(MERCHANT, date, '?knownAt=0');
    expect(unknown).toMatchObject({ revision: 0, accounts: [], materialized: false, recordedAt: null });
  });
});

describe('an explanation', () => {
  async function explanation(date: string, limit = 7): Promise<ExplanationBody> {
    const url = `/v1/merchants/${MERCHANT}/balances/${date}/explanation`;
    const entries: EntryBody[] = [];
    for (let cursor: string | null = ''; ; ) {
      const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const answer = await scene.ask(app, `${url}?limit=${limit}${more}`);
      const body = answer.json<ExplanationBody>();
      entries.push(...body.entries);
      cursor = body.nextCursor;
      if (cursor === null) return { ...body, entries };
    }
  }

  test('of every day agrees with its balance: carried amounts and postings come to its figures', async () => {
    const dates = [
      ...new Set(
        scene.documents
          .filter(({ merchantId }) => merchantId === MERCHANT)
          .map(({ businessDate }) => businessDate),
      ),
    ].toSorted((a, b) => a - b);
    let before: number | null = null;
    for (const epochDay of [...dates, (dates.at(-1) ?? 0) + 3]) {
      const date = formatDate(epochDay);
      const shown = await balanceOf(MERCHANT, date, '');
      const { carriedFrom, accounts, entries, ...rest } = await explanation(date);
      expect(rest).toEqual({
        merchantId: MERCHANT,
        businessDate: date,
        revision: shown.revision,
        agrees: true,
        nextCursor: null,
      });
      expect(accounts).toEqual(shown.accounts);
      expect(carriedFrom?.businessDate ?? null).toBe(before === null ? null : formatDate(before));
      for (const line of accounts) {
        const moved = entries
          .filter(({ accountId }) => accountId === line.accountId)
          .reduce((sum, each) => sum + (each.direction === 'CREDIT' ? 1 : -1) * each.amountMinor, 0);
        expect(line.openingMinor + moved).toBe(line.closingMinor);
      }
      before = epochDay;
    }
  });

  test('says so when the ledger in Postgres comes to something else', async () => {
    const [document] = scene.documents.filter(({ merchantId }) => merchantId === MERCHANT);
    const date = formatDate(document?.businessDate ?? 0);
    const spoil = (by: number) =>
      scene.postgres.database.query(
        'fluxo_owner',
        `UPDATE fluxo.ledger SET amount_minor = amount_minor + $3 WHERE merchant_id = $1 AND business_date = $2
         AND direction = 'CREDIT'`,
        [MERCHANT, date, by],
      );
    await spoil(1);
    expect((await explanation(date)).agrees).toBe(false);
    await spoil(-1);
    expect((await explanation(date)).agrees).toBe(true);
  });
});

test('no look-up failed', () => expect(scene.failures).toEqual([]));
