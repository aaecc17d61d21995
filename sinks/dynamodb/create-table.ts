/** The table of the DynamoDB view, paid per request. Where it is there already nothing is changed. */
import {
  CreateTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DYNAMO_PARTITION_KEY, DYNAMO_SORT_KEY } from '@fluxo/schemas';

const WAIT_S = 120;

/** Resolves when the table can be used; with false if it was there before. */
export async function createTable(client: DynamoDBClient, table: string): Promise<boolean> {
  const create = new CreateTableCommand({
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [
      { AttributeName: DYNAMO_PARTITION_KEY, KeyType: 'HASH' },
      { AttributeName: DYNAMO_SORT_KEY, KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: DYNAMO_PARTITION_KEY, AttributeType: 'S' },
      { AttributeName: DYNAMO_SORT_KEY, AttributeType: 'S' },
    ],
  });
  const isNew = await client.send(create).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ResourceInUseException) return false;
      throw error;
    },
  );
  await waitUntilTableExists({ client, maxWaitTime: WAIT_S, minDelay: 1 }, { TableName: table });
  return isNew;
}
