/**
 * The view that the sink keeps in DynamoDB, the last one to be asked. All reads are strongly consistent.
 *
 * DynamoDB has no cheap snapshot over several items (TransactGetItems fails whenever a sink moves a position in the same moment), so
 * order does its work: first the marks of completeness and the merchant's `latest`, then the documents. What is absent afterwards
 * was absent when the marks said that nothing is missing, and documents are never older than the head that was read before them.
 * A day that `latest` names and that is not there means that the table was lost in between.
 *
 * A table whose sink has stopped, or that was set back, says that nothing is missing as well. So where a process writes it, it is believed only if it
 * stands no further back than it must (`reading-floor.ts`). A Lambda's position cannot be held against that: it does not reach the end of a partition
 * whose last offsets hold no record. So of a merchant who is not in such a table nothing is said.
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import {
  type DailyBalance,
  DYNAMO_BEHIND_DAYS,
  DYNAMO_LATEST_ITEM,
  DYNAMO_MERCHANT_ITEM,
  DYNAMO_PARTITION_KEY,
  DYNAMO_POSITION_ITEM,
  DYNAMO_SORT_KEY,
  dynamoDayItem,
  dynamoPositionKey,
  dynamoTableOf,
  type Merchant,
  partitionOf,
  servedTopics,
} from '@fluxo/schemas';
import {
  type Answer,
  type BalanceView,
  type DateRange,
  type MerchantDays,
  type StoredDay,
  ViewUnavailableError,
} from '../balance-view.ts';
import { decodeStored, type StoredCodecs } from '../decode-stored.ts';
import type { ReadingFloor } from '../reading-floor.ts';

const CONNECT_WITHIN_MS = 200;
const ANSWER_WITHIN_MS = 400;
const ATTEMPTS = 2;
const SOCKETS_MAX = 128;

export type DynamodbViewOptions = {
  /** As FLUXO_DYNAMODB has it, see `dynamoTableOf`. */
  readonly address: string;
  /** How many partitions the topics have: it decides which marks speak for a merchant. */
  readonly partitions: number;
  readonly codecs: StoredCodecs;
  readonly floor: ReadingFloor;
};

type Item = Record<string, AttributeValue>;

type Marks = { readonly isComplete: boolean; readonly isLambdas: boolean; readonly latest: Item | null };

/** Which dates to look up: the range and the latest before it, or only the very latest. */
type Selection = DateRange | 'latest' | 'none';

export class DynamodbView implements BalanceView {
  readonly tier = 'dynamodb';
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #options: DynamodbViewOptions;

  constructor(options: DynamodbViewOptions) {
    const { table, endpoint, region, isLocal } = dynamoTableOf(options.address);
    this.#options = options;
    this.#table = table;
    this.#client = new DynamoDBClient({
      endpoint,
      region,
      ...(isLocal ? { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } } : {}),
      maxAttempts: ATTEMPTS,
      requestHandler: {
        connectionTimeout: CONNECT_WITHIN_MS,
        requestTimeout: ANSWER_WITHIN_MS,
        throwOnRequestTimeout: true,
        httpAgent: { keepAlive: true, maxSockets: SOCKETS_MAX },
        httpsAgent: { keepAlive: true, maxSockets: SOCKETS_MAX },
      },
    });
  }

  async merchant(merchantId: string): Promise<Answer<Merchant>> {
    const answer = await this.#lookUp(merchantId, 'none');
    return answer.kind === 'known' ? { ...answer, value: answer.value.merchant } : answer;
  }

  days(merchantId: string, range: DateRange): Promise<Answer<MerchantDays>> {
    return this.#lookUp(merchantId, range);
  }

  latest(merchantId: string): Promise<Answer<MerchantDays>> {
    return this.#lookUp(merchantId, 'latest');
  }

  close(): void {
    this.#client.destroy();
  }

  async #lookUp(merchantId: string, selection: Selection): Promise<Answer<MerchantDays>> {
    const { isComplete, isLambdas, latest } = await this.#readMarks(merchantId);
    if (!isComplete) return { kind: 'incomplete' };
    const [stored, within, last] = await Promise.all([
      this.#readMerchant(merchantId),
      typeof selection === 'string' ? [] : this.#readRange(merchantId, selection),
      selection === 'none' ? null : this.#readLastBefore(merchantId, endOf(selection)),
    ]);
    if (stored === null) return { kind: isLambdas ? 'incomplete' : 'unknown' };
    const found = last === null ? within : [last, ...within];
    if (isLacking(latest?.['date']?.S, selection, found)) return { kind: 'incomplete' };
    const merchant = await decodeStored<Merchant>(this.#options.codecs.merchants, stored);
    const days = await Promise.all(found.map((item) => this.#dayOf(item)));
    const head = Math.max(
      Number(latest?.['head']?.N ?? 0),
      merchant.revision,
      ...days.map(({ revision }) => revision),
    );
    const before = selection !== 'latest' && last !== null ? (days.shift() ?? null) : null;
    return { kind: 'known', head, value: { merchant, days, before } };
  }

  /** Whether the table can be believed, whether a Lambda writes it, and what `latest` says of the merchant. */
  async #readMarks(merchantId: string): Promise<Marks> {
    const { partitions, floor } = this.#options;
    const partition = partitionOf(Buffer.from(merchantId), partitions);
    const least = floor.of(partition);
    const marks = servedTopics.map(({ name }) => dynamoPositionKey(name, partition));
    const keys = [
      ...marks.map((key) => keyOf(key, DYNAMO_POSITION_ITEM)),
      keyOf(merchantId, DYNAMO_LATEST_ITEM),
    ];
    const { Responses, UnprocessedKeys } = await this.#client.send(
      new BatchGetItemCommand({ RequestItems: { [this.#table]: { Keys: keys, ConsistentRead: true } } }),
    );
    if (Object.keys(UnprocessedKeys ?? {}).length > 0)
      throw new ViewUnavailableError('DynamoDB answers a part only: it is throttling');
    const items = new Map(
      (Responses?.[this.#table] ?? []).map((item) => [item[DYNAMO_PARTITION_KEY]?.S, item]),
    );
    const positions = marks.map((key) => items.get(key) ?? {});
    const seen = positions.map(completeUpTo);
    const isLambdas = positions.some((position) => position['began'] !== undefined);
    const isComplete = seen.every((next, index) => next >= (isLambdas ? 0 : (least[index] ?? 0)));
    if (isComplete && !isLambdas) floor.raise(partition, seen);
    return { isComplete, isLambdas, latest: items.get(merchantId) ?? null };
  }

  async #readMerchant(merchantId: string): Promise<Uint8Array | null> {
    const { Item } = await this.#client.send(
      new GetItemCommand({
        TableName: this.#table,
        Key: keyOf(merchantId, DYNAMO_MERCHANT_ITEM),
        ConsistentRead: true,
      }),
    );
    return Item?.['body']?.B ?? null;
  }

  async #readRange(merchantId: string, { from, to }: DateRange): Promise<readonly Item[]> {
    const items: Item[] = [];
    const pages = paginateQuery(
      { client: this.#client },
      this.#queryOf('#item BETWEEN :from AND :to', merchantId, { ':from': from, ':to': to }),
    );
    for await (const { Items } of pages) items.push(...(Items ?? []));
    return items;
  }

  /** The day with the greatest date before this one (exclusive); null: of all. */
  async #readLastBefore(merchantId: string, end: number | null): Promise<Item | null> {
    const { Items } = await this.#client.send(
      new QueryCommand({
        ...this.#queryOf('#item < :end', merchantId, { ':end': end }),
        ScanIndexForward: false,
        Limit: 1,
      }),
    );
    return Items?.[0] ?? null;
  }

  #queryOf(condition: string, merchantId: string, dates: Readonly<Record<string, number | null>>) {
    const values = Object.entries(dates).map(([name, date]) => [
      name,
      { S: date === null ? DYNAMO_BEHIND_DAYS : dynamoDayItem(date) },
    ]);
    return {
      TableName: this.#table,
      ConsistentRead: true,
      KeyConditionExpression: `#merchant = :merchant AND ${condition}`,
      ExpressionAttributeNames: { '#merchant': DYNAMO_PARTITION_KEY, '#item': DYNAMO_SORT_KEY },
      ExpressionAttributeValues: { ':merchant': { S: merchantId }, ...Object.fromEntries(values) } as Item,
    };
  }

  async #dayOf(item: Item): Promise<StoredDay> {
    const body = item['body']?.B ?? new Uint8Array();
    const document = await decodeStored<DailyBalance>(this.#options.codecs.dailyBalances, body);
    return { businessDate: document.businessDate, revision: document.revision, read: () => document };
  }
}

/** −1: not complete. */
function completeUpTo(position: Item): number {
  return position['complete']?.BOOL === true ? Number(position['next']?.N) : -1;
}

function keyOf(merchant: string, item: string): Item {
  return { [DYNAMO_PARTITION_KEY]: { S: merchant }, [DYNAMO_SORT_KEY]: { S: item } };
}

function endOf(selection: DateRange | 'latest'): number | null {
  return selection === 'latest' ? null : selection.from;
}

/** Whether the day that `latest` names is not among those found, though it would have to be. */
function isLacking(date: string | undefined, selection: Selection, found: readonly Item[]): boolean {
  if (date === undefined || selection === 'none') return false;
  if (selection !== 'latest' && date > dynamoDayItem(selection.to)) return false;
  // Of the days up to the end of the range it was the last one, and is still, unless a later one has come since.
  return (found.at(-1)?.[DYNAMO_SORT_KEY]?.S ?? '') < date;
}
