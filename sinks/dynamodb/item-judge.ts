/**
 * What an item of the table is beside what the topics hold: right, behind (the sink's own guarded write brings it forward), or wrong in a way that
 * this guard would keep for ever.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DYNAMO_LATEST_ITEM, DYNAMO_MERCHANT_ITEM, dynamoDayItem } from '@fluxo/schemas';
import { latestOf, type StoredDocument } from './document-writes.ts';

export type Item = Record<string, AttributeValue>;

/** The attributes an item should have, without its keys. */
export type RightItem =
  | { readonly kind: 'document'; readonly revision: number; readonly body: Uint8Array }
  | { readonly kind: 'latest'; readonly date: string; readonly head: number };

export type Verdict = 'right' | 'behind' | 'wrong';

/** By sort key, what should stand under a merchant of whom the topics hold these documents. */
export function rightItems(documents: readonly StoredDocument[]): ReadonlyMap<string, RightItem> {
  const items = new Map<string, RightItem>();
  for (const { businessDate, revision, body } of documents)
    items.set(businessDate === null ? DYNAMO_MERCHANT_ITEM : dynamoDayItem(businessDate), {
      kind: 'document',
      revision,
      body,
    });
  for (const [, latest] of latestOf(documents)) items.set(DYNAMO_LATEST_ITEM, { kind: 'latest', ...latest });
  return items;
}

/** `right` undefined: the topics have nothing that would stand here. */
export function verdictOf(item: Item, right: RightItem | undefined): Verdict {
  if (right === undefined) return 'wrong';
  return right.kind === 'document' ? documentVerdict(item, right) : latestVerdict(item, right);
}

export function attributesOf(right: RightItem): Item {
  return right.kind === 'document'
    ? { revision: { N: String(right.revision) }, body: { B: right.body } }
    : { date: { S: right.date }, head: { N: String(right.head) } };
}

function documentVerdict(item: Item, right: RightItem & { kind: 'document' }): Verdict {
  const revision = Number(item['revision']?.N);
  if (revision < right.revision) return 'behind';
  const isSame = Buffer.compare(item['body']?.B ?? Buffer.alloc(0), right.body) === 0;
  return revision === right.revision && isSame ? 'right' : 'wrong';
}

function latestVerdict(item: Item, right: RightItem & { kind: 'latest' }): Verdict {
  const [date, head] = [item['date']?.S ?? '', Number(item['head']?.N)];
  if (date === right.date && head === right.head) return 'right';
  return date <= right.date && head <= right.head ? 'behind' : 'wrong';
}
