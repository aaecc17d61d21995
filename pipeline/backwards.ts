/** One partition from its end to its beginning. A log is read forwards only, so it is read in pieces, the last piece first. */
import type { PipelineLogs } from './pipeline-logs.ts';
import { readTopic, type Span, type TopicRecord } from './topic-reader.ts';

const PIECE_OFFSETS = 500;

export class Backwards {
  readonly #logs: PipelineLogs;
  readonly #signal: AbortSignal;
  readonly #span: Span;
  /** In the order of the log: the next one is the last. */
  #piece: TopicRecord[] = [];
  #pieceFrom: number;
  #end: number;

  constructor(logs: PipelineLogs, span: Span, signal: AbortSignal) {
    this.#logs = logs;
    this.#signal = signal;
    this.#span = span;
    this.#pieceFrom = span.to;
    this.#end = span.to;
  }

  /** Everything from here on has been taken. */
  get end(): number {
    return this.#end;
  }

  get head(): TopicRecord | undefined {
    return this.#piece.at(-1);
  }

  /** Reads on until there is a head, or nothing is left. */
  async fill(): Promise<void> {
    while (this.#piece.length === 0 && this.#pieceFrom > this.#span.from) {
      const to = this.#pieceFrom;
      const from = Math.max(this.#span.from, to - PIECE_OFFSETS);
      for await (const records of readTopic(this.#logs, { ...this.#span, from, to }, this.#signal))
        this.#piece.push(...records);
      this.#pieceFrom = from;
    }
  }

  take(): TopicRecord | undefined {
    const record = this.#piece.pop();
    this.#end = record?.offset ?? this.#span.from;
    return record;
  }
}
