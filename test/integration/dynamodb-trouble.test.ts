/**
 * DynamoDB in trouble (reliability.md section 3, row 12): it throttles, fails, says nothing, or does the work and its answer is lost. The
 * sink repeats with pauses and within a budget, no document is written twice over or missed, and no position is ahead of what is
 * written. Needs DynamoDB; no Kafka.
 */

import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { openLocalCodecs } from '@fluxo/kafka';
import { DynamodbBalanceSink, DynamodbStore, type SinkBatch, TableMender } from '@fluxo/sinks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { aBalance, dayOf } from '../../query-api/views/view-fixtures.ts';
import { SinkFeeder } from '../../testing/sink-feeder.ts';
import { type Trouble, TroubledHttp } from '../../testing/troubled-http.ts';
import { DynamodbScene } from './dynamodb-scene.ts';

jest.setTimeout(180_000);

const DAYS = 40;
const codecs = await openLocalCodecs();

let scene: DynamodbScene;
let proxy: TroubledHttp;
let feeder: SinkFeeder;
beforeAll(async () => {
  scene = await DynamodbScene.open();
  proxy = await TroubledHttp.before(new URL(scene.address).origin);
});
afterAll(async () => {
  await proxy.close();
  await scene.close();
});
beforeEach(async () => {
  await scene.lose();
  const address = `${proxy.origin}/${scene.table}`;
  feeder = new SinkFeeder(new DynamodbBalanceSink(new DynamodbStore(address), codecs.dailyBalances), 1);
  await feeder.connect();
});
afterEach(async () => {
  proxy.trouble = () => null;
  await feeder.sink.close();
});

/** One day after the other of m-1, each with the next revision. */
const batch: SinkBatch = {
  partition: 0,
  fromOffset: 0,
  records: Array.from({ length: DAYS }, (_, day) => ({
    offset: day,
    key: null,
    value: codecs.dailyBalances.encode(
      'DailyBalance',
      aBalance({ businessDate: dayOf('2026-03-01') + day, revision: day + 2 }),
    ),
  })),
  nextOffset: DAYS,
  isComplete: true,
};

const refusal = (status: number, name: string): Trouble => ({
  kind: 'answer',
  status,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'as a test wants it' },
});

/** This trouble for the first so many requests of this kind; `null` as the kind: of any. */
function first(count: number, operation: string | null, trouble: Trouble): void {
  let left = count;
  proxy.trouble = (headers) => {
    const isMeant = operation === null || String(headers['x-amz-target']).endsWith(`.${operation}`);
    if (!isMeant || left === 0) return null;
    left -= 1;
    return trouble;
  };
}

async function expectAllThere(): Promise<void> {
  const items = await scene.items();
  const days = Object.keys(items).filter((key) => key.startsWith('m-1|2'));
  expect(days).toHaveLength(DAYS);
  expect(items['m-1|latest']).toMatchObject({ date: { S: '2026-04-09' }, head: { N: String(DAYS + 1) } });
  expect((await feeder.sink.connect([0])).get(0)).toBe(DAYS);
}

describe('for a moment: the write succeeds', () => {
  const troubles: readonly (readonly [string, number, string | null, Trouble])[] = [
    ['throttled', 30, null, refusal(400, 'ProvisionedThroughputExceededException')],
    ['throttled, as tables paid per request say it', 30, null, refusal(400, 'ThrottlingException')],
    ['errors of the service', 30, null, refusal(500, 'InternalServerError')],
    ['unavailable', 30, null, refusal(503, 'ServiceUnavailable')],
    ['documents written whose answers are lost', 5, 'PutItem', { kind: 'lose-answer' }],
    ['"latest" written whose answers are lost', 3, 'UpdateItem', { kind: 'lose-answer' }],
    ['no answer', 2, 'PutItem', { kind: 'hang' }],
  ];

  test.each(troubles)('%s', async (_, count, operation, trouble) => {
    first(count, operation, trouble);
    // While the table is being built its writes go out side by side, and trouble falls on many of them.
    const { written, refused } = await feeder.put([{ ...batch, isComplete: false }]);
    expect(written + refused).toBe(DAYS);
    await expectAllThere();
  });
});

test('a position moved whose answer is lost is not taken for somebody else’s move when it is repeated', async () => {
  let updates = 0;
  proxy.trouble = (headers) => {
    if (!String(headers['x-amz-target']).endsWith('.UpdateItem')) return null;
    updates += 1;
    // The first one is of "latest".
    return updates === 2 ? { kind: 'lose-answer' } : null;
  };
  const { written, refused } = await feeder.put([batch]);
  // A machine that stalls for longer than an answer may take has everything under way repeated, and what was written is refused.
  expect(written + refused).toBe(DAYS);
  expect(updates).toBeGreaterThanOrEqual(3);
  await expectAllThere();
});

test('for long: the loop is told to wait, after a number of requests that has a limit; no position moves, and then the same batch passes', async () => {
  first(Number.POSITIVE_INFINITY, null, refusal(400, 'ThrottlingException'));
  proxy.requests = 0;
  await expect(feeder.put([batch])).rejects.toMatchObject({ code: 'sink-unavailable' });
  expect(proxy.requests).toBeLessThan(6 * DAYS);
  proxy.trouble = () => null;
  expect(await scene.contents()).toEqual({});
  expect((await feeder.sink.connect([0])).get(0)).toBe(0);
  // A request that takes longer than it may is repeated, and the second one refused.
  const { written, refused } = await feeder.put([batch]);
  expect(written + refused).toBe(DAYS);
  await expectAllThere();
});

test('in the middle: what was written stays, the position does not move, and the batch comes again', async () => {
  let passed = 0;
  proxy.trouble = () => (++passed > DAYS / 2 ? refusal(400, 'ThrottlingException') : null);
  await expect(feeder.put([batch])).rejects.toMatchObject({ code: 'sink-unavailable' });
  proxy.trouble = () => null;
  expect((await feeder.sink.connect([0])).get(0)).toBe(0);
  const { written, refused } = await feeder.put([batch]);
  expect(refused).toBeGreaterThan(0);
  expect(written + refused).toBe(DAYS);
  await expectAllThere();
});

test('a table that is not there is waited for; one without permission ends the process', async () => {
  first(Number.POSITIVE_INFINITY, null, refusal(400, 'ResourceNotFoundException'));
  await expect(feeder.put([batch])).rejects.toMatchObject({
    code: 'sink-unavailable',
    message: expect.stringContaining('provision.ts'),
  });
  first(Number.POSITIVE_INFINITY, null, refusal(400, 'AccessDeniedException'));
  await expect(feeder.put([batch])).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

describe('while a table is mended, what was done counts once, and as done', () => {
  /** Nobody else's: what a sink of another test has under way may still arrive. */
  const MERCHANT = 'spoilt';
  const FORGED = String(2 ** 52);
  const forge = (item: string) =>
    scene.client.send(
      new PutItemCommand({
        TableName: scene.table,
        Item: {
          merchant: { S: MERCHANT },
          item: { S: item },
          revision: { N: FORGED },
          body: { B: Buffer.from('forged') },
        },
      }),
    );
  const day = {
    merchantId: MERCHANT,
    businessDate: dayOf('2026-03-01'),
    revision: 2,
    body: Buffer.from('right'),
  };
  const truth = { readOn: async () => undefined, of: () => [day] };
  let mender: TableMender;
  beforeEach(async () => {
    mender = new TableMender(`${proxy.origin}/${scene.table}`, new AbortController().signal);
    await forge('2026-03-01');
    await forge('2099-12-31');
  });
  afterEach(() => mender.close());

  test.each(['PutItem', 'DeleteItem'])('%s: the answer is lost', async (operation) => {
    first(1, operation, { kind: 'lose-answer' });
    await mender.mend([MERCHANT], truth);
    expect(mender.mended).toMatchObject({ exchanged: 1, removed: 1 });
    expect((await scene.items())[`${MERCHANT}|2026-03-01`]).toMatchObject({ revision: { N: '2' } });
  });

  test('and it fails, and is asked again', async () => {
    first(Number.POSITIVE_INFINITY, 'UpdateItem', refusal(400, 'ThrottlingException'));
    await expect(mender.mend([MERCHANT], truth)).rejects.toMatchObject({ code: 'sink-unavailable' });
    proxy.trouble = () => null;
    await mender.mend([MERCHANT], truth);
    expect(mender.mended).toMatchObject({ exchanged: 1, removed: 1 });
  });
});
