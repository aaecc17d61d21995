/**
 * Refused submissions into Postgres, each once, by where the submission stands. Beside what the record says stands what the original
 * bytes say of themselves, so that whoever submitted something finds what became of it: they are read where they can be and where
 * they belong to the merchant of their key. They come from anybody, so nothing about them is taken for granted.
 */
import type { TopicCodec } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { type Document, documentsOf } from '../engine/documents.ts';
import type { Sink, SinkBatch, WriteCount } from '../engine/sink.ts';
import type { PostgresStore } from './postgres-store.ts';
import { bytes, insertInto, instant, type Row } from './rows.ts';

const topic = topics.rejections;

const columns = [
  'partition',
  'source_offset',
  'code',
  'detail',
  'recorded_at',
  'key',
  'value',
  'value_sha256',
  'merchant_id',
  'submission_type',
  'submission_id',
  'submitted_at',
];

const WRITE = `${insertInto('rejections', columns)} ON CONFLICT DO NOTHING`;

const ID = /^[A-Za-z0-9._~-]{1,64}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** The years 2000 to 2099 in epoch milliseconds (spec.md 3.2, row 1). */
const [INSTANT_MIN, INSTANT_END] = [946_684_800_000, 4_102_444_800_000];

export class PostgresRejectionSink implements Sink {
  readonly #store: PostgresStore;
  readonly #codecs: { readonly rejections: TopicCodec; readonly submissions: TopicCodec };

  constructor(
    store: PostgresStore,
    codecs: { readonly rejections: TopicCodec; readonly submissions: TopicCodec },
  ) {
    this.#store = store;
    this.#codecs = codecs;
  }

  connect(partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    return this.#store.open(topic.name, partitions);
  }

  async write(batches: readonly SinkBatch[]): Promise<WriteCount> {
    const documents = await documentsOf('SubmissionRejected', batches, this.#codecs.rejections);
    if (documents.length === 0) {
      await this.#store.confirm(topic.name, batches);
      return { written: 0, refused: 0 };
    }
    // What was refused must be found by its id, also where a later release has written it.
    await this.#codecs.submissions.learnSchemasOf(documents.map(({ record }) => record.value));
    const rows = JSON.stringify(documents.map((document) => this.#rowOf(document)));
    const written = await this.#store.write(topic.name, batches, async (client) => {
      const { rowCount } = await client.query(WRITE, [rows]);
      return rowCount ?? 0;
    });
    return { written, refused: documents.length - written };
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #rowOf({ record, partition }: Document<'SubmissionRejected'>): Row {
    const { code, detail, sourceOffset, recordedAt, key, value, valueSha256 } = record;
    const merchantId = merchantOf(key);
    return {
      partition,
      source_offset: sourceOffset,
      code,
      // What a stranger wrote may be quoted in it, and the one character that Postgres cannot hold.
      detail: detail.replaceAll('\0', '\uFFFD'),
      recorded_at: instant(recordedAt),
      key: key === null ? null : bytes(key),
      value: bytes(value),
      value_sha256: bytes(valueSha256),
      merchant_id: merchantId,
      ...(merchantId === null ? {} : this.#submissionIn(value, merchantId)),
    };
  }

  #submissionIn(value: Uint8Array, merchantId: string): Row {
    const decoded = this.#codecs.submissions.decode(value);
    if (decoded.kind !== 'record') return {};
    const fields = decoded.value as { readonly [field: string]: unknown };
    if (fields['merchantId'] !== merchantId) return {};
    const id = fields['entryId'] ?? fields['configId'] ?? fields['requestId'];
    const submittedAt = fields['submittedAt'];
    return {
      submission_type: decoded.type,
      submission_id: typeof id === 'string' && UUID.test(id) ? id : null,
      submitted_at: isInstant(submittedAt) ? instant(submittedAt) : null,
    };
  }
}

/** The merchant of a key; null for a key that is no merchant's. */
function merchantOf(key: Uint8Array | null): string | null {
  const text = key === null ? '' : Buffer.from(key).toString('latin1');
  return ID.test(text) ? text : null;
}

function isInstant(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= INSTANT_MIN && (value as number) < INSTANT_END;
}
