/**
 * Positions for a writer that is handed its batches (Lambda's event source mapping) instead of fetching them from where the table
 * stands. Such a mapping gives the records of a partition in order, skips none, and goes on only behind what succeeded; so the
 * position simply moves forward. It must begin at the beginning of the topic, or in the group of the sink process it takes over from.
 * A table that is exchanged while the mapping runs is not noticed: offsets have gaps, so a batch does not show what it follows. Then
 * the mapping must be made anew, see docs/decisions/0022-dynamodb.md.
 *
 * Readers believe what is absent only where the partition is marked complete, and who is handed batches does not know where the topic
 * ends. But a record appended after this table was first written to proves that everything that was there at that time has been
 * written: then the mark is set.
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DYNAMO_POSITION_ITEM, dynamoPositionKey } from '@fluxo/schemas';
import { keyOf } from './document-writes.ts';

export type FollowedBatch = {
  readonly partition: number;
  readonly nextOffset: number;
  /** The time of its last record, epoch milliseconds. */
  readonly lastTimestampMs: number;
};

/** By how much the clocks of who publishes and who writes may differ. */
const CLOCKS_DIFFER_MS = 60_000;

export class FollowedPositions {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async move(topic: string, batch: FollowedBatch, abortSignal: AbortSignal): Promise<void> {
    const place = {
      TableName: this.#table,
      Key: keyOf(dynamoPositionKey(topic, batch.partition), DYNAMO_POSITION_ITEM),
    };
    const forward = new UpdateItemCommand({
      ...place,
      UpdateExpression:
        'SET #next = :next, #complete = if_not_exists(#complete, :no), #began = if_not_exists(#began, :now)',
      ConditionExpression: 'attribute_not_exists(#next) OR #next < :next',
      ExpressionAttributeNames: { '#next': 'next', '#complete': 'complete', '#began': 'began' },
      ExpressionAttributeValues: {
        ':next': { N: String(batch.nextOffset) },
        ':no': { BOOL: false },
        ':now': { N: String(Date.now()) },
      },
    });
    const complete = new UpdateItemCommand({
      ...place,
      UpdateExpression: 'SET #complete = :yes',
      ConditionExpression: '#complete = :no AND #began < :proven',
      ExpressionAttributeNames: { '#complete': 'complete', '#began': 'began' },
      ExpressionAttributeValues: {
        ':yes': { BOOL: true },
        ':no': { BOOL: false },
        ':proven': { N: String(batch.lastTimestampMs - CLOCKS_DIFFER_MS) },
      },
    });
    // Refused: this batch came before, or the mark is there, or is not proven yet.
    for (const update of [forward, complete])
      await this.#client.send(update, { abortSignal }).catch((error: unknown) => {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      });
  }
}
