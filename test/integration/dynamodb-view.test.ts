/**
 * The DynamoDB view on a DynamoDB Local, from both sides of its layout: what `sinks/dynamodb` writes, `query-api` must read. Needs
 * DynamoDB; no Kafka: batches are given to the sinks as their loops would give them.
 */

import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { openLocalCodecs } from '@fluxo/kafka';
import { DynamodbView, GuardedView, ReadingFloor } from '@fluxo/query-api';
import {
  type DailyBalance,
  DYNAMO_PARTITION_KEY,
  DYNAMO_SORT_KEY,
  type Merchant,
  partitionOf,
} from '@fluxo/schemas';
import {
  DynamodbBalanceSink,
  DynamodbMerchantSink,
  DynamodbStore,
  type Sink,
  type SinkBatch,
} from '@fluxo/sinks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { balanceViewContract } from '../../query-api/views/balance-view.contract.ts';
import { aBalance, aMerchant, dayOf } from '../../query-api/views/view-fixtures.ts';
import { SinkFeeder } from '../../testing/sink-feeder.ts';
import { DynamodbScene } from './dynamodb-scene.ts';

jest.setTimeout(180_000);

const PARTITIONS = 3;

const codecs = await openLocalCodecs();
/** Of topics that were empty. */
const floor = () => ReadingFloor.now({ stableOffset: async () => 0 }, PARTITIONS);
const opened: { close: () => unknown }[] = [];
let scene: DynamodbScene;

beforeAll(async () => {
  scene = await DynamodbScene.open();
});
afterAll(async () => scene.close());
beforeEach(async () => scene.lose());
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

/** Gives a sink values, each in the partition of its merchant. */
class Feeder<Value extends { readonly merchantId: string }> extends SinkFeeder {
  readonly #encode: (value: Value) => Buffer;

  constructor(sink: Sink, encode: (value: Value) => Buffer) {
    super(sink, PARTITIONS);
    opened.push(sink);
    this.#encode = encode;
  }

  write(values: readonly Value[], isComplete = false) {
    const batches = [...this.positions].map(([partition, fromOffset]): SinkBatch => {
      const mine = values.filter(
        (value) => partitionOf(Buffer.from(value.merchantId), PARTITIONS) === partition,
      );
      const records = mine.map((value, index) => ({
        offset: fromOffset + index,
        key: null,
        value: this.#encode(value),
      }));
      return { partition, fromOffset, records, nextOffset: fromOffset + records.length, isComplete };
    });
    return this.put(batches);
  }
}

async function feeders() {
  const balances = new Feeder<DailyBalance>(
    new DynamodbBalanceSink(new DynamodbStore(scene.address), codecs.dailyBalances),
    (value) => codecs.dailyBalances.encode('DailyBalance', value),
  );
  const merchants = new Feeder<Merchant>(
    new DynamodbMerchantSink(new DynamodbStore(scene.address), codecs.merchants),
    (value) => codecs.merchants.encode('Merchant', value),
  );
  await Promise.all([balances.connect(), merchants.connect()]);
  return { balances, merchants };
}

async function openView(): Promise<DynamodbView> {
  const options = { address: scene.address, partitions: PARTITIONS, codecs };
  const view = new DynamodbView({ ...options, floor: await floor() });
  opened.push(view);
  return view;
}

balanceViewContract('DynamoDB, written by its sinks,', async () => {
  const { balances, merchants } = await feeders();
  let isComplete = false;
  return {
    view: await openView(),
    publish: async (records) => {
      await merchants.write(records.merchants ?? [], isComplete);
      await balances.write(records.balances ?? [], isComplete);
    },
    complete: async () => {
      isComplete = true;
      await merchants.confirm(true);
      await balances.confirm(true);
    },
    close: async () => {},
  };
});

describe('reading', () => {
  test('a day that "latest" names and that is gone makes the answer incomplete, never a day without movements', async () => {
    const { balances, merchants } = await feeders();
    await merchants.write([aMerchant()], true);
    await balances.write(
      ['2026-03-01', '2026-03-04'].map((date) => aBalance({ businessDate: dayOf(date) })),
      true,
    );
    const view = await openView();
    const ask = async (from: string, to: string) =>
      (await view.days('m-1', { from: dayOf(from), to: dayOf(to) })).kind;
    expect(await ask('2026-03-04', '2026-03-04')).toBe('known');
    const Key = { [DYNAMO_PARTITION_KEY]: { S: 'm-1' }, [DYNAMO_SORT_KEY]: { S: '2026-03-04' } };
    await scene.client.send(new DeleteItemCommand({ TableName: scene.table, Key }));
    expect(await ask('2026-03-04', '2026-03-04')).toBe('incomplete');
    expect(await ask('2026-03-05', '2026-03-09')).toBe('incomplete');
    expect(await ask('2026-03-01', '2026-03-03')).toBe('known');
    expect((await view.latest('m-1')).kind).toBe('incomplete');
  });

  test('a late entry raises the head of a merchant and not its latest date, in whatever writes they come', async () => {
    const { balances, merchants } = await feeders();
    await merchants.write([aMerchant()], true);
    for (const [date, revision] of [
      ['2026-03-04', 5],
      ['2026-03-01', 9],
      ['2026-03-06', 7],
      ['2026-03-02', 8],
    ] as const)
      await balances.write([aBalance({ businessDate: dayOf(date), revision })], true);
    expect((await scene.items())['m-1|latest']).toMatchObject({
      date: { S: '2026-03-06' },
      head: { N: '9' },
    });
    const view = await openView();
    expect(await view.merchant('m-1')).toMatchObject({ kind: 'known', head: 9 });
    expect(await view.latest('m-1')).toMatchObject({
      kind: 'known',
      head: 9,
      value: { days: [{ revision: 7 }] },
    });
  });

  test('5,000 readers of one cold merchant cost one look-up: two requests', async () => {
    const { merchants, balances } = await feeders();
    await balances.confirm(true);
    await merchants.write([aMerchant()], true);
    const view = new GuardedView(await openView(), { answerWithinMs: 20_000, questionsAtOnceMax: 10 });
    await view.merchant('m-1');
    const sent = jest.spyOn(DynamoDBClient.prototype, 'send');
    try {
      const answers = await Promise.all(Array.from({ length: 5_000 }, () => view.merchant('m-1')));
      expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['known']));
      expect(sent).toHaveBeenCalledTimes(2);
    } finally {
      sent.mockRestore();
    }
  });

  test('where no DynamoDB is, it is unavailable at once', async () => {
    const view = new DynamodbView({
      address: 'http://127.0.0.1:9/fluxo-views',
      partitions: PARTITIONS,
      codecs,
      floor: await floor(),
    });
    opened.push(view);
    const guarded = new GuardedView(view, { answerWithinMs: 20_000, questionsAtOnceMax: 10 });
    await expect(guarded.merchant('m-1')).rejects.toMatchObject({ code: 'view-unavailable' });
  });
});
