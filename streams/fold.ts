/**
 * The production topology over a log in memory: no Kafka, no server. Months of history are judged in a second, by anyone, and
 * it shows that results do not depend on how the log is cut into transactions: `batchRecords` is the size of each.
 */

import { Outbox } from './engine/outbox.ts';
import type { LogRecord, OutputRecord } from './engine/ports.ts';
import { Task } from './engine/task.ts';
import type { Topology, TransactionalState } from './engine/topology.ts';

export type FoldInput = { readonly partition: number; readonly record: LogRecord };

/** An output record as it would stand in its topic; offsets count from 0 in each partition of each topic. */
export type FoldOutput = OutputRecord & { readonly offset: number; readonly timestampMs: number };

/**
 * Folds the records, which come in offset order within each partition, and yields what each transaction publishes. An output
 * carries the time of the last input of its transaction.
 */
export async function* foldSubmissions<State extends TransactionalState>(
  topology: Topology<State>,
  records: AsyncIterable<FoldInput>,
  options: { readonly batchRecords: number },
): AsyncGenerator<FoldOutput> {
  const fold = new MemoryFold(topology);
  let waiting = 0;
  for await (const { partition, record } of records) {
    fold.enqueue(partition, record);
    waiting += 1;
    if (waiting < options.batchRecords) continue;
    yield* await fold.transaction();
    waiting = 0;
  }
  if (waiting > 0) yield* await fold.transaction();
}

class MemoryFold<State extends TransactionalState> {
  readonly #topology: Topology<State>;
  readonly #tasks = new Map<number, Task<State>>();
  readonly #waiting = new Map<number, LogRecord[]>();
  readonly #ends = new Map<string, number>();
  #timestampMs = 0;

  constructor(topology: Topology<State>) {
    this.#topology = topology;
  }

  enqueue(partition: number, record: LogRecord): void {
    const waiting = this.#waiting.get(partition);
    if (waiting === undefined) this.#waiting.set(partition, [record]);
    else waiting.push(record);
    this.#timestampMs = record.timestampMs;
  }

  async transaction(): Promise<readonly FoldOutput[]> {
    const outbox = new Outbox();
    for (const [partition, records] of this.#waiting) await this.#process(partition, records, outbox);
    this.#waiting.clear();
    return outbox.records.map((record) => this.#append(record));
  }

  async #process(partition: number, records: readonly LogRecord[], outbox: Outbox): Promise<void> {
    const [first, last] = [records[0] as LogRecord, records[records.length - 1] as LogRecord];
    const task = this.#taskOf(partition, first.offset);
    const out = outbox.into(partition);
    task.enqueue({ partition, records, nextOffset: last.offset + 1 });
    await task.prepare();
    while (task.ready !== undefined) task.processNext(out);
    task.flush(out);
    task.commit();
  }

  #taskOf(partition: number, position: number): Task<State> {
    const known = this.#tasks.get(partition);
    if (known !== undefined) return known;
    const task = new Task(this.#topology, {
      partition,
      position,
      state: this.#topology.createState(partition),
    });
    this.#tasks.set(partition, task);
    return task;
  }

  #append(record: OutputRecord): FoldOutput {
    const log = `${record.topic}-${record.partition}`;
    const offset = this.#ends.get(log) ?? 0;
    this.#ends.set(log, offset + 1);
    return { ...record, offset, timestampMs: this.#timestampMs };
  }
}
