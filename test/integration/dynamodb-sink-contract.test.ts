/**
 * The contract of all sinks, kept by those of DynamoDB on a DynamoDB Local; and what is DynamoDB's own: positions that are read while
 * nothing comes, tables of others. Needs DynamoDB; no Kafka.
 */

import { CreateTableCommand, DeleteTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { openLocalCodecs } from '@fluxo/kafka';
import { dynamoDayItem } from '@fluxo/schemas';
import { DynamodbBalanceSink, DynamodbMerchantSink, DynamodbStore } from '@fluxo/sinks';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { aBalance, aMerchant, dayOf } from '../../query-api/views/view-fixtures.ts';
import { createTable } from '../../sinks/dynamodb/create-table.ts';
import { type SinkHarness, sinkContract } from '../../sinks/engine/sink.contract.ts';
import { SinkFeeder } from '../../testing/sink-feeder.ts';
import { DynamodbScene } from './dynamodb-scene.ts';

jest.setTimeout(180_000);

const codecs = await openLocalCodecs();
let scene: DynamodbScene;
beforeAll(async () => {
  scene = await DynamodbScene.open();
});
afterAll(async () => scene.close());

const harness =
  (more: Pick<SinkHarness, 'openSink' | 'encode' | 'version'>): (() => Promise<SinkHarness>) =>
  async () => {
    await scene.lose();
    return {
      merchantId: 'm-1',
      contents: () => scene.contents(),
      lose: () => scene.lose(),
      close: async () => {},
      ...more,
    };
  };

async function revisionOf(key: string): Promise<number | null> {
  const revision = (await scene.items())[key]?.['revision']?.N;
  return revision === undefined ? null : Number(revision);
}

const dayOfKey = { a: dayOf('2026-03-01'), b: dayOf('2026-03-02'), c: dayOf('2026-03-03') };

sinkContract(
  'DynamoDB with balances',
  {},
  harness({
    openSink: () => new DynamodbBalanceSink(new DynamodbStore(scene.address), codecs.dailyBalances),
    encode: ({ key, version }) =>
      codecs.dailyBalances.encode(
        'DailyBalance',
        aBalance({ businessDate: dayOfKey[key], revision: version }),
      ),
    version: (key) => revisionOf(`m-1|${dynamoDayItem(dayOfKey[key])}`),
  }),
);

sinkContract(
  'DynamoDB with merchants',
  {},
  harness({
    openSink: () => new DynamodbMerchantSink(new DynamodbStore(scene.address), codecs.merchants),
    encode: ({ key, version }) =>
      codecs.merchants.encode('Merchant', aMerchant({ merchantId: `m-${key}`, revision: version })),
    version: (key) => revisionOf(`m-${key}|merchant`),
  }),
);

describe('while nothing comes and nothing changes', () => {
  async function standing(): Promise<SinkFeeder> {
    await scene.lose();
    const sink = new DynamodbBalanceSink(new DynamodbStore(scene.address), codecs.dailyBalances);
    const feeder = new SinkFeeder(sink, 2);
    await feeder.connect();
    const value = codecs.dailyBalances.encode('DailyBalance', aBalance());
    const records = [{ offset: 0, key: null, value }];
    await feeder.put([{ partition: 1, fromOffset: 0, records, nextOffset: 1, isComplete: false }]);
    return feeder;
  }

  test('a table that stands where it was left is confirmed, and not written to', async () => {
    const feeder = await standing();
    const before = await scene.items();
    const other = new DynamodbBalanceSink(new DynamodbStore(scene.address), codecs.dailyBalances);
    expect([...(await other.connect([0, 1]))]).toEqual([
      [0, 0],
      [1, 1],
    ]);
    await feeder.confirm(false);
    expect(await scene.items()).toEqual(before);
    await other.close();
    await feeder.sink.close();
  });

  test('a table that was lost and made again is noticed', async () => {
    const feeder = await standing();
    await scene.lose();
    await expect(feeder.confirm(false)).rejects.toMatchObject({ code: 'sink-position-lost' });
    expect(await feeder.sink.connect([0, 1])).toEqual(new Map());
    await feeder.sink.close();
  });

  test('a position that was set back, as by an older copy of the table, is noticed and gone on from', async () => {
    const feeder = await standing();
    const [, position] =
      Object.entries(await scene.items()).find(([key]) => key.endsWith('-1|position')) ?? [];
    const Item = { ...position, next: { N: '0' } };
    await scene.client.send(new PutItemCommand({ TableName: scene.table, Item }));
    await expect(feeder.confirm(false)).rejects.toMatchObject({ code: 'sink-position-lost' });
    expect((await feeder.sink.connect([0, 1])).get(1)).toBe(0);
    await feeder.sink.close();
  });
});

test('a table with the keys of somebody else is refused by name; making it again finds ours there', async () => {
  const TableName = 'theirs';
  await scene.client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'session', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'session', AttributeType: 'S' }],
    }),
  );
  const address = new URL('/theirs', scene.address).href;
  const sink = new DynamodbBalanceSink(new DynamodbStore(address), codecs.dailyBalances);
  await expect(sink.connect([0])).rejects.toMatchObject({
    code: 'sink-refused',
    message: expect.stringContaining('HASH session'),
  });
  await sink.close();
  await scene.client.send(new DeleteTableCommand({ TableName }));
  expect(await createTable(scene.client, scene.table)).toBe(false);
});
