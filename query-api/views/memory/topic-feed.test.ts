/** The feed over two topics in memory, encoded as on the wire; the cluster and the registry can be away between any two fetches. */

import {
  LocalRegistry,
  openLocalCodecs,
  openTopicCodecs,
  RegistryFailure,
  registerSchemas,
  type TopicCodecs,
} from '@fluxo/kafka';
import { allTopics, type DailyBalance, type Merchant, topics } from '@fluxo/schemas';
import { expect, test } from '@jest/globals';
import { aBalance, aMerchant } from '../view-fixtures.ts';
import { MemoryView } from './memory-view.ts';
import { type LogTail, type Positions, type TopicBatch, TopicFeed } from './topic-feed.ts';

const BALANCES = topics.dailyBalances.name;
const MERCHANTS = topics.merchants.name;
const localOnes = await openLocalCodecs();

/** Logs that grow, of which a fetch returns at most two records per partition, or another number of them. */
class MemoryTail implements LogTail {
  readonly logs = new Map<string, (Uint8Array | null)[]>();
  /** Where what is committed ends, where that is not the end. */
  readonly stable = new Map<string, number>();
  recordsMax = 2;
  failures: unknown[] = [];
  fetches = 0;

  append(topic: string, partition: number, value: Uint8Array | null): void {
    const name = `${topic}-${partition}`;
    this.logs.set(name, [...(this.logs.get(name) ?? []), value]);
  }

  async startOffset(): Promise<number> {
    return 0;
  }
  async endOffset(topic: string, partition: number): Promise<number> {
    return this.logs.get(`${topic}-${partition}`)?.length ?? 0;
  }

  async fetch(positions: Positions): Promise<readonly TopicBatch[]> {
    await new Promise((resolve) => setImmediate(resolve));
    this.fetches += 1;
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    return [...positions].flatMap(([topic, offsets]) =>
      [...offsets].flatMap(([partition, from]) => {
        const log = this.logs.get(`${topic}-${partition}`) ?? [];
        const lastStableOffset = this.stable.get(`${topic}-${partition}`) ?? log.length;
        const values = log.slice(from, Math.min(from + this.recordsMax, lastStableOffset));
        const records = values.map((value, index) => ({
          offset: from + index,
          timestampMs: 0,
          key: null,
          value,
        }));
        const nextOffset = from + records.length;
        return records.length === 0 ? [] : [{ topic, partition, records, nextOffset, lastStableOffset }];
      }),
    );
  }
}

function start(log: MemoryTail, codecs: TopicCodecs = localOnes, partitions: readonly number[] = [0, 1]) {
  const seen = { loaded: 0, skipped: [] as unknown[], retries: 0 };
  const view = new MemoryView((body) => {
    const decoded = codecs.dailyBalances.decode(body);
    if (decoded.kind === 'record' && decoded.type === 'DailyBalance') return decoded.value;
    throw new Error(decoded.kind);
  });
  const feed = new TopicFeed({
    log,
    codecs,
    view,
    partitions,
    observer: {
      applied: () => undefined,
      loaded: ({ records }) => {
        seen.loaded = records;
      },
      skipped: (record) => seen.skipped.push(record),
      retrying: () => {
        seen.retries += 1;
      },
    },
  });
  const running = feed.run();
  running.catch(() => undefined);
  const stop = async (): Promise<void> => {
    feed.stop();
    await running;
  };
  return { view, feed, seen, running, stop };
}

function balance(change: Partial<DailyBalance>): Buffer {
  return localOnes.dailyBalances.encode('DailyBalance', aBalance(change));
}

function merchant(change: Partial<Merchant> = {}): Buffer {
  return localOnes.merchants.encode('Merchant', aMerchant(change));
}

async function until(holds: () => boolean): Promise<void> {
  for (const startedMs = Date.now(); !holds(); await new Promise((resolve) => setImmediate(resolve)))
    if (Date.now() - startedMs > 4_000) throw new Error('it never came to this');
}

function filled(): MemoryTail {
  const log = new MemoryTail();
  log.append(MERCHANTS, 0, merchant());
  for (let revision = 2; revision <= 9; revision++) log.append(BALANCES, 1, balance({ revision }));
  return log;
}

test('is loaded when all is applied that was there at the start, in both topics, and not before', async () => {
  const log = filled();
  const { view, feed, seen, stop } = start(log);
  await until(() => (feed.positions.get(BALANCES)?.get(1) ?? 0) === 6);
  expect(view.isLoaded).toBe(false);
  await until(() => view.isLoaded);
  expect(seen.loaded).toBe(9);
  expect(view.latest('m-1')).toMatchObject({ kind: 'known', head: 9 });
  expect(feed.positions).toEqual(
    new Map([
      [
        MERCHANTS,
        new Map([
          [0, 1],
          [1, 0],
        ]),
      ],
      [
        BALANCES,
        new Map([
          [0, 0],
          [1, 8],
        ]),
      ],
    ]),
  );
  await stop();
});

test('empty topics are loaded at once; what comes later is followed', async () => {
  const log = new MemoryTail();
  const { view, stop } = start(log);
  await until(() => view.isLoaded);
  log.append(MERCHANTS, 1, merchant());
  log.append(BALANCES, 0, balance({ revision: 3 }));
  await view.reached('m-1', 3, 4_000);
  expect(view.latest('m-1')).toMatchObject({ kind: 'known', head: 3 });
  await stop();
});

test.each([
  { what: 'a fetch ends between them', recordsMax: 2 },
  { what: 'others get their turn between them', recordsMax: 1_000 },
])('a revision has arrived when all its documents have, also where $what', async ({ recordsMax }) => {
  const log = filled();
  const { view, stop } = start(log);
  await until(() => view.isLoaded);
  log.recordsMax = recordsMax;
  const all = Array.from({ length: 301 }, (_, index) =>
    balance({ businessDate: 20_000 + index, revision: 10 }),
  );
  log.logs.set(`${BALANCES}-1`, [...(log.logs.get(`${BALANCES}-1`) ?? []), ...all]);
  await view.reached('m-1', 10, 4_000);
  const found = view.days('m-1', { from: 20_000, to: 20_300 });
  if (found.kind !== 'known') throw new Error(found.kind);
  expect([found.head, found.value.days.filter(({ revision }) => revision === 10).length]).toEqual([10, 301]);
  await stop();
});

test('what a merchant has become is seen when the documents from before it are', async () => {
  const log = filled();
  const { view, stop } = start(log);
  await until(() => view.isLoaded);
  log.stable.set(`${BALANCES}-1`, 8);
  log.append(BALANCES, 1, balance({ revision: 10 }));
  log.append(MERCHANTS, 1, merchant({ revision: 11 }));
  await until(() => log.fetches > 20);
  expect(view.merchant('m-1')).toMatchObject({ head: 9, value: { revision: 1 } });
  log.stable.clear();
  await view.reached('m-1', 11, 4_000);
  expect(view.merchant('m-1')).toMatchObject({ head: 11, value: { revision: 11 } });
  expect(view.latest('m-1')).toMatchObject({ value: { days: [{ revision: 10 }] } });
  await stop();
});

test('a cluster that goes away in the middle costs time and nothing else', async () => {
  const log = filled();
  const unavailable = Object.assign(new Error('no broker'), { code: 'temporarily-unavailable' });
  const { view, seen, stop } = start(log);
  await until(() => log.fetches >= 2);
  log.failures = [unavailable, unavailable];
  await until(() => view.isLoaded);
  expect(seen.retries).toBe(2);
  expect(seen.loaded).toBe(9);
  await stop();
});

test('a record that cannot be read is reported by its place and left out; its neighbours are taken', async () => {
  const log = new MemoryTail();
  log.append(MERCHANTS, 0, merchant());
  log.append(BALANCES, 0, balance({ revision: 2 }));
  log.append(BALANCES, 0, Buffer.from('not avro'));
  log.append(BALANCES, 0, null);
  log.append(BALANCES, 0, balance({ revision: 4 }));
  const { view, seen, stop } = start(log);
  await until(() => view.isLoaded);
  expect(seen.skipped).toEqual([{ topic: BALANCES, partition: 0, offset: 1, detail: expect.any(String) }]);
  expect(view.latest('m-1')).toMatchObject({ kind: 'known', head: 4 });
  await stop();
});

class SometimesAwayRegistry extends LocalRegistry {
  isAway = false;

  override async schemasUnder(subject: string) {
    if (this.isAway) throw new RegistryFailure('temporarily-unavailable', 'the registry is away');
    return super.schemasUnder(subject);
  }
}

test('a schema nobody knows while the registry is away: nothing is passed over until it has been asked', async () => {
  const registry = new SometimesAwayRegistry();
  await registerSchemas(registry, allTopics);
  const codecs = await openTopicCodecs(registry);
  const log = new MemoryTail();
  log.append(MERCHANTS, 0, merchant());
  log.append(BALANCES, 0, balance({ revision: 2, businessDate: 20_000 }));
  log.append(BALANCES, 0, Buffer.from([0, 0, 0, 3, 231, 1, 2, 3]));
  log.append(BALANCES, 0, balance({ revision: 4, businessDate: 20_001 }));
  registry.isAway = true;
  const { view, seen, stop } = start(log, codecs);
  await until(() => seen.retries > 0);
  expect(view.isLoaded).toBe(false);
  registry.isAway = false;
  await until(() => view.isLoaded);
  expect(seen.skipped).toMatchObject([{ offset: 1, detail: 'unknown-schema' }]);
  const found = view.days('m-1', { from: 20_000, to: 20_001 });
  expect(found).toMatchObject({ value: { days: [{ revision: 2 }, { revision: 4 }] } });
  await stop();
});

test('while one partition waits for the registry the others are followed', async () => {
  const registry = new SometimesAwayRegistry();
  await registerSchemas(registry, allTopics);
  const codecs = await openTopicCodecs(registry);
  const log = new MemoryTail();
  log.append(MERCHANTS, 1, merchant());
  const { view, stop } = start(log, codecs, [0, 1]);
  await until(() => view.isLoaded);
  registry.isAway = true;
  log.append(BALANCES, 0, Buffer.from([0, 0, 0, 3, 231, 1, 2, 3]));
  log.append(BALANCES, 1, balance({ revision: 4 }));
  log.append(MERCHANTS, 1, merchant({ revision: 5 }));
  await until(() => (view.latest('m-1') as { readonly head?: number }).head === 5);
  expect(view.latest('m-1')).toMatchObject({ value: { days: [{ revision: 4 }] } });
  registry.isAway = false;
  await stop();
});

test('what waiting cannot heal ends the feed', async () => {
  const log = filled();
  log.failures = [Object.assign(new Error('the log was cut'), { code: 'offset-out-of-range' })];
  await expect(start(log).running).rejects.toThrow('the log was cut');
});

test('a shard reads its partitions and no others', async () => {
  const log = new MemoryTail();
  log.append(MERCHANTS, 0, merchant({ merchantId: 'm-0' }));
  log.append(MERCHANTS, 1, merchant({ merchantId: 'm-1' }));
  const { view, feed, stop } = start(log, localOnes, [1]);
  while (!view.isLoaded) await new Promise((resolve) => setImmediate(resolve));
  expect(view.size.merchants).toBe(1);
  expect(view.merchant('m-1').kind).toBe('known');
  expect([...(feed.positions.get(MERCHANTS) ?? [])]).toEqual([[1, 1]]);
  await stop();
});
