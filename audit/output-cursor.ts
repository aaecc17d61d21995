/**
 * An output topic beside the submissions it came from: its records in the order of the log, grouped by the submission they name
 * (`sourceOffset`). The judge walks the submissions and takes what belongs to each; what is left behind belongs to none. Only one
 * batch is in memory.
 */
import type { Decoded, LogRecord, TopicCodec } from '@fluxo/kafka';
import type { AvroRecords } from '@fluxo/schemas';
import type { LedgerName } from './recount/effect.ts';
import type { Slice } from './slice.ts';

type SourcedName = LedgerName | 'SubmissionRejected';

export type OutputEvent = {
  readonly [Name in SourcedName]: { readonly type: Name; readonly value: AvroRecords[Name] };
}[SourcedName];

export type OutputRecord = { readonly record: LogRecord; readonly event: OutputEvent };

/** Records that follow each other and name the same submission. */
export type OutputGroup = { readonly sourceOffset: number; readonly records: readonly OutputRecord[] };

export type CursorOptions = {
  readonly batches: AsyncIterable<readonly LogRecord[]>;
  readonly codec: TopicCodec;
  readonly slice: Slice;
  /** Told of every record of the slice, before it is taken. */
  readonly onRecord: (record: LogRecord) => void;
  /** Told of values that are no output. */
  readonly onUnreadable: (record: LogRecord, why: string) => void;
};

export class OutputCursor {
  readonly #options: CursorOptions;
  readonly #batches: AsyncIterator<readonly LogRecord[]>;
  #buffer: OutputRecord[] = [];
  #at = 0;
  #group: OutputGroup | null = null;
  #isExhausted = false;

  constructor(options: CursorOptions) {
    this.#options = options;
    this.#batches = options.batches[Symbol.asyncIterator]();
  }

  /** Whether everything has been taken, as far as anybody has looked. */
  get isDone(): boolean {
    return this.#isExhausted && this.#group === null;
  }

  /** The next group without taking it; null at the end. */
  async peek(): Promise<OutputGroup | null> {
    this.#group ??= await this.#nextGroup();
    return this.#group;
  }

  /** Whether the next group belongs to a submission before this offset. */
  async hasBefore(offset: number): Promise<boolean> {
    const group = await this.peek();
    return group !== null && group.sourceOffset < offset;
  }

  /** Takes the next group, if it belongs to a submission before this offset. */
  async takeBefore(offset: number): Promise<OutputGroup | null> {
    if (!(await this.hasBefore(offset))) return null;
    const group = this.#group;
    this.#group = null;
    return group;
  }

  /** Takes what belongs to this submission, if that comes next. */
  async takeAt(offset: number): Promise<readonly OutputRecord[]> {
    const group = await this.peek();
    if (group?.sourceOffset !== offset) return [];
    this.#group = null;
    return group.records;
  }

  async close(): Promise<void> {
    await this.#batches.return?.();
  }

  async #nextGroup(): Promise<OutputGroup | null> {
    const first = await this.#next();
    if (first === null) return null;
    const { sourceOffset } = first.event.value;
    const records = [first];
    for (let next = await this.#next(); next !== null; next = await this.#next()) {
      if (next.event.value.sourceOffset !== sourceOffset) {
        this.#at -= 1;
        break;
      }
      records.push(next);
    }
    return { sourceOffset, records };
  }

  async #next(): Promise<OutputRecord | null> {
    while (this.#at >= this.#buffer.length) {
      const step = this.#isExhausted ? { done: true as const } : await this.#batches.next();
      if (step.done === true) {
        this.#isExhausted = true;
        return null;
      }
      await this.#fill(step.value);
    }
    this.#at += 1;
    return this.#buffer[this.#at - 1] as OutputRecord;
  }

  async #fill(records: readonly LogRecord[]): Promise<void> {
    const { codec, slice, onRecord } = this.#options;
    await codec.learnSchemasOf(records.map(({ value }) => value));
    this.#buffer = [];
    this.#at = 0;
    for (const record of records) {
      if (!slice.holds(record.key)) continue;
      onRecord(record);
      const event = this.#read(record);
      if (event !== null) this.#buffer.push({ record, event });
    }
  }

  #read(record: LogRecord): OutputEvent | null {
    const decoded = this.#options.codec.decode(record.value);
    if (decoded.kind === 'record' && isOutput(decoded)) return decoded;
    this.#options.onUnreadable(record, decoded.kind === 'malformed' ? decoded.detail : decoded.kind);
    return null;
  }
}

function isOutput(
  decoded: Decoded & { kind: 'record' },
): decoded is Decoded & { kind: 'record' } & OutputEvent {
  return 'sourceOffset' in decoded.value;
}
