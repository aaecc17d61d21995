/**
 * How documents get into DynamoDB, against a DynamoDB Local: the sink (single conditional writes side by side) beside TransactWriteItems
 * with the same conditions and BatchWriteItem, which knows none, in turns over the same documents; and what AWS would bill for each
 * in write units, as the service counts them. The server has the same two cores, so seconds say little; ratios and units
 * do. Prints one JSON line. Run by `npm run bench -- dynamodb-sink`.
 */

import {
  BatchWriteItemCommand,
  type ConsumedCapacity,
  DynamoDBClient,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { openLocalCodecs } from '@fluxo/kafka';
import { dynamoDayItem, dynamoTableOf } from '@fluxo/schemas';
import { DynamodbBalanceSink, DynamodbStore } from '@fluxo/sinks';
import { aBalance } from '../query-api/views/view-fixtures.ts';
import { createTable } from '../sinks/dynamodb/create-table.ts';
import { startServers } from '../testing/servers.ts';

const DOCUMENTS = Number(process.env['BENCH_DOCUMENTS'] ?? 4_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const MERCHANTS = 200;
const FIRST_DAY = 20_770;
const SINK_BATCH = 2_000;
const TRANSACTION_ITEMS = 100;
const BATCH_ITEMS = 25;
const AT_ONCE = 8;

const codecs = await openLocalCodecs();
const servers = await startServers({ dynamodb: true });
const { table, endpoint, region } = dynamoTableOf(servers.dynamodb);
const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
const client = new DynamoDBClient({ endpoint, region, credentials });
await createTable(client, table);

let revision = 1;
/** A version of every document, newer than all before. */
function documents() {
  revision += 1;
  return Array.from({ length: DOCUMENTS }, (_, index) => {
    const merchantId = `m-${index % MERCHANTS}`;
    const businessDate = FIRST_DAY + Math.floor(index / MERCHANTS);
    const body = codecs.dailyBalances.encode(
      'DailyBalance',
      aBalance({ merchantId, businessDate, revision }),
    );
    return { merchantId, businessDate, revision, body };
  });
}

type Document = ReturnType<typeof documents>[number];

const itemOf = (document: Document) => ({
  merchant: { S: document.merchantId },
  item: { S: dynamoDayItem(document.businessDate) },
  revision: { N: String(document.revision) },
  body: { B: document.body },
});

const conditionOf = (document: Document) => ({
  ConditionExpression: 'attribute_not_exists(revision) OR revision < :revision',
  ExpressionAttributeValues: { ':revision': { N: String(document.revision) } },
});

async function inParts(
  all: readonly Document[],
  size: number,
  write: (part: Document[]) => Promise<unknown>,
) {
  const parts = Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
    all.slice(at * size, (at + 1) * size),
  );
  const queue = parts.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const part of queue) await write(part);
    }),
  );
}

const sink = new DynamodbBalanceSink(new DynamodbStore(servers.dynamodb), codecs.dailyBalances);
let position = (await sink.connect([0])).get(0) ?? 0;

const ways: Readonly<Record<string, (all: readonly Document[]) => Promise<void>>> = {
  sink: async (all) => {
    for (let at = 0; at < all.length; at += SINK_BATCH) {
      const records = all
        .slice(at, at + SINK_BATCH)
        .map(({ body }, index) => ({ offset: position + index, key: null, value: body }));
      const nextOffset = position + records.length;
      await sink.write([{ partition: 0, fromOffset: position, records, nextOffset, isComplete: false }]);
      position = nextOffset;
    }
  },
  transactions: (all) =>
    inParts(all, TRANSACTION_ITEMS, (part) =>
      client.send(
        new TransactWriteItemsCommand({
          TransactItems: part.map((each) => ({
            Put: { TableName: table, Item: itemOf(each), ...conditionOf(each) },
          })),
        }),
      ),
    ),
  batches: (all) =>
    inParts(all, BATCH_ITEMS, (part) =>
      client.send(
        new BatchWriteItemCommand({
          RequestItems: { [table]: part.map((each) => ({ PutRequest: { Item: itemOf(each) } })) },
        }),
      ),
    ),
};

const perSecond: Record<string, number[]> = {};
for (let round = 0; round <= ROUNDS; round++)
  for (const [name, way] of Object.entries(ways)) {
    const all = documents();
    const startedMs = performance.now();
    await way(all);
    const rate = Math.round((1_000 * all.length) / (performance.now() - startedMs));
    // The first round creates the items and warms everything up.
    if (round > 0) perSecond[name] = [...(perSecond[name] ?? []), rate];
  }

const unitsOf = ({
  ConsumedCapacity: consumed,
}: {
  ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] | undefined;
}) => [consumed ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
const [one] = documents() as [Document];
const put = { TableName: table, Item: itemOf(one), ...conditionOf(one) };
const units = {
  put: unitsOf(await client.send(new PutItemCommand({ ...put, ReturnConsumedCapacity: 'TOTAL' }))),
  transaction: unitsOf(
    await client.send(
      new TransactWriteItemsCommand({
        TransactItems: [{ Put: { TableName: table, Item: itemOf(one) } }],
        ReturnConsumedCapacity: 'TOTAL',
      }),
    ),
  ),
};
/** As DynamoDB counts: names and values, a number as half its digits and one. */
const itemBytes =
  'merchant'.length +
  one.merchantId.length +
  'item'.length +
  10 +
  'revision'.length +
  Math.ceil(String(one.revision).length / 2) +
  1 +
  'body'.length +
  one.body.length;

console.log(
  JSON.stringify({
    bench: 'dynamodb-sink',
    documents: DOCUMENTS,
    perSecond,
    units,
    itemBytes,
    bodyBytes: one.body.length,
  }),
);
await sink.close();
client.destroy();
await servers.stop();
