/**
 * The production path of a record behind the fetch: task, topology, admission, domain, with outputs caught record by record.
 * The codec of the submissions is watched, so that one sees what it made of the bytes and how long it took.
 */
import { topics } from '@fluxo/schemas';
import { dailyBalanceTopology } from '@fluxo/streams';
import { Outbox } from '../../streams/engine/outbox.ts';
import type { OutputRecord } from '../../streams/engine/ports.ts';
import { Task } from '../../streams/engine/task.ts';
import type { PartitionState } from '../../streams/topologies/partition-state.ts';
import type { DailyBalanceCodecs, Decoded, RecordCodec } from '../../streams/topologies/record-codec.ts';

/** What comes out of one record: what the codec said, what was published, or the error that would have ended the process. */
export type Outcome = {
  readonly decoded: Decoded | null;
  readonly decodeMs: number;
  readonly outputs: readonly OutputRecord[];
  readonly error: unknown;
};

export type HostileRecord = { readonly key: Uint8Array | null; readonly value: Uint8Array | null };

/** A codec that remembers its last answer. */
class WatchedCodec implements RecordCodec {
  last: Decoded | null = null;
  lastMs = 0;
  readonly #inner: RecordCodec;
  readonly encode: RecordCodec['encode'];

  constructor(inner: RecordCodec) {
    this.#inner = inner;
    this.encode = (type, value) => inner.encode(type, value);
  }

  decode(value: Uint8Array | null): Decoded {
    const startedMs = performance.now();
    this.last = this.#inner.decode(value);
    this.lastMs = performance.now() - startedMs;
    return this.last;
  }

  hasUnknownSchema(value: Uint8Array | null): boolean {
    return this.#inner.hasUnknownSchema(value);
  }

  refresh(): Promise<void> {
    return this.#inner.refresh();
  }
}

/** Within what the topology calls the future of no record: all records of a run get this time and later ones. */
const START_MS = Date.UTC(2026, 10, 24, 12);

export class Processor {
  readonly #codec: WatchedCodec;
  readonly #task: Task<PartitionState>;
  #offset = 0;

  constructor(codecs: DailyBalanceCodecs) {
    this.#codec = new WatchedCodec(codecs.submissions);
    const topology = dailyBalanceTopology({
      codecs: { ...codecs, submissions: this.#codec },
      partitions: 1,
    });
    this.#task = new Task(topology, { partition: 0, position: 0, state: topology.createState(0) });
  }

  /** The offset the next record gets; its rejection names it. */
  get nextOffset(): number {
    return this.#offset;
  }

  async process({ key, value }: HostileRecord): Promise<Outcome> {
    const outbox = new Outbox();
    const offset = this.#offset;
    this.#offset += 1;
    const record = { offset, timestampMs: START_MS + offset, key, value };
    this.#codec.last = null;
    this.#task.enqueue({ partition: 0, records: [record], nextOffset: offset + 1 });
    const learning = this.#task.prepare();
    if (learning !== null) await learning;
    const error = this.#attempt(() => this.#task.processNext(outbox.into(0)));
    return { decoded: this.#codec.last, decodeMs: this.#codec.lastMs, outputs: outbox.records, error };
  }

  /** Ends a transaction: the documents it touched are published. The error that would have ended the process, if any. */
  commit(): unknown {
    const outbox = new Outbox();
    const error = this.#attempt(() => this.#task.flush(outbox.into(0)));
    this.#task.commit();
    return error;
  }

  #attempt(work: () => void): unknown {
    try {
      work();
      return null;
    } catch (error) {
      return error;
    }
  }
}

export function isRejection({ topic }: OutputRecord): boolean {
  return topic === topics.rejections.name;
}
