/**
 * A whole Fluxo in memory for the judge's tests: submissions go through the production topology, its outputs are logs, and a view
 * holds the last documents as a sink would have left them. All of it can be spoilt: every planted bug is a change to one of these
 * before the judge looks.
 */
import { createHash } from 'node:crypto';
import { ZONE_NAMES } from '@fluxo/domain';
import { type JsonObject, type LogRecord, openLocalCodecs, toJsonForm } from '@fluxo/kafka';
import { type AvroRecords, partitionOf, type RecordName, topics } from '@fluxo/schemas';
import { dailyBalanceTopology, type FoldInput, foldSubmissions } from '@fluxo/streams';
import { type AuditOptions, type AuditResult, audit } from '../audit/audit.ts';
import type { AuditLogs, LogRange } from '../audit/logs.ts';
import type { Slice } from '../audit/slice.ts';
import type { KnownMerchant, ShownMerchant, View } from '../audit/views/view.ts';
import type { GeneratedSubmission } from './submission-generator.ts';

export const PARTITIONS = 2;

export const codecs = await openLocalCodecs();
type CodecName = keyof typeof codecs;

/** Generated submissions as records of a log, in the order given; offsets have gaps, as transaction markers make them. */
export function logOf(submissions: Iterable<GeneratedSubmission>): FoldInput[] {
  const next = Array.from({ length: PARTITIONS }, () => 0);
  return [...submissions].map(({ type, value, recordedAt }) => {
    const key = Buffer.from(value.merchantId);
    const partition = partitionOf(key, PARTITIONS);
    const offset = next[partition] as number;
    next[partition] = offset + (offset % 3 === 0 ? 2 : 1);
    const bytes = Buffer.from(codecs.submissions.encode(type, value as never));
    return { partition, record: { offset, timestampMs: recordedAt, key, value: bytes } };
  });
}

type Log = LogRecord[];

/** Everything the judge reads, to be spoilt at will. */
export class MemorySystem implements AuditLogs {
  readonly logs = new Map<string, Log>();
  readonly view: MemoryView;
  readonly committedOffsets = new Map<number, number>();
  /** Where the processor stands, if elsewhere, when it is asked for the first time: it goes on while the judge reads. */
  readonly beganAt = new Map<number, number>();
  readonly #partitions: number;

  constructor(partitions = PARTITIONS) {
    this.#partitions = partitions;
    this.view = new MemoryView(partitions);
  }

  /** What the production topology makes of these submissions; `seen` is what it was shown, if that was something else. */
  static async of(
    input: readonly FoldInput[],
    seen: readonly FoldInput[] = input,
    partitions = PARTITIONS,
  ): Promise<MemorySystem> {
    const system = new MemorySystem(partitions);
    for (const { partition, record } of input) system.log('submissions', partition).push(record);
    const topology = dailyBalanceTopology({
      codecs,
      partitions,
    });
    for await (const output of foldSubmissions(topology, inOrder(seen), { batchRecords: 7 })) {
      const log = system.logOfTopic(output.topic, output.partition);
      const value = Buffer.from(output.value);
      log.push({ offset: log.length, timestampMs: output.timestampMs, key: output.key, value });
    }
    for (let partition = 0; partition < partitions; partition++)
      system.committedOffsets.set(partition, endOf(system.log('submissions', partition)));
    system.catchUp();
    return system;
  }

  log(name: CodecName, partition: number): Log {
    return this.logOfTopic(topics[name].name, partition);
  }

  logOfTopic(topic: string, partition: number): Log {
    const name = `${topic}-${partition}`;
    const log = this.logs.get(name) ?? [];
    this.logs.set(name, log);
    return log;
  }

  /** The view takes every document of the topics, as a sink does: the last of each key. */
  catchUp(): void {
    this.view.documents.clear();
    for (const name of ['dailyBalances', 'merchants'] as const)
      for (let partition = 0; partition < this.#partitions; partition++)
        for (const { key, value } of this.log(name, partition)) {
          const decoded = codecs[name].decode(value);
          if (decoded.kind === 'record')
            this.view.documents.set(String(key), toJsonForm(decoded.type, decoded.value));
        }
  }

  /** Changes the values of a topic: what `edit` returns is written instead; null leaves the record out. */
  rewrite<Name extends RecordName>(
    topic: CodecName,
    type: Name,
    edit: (value: AvroRecords[Name]) => AvroRecords[Name] | null,
  ): void {
    for (let partition = 0; partition < this.#partitions; partition++) {
      const log = this.log(topic, partition);
      const rewritten = log.flatMap((record) => {
        const decoded = codecs[topic].decode(record.value);
        if (decoded.kind !== 'record' || decoded.type !== type) return [record];
        const value = edit(decoded.value as AvroRecords[Name]);
        return value === null ? [] : [{ ...record, value: Buffer.from(codecs[topic].encode(type, value)) }];
      });
      log.splice(0, log.length, ...rewritten);
    }
  }

  /** Makes the hash chains right again, and the documents' heads with them, as a bug in the processor would leave them. */
  reseal(): void {
    const heads = new Map<string, Buffer>();
    const hashes = new Map<string, Buffer>();
    for (let partition = 0; partition < this.#partitions; partition++)
      for (const { key, value } of this.log('ledger', partition)) {
        const bytes = value as Buffer;
        (heads.get(String(key)) ?? Buffer.alloc(32)).copy(bytes, bytes.length - 64);
        const sealed = createHash('sha256').update(bytes.subarray(5, -32)).digest();
        sealed.copy(bytes, bytes.length - 32);
        heads.set(String(key), sealed);
        const decoded = codecs.ledger.decode(bytes);
        if (decoded.kind === 'record' && 'ledgerSeq' in decoded.value)
          hashes.set(`${String(key)}#${decoded.value.ledgerSeq}`, sealed);
      }
    const headOf = (merchantId: string, revision: number) =>
      hashes.get(`${merchantId}#${revision}`) ?? Buffer.alloc(32);
    this.rewrite('dailyBalances', 'DailyBalance', (value) => ({
      ...value,
      chainHead: headOf(value.merchantId, value.revision),
    }));
    this.rewrite('merchants', 'Merchant', (value) => ({
      ...value,
      chainHead: headOf(value.merchantId, value.revision),
    }));
  }

  audit(options: Partial<AuditOptions> = {}): Promise<AuditResult> {
    return audit({
      logs: this,
      codecs,
      zoneNames: new Set(ZONE_NAMES),
      views: [this.view],
      scope: { kind: 'everything' },
      timeoutMs: 0,
      signal: new AbortController().signal,
      now: () => 0,
      onProgress: () => undefined,
      ...options,
    });
  }

  async partitions(): Promise<number> {
    return this.#partitions;
  }

  async startOffset(topic: string, partition: number): Promise<number> {
    return topic === topics.submissions.name ? 0 : (this.logOfTopic(topic, partition)[0]?.offset ?? 0);
  }

  async endOffset(topic: string, partition: number): Promise<number> {
    return endOf(this.logOfTopic(topic, partition));
  }

  async *read({ topic, partition, from, to }: LogRange): AsyncGenerator<readonly LogRecord[]> {
    const records = this.logOfTopic(topic, partition).filter(({ offset }) => offset >= from && offset < to);
    for (let at = 0; at < records.length; at += 10) yield records.slice(at, at + 10);
  }

  async committed(partition: number): Promise<number | null> {
    const began = this.beganAt.get(partition);
    this.beganAt.delete(partition);
    return began ?? this.committedOffsets.get(partition) ?? null;
  }
}

/** A store of documents by record key. */
export class MemoryView implements View {
  readonly name = 'view';
  readonly documents = new Map<string, JsonObject>();
  readonly #partitions: number;

  constructor(partitions: number) {
    this.#partitions = partitions;
  }

  async position(): Promise<number> {
    return Number.POSITIVE_INFINITY;
  }

  async *show(slice: Slice, known: ReadonlyMap<string, KnownMerchant>): AsyncGenerator<ShownMerchant> {
    const merchants = new Map<string, { merchant: JsonObject | null; days: Map<string, JsonObject> }>();
    for (const merchantId of known.keys()) merchants.set(merchantId, { merchant: null, days: new Map() });
    for (const [key, document] of this.documents) {
      const [merchantId = '', day] = key.split('|');
      if (partitionOf(Buffer.from(merchantId), this.#partitions) !== slice.partition) continue;
      if (!slice.holds(Buffer.from(merchantId))) continue;
      const shown = merchants.get(merchantId) ?? { merchant: null, days: new Map<string, JsonObject>() };
      merchants.set(merchantId, shown);
      if (day === undefined) shown.merchant = document;
      else shown.days.set(day, document);
    }
    for (const [merchantId, shown] of merchants) yield { merchantId, ...shown, problems: [] };
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}

async function* inOrder<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

function endOf(log: readonly LogRecord[]): number {
  return (log.at(-1)?.offset ?? -1) + 1;
}
