/**
 * How far each partition of a topic has been written, as items of the table that holds what was written. A position moves only
 * from where this process believes it to stand, so that whoever was overtaken is told; and it is only read while nothing came,
 * because a read costs a fifth of a write.
 */
import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DYNAMO_PARTITION_KEY, DYNAMO_POSITION_ITEM, dynamoPositionKey } from '@fluxo/schemas';
import { PositionLostError, RetriableSinkError, type SinkBatch } from '../engine/sink.ts';
import { keyOf } from './document-writes.ts';

type Position = { readonly next: number; readonly isComplete: boolean };

/** Keys in one BatchGetItem. */
const KEYS_MAX = 100;

/** What a name must be written as where it could be one of DynamoDB's own words. */
export const positionNames = {
  '#next': 'next',
  '#complete': 'complete',
  '#writer': 'writer',
} as const;

export class Positions {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  /** Tells an own write whose answer was lost from somebody else's. */
  readonly #writer = randomUUID();
  /** By key: as this process read or wrote them last; absent where the table had none. */
  readonly #known = new Map<string, Position>();

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Partition → next offset, of those the table knows. */
  async read(topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const stored = await this.#stored(partitions.map((partition) => dynamoPositionKey(topic, partition)));
    const positions = new Map<number, number>();
    for (const partition of partitions) {
      const key = dynamoPositionKey(topic, partition);
      const position = stored.get(key);
      if (position === undefined) this.#known.delete(key);
      else {
        this.#known.set(key, position);
        positions.set(partition, position.next);
      }
    }
    return positions;
  }

  /** Moves the positions of the batches, or confirms them where nothing changes. Fails with `PositionLostError`. */
  async move(topic: string, batches: readonly SinkBatch[], abortSignal: AbortSignal): Promise<void> {
    const isUnchanged = ({ partition, nextOffset, isComplete }: SinkBatch): boolean => {
      const known = this.#known.get(dynamoPositionKey(topic, partition));
      return known?.next === nextOffset && known.isComplete === isComplete;
    };
    await this.#confirm(batches.filter(isUnchanged).map((each) => dynamoPositionKey(topic, each.partition)));
    await Promise.all(
      batches
        .filter((batch) => !isUnchanged(batch))
        .map((batch) => this.#write(dynamoPositionKey(topic, batch.partition), batch, abortSignal)),
    );
  }

  async #confirm(keys: readonly string[]): Promise<void> {
    const stored = await this.#stored(keys);
    for (const key of keys) if (stored.get(key)?.next !== this.#known.get(key)?.next) throw positionLost(key);
  }

  async #write(
    key: string,
    { fromOffset, nextOffset, isComplete }: SinkBatch,
    abortSignal: AbortSignal,
  ): Promise<void> {
    const isNew = !this.#known.has(key);
    const update = new UpdateItemCommand({
      TableName: this.#table,
      Key: keyOf(key, DYNAMO_POSITION_ITEM),
      UpdateExpression: 'SET #next = :next, #complete = :complete, #writer = :writer',
      ConditionExpression: isNew ? 'attribute_not_exists(#next)' : '#next = :from',
      ExpressionAttributeNames: positionNames,
      ExpressionAttributeValues: {
        ':next': { N: String(nextOffset) },
        ':complete': { BOOL: isComplete },
        ':writer': { S: this.#writer },
        ...(isNew ? {} : { ':from': { N: String(fromOffset) } }),
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      await this.#client.send(update, { abortSignal });
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const isOwn = error.Item?.['writer']?.S === this.#writer;
      if (!isOwn || Number(error.Item?.['next']?.N) !== nextOffset) throw positionLost(key);
    }
    this.#known.set(key, { next: nextOffset, isComplete });
  }

  async #stored(keys: readonly string[]): Promise<ReadonlyMap<string, Position>> {
    const stored = new Map<string, Position>();
    for (let at = 0; at < keys.length; at += KEYS_MAX) {
      const part = keys.slice(at, at + KEYS_MAX).map((key) => keyOf(key, DYNAMO_POSITION_ITEM));
      const { Responses, UnprocessedKeys } = await this.#client.send(
        new BatchGetItemCommand({ RequestItems: { [this.#table]: { Keys: part, ConsistentRead: true } } }),
      );
      if (Object.keys(UnprocessedKeys ?? {}).length > 0)
        throw new RetriableSinkError('DynamoDB has answered a part of the positions only: it is throttling');
      for (const item of Responses?.[this.#table] ?? [])
        stored.set(item[DYNAMO_PARTITION_KEY]?.S ?? '', positionIn(item));
    }
    return stored;
  }
}

function positionIn(item: Record<string, AttributeValue>): Position {
  return { next: Number(item['next']?.N), isComplete: item['complete']?.BOOL === true };
}

function positionLost(key: string): PositionLostError {
  return new PositionLostError(
    `DynamoDB does not stand where this process left it in ${key}: the table was emptied, made again, restored from a copy or written by another process. ` +
      'Nothing to do: the view is written again from where the table says it stands.',
  );
}
