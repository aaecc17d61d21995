/** A DynamoDB Local with the view's table, for tests of the sink, the query API's tier and the audit: what stands in it, and how it is lost. */
import {
  type AttributeValue,
  DeleteTableCommand,
  DynamoDBClient,
  paginateScan,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import { DYNAMO_PARTITION_KEY, DYNAMO_SORT_KEY, dynamoTableOf } from '@fluxo/schemas';
import { createTable } from '../../sinks/dynamodb/create-table.ts';
import { startServers } from '../../testing/servers.ts';

export type Items = Record<string, Record<string, AttributeValue>>;

export class DynamodbScene {
  /** As FLUXO_DYNAMODB has it. */
  readonly address: string;
  readonly table: string;
  readonly client: DynamoDBClient;
  readonly #stop: () => Promise<void>;

  private constructor(address: string, stop: () => Promise<void>) {
    const { table, endpoint, region } = dynamoTableOf(address);
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    this.address = address;
    this.table = table;
    this.client = new DynamoDBClient({ endpoint, region, credentials });
    this.#stop = stop;
  }

  static async open(): Promise<DynamodbScene> {
    const servers = await startServers({ dynamodb: true });
    const scene = new DynamodbScene(servers.dynamodb, servers.stop);
    await createTable(scene.client, scene.table);
    return scene;
  }

  /** Everything is lost, positions included, as when somebody deletes the table and makes it again. */
  async lose(): Promise<void> {
    await this.client.send(new DeleteTableCommand({ TableName: this.table }));
    await waitUntilTableNotExists(
      { client: this.client, maxWaitTime: 60, minDelay: 1 },
      { TableName: this.table },
    );
    await createTable(this.client, this.table);
  }

  /** All items by "merchant|item". */
  async items(): Promise<Items> {
    const items: Items = {};
    for await (const page of paginateScan(
      { client: this.client },
      { TableName: this.table, ConsistentRead: true },
    ))
      for (const item of page.Items ?? [])
        items[`${item[DYNAMO_PARTITION_KEY]?.S}|${item[DYNAMO_SORT_KEY]?.S}`] = item;
    return items;
  }

  /** All items but the positions. */
  async contents(): Promise<Items> {
    return Object.fromEntries(Object.entries(await this.items()).filter(([key]) => !key.startsWith('#')));
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.#stop();
  }
}
