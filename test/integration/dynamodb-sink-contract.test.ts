/** The contract of all sinks, kept by those of DynamoDB on a DynamoDB Local. Needs DynamoDB; no Kafka. */
import { dynamoDayItem } from '@fluxo/schemas';
import { DynamodbBalanceSink, DynamodbMerchantSink, DynamodbStore } from '@fluxo/sinks';
import { afterAll, beforeAll, jest } from '@jest/globals';
import { aBalance, aMerchant, dayOf, localCodecs } from '../../query-api/views/view-fixtures.ts';
import { type SinkHarness, sinkContract } from '../../sinks/engine/sink.contract.ts';
import { DynamodbScene } from './dynamodb-scene.ts';

jest.setTimeout(180_000);

const codecs = await localCodecs();
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
