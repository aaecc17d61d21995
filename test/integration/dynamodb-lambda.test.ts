/**
 * The DynamoDB sink as a Lambda function is handed events: shapes as the event source mapping of MSK has them, repeated, out of order, two
 * at once, damaged. Needs DynamoDB; no Kafka.
 */
import { openLocalCodecs } from '@fluxo/kafka';
import { type DailyBalance, type Merchant, topics } from '@fluxo/schemas';
import { DynamodbBalanceSink, DynamodbStore, KafkaEventHandler } from '@fluxo/sinks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { MSKEvent, MSKRecord } from 'aws-lambda';
import { aBalance, aMerchant, dayOf } from '../../query-api/views/view-fixtures.ts';
import { SinkFeeder } from '../../testing/sink-feeder.ts';
import { DynamodbScene } from './dynamodb-scene.ts';

jest.setTimeout(180_000);

const codecs = await openLocalCodecs();
const MINUTE_MS = 60_000;
const BALANCES = topics.dailyBalances.name;

let scene: DynamodbScene;
let store: DynamodbStore;
let events: KafkaEventHandler;
beforeAll(async () => {
  scene = await DynamodbScene.open();
});
afterAll(async () => scene.close());
beforeEach(async () => {
  await scene.lose();
  store = new DynamodbStore(scene.address);
  events = new KafkaEventHandler({ store, codecs });
});
afterEach(() => store.close());

type Place = { readonly topic: string; readonly partition: number; readonly offset: number };

function record(place: Place, value: Uint8Array | null, timestamp = Date.now()): MSKRecord {
  return {
    ...place,
    timestamp,
    timestampType: 'CREATE_TIME',
    key: Buffer.from('m-1|2026-03-01').toString('base64'),
    // A deletion comes without a value, whatever the types say.
    ...((value === null ? {} : { value: Buffer.from(value).toString('base64') }) as { value: string }),
    headers: [{ origin: [102, 108, 117, 120, 111] }],
  };
}

function eventOf(...records: readonly MSKRecord[]): MSKEvent {
  return {
    eventSource: 'aws:kafka',
    eventSourceArn:
      'arn:aws:kafka:sa-east-1:123456789012:cluster/fluxo/751d2973-a626-431c-9d4e-d7975eb44dd7-2',
    bootstrapServers: 'b-2.fluxo.a1b2c3.c2.kafka.sa-east-1.amazonaws.com:9092',
    records: Object.fromEntries(
      [...new Set(records.map(({ topic, partition }) => `${topic}-${partition}`))].map((place) => [
        place,
        records.filter(({ topic, partition }) => `${topic}-${partition}` === place),
      ]),
    ),
  };
}

function day(offset: number, change: Partial<DailyBalance>, timestamp?: number): MSKRecord {
  const body = codecs.dailyBalances.encode('DailyBalance', aBalance(change));
  return record({ topic: BALANCES, partition: 1, offset }, body, timestamp);
}

function merchant(offset: number, change: Partial<Merchant>): MSKRecord {
  const body = codecs.merchants.encode('Merchant', aMerchant(change));
  return record({ topic: topics.merchants.name, partition: 1, offset }, body);
}

/** What is stored of m-1, in short, and the positions. */
async function stored(): Promise<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(await scene.items()).map(([key, item]) => [
      key,
      item['revision']?.N ??
        (item['head'] === undefined
          ? `${item['next']?.N} ${item['complete']?.BOOL ? 'complete' : 'building'}`
          : `${item['date']?.S} ${item['head'].N}`),
    ]),
  );
}

test('an event of several topics and partitions, deletions and gaps between offsets included', async () => {
  const deletion = record({ topic: BALANCES, partition: 1, offset: 9 }, null);
  const count = await events.handle(
    eventOf(merchant(4, { revision: 1 }), day(3, { revision: 2 }), day(7, { revision: 5 }), deletion),
  );
  expect(count).toEqual({ written: 2, refused: 1 });
  expect(await stored()).toEqual({
    'm-1|2026-03-01': '5',
    'm-1|latest': '2026-03-01 5',
    'm-1|merchant': '1',
    [`#${BALANCES}-1|position`]: '10 building',
    [`#${topics.merchants.name}-1|position`]: '5 building',
  });
});

test('a batch that comes again, and one that comes after later ones, change nothing', async () => {
  const early = eventOf(day(0, { revision: 2 }), day(1, { revision: 3, businessDate: dayOf('2026-03-02') }));
  const late = eventOf(day(2, { revision: 6 }), day(3, { revision: 7, businessDate: dayOf('2026-03-03') }));
  await events.handle(early);
  await events.handle(late);
  const before = await scene.items();
  expect(await events.handle(early)).toEqual({ written: 0, refused: 2 });
  expect(await events.handle(late)).toEqual({ written: 0, refused: 2 });
  expect(await scene.items()).toEqual(before);
});

test('batches at the same time, as a try that was given up and the next one: every day ends at its greatest revision', async () => {
  const batches = Array.from({ length: 12 }, (_, batch) =>
    eventOf(
      ...Array.from({ length: 10 }, (__, at) =>
        day(batch * 10 + at, {
          revision: batch * 10 + at + 1,
          businessDate: dayOf('2026-03-01') + (at % 4),
        }),
      ),
    ),
  );
  const other = new DynamodbStore(scene.address);
  const others = new KafkaEventHandler({ store: other, codecs });
  try {
    await Promise.all(
      batches.flatMap((batch, index) => [
        (index % 2 === 0 ? events : others).handle(batch),
        (index % 3 === 0 ? events : others).handle(batch),
      ]),
    );
  } finally {
    other.close();
  }
  expect(await stored()).toEqual({
    'm-1|2026-03-01': '119',
    'm-1|2026-03-02': '120',
    'm-1|2026-03-03': '117',
    'm-1|2026-03-04': '118',
    'm-1|latest': '2026-03-04 120',
    [`#${BALANCES}-1|position`]: '120 building',
  });
});

describe('what cannot be read fails the whole batch, before anything is written', () => {
  const damaged: readonly (readonly [string, () => MSKRecord, RegExp])[] = [
    [
      'a value that is no base64',
      () => ({ ...day(1, {}), value: 'no base64!' }),
      /value at offset 1 .*not base64/,
    ],
    ['a key that is no base64', () => ({ ...day(1, {}), key: 'a' }), /key at offset 1 .*not base64/],
    [
      'a schema that the registry does not know',
      () => record({ topic: BALANCES, partition: 1, offset: 1 }, Buffer.from([0, 0, 0, 99, 99, 2])),
      /offset 1 of partition 1 is no DailyBalance/,
    ],
    [
      'bytes that are no record',
      () => record({ topic: BALANCES, partition: 1, offset: 1 }, Buffer.from('{}')),
      /offset 1 of partition 1 is no DailyBalance/,
    ],
    [
      'a record of another topic',
      () => record({ topic: topics.ledger.name, partition: 1, offset: 1 }, Buffer.from([0])),
      /names the wrong topic/,
    ],
  ];

  test.each(damaged)('%s', async (_, bad, named) => {
    const failed = events.handle(eventOf(day(0, { revision: 2 }), bad()));
    await expect(failed).rejects.toMatchObject({
      code: 'sink-refused',
      message: expect.stringMatching(named),
    });
    expect(await stored()).toEqual({});
  });
});

describe('whether absence may be believed', () => {
  test('is proven by a record appended after the table was first written to, clocks that differ allowed for', async () => {
    const now = Date.now();
    await events.handle(eventOf(day(0, { revision: 2 }, now - 60 * MINUTE_MS)));
    await events.handle(eventOf(day(1, { revision: 3 }, now + MINUTE_MS / 2)));
    expect((await stored())[`#${BALANCES}-1|position`]).toBe('2 building');
    await events.handle(eventOf(day(2, { revision: 4 }, now + 2 * MINUTE_MS)));
    expect((await stored())[`#${BALANCES}-1|position`]).toBe('3 complete');
  });

  test('is not proven by an event that comes again', async () => {
    const old = eventOf(day(0, { revision: 2 }, Date.now() - 60 * MINUTE_MS));
    await events.handle(old);
    await events.handle(old);
    expect((await stored())[`#${BALANCES}-1|position`]).toBe('1 building');
  });

  test('a function goes on where a sink process has stopped, and a process where a function has', async () => {
    const sink = new DynamodbBalanceSink(new DynamodbStore(scene.address), codecs.dailyBalances);
    const process = new SinkFeeder(sink, 2);
    await process.connect();
    const records = [
      { offset: 0, key: null, value: codecs.dailyBalances.encode('DailyBalance', aBalance({ revision: 2 })) },
    ];
    await process.put([{ partition: 1, fromOffset: 0, records, nextOffset: 1, isComplete: true }]);
    await events.handle(eventOf(day(1, { revision: 3 })));
    expect(await stored()).toMatchObject({
      'm-1|2026-03-01': '3',
      [`#${BALANCES}-1|position`]: '2 complete',
    });
    await expect(process.confirm(true)).rejects.toMatchObject({ code: 'sink-position-lost' });
    expect((await process.connect()).get(1)).toBe(2);
    await sink.close();
  });
});
