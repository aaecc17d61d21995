/**
 * The real query API over the documents of a whole system in memory, with somebody in between who may spoil its answers: the judge
 * must find every spoilt one, and nothing in the answers as they are.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Shutdown } from '@fluxo/http';
import { PARTITIONS_DEFAULT, topics } from '@fluxo/schemas';
import { Registry } from '@fluxo/telemetry';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../query-api/build-app.ts';
import { MemoryView } from '../../query-api/views/memory/memory-view.ts';
import { TieredView } from '../../query-api/views/tiered-view.ts';
import { codecs, logOf, MemorySystem } from '../../testing/audited-system.ts';
import { type GeneratedSubmission, generateSubmissions } from '../../testing/submission-generator.ts';
import type { Difference } from '../difference.ts';
import { getAsWritten } from './get-as-written.ts';
import { QueryApiView } from './query-api.view.ts';

/** Histories of months are shown, also on a machine with other things to do. */
jest.setTimeout(60_000);

type Body = Record<string, unknown>;
type Day = Body & { readonly businessDate: string; readonly materialized: boolean };
/** What becomes of an answer; `days` are those of a range. */
type Spoiler = (path: string, body: Body & { days?: Day[] }) => unknown;

let system: MemorySystem;
let app: FastifyInstance;
let between: Server;
let spoil: Spoiler;

beforeAll(async () => {
  const submissions = [...generateSubmissions({ seed: 21, count: 400, merchants: 2, days: 900 })];
  system = await MemorySystem.of(logOf(submissions.map(withOneCalledUp)));
  app = await openApi();
  await app.listen({ port: 0, host: '127.0.0.1' });
  between = createServer((request, response) => {
    void passOn(request.url ?? '', response);
  });
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  between.closeAllConnections();
  between.close();
  await app.close();
});

/** One of the merchants has the name of a step up in a path. */
function withOneCalledUp(submission: GeneratedSubmission): GeneratedSubmission {
  const { value } = submission;
  if (value.merchantId !== 'loja-1') return submission;
  return { ...submission, value: { ...value, merchantId: '..' } } as GeneratedSubmission;
}

/** How many answers come from a process that has not read what the others have; it knows no merchant. */
let older = 0;

/** Asks the API itself and gives its answer, spoilt as the test wants it. */
async function passOn(path: string, response: ServerResponse): Promise<void> {
  if (path.includes('minRevision=') && older > 0) {
    older -= 1;
    response.writeHead(404, { 'content-type': 'application/json', 'x-fluxo-fresh': 'false' }).end('{}');
    return;
  }
  const answer = await getAsWritten(
    { baseUrl: app.listeningOrigin, path },
    { headers: {}, withinMs: 10_000 },
  );
  const body = spoil(path, JSON.parse(answer.text) as Body);
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function openApi(): Promise<FastifyInstance> {
  const memory = new MemoryView((body) => {
    const decoded = codecs.dailyBalances.decode(body);
    if (decoded.kind === 'record' && decoded.type === 'DailyBalance') return decoded.value;
    throw new Error(decoded.kind);
  });
  for (const name of ['merchants', 'dailyBalances'] as const)
    for (let partition = 0; partition < PARTITIONS_DEFAULT; partition++)
      for (const { value } of system.log(name, partition)) {
        const decoded = codecs[name].decode(value);
        if (decoded.kind !== 'record') throw new Error(decoded.kind);
        if (decoded.type === 'DailyBalance') memory.applyBalance(decoded.value, value as Buffer);
        if (decoded.type === 'Merchant') memory.applyMerchant(decoded.value);
      }
  memory.isLoaded = true;
  const everywhere = Object.fromEntries(
    Array.from({ length: PARTITIONS_DEFAULT }, (_, partition) => [partition, 1e9]),
  );
  const positions = { [topics.dailyBalances.name]: everywhere, [topics.merchants.name]: everywhere };
  return buildApp({
    view: new TieredView(memory, []),
    access: 'off',
    readiness: () => ({ ready: true, positions }),
    metrics: new Registry(),
    reportFailure: () => undefined,
    shutdown: new Shutdown(),
  });
}

async function differences(spoiler: Spoiler): Promise<readonly Difference[]> {
  spoil = spoiler;
  const { port } = between.address() as AddressInfo;
  const result = await system.audit({ views: [new QueryApiView(`http://127.0.0.1:${port}/`)] });
  expect(result.views).toEqual([
    { view: 'query API', kind: 'judged', documents: expect.anything(), elsewhere: [] },
  ]);
  return result.differences.kept;
}

/** Spoils one day, the first that fits, wherever it is shown in a range. */
function onDay(isMeant: (day: Day) => boolean, change: (day: Day) => Day | null): Spoiler {
  let meant: string | undefined;
  return (_path, body) => {
    if (body.days === undefined) return body;
    meant ??= body.days
      .filter(isMeant)
      .map(({ merchantId, businessDate }) => `${String(merchantId)}${businessDate}`)[0];
    const days = body.days.flatMap((day) =>
      `${String(day['merchantId'])}${day.businessDate}` === meant ? (change(day) ?? []) : day,
    );
    return { ...body, days };
  };
}

test('what the API shows of a long history is green, in pages', async () => {
  const pages: string[] = [];
  expect(
    await differences((path, body) => {
      if (path.includes('from=')) pages.push(path);
      return body;
    }),
  ).toEqual([]);
  expect(pages.length).toBeGreaterThan(4);
});

test.each([
  [
    'a figure',
    onDay(
      ({ materialized }) => materialized,
      (day) => ({ ...day, cutoffMinutes: 7 }),
    ),
    'cutoffMinutes',
  ],
  [
    'a status',
    onDay(
      () => true,
      (day) => ({ ...day, status: 'MAYBE' }),
    ),
    'status',
  ],
  [
    'a day that is left out',
    onDay(
      ({ materialized }) => materialized,
      () => null,
    ),
    'record',
  ],
  [
    'a day without entries that shows zero instead of what was carried over',
    onDay(
      ({ materialized, revision }) => !materialized && Number(revision) > 0,
      (day) => ({ ...day, accounts: [] }),
    ),
    'accounts (no document on this day)',
  ],
  [
    'a document that nobody published',
    onDay(
      ({ materialized }) => !materialized,
      (day) => ({ ...day, materialized: true, dayStart: null }),
    ),
    'record',
  ],
] as const)('%s', async (_name, spoiler, field) => {
  expect(await differences(spoiler)).toContainEqual(expect.objectContaining({ where: 'query API', field }));
});

test('a merchant whose settings are others', async () => {
  const spoiler: Spoiler = (path, body) => (path.includes('balances') ? body : { ...body, name: 'Outra' });
  expect(await differences(spoiler)).toContainEqual(
    expect.objectContaining({ where: 'query API', key: 'loja-0', field: 'name', found: 'Outra' }),
  );
});

/** Spoils what is called the latest, the first so many times. */
function onLatest(times: number, change: (day: Day) => Day): Spoiler {
  let left = times;
  return (path, body) => {
    if (!path.includes('/latest') || left === 0) return body;
    left -= 1;
    return change(body as Day);
  };
}

test.each([
  ['another figure', (day: Day): Day => ({ ...day, cutoffMinutes: 7 }), 'cutoffMinutes'],
  ['an older revision', (day: Day): Day => ({ ...day, revision: 1 }), 'revision'],
  ['another day', (day: Day): Day => ({ ...day, businessDate: '2020-01-01' }), 'businessDate'],
] as const)('the latest with %s than its day has', async (_name, change, field) => {
  expect(await differences(onLatest(Number.POSITIVE_INFINITY, change))).toContainEqual(
    expect.objectContaining({ where: 'query API', key: expect.stringContaining('|latest'), field }),
  );
  expect(await differences(onLatest(1, change))).toEqual([]);
});

describe('several processes behind one address', () => {
  afterEach(() => {
    older = 0;
  });

  test('of which one has not read as far are asked again, and found right', async () => {
    older = 15;
    expect(await differences((_path, body) => body)).toEqual([]);
    expect(older).toBe(0);
  });

  test('that all stay behind show too little, and that is a difference', async () => {
    older = Number.POSITIVE_INFINITY;
    expect(await differences((_path, body) => body)).toContainEqual(
      expect.objectContaining({ where: 'query API', field: 'record' }),
    );
  });

  test('are asked for what is as new as the topics', async () => {
    const asked: string[] = [];
    await differences((path, body) => {
      asked.push(path);
      return body;
    });
    const documents = asked.filter((path) => path !== '/readyz' && !path.endsWith('/latest'));
    expect(documents.length).toBeGreaterThan(4);
    expect(documents.filter((path) => !/minRevision=[1-9]/.test(path))).toEqual([]);
  });
});

describe('an API that holds some partitions only', () => {
  const holding =
    (held: readonly number[]): Spoiler =>
    (path, body) =>
      path === '/readyz'
        ? {
            positions: Object.fromEntries(
              [topics.dailyBalances.name, topics.merchants.name].map((topic) => [
                topic,
                Object.fromEntries(held.map((partition) => [partition, 1e9])),
              ]),
            ),
          }
        : body;
  const judged = async (spoiler: Spoiler) => {
    spoil = spoiler;
    const { port } = between.address() as AddressInfo;
    return system.audit({ views: [new QueryApiView(`http://127.0.0.1:${port}`)] });
  };
  const documentsOf = (partition: number): number =>
    (['dailyBalances', 'merchants'] as const).reduce(
      (sum, name) => sum + new Set(system.log(name, partition).map(({ key }) => String(key))).size,
      0,
    );

  test.each([
    [[0], [1]],
    [[1], [0]],
  ])('is judged by partition %j, and says what it leaves to others', async (held, elsewhere) => {
    const { views, differences: found } = await judged(holding(held));
    const documents = documentsOf(held[0] as number);
    expect(views).toEqual([{ view: 'query API', kind: 'judged', documents, elsewhere }]);
    expect(documents).toBeGreaterThan(10);
    expect(found.count).toBe(0);
  });

  test('that has not begun to read leaves nothing to others: it lags', async () => {
    const { views } = await judged((path, body) => (path === '/readyz' ? { positions: {} } : body));
    expect(views).toMatchObject([
      { kind: 'not-judged', reason: expect.stringContaining('stands at no position') },
    ]);
  });
});

test('an API that answers with a failure is no verdict', async () => {
  spoil = () => ({ code: 'view-unavailable', detail: 'not now' });
  const view = new QueryApiView(`${app.listeningOrigin}/v1/nothing-here?x=`);
  const { views, differences: found } = await system.audit({ views: [view], timeoutMs: 0 });
  expect(found.count).toBe(0);
  expect(views).toMatchObject([{ kind: 'not-judged', reason: expect.stringContaining('query API') }]);
});
