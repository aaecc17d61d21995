/**
 * A stream thread, as its process sees it: a member of the processing group with a thread, a producer and partitions of its own
 * (Kafka Streams has them under the same name). Threads of a process share nothing but the process: to the cluster, two of them
 * are what two processes are.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Answers, ask, tellToStop } from './questions.ts';

/**
 * Three halves of 64 MB, as V8 counts. A transaction's records live longer than a small young generation lasts; copying them was a tenth of the
 * processor's time.
 */
const YOUNG_GENERATION_MB = 192;

const PROGRAM = new URL('./thread-main.ts', import.meta.url);

/** What a thread is told at its start. */
export type ThreadOrder = {
  /** Its place in the group, and its part of the transactional id. */
  readonly instance: string;
  /** Shows what Node says of the process as well; the others would say it again. */
  readonly isFirst: boolean;
};

export class StreamThread {
  /** Resolves when the thread has ended after `stop`; rejects when it could not go on. */
  readonly ended: Promise<void>;
  readonly #worker: Worker;

  constructor(order: ThreadOrder) {
    this.#worker = new Worker(PROGRAM, {
      workerData: order,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    this.ended = endOf(this.#worker, order);
  }

  readiness(): Promise<Answers['readiness']> {
    return ask(this.#worker, 'readiness');
  }

  metrics(): Promise<Answers['metrics']> {
    return ask(this.#worker, 'metrics');
  }

  /** Lets it finish its open transaction and end. */
  stop(): void {
    tellToStop(this.#worker);
  }
}

async function endOf(worker: Worker, { instance }: ThreadOrder): Promise<void> {
  const [status] = await once(worker, 'exit'); // rejects with what the thread did not catch
  if (status !== 0) throw new Error(`the stream thread ${instance} has given up; what it said last says why`);
}

/**
 * The name of a process's thread, counted from 1. The first has the process's own, and no name depends on how many there are: whoever
 * changes their number keeps the names of those that stay, and with them their places in the group.
 */
export function threadName(instance: string, number: number): string {
  return number === 1 ? instance : `${instance}.${number}`;
}
