/**
 * Documents into the table, each by one conditional write: comparison and write are one atomic step in DynamoDB, whoever else
 * writes. Then, per merchant, the item `latest`, which only moves forward. BatchWriteItem knows no conditions, and one stale
 * document would cancel a whole TransactWriteItems at twice the price, so single writes go out side by side
 * (docs/decisions/0022-dynamodb.md): merchants beside each other, the days of each by date, because readers take the last day that they find for a
 * sign that an entry has come to those before it.
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DYNAMO_LATEST_ITEM,
  DYNAMO_MERCHANT_ITEM,
  DYNAMO_PARTITION_KEY,
  DYNAMO_SORT_KEY,
  dynamoDayItem,
} from '@fluxo/schemas';
import { RetriableSinkError } from '../engine/sink.ts';
import { WRITES_AT_ONCE } from './client.ts';

/** A document as it is stored: the merchant itself, or one of its days. */
export type StoredDocument = {
  readonly merchantId: string;
  /** Days since 1970-01-01; null for the merchant itself. */
  readonly businessDate: number | null;
  readonly revision: number;
  /** The record as it stands in the topic. */
  readonly body: Uint8Array;
};

/** What `latest` says of a merchant. */
export type Latest = { readonly date: string; readonly head: number };

/** Others may move the same `latest` at the same moment; more often than this in a row something is wrong. */
const LATEST_ATTEMPTS_MAX = 20;

export class DocumentWrites {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #signal: AbortSignal;

  constructor(client: DynamoDBClient, table: string, signal: AbortSignal) {
    this.#client = client;
    this.#table = table;
    this.#signal = signal;
  }

  /**
   * Writes what is newer than what is stored; returns how many documents were. Afterwards each day can be found by `latest`. `isBelieved`: readers
   * may look meanwhile; while the table is being built none does, and a merchant with the days of years need not wait for each of them.
   */
  async write(documents: readonly StoredDocument[], isBelieved = true): Promise<number> {
    let written = 0;
    const newest = newestOfEach(documents);
    await sideBySide(isBelieved ? byMerchant(newest) : newest.map((each) => [each]), async (row) => {
      for (const document of row) if (await this.#put(document)) written += 1;
    });
    // Also of documents that were refused: a process may have died between a document and its `latest`.
    await sideBySide(latestOf(documents), ([merchantId, latest]) => this.#moveLatest(merchantId, latest));
    return written;
  }

  async #put({ merchantId, businessDate, revision, body }: StoredDocument): Promise<boolean> {
    const item = businessDate === null ? DYNAMO_MERCHANT_ITEM : dynamoDayItem(businessDate);
    const number = String(revision);
    const put = new PutItemCommand({
      TableName: this.#table,
      Item: { ...keyOf(merchantId, item), revision: { N: number }, body: { B: body } },
      ConditionExpression: 'attribute_not_exists(revision) OR revision < :revision',
      ExpressionAttributeValues: { ':revision': { N: number } },
    });
    try {
      await this.#client.send(put, { abortSignal: this.#signal });
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  /**
   * Date and head grow on their own: a late entry raises the head and not the date. Usually neither goes back and one write does;
   * otherwise what stands there is taken together with what is new and written if nobody was quicker.
   */
  async #moveLatest(merchantId: string, wanted: Latest): Promise<void> {
    let stored = await this.#writeLatest(merchantId, wanted, null);
    for (let attempt = 1; stored !== null; attempt += 1) {
      const both = greatestOf(wanted, stored);
      if (both.date === stored.date && both.head === stored.head) return;
      if (attempt === LATEST_ATTEMPTS_MAX)
        throw new RetriableSinkError(
          `"latest" of merchant ${merchantId} was moved by others ${LATEST_ATTEMPTS_MAX} times in a row`,
        );
      stored = await this.#writeLatest(merchantId, both, stored);
    }
  }

  /** Null if it was written; what stands there if it was not. `expected`: what must stand there; null: nothing that is greater. */
  async #writeLatest(merchantId: string, latest: Latest, expected: Latest | null): Promise<Latest | null> {
    const update = new UpdateItemCommand({
      TableName: this.#table,
      Key: keyOf(merchantId, DYNAMO_LATEST_ITEM),
      UpdateExpression: 'SET #date = :date, #head = :head',
      ConditionExpression:
        expected === null
          ? 'attribute_not_exists(#head) OR (#date <= :date AND #head < :head) OR (#date < :date AND #head <= :head)'
          : '#date = :oldDate AND #head = :oldHead',
      ExpressionAttributeNames: { '#date': 'date', '#head': 'head' },
      ExpressionAttributeValues: {
        ':date': { S: latest.date },
        ':head': { N: String(latest.head) },
        ...(expected === null
          ? {}
          : { ':oldDate': { S: expected.date }, ':oldHead': { N: String(expected.head) } }),
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      await this.#client.send(update, { abortSignal: this.#signal });
      return null;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { date: error.Item?.['date']?.S ?? '', head: Number(error.Item?.['head']?.N ?? 0) };
    }
  }
}

export function keyOf(merchant: string, item: string): Record<string, { S: string }> {
  return { [DYNAMO_PARTITION_KEY]: { S: merchant }, [DYNAMO_SORT_KEY]: { S: item } };
}

/** Of several versions of a document only the newest is worth a write. */
function newestOfEach(documents: readonly StoredDocument[]): readonly StoredDocument[] {
  const newest = new Map<string, StoredDocument>();
  for (const document of documents) {
    const key = `${document.merchantId}|${document.businessDate}`;
    if ((newest.get(key)?.revision ?? -1) < document.revision) newest.set(key, document);
  }
  return [...newest.values()];
}

/** The documents of each merchant by date. */
function byMerchant(documents: readonly StoredDocument[]): readonly (readonly StoredDocument[])[] {
  const sorted = documents.toSorted((a, b) => (a.businessDate ?? 0) - (b.businessDate ?? 0));
  return [...Map.groupBy(sorted, ({ merchantId }) => merchantId).values()];
}

/** By merchant, what `latest` must say at least. */
export function latestOf(documents: readonly StoredDocument[]): readonly (readonly [string, Latest])[] {
  const latest = new Map<string, Latest>();
  for (const { merchantId, businessDate, revision } of documents) {
    if (businessDate === null) continue;
    const own: Latest = { date: dynamoDayItem(businessDate), head: revision };
    latest.set(merchantId, greatestOf(own, latest.get(merchantId) ?? own));
  }
  return [...latest];
}

function greatestOf(one: Latest, other: Latest): Latest {
  const [, date = ''] = [one.date, other.date].toSorted();
  return { date, head: Math.max(one.head, other.head) };
}

/** Works on all of them, so many at a time. The first failure ends it; what is under way then may still happen. */
export async function sideBySide<T>(all: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
  const queue = all.values();
  await Promise.all(
    Array.from({ length: Math.min(WRITES_AT_ONCE, all.length) }, async () => {
      for (const each of queue) await work(each);
    }),
  );
}
