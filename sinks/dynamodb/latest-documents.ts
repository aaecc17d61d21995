/**
 * What the two topics hold of some partitions, as the table should: of each merchant itself and of each of its days the document with the greatest
 * revision. All in memory.
 */
import type { TopicCodec } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { type Document, documentsOf, type StandingRecords } from '../engine/documents.ts';
import { storedDay } from './balance.sink.ts';
import type { StoredDocument } from './document-writes.ts';
import { storedMerchant } from './merchant.sink.ts';

export type LatestCodecs = { readonly dailyBalances: TopicCodec; readonly merchants: TopicCodec };

export class LatestDocuments {
  readonly #codecs: LatestCodecs;
  /** By merchant, then by business date; null: the merchant itself. */
  readonly #documents = new Map<string, Map<number | null, StoredDocument>>();

  constructor(codecs: LatestCodecs) {
    this.#codecs = codecs;
  }

  get merchantIds(): readonly string[] {
    return [...this.#documents.keys()];
  }

  of(merchantId: string): readonly StoredDocument[] {
    return [...(this.#documents.get(merchantId)?.values() ?? [])];
  }

  /** Takes in records of one of the two topics. Fails with `SinkRefusedError` on what is no document. */
  async take(topic: string, found: StandingRecords): Promise<void> {
    if (topic === topics.dailyBalances.name)
      for (const each of await documentsOf('DailyBalance', [found], this.#codecs.dailyBalances))
        this.#keep(each, storedDay(each));
    else
      for (const each of await documentsOf('Merchant', [found], this.#codecs.merchants))
        this.#keep(each, storedMerchant(each));
  }

  /** The bytes are copied: as they come they hold on to the whole answer they came in. */
  #keep({ body }: Pick<Document<'Merchant'>, 'body'>, stored: StoredDocument): void {
    const { merchantId, businessDate, revision } = stored;
    const own = this.#documents.get(merchantId) ?? new Map<number | null, StoredDocument>();
    this.#documents.set(merchantId, own);
    if ((own.get(businessDate)?.revision ?? -1) < revision)
      own.set(businessDate, { ...stored, body: Uint8Array.from(body) });
  }
}
