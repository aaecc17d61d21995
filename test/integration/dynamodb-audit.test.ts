/**
 * The audit of the DynamoDB view: a whole history through the production topology, written by the sinks, equals the topics; and each
 * bug that is planted in the table turns the judge red and is named. Needs DynamoDB; no Kafka.
 */
import { type AttributeValue, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamodbView } from '@fluxo/audit';
import { DYNAMO_PARTITION_KEY, DYNAMO_POSITION_ITEM, DYNAMO_SORT_KEY, partitionOf } from '@fluxo/schemas';
import { DynamodbBalanceSink, DynamodbMerchantSink, DynamodbStore, type Sink } from '@fluxo/sinks';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Difference } from '../../audit/difference.ts';
import { sliceOfMerchant } from '../../audit/slice.ts';
import { MemorySystem, PARTITIONS } from '../../testing/audited-system.ts';
import { input } from '../../testing/planted-bug.ts';
import { DynamodbScene, type Items } from './dynamodb-scene.ts';
import { codecs } from './postgres-scene.ts';

jest.setTimeout(180_000);

type Item = Record<string, AttributeValue>;

let scene: DynamodbScene;
let system: MemorySystem;
let right: Items;
beforeAll(async () => {
  scene = await DynamodbScene.open();
  system = await MemorySystem.of(input);
  await writeAll();
  right = await scene.items();
});
afterAll(async () => scene.close());
/** Puts back what a test has changed. */
afterEach(async () => {
  for (const [key, item] of Object.entries(await scene.items()))
    if (right[key] === undefined) await remove(item);
  for (const item of Object.values(right)) await put(item);
});

async function writeAll(): Promise<void> {
  const sinks = {
    dailyBalances: new DynamodbBalanceSink(new DynamodbStore(scene.address), codecs.dailyBalances),
    merchants: new DynamodbMerchantSink(new DynamodbStore(scene.address), codecs.merchants),
  } as const;
  for (const [name, sink] of Object.entries(sinks) as [keyof typeof sinks, Sink][]) {
    await sink.connect(Array.from({ length: PARTITIONS }, (_, partition) => partition));
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const log = system.log(name, partition);
      for (let from = 0; from < log.length; from += 17) {
        const records = log.slice(from, from + 17);
        const nextOffset = from + records.length;
        await sink.write([
          { partition, fromOffset: from, records, nextOffset, isComplete: nextOffset === log.length },
        ]);
      }
    }
    await sink.close();
  }
}

const openView = () =>
  new DynamodbView({
    address: scene.address,
    partitionOf: (merchantId) => partitionOf(Buffer.from(merchantId), PARTITIONS),
    codecs,
  });

async function audit() {
  const view = openView();
  try {
    return await system.audit({ views: [view] });
  } finally {
    await view.close();
  }
}

const put = (item: Item) => scene.client.send(new PutItemCommand({ TableName: scene.table, Item: item }));

function remove(item: Item): Promise<unknown> {
  const Key = {
    [DYNAMO_PARTITION_KEY]: item[DYNAMO_PARTITION_KEY] as AttributeValue,
    [DYNAMO_SORT_KEY]: item[DYNAMO_SORT_KEY] as AttributeValue,
  };
  return scene.client.send(new DeleteItemCommand({ TableName: scene.table, Key }));
}

/** The days of the merchant that has the most of them. */
function someDays(): readonly Item[] {
  const days = Object.entries(right).filter(([key]) => /\|\d{4}-/.test(key));
  const [first] = days[0]?.[0].split('|') ?? [];
  return days.filter(([key]) => key.startsWith(`${first}|`)).map(([, item]) => item);
}

const oneDay = (): Item => someDays()[0] as Item;
const theirs = (name: string): Item => right[`${oneDay()[DYNAMO_PARTITION_KEY]?.S}|${name}`] as Item;

test('a whole history is equal, and every document was looked at', async () => {
  const { differences, views, counts } = await audit();
  expect(differences.kept).toEqual([]);
  expect(views).toEqual([
    { view: 'DynamoDB', kind: 'judged', documents: counts.balances + counts.merchants, elsewhere: [] },
  ]);
});

describe('a planted bug', () => {
  const bugs: readonly (readonly [string, () => Promise<unknown>, Partial<Difference>])[] = [
    ['a document missing', () => remove(oneDay()), { field: 'record', found: 'absent' }],
    [
      'an older revision of a document, which says so itself',
      async () => {
        const document = decoded(oneDay());
        const revision = document.revision - 1;
        const body = codecs.dailyBalances.encode('DailyBalance', { ...document, revision });
        await put({ ...oneDay(), body: { B: body }, revision: { N: String(revision) } });
      },
      { field: 'revision' },
    ],
    [
      'the bytes of another day',
      () => put({ ...oneDay(), body: someDays()[1]?.['body'] as AttributeValue }),
      { field: 'revision beside the body' },
    ],
    [
      'bytes that are no document',
      () => put({ ...oneDay(), body: { B: Buffer.from('no document') } }),
      { field: 'body' },
    ],
    [
      'a revision beside the body that is not the body’s',
      () => put({ ...oneDay(), revision: { N: '9007199254740991' } }),
      { field: 'revision beside the body' },
    ],
    [
      '"latest" pointing elsewhere',
      () => put({ ...theirs('latest'), date: oneDay()[DYNAMO_SORT_KEY] as AttributeValue }),
      { field: 'date in latest' },
    ],
    [
      'a head nobody has published',
      () => put({ ...theirs('latest'), head: { N: '9007199254740991' } }),
      { field: 'head in latest' },
    ],
    [
      'a head that stayed behind',
      () => put({ ...theirs('latest'), head: { N: String(Number(theirs('latest')['head']?.N) - 1) } }),
      { field: 'head in latest' },
    ],
    ['"latest" missing', () => remove(theirs('latest')), { field: 'date in latest', found: 'absent' }],
    ['a merchant missing', () => remove(theirs('merchant')), { field: 'record', found: 'absent' }],
    [
      'a merchant that nobody configured',
      () => put({ ...theirs('merchant'), [DYNAMO_PARTITION_KEY]: { S: 'ghost' } }),
      { key: 'ghost', field: 'record', expected: 'absent' },
    ],
    [
      'an item of an unknown kind',
      () => put({ ...theirs('latest'), [DYNAMO_SORT_KEY]: { S: 'notes' } }),
      { field: 'item', found: 'notes' },
    ],
  ];

  test.each(bugs)('%s', async (_, plant, named) => {
    await plant();
    const { differences } = await audit();
    expect(differences.kept).toContainEqual(expect.objectContaining({ where: 'DynamoDB', ...named }));
  });
});

test('a sink that has written a newer day, and not yet its "latest", is at work and not wrong', async () => {
  const days = someDays();
  const newest = days.find((day) => day['revision']?.N === theirs('latest')['head']?.N) as Item;
  const document = decoded(newest);
  const { merchantId, revision: head } = document;
  const revision = head + 1;
  const body = codecs.dailyBalances.encode('DailyBalance', { ...document, revision });
  await put({ ...newest, body: { B: body }, revision: { N: String(revision) } });
  const dates = days.map((day) => day[DYNAMO_SORT_KEY]?.S ?? '');
  const known = { merchantId, revision: 0, days: dates, head, daysHead: head };
  const view = openView();
  const slice = sliceOfMerchant(partitionOf(Buffer.from(merchantId), PARTITIONS), merchantId);
  const [shown, ...others] = await Array.fromAsync(view.show(slice, new Map([[merchantId, known]])));
  await view.close();
  expect(shown).toMatchObject({ merchantId, problems: [] });
  expect(shown?.days.get(newest[DYNAMO_SORT_KEY]?.S ?? '')).toMatchObject({ revision });
  expect(others).toEqual([]);
});

describe('a table that a Lambda writes, and that nothing has proven to be whole yet,', () => {
  const positions = () =>
    Object.values(right).filter((item) => item[DYNAMO_SORT_KEY]?.S === DYNAMO_POSITION_ITEM);
  const standAt = async (back: number) => {
    for (const item of positions())
      await put({
        ...item,
        next: { N: String(Number(item['next']?.N) - back) },
        complete: { BOOL: false },
        began: { N: String(Date.now()) },
      });
  };

  test('is judged where it stands at the end of what was read', async () => {
    await standAt(0);
    await remove(oneDay());
    const { differences, views } = await system.audit({ views: [openView()], timeoutMs: 100 });
    expect(views).toMatchObject([{ view: 'DynamoDB', kind: 'judged' }]);
    expect(differences.kept).toMatchObject([{ where: 'DynamoDB', field: 'record', found: 'absent' }]);
  });

  test('is not judged where it stands before that', async () => {
    await standAt(1);
    const { views } = await system.audit({ views: [openView()], timeoutMs: 100 });
    expect(views).toMatchObject([{ view: 'DynamoDB', kind: 'not-judged' }]);
  });
});

test('a view that does not say how far it is, is not judged', async () => {
  for (const [key, item] of Object.entries(right)) if (key.startsWith('#')) await remove(item);
  const { views } = await system.audit({ views: [openView()], timeoutMs: 100 });
  expect(views).toMatchObject([{ view: 'DynamoDB', kind: 'not-judged' }]);
});

function decoded(item: Item) {
  const answer = codecs.dailyBalances.decode(item['body']?.B ?? new Uint8Array());
  if (answer.kind !== 'record' || answer.type !== 'DailyBalance') throw new Error(answer.kind);
  return answer.value;
}
