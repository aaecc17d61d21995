/**
 * What stands in the ledger, asked over HTTP, against the same records in plain arrays: every filter, every page, while entries go on
 * arriving; entries with their proofs, days with their closings. The rows are the sink's, of generated histories. Needs Postgres.
 */
import { type EntryBody, type EntryPageBody, type EntryPosted, formatDate, topics } from '@fluxo/schemas';
import type { FoldOutput } from '@fluxo/streams';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { type EntryFilter, everyEntry } from '../../query-api/views/ledger-view.ts';
import { aMerchant, anEntry, uuid } from '../../query-api/views/view-fixtures.ts';
import { LedgerScene } from './ledger-scene.ts';
import { codecs } from './postgres-scene.ts';

jest.setTimeout(300_000);

const HISTORY = { seed: 5, count: 2_000, merchants: 2, days: 25 };
/** What arrives while a listing is read. */
const LATER = 600;
const MERCHANT = 'loja-0';
let scene: LedgerScene;
let app: FastifyInstance;
let later: readonly FoldOutput[];
beforeAll(async () => {
  scene = await LedgerScene.open();
  const outputs = await LedgerScene.fold(HISTORY);
  await scene.arrive(outputs.slice(0, -LATER));
  later = outputs.slice(-LATER);
  app = await scene.openApi();
});
afterAll(async () => scene.close());

type Query = Readonly<Record<string, string>>;

async function page(api: FastifyInstance, merchantId: string, query: Query): Promise<EntryPageBody> {
  const answer = await scene.ask(api, { url: `/v1/merchants/${merchantId}/entries`, query });
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
    // Each page begins below the last entry of the one before: what comes again would come for ever.
    const last = entries.at(-1)?.ledgerSeq ?? Number.POSITIVE_INFINITY;
    expect(found.entries[0]?.ledgerSeq ?? 0).toBeLessThan(last);
    entries.push(...found.entries);
    cursor = found.nextCursor;
    await between();
  }
  return entries;
}

async function naively(filter: Partial<EntryFilter>): Promise<readonly EntryBody[]> {
  const { value } = await scene.naive.entries(MERCHANT, {
    filter: { ...everyEntry, ...filter },
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
      { numRuns: 100 },
    );
  });
});

describe('a page that may look at few rows goes on behind them,', () => {
  test.each<[string, Query, object]>([
    ['of all entries', { direction: 'DEBIT' }, { direction: 'DEBIT' }],
    ['of a kind', { kind: 'SALE', text: 'VENDA' }, { kind: 'SALE', text: 'VENDA' }],
    ['of an account', { accountId: 'bank', amountMin: '50000' }, { accountId: 'bank', amountMin: 50_000 }],
    ['by amounts', { amountMin: '10', amountMax: '30000' }, { amountMin: 10, amountMax: 30_000 }],
  ])('%s', async (_name, query, filter) => {
    const narrow = await scene.openApi({ candidatesMax: 40 });
    const expected = await naively(filter);
    expect(expected.length).toBeGreaterThan(60);
    expect(await everyPage(narrow, query, [39])).toEqual(expected);
  });
});

test('while entries go on arriving, a listing shows each that was there when it began once, and none twice', async () => {
  let arrived = 0;
  const arriveSome = async (): Promise<void> => {
    await scene.arrive(later.slice(arrived, arrived + 12));
    arrived += 12;
  };
  const narrow = await scene.openApi({ candidatesMax: 60 });
  const dates = (await naively({})).map(({ businessDate }) => businessDate).toSorted();
  const range = { from: dates[0] as string, to: dates.at(-1) as string };
  for (const [api, query, filter] of [
    [app, {}, {}],
    [app, { kind: 'SALE' }, { kind: 'SALE' }],
    [narrow, { ...range, text: 'venda' }, { businessDates: range, text: 'venda' }],
  ] as const) {
    const before = await naively(filter);
    const shown = await everyPage(api, query, [13, 40, 29], arriveSome);
    const seqs = shown.map(({ ledgerSeq }) => ledgerSeq);
    expect(seqs).toEqual(seqs.toSorted((a, b) => b - a));
    expect(new Set(seqs).size).toBe(seqs.length);
    expect(new Set(before.map(({ ledgerSeq }) => ledgerSeq)).difference(new Set(seqs))).toEqual(new Set());
  }
  expect(arrived).toBeGreaterThan(100);
});

describe('an entry', () => {
  const asked = (merchantId: string, entryId: string) =>
    scene.ask(app, `/v1/merchants/${merchantId}/entries/${entryId}`);

  test('is shown with all its legs, what reversed it, and where they stand in the chain', async () => {
    const all = await naively({});
    const some = all.filter(({ kind, reversedByEntryId }, place) =>
      kind === 'TRANSFER' || reversedByEntryId !== null ? place % 3 === 0 : place % 25 === 0,
    );
    const seen = new Set<string>();
    for (const { entryId } of some) {
      const answer = await asked(MERCHANT, entryId);
      const { value } = await scene.naive.entry(MERCHANT, entryId);
      expect(answer.json()).toEqual({ merchantId: MERCHANT, entryId, ...value });
      seen.add(`${value.legs.length} ${value.reversedBy.length}`);
    }
    expect([...seen].toSorted()).toEqual(['1 0', '1 1', '2 0', '2 2']);
  });

  test('that the ledger does not have is 404, of another merchant too', async () => {
    const [{ entryId } = { entryId: '' }] = await naively({});
    for (const [merchantId, id] of [
      [MERCHANT, uuid(77)],
      ['loja-1', entryId],
    ] as const) {
      const answer = await asked(merchantId, id);
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'entry-unknown']);
    }
  });
});

test('a day tells its closings and reopenings with counts and variances, its entries, and whether it is closed', async () => {
  const records = scene.naive.records.filter(({ value }) => value.merchantId === MERCHANT);
  const dates = new Set(
    records.flatMap(({ value }) => ('businessDate' in value ? [formatDate(value.businessDate)] : [])),
  );
  const closedThrough = scene.merchants.get(MERCHANT)?.closedThrough ?? null;
  const seen = new Set<string>();
  for (const businessDate of dates) {
    const { value } = await scene.naive.day(MERCHANT, businessDate);
    const isClosed = closedThrough !== null && businessDate <= formatDate(closedThrough);
    const status = isClosed ? 'CLOSED' : 'OPEN';
    const answer = await scene.ask(app, `/v1/merchants/${MERCHANT}/days/${businessDate}`);
    expect(answer.json()).toEqual({ merchantId: MERCHANT, businessDate, status, ...value });
    for (const { type, accounts } of value.events)
      seen.add(`${type} ${accounts.some(({ varianceMinor }) => varianceMinor !== null)}`);
  }
  expect([...seen].toSorted()).toEqual(['DayClosed false', 'DayClosed true', 'DayReopened false']);
});

describe('entries as nobody makes them in a test', () => {
  /** Entries of m-1, as they would come out of the topics. */
  async function post(changes: readonly Partial<EntryPosted>[]): Promise<void> {
    const output = (topic: string, value: Uint8Array, offset: number): FoldOutput => ({
      topic,
      partition: 0,
      key: Buffer.from('m-1'),
      value: Buffer.from(value),
      offset,
      timestampMs: 0,
    });
    const entry = (change: Partial<EntryPosted>, place: number): Uint8Array =>
      codecs.ledger.encode('EntryPosted', anEntry({ ledgerSeq: place + 2, ...change }));
    await scene.arrive([
      output(topics.merchants.name, codecs.merchants.encode('Merchant', aMerchant()), 0),
      ...changes.map((change, place) => output(topics.ledger.name, entry(change, place), place)),
    ]);
  }

  const shown = async (query: Query) =>
    (await page(app, 'm-1', query)).entries.map(({ ledgerSeq }) => ledgerSeq);

  test('are found by their text literally, in any script and case, and shown digit by digit', async () => {
    const nothing = { kind: 'REVERSAL', reversesEntryId: uuid(1) } as const;
    await post([
      { entryId: uuid(1), description: '100% _off_', externalId: "Robert'); DROP TABLE--" },
      { entryId: uuid(2), ...nothing, description: null, reason: 'ESTORNO DE PÃO' },
      { entryId: uuid(1), description: 'Ωmega Straße \\', externalId: 'ABC-1' },
      { entryId: uuid(3), ...nothing, description: null, externalId: 'abc-1' },
      { entryId: uuid(4), description: 'a\nb "x" {"y":1}', amountMinor: 1 },
      { entryId: uuid(1), description: null },
      { entryId: uuid(1), description: null },
      { entryId: uuid(5), ...nothing, description: null },
    ]);
    for (const [text, expected] of [
      ['%', [2]],
      ['_', [2]],
      ['100% _OFF', [2]],
      ["'); drop", [2]],
      ['estorno de pão', [3]],
      ['ωMEGA sTRASSE', [4]],
      ['\\', [4]],
      ['abc-1', [5, 4]],
      ['\n', [6]],
      ['zzz', []],
    ] as const)
      expect([text, await shown({ text })]).toEqual([text, expected]);
    expect(await shown({ externalId: 'ABC-1' })).toEqual([4]);
    expect(await shown({ externalId: "Robert'); DROP TABLE--" })).toEqual([2]);
    const [{ amountMinor, source } = {}] = (await page(app, 'm-1', { externalId: 'ABC-1' })).entries;
    expect([amountMinor, source?.sequence]).toEqual([1_000_000_000_000, 2 ** 53 - 1]);
  });

  test('a reversal takes back the entry of its id that stood when it came, not one of an earlier or later time', async () => {
    const { entries } = await page(app, 'm-1', {});
    expect(entries.map(({ ledgerSeq, reversedByEntryId }) => [ledgerSeq, reversedByEntryId])).toEqual([
      [9, null],
      [8, uuid(5)],
      [7, null],
      [6, null],
      [5, null],
      [4, uuid(3)],
      [3, null],
      [2, uuid(2)],
    ]);
  });
});

test('no look-up failed', () => expect(scene.failures).toEqual([]));
