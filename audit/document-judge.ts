/**
 * The documents of a compacted topic against the recount. A document says which posting changed it last (`revision`), so it is judged
 * when the recount has come exactly there: no sooner, no later, whatever has been published since. At the cut, every document that
 * must be there must be there, and be no older; at the end, one that was never met is one too many.
 */
import { type JsonValue, toJsonForm } from '@fluxo/kafka';
import type { DailyBalance, Merchant } from '@fluxo/schemas';
import { ABSENT, type Differences, differingFields, PRESENT } from './difference.ts';
import { type DocumentTable, type FoundDocument, keyOf } from './document-table.ts';
import type { MerchantBook } from './recount/merchant-book.ts';
import { isSame } from './same-value.ts';

/** Kafka keeps nothing of what the recount does not expect; where a hash is missing, no chain head can be right. */
const NO_HEAD = new Uint8Array(32);

export type Expected =
  | { readonly type: 'DailyBalance'; readonly value: Omit<DailyBalance, 'chainHead'> }
  | { readonly type: 'Merchant'; readonly value: Omit<Merchant, 'chainHead'> };

/** A document that must exist at some moment; what it says is made only when it is looked at. */
export type Due = { readonly key: string; readonly revision: number; readonly expected: () => Expected };

export class DocumentJudge {
  readonly #table: DocumentTable;
  readonly #differences: Differences;

  constructor(table: DocumentTable, differences: Differences) {
    this.#table = table;
    this.#differences = differences;
  }

  /** The recount has just changed this document; `head` is the hash of the ledger record that did it. */
  reach({ key, revision, expected }: Due, head: Uint8Array | null): void {
    const found = this.#table.documents.get(key);
    if (found?.revision !== revision) return;
    found.isJudged = true;
    const { type, value: unchained } = expected();
    const value = { ...unchained, chainHead: head ?? NO_HEAD };
    if (isSame(value, this.#table.recordOf(found))) return;
    const form = toJsonForm(type, value);
    for (const field of differingFields(form, this.#table.formOf(found))) this.#add(key, field);
  }

  /** The recount stands at the cut: these documents must be there, of these revisions or later ones. */
  settle(due: Iterable<Due>): void {
    for (const { key, revision } of due) {
      const found = this.#table.documents.get(key);
      if (found === undefined) this.#add(key, { field: 'record', expected: PRESENT, found: ABSENT });
      else if (found.revision < revision) this.#older(key, found, revision);
    }
  }

  /** The recount has gone as far as the outputs do. */
  finish(): void {
    for (const [key, { isJudged, revision }] of this.#table.documents)
      if (!isJudged)
        this.#add(key, { field: 'record', expected: ABSENT, found: `a document of revision ${revision}` });
  }

  #older(key: string, found: FoundDocument, revision: number): void {
    found.isJudged = true;
    this.#add(key, { field: 'revision', expected: revision, found: found.revision });
  }

  #add(key: string, field: { field: string; expected: JsonValue; found: JsonValue }): void {
    const { topic: where, partition } = this.#table;
    this.#differences.add({ where, partition, key, ...field });
  }
}

/** The balance of one day. */
export function dueDay(book: MerchantBook, businessDate: number): Due {
  return {
    key: keyOf({ merchantId: book.merchantId, revision: 0, businessDate }),
    revision: book.documents.get(businessDate)?.revision ?? 0,
    expected: () => ({ type: 'DailyBalance', value: book.document(businessDate) }),
  };
}

export function dueMerchant(book: MerchantBook): Due {
  return {
    key: book.merchantId,
    revision: book.touched.revision,
    expected: () => ({ type: 'Merchant', value: book.record() }),
  };
}
