/**
 * What would become of submissions that arrived now: the production topology over what the log of their merchants holds, pending records
 * of the processor's included, and then over them. The result is a function of the log (spec.md section 1), so this is not an estimate: it
 * is what the processor will say, unless something else arrives first. Costs one read of the partitions concerned.
 */
import { openTopicCodecs, type RegistryPort, type TopicCodec, type TopicCodecs } from '@fluxo/kafka';
import { type RecordName, topics } from '@fluxo/schemas';
import { dailyBalanceTopology, type FoldInput, type FoldOutput, foldSubmissions } from '@fluxo/streams';
import type { PipelineLogs } from '../pipeline-logs.ts';
import { readTopic, type Span, spanOf } from '../topic-reader.ts';

export type Candidate = {
  readonly partition: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array;
};

export type Outcome =
  | { readonly kind: 'accepted'; readonly records: readonly AcceptedRecord[] }
  /** The same was accepted before. */
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'rejected'; readonly code: string; readonly detail: string };

type AcceptedRecord = {
  readonly type: RecordName;
  readonly ledgerSeq: number;
  readonly businessDate: number | null;
};

const BATCH_RECORDS = 1_000;

/** How much of a partition has been read, in offsets. */
type TrialProgress = { readonly partition: number; readonly done: number; readonly total: number };

export type TrialScene = {
  readonly logs: PipelineLogs;
  readonly registry: RegistryPort;
  /** What the broker's clock would say of them, epoch milliseconds. */
  readonly nowMs: number;
  readonly onProgress: (step: TrialProgress) => void;
  readonly signal: AbortSignal;
};

/** The outcome of each candidate, in their order, each judged as if those before it had arrived. */
export async function tryOut(
  candidates: readonly Candidate[],
  scene: TrialScene,
): Promise<readonly Outcome[]> {
  const spans = await spanOf(scene.logs, topics.submissions);
  const codecs = await openTopicCodecs(scene.registry);
  const outcomes = new Map<Candidate, Outcome>();
  for (const span of spans) {
    const here = candidates.filter(({ partition }) => partition === span.partition);
    if (here.length === 0) continue;
    const trial = new PartitionTrial(here, { span, codecs, partitions: spans.length });
    await trial.run(scene);
    for (const candidate of here) outcomes.set(candidate, trial.outcomeOf(candidate));
  }
  return candidates.map((candidate) => outcomes.get(candidate) as Outcome);
}

type Ground = { readonly span: Span; readonly codecs: TopicCodecs; readonly partitions: number };

class PartitionTrial {
  readonly #candidates: readonly Candidate[];
  readonly #ground: Ground;
  /** By the offset each candidate would have. */
  readonly #answers = new Map<number, Outcome>();

  constructor(candidates: readonly Candidate[], ground: Ground) {
    this.#candidates = candidates;
    this.#ground = ground;
  }

  async run(scene: TrialScene): Promise<void> {
    const { codecs, partitions } = this.#ground;
    const topology = dailyBalanceTopology({ codecs, partitions });
    const outputs = foldSubmissions(topology, this.#records(scene), { batchRecords: BATCH_RECORDS });
    for await (const output of outputs) this.#note(output);
  }

  /** Accepted and rejected say so in an output; what leaves no trace was there before (spec.md 3.2, row 4). */
  outcomeOf(candidate: Candidate): Outcome {
    const offset = this.#ground.span.to + this.#candidates.indexOf(candidate);
    return this.#answers.get(offset) ?? { kind: 'duplicate' };
  }

  async *#records({ logs, nowMs, onProgress, signal }: TrialScene): AsyncGenerator<FoldInput> {
    const { span } = this.#ground;
    const keys = new Set(this.#candidates.map(({ key }) => keyText(key)));
    for await (const records of readTopic(logs, span, signal)) {
      for (const record of records)
        if (keys.has(keyText(record.key))) yield { partition: span.partition, record };
      const done = (records.at(-1)?.offset ?? span.from) - span.from;
      onProgress({ partition: span.partition, done, total: span.to - span.from });
    }
    for (const [index, { key, value }] of this.#candidates.entries())
      yield {
        partition: span.partition,
        record: { offset: span.to + index, timestampMs: nowMs, key, value },
      };
  }

  #note({ topic, value }: FoldOutput): void {
    const { codecs, span } = this.#ground;
    const codec = [codecs.ledger, codecs.rejections].find((each: TopicCodec) => each.topic.name === topic);
    const decoded = codec?.decode(value);
    if (decoded?.kind !== 'record' || !('sourceOffset' in decoded.value)) return;
    const record = decoded.value;
    if (record.sourceOffset < span.to) return;
    if ('code' in record)
      this.#answers.set(record.sourceOffset, { kind: 'rejected', code: record.code, detail: record.detail });
    else this.#accept(record.sourceOffset, acceptedRecord(decoded.type, record));
  }

  #accept(offset: number, record: AcceptedRecord): void {
    const before = this.#answers.get(offset);
    const records = before?.kind === 'accepted' ? before.records : [];
    this.#answers.set(offset, { kind: 'accepted', records: [...records, record] });
  }
}

type LedgerFields = { readonly ledgerSeq: number; readonly businessDate?: number };

function acceptedRecord(type: RecordName, { ledgerSeq, businessDate }: LedgerFields): AcceptedRecord {
  return { type, ledgerSeq, businessDate: businessDate ?? null };
}

function keyText(key: Uint8Array | null): string | null {
  return key === null ? null : Buffer.from(key).toString('latin1');
}
