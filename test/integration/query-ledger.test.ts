/**
 * What stands in the ledger, asked over HTTP, against the same records in plain arrays: every filter, every page, while entries go on
 * arriving; entries with their proofs, days with their closings. The rows are the sink's, of generated histories. Needs Postgres.
 */
import type { EntryBody, EntryPageBody } from '@fluxo/schemas';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { LedgerScene } from './ledger-scene.ts';

jest.setTimeout(300_000);

const HISTORY = { seed: 5, count: 1_500, merchants: 2, days: 25 };
const MERCHANT = 'loja-0';
const EVERYTHING = {
  businessDates: null,
  accountId: null,
  kind: null,
  paymentMethod: null,
  direction: null,
  externalId: null,
  amountMin: null,
  amountMax: null,
  text: null,
};

let scene: LedgerScene;
let app: FastifyInstance;
beforeAll(async () => {
  scene = await LedgerScene.open();
  await scene.arrive(await LedgerScene.fold(HISTORY));
  app = await scene.openApi();
});
afterAll(async () => scene.close());

type Query = Readonly<Record<string, string>>;

async function page(api: FastifyInstance, merchantId: string, query: Query): Promise<EntryPageBody> {
  const answer = await api.inject({ url: `/v1/merchants/${merchantId}/entries`, query });
  expect([answer.statusCode, answer.statusCode === 200 ? '' : answer.body]).toEqual([200, '']);
  return answer.json();
}

/** All pages of a listing; `between` runs after each. */
async function everyPage(
  api: FastifyInstance,
  query: Query,
  limits: readonly number[],
  between: () => Promise<void> = async () => undefined,
): Promise<readonly EntryBody[]> {
  const entries: EntryBody[] = [];
  let cursor: string | null = null;
  for (let turn = 0; turn === 0 || cursor !== null; turn++) {
    const limit = String(limits[turn % limits.length]);
    const found: EntryPageBody = await page(api, MERCHANT, {
      ...query,
      limit,
      ...(cursor === null ? {} : { cursor }),
    });
    expect(found.entries.length).toBeLessThanOrEqual(Number(limit));
    entries.push(...found.entries);
    cursor = found.nextCursor;
    await between();
  }
  return entries;
}

async function naively(filter: Partial<typeof EVERYTHING> | object): Promise<readonly EntryBody[]> {
  const { value } = await scene.naive.entries(MERCHANT, {
    filter: { ...EVERYTHING, ...filter },
    before: null,
    limit: Number.MAX_SAFE_INTEGER,
  });
  return value.entries;
}

describe('the history that is asked about', () => {
  test('has of everything', async () => {
    const all = await naively({});
    expect(all.length).toBeGreaterThan(300);
    const kinds = new Set(all.map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual(['REFUND', 'REVERSAL', 'SALE', 'TRANSFER']);
    expect(all.filter(({ reversedByEntryId }) => reversedByEntryId !== null).length).toBeGreaterThan(10);
    expect(all.filter(({ originalBusinessDate }) => originalBusinessDate !== null).length).toBeGreaterThan(3);
  });
});

describe('a listing', () => {
  test('of everything is the ledger, newest first, whatever the pages', async () => {
    expect(await everyPage(app, {}, [200])).toEqual(await naively({}));
    expect(await everyPage(app, {}, [1, 7, 50])).toEqual(await naively({}));
  });

  test('by any filter, in any pages, is what a plain filter finds, also when a page may look at few rows only', async () => {
    const narrow = await scene.openApi({ candidatesMax: 40 });
    const all = await naively({});
    const dates = [...new Set(all.map(({ businessDate }) => businessDate))].toSorted();
    const some = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: null });
    const amounts = fc
      .tuple(fc.option(fc.nat(100_000), { nil: null }), fc.option(fc.nat(100_000), { nil: null }))
      .map(([a, b]) => (a !== null && b !== null && a > b ? [b, a] : [a, b]));
    const exact = fc.constantFrom(...all.map(({ amountMinor }) => [amountMinor, amountMinor]));
    const span = fc.tuple(fc.constantFrom(...dates), fc.constantFrom(...dates)).map(([a, b]) => {
      return a <= b ? { from: a, to: b } : { from: b, to: a };
    });
    const filters = fc.record({
      businessDates: fc.option(span, { nil: null }),
      accountId: some(['bank', 'drawer-1', 'dollars', 'nowhere']),
      kind: some(['SALE', 'REFUND', 'TRANSFER', 'REVERSAL', 'FEE']),
      paymentMethod: some(['CASH', 'PIX', 'INTERNAL']),
      direction: some(['CREDIT', 'DEBIT']),
      amount: fc.oneof(amounts, exact),
      text: some(['venda', 'À VISTA', 'ESTORNO', 'a v', '%', '_']),
    });
    await fc.assert(
      fc.asyncProperty(
        filters,
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async ({ amount: [amountMin = null, amountMax = null], ...filter }, limits, isNarrow) => {
          const { businessDates, ...others } = { ...filter, amountMin, amountMax };
          const isDay = businessDates !== null && businessDates.from === businessDates.to;
          const dated = isDay ? { businessDate: businessDates.from } : businessDates;
          const asked = Object.entries({ ...others, ...dated }).filter(([, value]) => value !== null);
          const query = Object.fromEntries(asked.map(([name, value]) => [name, String(value)]));
          expect(await everyPage(isNarrow ? narrow : app, query, limits)).toEqual(
            await naively({ ...filter, amountMin, amountMax }),
          );
        },
      ),
      { numRuns: 150 },
    );
  });
});
