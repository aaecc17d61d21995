/**
 * Makes the table right where it stands, item by item, while readers read and sinks write (decision 0038). An item is judged by topics that were
 * read after it, so that what a sink has just written is never taken for wrong; it is exchanged only if it still is what was judged; and
 * what a sink may have been refused meanwhile, because the wrong item stood there, is written after it. Ended at any moment it leaves items
 * that are right or as they were, and doing it again does the rest.
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateQuery,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { DYNAMO_PARTITION_KEY, DYNAMO_SORT_KEY, type DynamoTable, dynamoTableOf } from '@fluxo/schemas';
import { RetriableSinkError } from '../engine/sink.ts';
import { openClient } from './client.ts';
import { DocumentWrites, keyOf, type StoredDocument, sideBySide } from './document-writes.ts';
import { translated } from './failures.ts';
import { attributesOf, type Item, type RightItem, rightItems, verdictOf } from './item-judge.ts';
import { demandOwnTable } from './own-table.ts';

/** What the topics hold of the merchants that are being mended. */
export interface Truth {
  /** Takes in all that has been published up to now. */
  readOn(): Promise<void>;
  of(merchantId: string): readonly StoredDocument[];
}

export type Mended = {
  /** Items that were wrong. */
  readonly exchanged: number;
  /** Items of which the topics have nothing. */
  readonly removed: number;
  /** Documents that were missing or older. */
  readonly written: number;
};

type Suspect = { readonly merchantId: string; readonly item: Item; readonly right: RightItem | undefined };

/** Other writers may touch the same item at the same moment; more often than this in a row something is wrong. */
const ROUNDS_MAX = 20;

/** Everything an item may say besides its keys. */
const ATTRIBUTES = ['revision', 'body', 'date', 'head'] as const;

export class TableMender {
  readonly #client: DynamoDBClient;
  readonly #table: DynamoTable;
  readonly #signal: AbortSignal;
  readonly #mended = { exchanged: 0, removed: 0, written: 0 };

  /** `address` as FLUXO_DYNAMODB has it. */
  constructor(address: string, signal: AbortSignal) {
    this.#table = dynamoTableOf(address);
    this.#client = openClient(this.#table);
    this.#signal = signal;
  }

  /** Every merchant that has an item, by a scan of the keys. Fails with `SinkRefusedError` where the table is somebody else's. */
  merchants(): Promise<ReadonlySet<string>> {
    return translated(async () => {
      await demandOwnTable(this.#client, this.#table);
      const found = new Set<string>();
      const scan = {
        TableName: this.#table.table,
        ConsistentRead: true,
        ProjectionExpression: '#merchant',
        ExpressionAttributeNames: { '#merchant': DYNAMO_PARTITION_KEY },
      };
      for await (const { Items } of paginateScan({ client: this.#client }, scan)) {
        this.#signal.throwIfAborted();
        for (const item of Items ?? []) found.add(item[DYNAMO_PARTITION_KEY]?.S ?? '');
      }
      return new Set([...found].filter((merchantId) => !isPosition(merchantId)));
    });
  }

  /** What it has done up to now: exchanged and removed are counted as it happens, so what was done before a failure is in them. */
  get mended(): Mended {
    return { ...this.#mended };
  }

  /** Makes the items of these merchants right. Fails with `RetriableSinkError`; then the same may be asked for again. */
  async mend(merchantIds: readonly string[], truth: Truth): Promise<void> {
    let open = merchantIds;
    for (let round = 1; open.length > 0; round += 1) {
      if (round > ROUNDS_MAX)
        throw new RetriableSinkError(`others have written ${open[0]} ${ROUNDS_MAX} times in a row`);
      open = await this.#round(open, truth);
    }
  }

  close(): void {
    this.#client.destroy();
  }

  /** Returns the merchants that somebody else has written between look and exchange. */
  async #round(merchantIds: readonly string[], truth: Truth): Promise<readonly string[]> {
    const stored = await translated(() => this.#itemsOf(merchantIds));
    await truth.readOn();
    const judged = merchantIds.map((merchantId) =>
      judge(merchantId, stored.get(merchantId) ?? [], truth.of(merchantId)),
    );
    const wrong = judged.flatMap((each) => each.wrong);
    const again = new Set<string>();
    await sideBySide(wrong, async (suspect) => {
      if (!(await translated(() => this.#exchange(suspect)))) again.add(suspect.merchantId);
      else if (suspect.right === undefined) this.#mended.removed += 1;
      else this.#mended.exchanged += 1;
    });
    // What a sink was refused while the wrong item stood there is in the topics by now.
    if (wrong.length > 0) await truth.readOn();
    const touched = judged.filter((each) => each.wrong.length > 0 || each.isBehind);
    const writes = new DocumentWrites(this.#client, this.#table.table, this.#signal);
    const documents = touched.flatMap(({ merchantId }) => truth.of(merchantId));
    const written = await translated(() => writes.write(documents));
    this.#mended.written += written;
    return [...again];
  }

  async #itemsOf(merchantIds: readonly string[]): Promise<ReadonlyMap<string, readonly Item[]>> {
    const stored = new Map<string, readonly Item[]>();
    await sideBySide(merchantIds, async (merchantId) => {
      const query = {
        TableName: this.#table.table,
        ConsistentRead: true,
        KeyConditionExpression: '#merchant = :merchant',
        ExpressionAttributeNames: { '#merchant': DYNAMO_PARTITION_KEY },
        ExpressionAttributeValues: { ':merchant': { S: merchantId } },
      };
      const items: Item[] = [];
      for await (const { Items } of paginateQuery({ client: this.#client }, query))
        items.push(...(Items ?? []));
      stored.set(merchantId, items);
    });
    return stored;
  }

  /** False if the item is no longer what was judged. */
  async #exchange({ merchantId, item, right }: Suspect): Promise<boolean> {
    const keys = keyOf(merchantId, item[DYNAMO_SORT_KEY]?.S ?? '');
    const target = { TableName: this.#table.table, ...conditionOf(item) };
    const command =
      right === undefined
        ? new DeleteItemCommand({ ...target, Key: keys })
        : new PutItemCommand({ ...target, Item: { ...keys, ...attributesOf(right) } });
    try {
      await (command instanceof PutItemCommand ? this.#client.send(command) : this.#client.send(command));
      return true;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return isRepeated(error) && isDone(error.Item, right);
    }
  }
}

/** Whether the client asked more than once: of what was asked before only the answer may have been lost. */
function isRepeated({ $metadata }: ConditionalCheckFailedException): boolean {
  return ($metadata.attempts ?? 1) > 1;
}

/** Whether what stands there is what was to be: undefined stands for nothing. */
function isDone(stored: Item | undefined, right: RightItem | undefined): boolean {
  return stored === undefined ? right === undefined : verdictOf(stored, right) === 'right';
}

/** That the item still says what it said. */
function conditionOf(item: Item) {
  const present = ATTRIBUTES.filter((name) => item[name] !== undefined);
  const same = ATTRIBUTES.map((name) =>
    present.includes(name) ? `#${name} = :${name}` : `attribute_not_exists(#${name})`,
  );
  const values = Object.fromEntries(
    Object.entries(item).flatMap(([name, value]) =>
      (present as readonly string[]).includes(name) ? [[`:${name}`, value]] : [],
    ),
  );
  return {
    ConditionExpression: same.join(' AND '),
    ExpressionAttributeNames: Object.fromEntries(ATTRIBUTES.map((name) => [`#${name}`, name])),
    ...(present.length === 0 ? {} : { ExpressionAttributeValues: values }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  } as const;
}

function judge(merchantId: string, items: readonly Item[], documents: readonly StoredDocument[]) {
  const right = rightItems(documents);
  const wrong: Suspect[] = [];
  const good = new Set<string>();
  for (const item of items) {
    const name = item[DYNAMO_SORT_KEY]?.S ?? '';
    const verdict = verdictOf(item, right.get(name));
    if (verdict === 'wrong') wrong.push({ merchantId, item, right: right.get(name) });
    if (verdict !== 'behind') good.add(name);
  }
  return { merchantId, wrong, isBehind: [...right.keys()].some((name) => !good.has(name)) };
}

function isPosition(partitionKey: string): boolean {
  return partitionKey.startsWith('#');
}
