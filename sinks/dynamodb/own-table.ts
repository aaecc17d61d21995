/** Whether a table is one of the view's layout: nothing is written into somebody else's. */
import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DYNAMO_PARTITION_KEY, DYNAMO_SORT_KEY, type DynamoTable } from '@fluxo/schemas';
import { SinkRefusedError } from '../engine/sink.ts';

/** Fails with `SinkRefusedError` if it has other keys. */
export async function demandOwnTable(
  client: DynamoDBClient,
  { table, endpoint }: Pick<DynamoTable, 'table' | 'endpoint'>,
): Promise<void> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  const keys = (Table?.KeySchema ?? []).map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName}`);
  const own = [`HASH ${DYNAMO_PARTITION_KEY}`, `RANGE ${DYNAMO_SORT_KEY}`];
  if (keys.join() === own.join()) return;
  throw new SinkRefusedError(
    `the table ${table} at ${endpoint} has the keys ${keys.join(', ')} and not ${own.join(', ')}: it is somebody else's or of another layout. ` +
      'Point FLUXO_DYNAMODB at a table of its own, made by `node sinks/dynamodb/provision.ts`.',
  );
}
