/**
 * The DynamoDB view (layout: schemas/views/dynamodb.ts) as the judge reads it: the merchants of the whole table by a scan of its keys,
 * so that what the topic does not have is found too, then each merchant's items. Besides the documents it looks at what readers rely
 * on: the revision beside each body, and that `latest` names the last day and the greatest revision, which the sink writes last: it may
 * be behind days that came meanwhile, but neither behind what the topics had nor ahead of the days.
 *
 * Memory: the names of the slice's merchants, and the items of some of them. A scan costs what reading the whole table costs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type AttributeValue, DynamoDBClient, paginateQuery, paginateScan } from '@aws-sdk/client-dynamodb';
import { type JsonObject, type TopicCodec, toJsonForm } from '@fluxo/kafka';
import {
  DYNAMO_LATEST_ITEM,
  DYNAMO_MERCHANT_ITEM,
  DYNAMO_PARTITION_KEY,
  DYNAMO_POSITION_ITEM,
  DYNAMO_SORT_KEY,
  dynamoPositionKey,
  dynamoTableOf,
} from '@fluxo/schemas';
import { AuditError } from '../audit-error.ts';
import type { Slice } from '../slice.ts';
import type { KnownMerchant, ShownMerchant, View, ViewProblem } from './view.ts';

/** Merchants read at the same time. */
const MERCHANTS_AT_ONCE = 16;
/** Of a merchant with many days `latest` is read a moment after the first of them: only what stays wrong is wrong. */
const READ_TIMES_MAX = 5;
const READ_AGAIN_AFTER_MS = 50;

const MERCHANT_ID = /^[A-Za-z0-9._~-]{1,64}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export type DynamodbViewOptions = {
  /** As FLUXO_DYNAMODB has it. */
  readonly address: string;
  /** Which partition a merchant belongs to. */
  readonly partitionOf: (merchantId: string) => number;
  readonly codecs: { readonly [Name in 'dailyBalances' | 'merchants']: TopicCodec };
};

type Item = Record<string, AttributeValue>;

export class DynamodbView implements View {
  readonly name = 'DynamoDB';
  readonly #options: DynamodbViewOptions;
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(options: DynamodbViewOptions) {
    const { table, endpoint, region, isLocal } = dynamoTableOf(options.address);
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    this.#options = options;
    this.#table = table;
    this.#client = new DynamoDBClient({ endpoint, region, ...(isLocal ? { credentials } : {}) });
  }

  /** Whatever it says of being complete: a Lambda can prove that by later records only, and who compares every document need not believe it. */
  async position(topic: string, partition: number): Promise<number> {
    const [item] = await this.#itemsOf(dynamoPositionKey(topic, partition));
    return item?.[DYNAMO_SORT_KEY]?.S === DYNAMO_POSITION_ITEM ? Number(item['next']?.N) : -1;
  }

  async *show(slice: Slice, known: ReadonlyMap<string, KnownMerchant>): AsyncGenerator<ShownMerchant> {
    const merchants = [...new Set([...known.keys(), ...(await this.#list(slice))])];
    for (let at = 0; at < merchants.length; at += MERCHANTS_AT_ONCE)
      yield* await Promise.all(
        merchants
          .slice(at, at + MERCHANTS_AT_ONCE)
          .map((merchantId) => this.#settled(merchantId, known.get(merchantId))),
      );
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  /** The merchants of the slice that have any item. */
  async #list(slice: Slice): Promise<ReadonlySet<string>> {
    const { partitionOf } = this.#options;
    const found = new Set<string>();
    const scan = {
      TableName: this.#table,
      ConsistentRead: true,
      ProjectionExpression: '#merchant',
      ExpressionAttributeNames: { '#merchant': DYNAMO_PARTITION_KEY },
    };
    await asked(async () => {
      for await (const { Items } of paginateScan({ client: this.#client }, scan))
        for (const item of Items ?? []) found.add(item[DYNAMO_PARTITION_KEY]?.S ?? '');
    });
    const isOurs = (merchantId: string) =>
      MERCHANT_ID.test(merchantId) &&
      partitionOf(merchantId) === slice.partition &&
      slice.holds(Buffer.from(merchantId));
    return new Set([...found].filter(isOurs));
  }

  /** What is shown of a merchant, read again while `latest` does not fit. */
  async #settled(merchantId: string, known: KnownMerchant | undefined): Promise<ShownMerchant> {
    for (let times = 1; ; times += 1) {
      const { shown, latest } = this.#shown(merchantId, await this.#itemsOf(merchantId));
      const misfits = misfitsOf(shown, latest, known);
      if (misfits.length === 0 || times === READ_TIMES_MAX)
        return { ...shown, problems: [...shown.problems, ...misfits] };
      await sleep(READ_AGAIN_AFTER_MS);
    }
  }

  async #itemsOf(partitionKey: string): Promise<readonly Item[]> {
    const query = {
      TableName: this.#table,
      ConsistentRead: true,
      KeyConditionExpression: '#merchant = :merchant',
      ExpressionAttributeNames: { '#merchant': DYNAMO_PARTITION_KEY },
      ExpressionAttributeValues: { ':merchant': { S: partitionKey } },
    };
    return asked(async () => {
      const items: Item[] = [];
      for await (const { Items } of paginateQuery({ client: this.#client }, query))
        items.push(...(Items ?? []));
      return items;
    });
  }

  #shown(merchantId: string, items: readonly Item[]) {
    const problems: ViewProblem[] = [];
    const days = new Map<string, JsonObject>();
    let merchant: JsonObject | null = null;
    for (const item of items) {
      const name = item[DYNAMO_SORT_KEY]?.S ?? '';
      if (name === DYNAMO_MERCHANT_ITEM) merchant = this.#document(merchantId, item, problems);
      else if (DAY.test(name)) {
        const document = this.#document(`${merchantId}|${name}`, item, problems);
        if (document !== null) days.set(name, document);
      } else if (name !== DYNAMO_LATEST_ITEM)
        problems.push({ key: merchantId, field: 'item', expected: 'a day, merchant or latest', found: name });
    }
    const latest = items.find((item) => item[DYNAMO_SORT_KEY]?.S === DYNAMO_LATEST_ITEM);
    const shown: ShownMerchant = { merchantId, merchant, days, problems };
    return { shown, latest };
  }

  /** The document of an item in JSON form; null if it holds none. */
  #document(key: string, item: Item, problems: ViewProblem[]): JsonObject | null {
    const { dailyBalances, merchants } = this.#options.codecs;
    const decoded = (key.includes('|') ? dailyBalances : merchants).decode(
      item['body']?.B ?? new Uint8Array(),
    );
    if (decoded.kind !== 'record' || !('revision' in decoded.value)) {
      problems.push({ key, field: 'body', expected: 'a document', found: decoded.kind });
      return null;
    }
    const expected = String(decoded.value.revision);
    const found = item['revision']?.N ?? 'absent';
    if (found !== expected) problems.push({ key, field: 'revision beside the body', expected, found });
    return toJsonForm(decoded.type, decoded.value);
  }
}

/** Where `latest` is behind the days that the topics had, or ahead of those that are shown. */
function misfitsOf(
  { merchantId, days }: ShownMerchant,
  latest: Item | undefined,
  known: KnownMerchant | undefined,
): readonly ViewProblem[] {
  const date = {
    least: known?.days.at(-1) ?? '',
    most: [...days.keys()].toSorted().at(-1) ?? '',
    found: latest?.['date']?.S ?? '',
  };
  const head = {
    least: known?.daysHead ?? 0,
    most: Math.max(0, ...[...days.values()].map(({ revision }) => Number(revision))),
    found: Number(latest?.['head']?.N ?? 0),
  };
  const problems: ViewProblem[] = [];
  const add = (field: string, found: string | number, expected: string | number) =>
    problems.push({
      key: merchantId,
      field: `${field} in latest`,
      expected: expected || 'absent',
      found: found || 'absent',
    });
  if (date.found < date.least) add('date', date.found, date.least);
  if (date.found > date.most) add('date', date.found, date.most);
  if (head.found < head.least) add('head', head.found, head.least);
  if (head.found > head.most) add('head', head.found, head.most);
  return problems;
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw new AuditError(
      'view-unavailable',
      `DynamoDB does not answer as it should: ${(error as Error).message}. Nothing can be said about that view. ` +
        'Does it run, and is it the one you mean (FLUXO_DYNAMODB)?',
      { cause: error },
    );
  }
}
