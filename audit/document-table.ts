/**
 * A compacted topic as its readers end up with it: the last version of each key, up to an offset. Every version on the way is looked
 * at too: its key must name its value, its revision must be greater than that of the version before (I6), and a balance must add up
 * in itself (I1, I4). Values are kept as bytes, a copy each, because most are looked at once.
 */
import { type Decoded, type JsonObject, type LogRecord, type TopicCodec, toJsonForm } from '@fluxo/kafka';
import { type DailyBalance, formatDate, type Merchant } from '@fluxo/schemas';
import { balanceProblems } from './balance-arithmetic.ts';
import type { Differences } from './difference.ts';
import type { AuditLogs } from './logs.ts';
import type { Slice } from './slice.ts';

export type FoundDocument = {
  readonly revision: number;
  readonly value: Uint8Array;
  /** Whether the recount had a word on this version. */
  isJudged: boolean;
};

export type TableSource = {
  readonly logs: AuditLogs;
  readonly codec: TopicCodec;
  readonly differences: Differences;
};

type Document = Pick<DailyBalance | Merchant, 'merchantId' | 'revision'> & { readonly businessDate?: number };

export class DocumentTable {
  readonly topic: string;
  readonly partition: number;
  /** Record key → last version. */
  readonly documents = new Map<string, FoundDocument>();
  /** Behind the last record read. */
  nextOffset = 0;
  readonly #source: TableSource;

  private constructor(source: TableSource, partition: number) {
    this.#source = source;
    this.topic = source.codec.topic.name;
    this.partition = partition;
  }

  /** Reads the topic's partition up to its end as it is now. */
  static async read(source: TableSource, slice: Slice): Promise<DocumentTable> {
    const { logs } = source;
    const table = new DocumentTable(source, slice.partition);
    const { topic, partition } = table;
    const from = await logs.startOffset(topic, partition);
    const to = await logs.endOffset(topic, partition);
    for await (const records of logs.read({ topic, partition, from, to })) {
      await source.codec.learnSchemasOf(records.map(({ value }) => value));
      for (const record of records) {
        table.nextOffset = record.offset + 1;
        if (slice.holds(merchantPartOf(record.key))) table.#take(record);
      }
    }
    return table;
  }

  /** The document of a version; null if its bytes are none. */
  recordOf({ value }: Pick<FoundDocument, 'value'>): unknown {
    const decoded = this.#source.codec.decode(value);
    return decoded.kind === 'record' ? decoded.value : null;
  }

  /** The same in JSON form. */
  formOf({ value }: Pick<FoundDocument, 'value'>): JsonObject | null {
    const decoded = this.#source.codec.decode(value);
    return decoded.kind === 'record' ? toJsonForm(decoded.type, decoded.value) : null;
  }

  /** What has been published behind what was read, in JSON form; not kept. */
  async *published(logs: AuditLogs): AsyncGenerator<{ readonly key: string; readonly form: JsonObject }> {
    const { topic, partition, nextOffset: from } = this;
    const to = await logs.endOffset(topic, partition);
    for await (const records of logs.read({ topic, partition, from, to }))
      for (const { key, value } of records) {
        const form = value === null ? null : this.formOf({ value });
        if (key !== null && form !== null) yield { key: Buffer.from(key).toString(), form };
      }
  }

  #take(record: LogRecord): void {
    const key = record.key === null ? '(no key)' : Buffer.from(record.key).toString();
    const decoded = this.#source.codec.decode(record.value);
    const document = documentIn(decoded);
    if (document === null || record.value === null) {
      this.#object(key, 'record', {
        expected: 'a document',
        found: `offset ${record.offset}: ${whyNone(decoded)}`,
      });
      return;
    }
    if (key !== keyOf(document)) this.#object(key, 'key', { expected: keyOf(document), found: key });
    const before = this.documents.get(key);
    if (before !== undefined && document.revision <= before.revision)
      this.#object(key, 'revision (I6)', {
        expected: `more than ${before.revision}`,
        found: `${document.revision} at offset ${record.offset}`,
      });
    if (decoded.kind === 'record' && decoded.type === 'DailyBalance')
      for (const { field, expected, found } of balanceProblems(decoded.value))
        this.#object(key, field, { expected, found });
    const value = new Uint8Array(record.value);
    this.documents.set(key, { revision: document.revision, value, isJudged: false });
  }

  #object(key: string, field: string, values: { expected: string | number; found: string | number }): void {
    this.#source.differences.add({ where: this.topic, partition: this.partition, key, field, ...values });
  }
}

/** `merchantId|businessDate`, or `merchantId`: the record key of a document. */
export function keyOf({ merchantId, businessDate }: Document): string {
  return businessDate === undefined ? merchantId : `${merchantId}|${dateText(businessDate)}`;
}

const dates = new Map<number, string>();

/** YYYY-MM-DD, remembered: a document's key is made each time the recount touches it. */
function dateText(day: number): string {
  const known = dates.get(day) ?? formatDate(day);
  dates.set(day, known);
  return known;
}

/** The part of a record key by which slices are made: the merchant's id. */
function merchantPartOf(key: Uint8Array | null): Uint8Array | null {
  const bar = key?.indexOf(0x7c) ?? -1;
  return key === null || bar < 0 ? key : key.subarray(0, bar);
}

function documentIn(decoded: Decoded): Document | null {
  if (decoded.kind !== 'record') return null;
  return decoded.type === 'DailyBalance' || decoded.type === 'Merchant' ? decoded.value : null;
}

function whyNone(decoded: Decoded): string {
  if (decoded.kind === 'malformed') return decoded.detail;
  return decoded.kind === 'record' ? `a ${decoded.type}` : `unknown schema ${decoded.schemaId}`;
}
