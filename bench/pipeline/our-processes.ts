/** Our processors under measurement: `streams-1` and on of a stack, started, killed and stopped as in production. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicCodec } from '@fluxo/kafka';
import { consumerGroups, type EntrySubmitted, topics } from '@fluxo/schemas';
import { dataFolder, portOffsets } from '@fluxo/stack';
import { TestStack } from '../../testing/stacks.ts';
import type { Measured } from './measured.ts';

const POLL_MS = 10;

export type OurOptions = {
  readonly stack: TestStack;
  readonly submissions: TopicCodec;
  readonly ledger: TopicCodec;
  /** How many processes share the partitions, and how many stream threads each of them has. */
  readonly processes: number;
  readonly threads: number;
};

/** A line of a log: which thread said it, and when. */
type Said = { readonly name: string; readonly time: string };

export class OurProcesses implements Measured {
  readonly name: string;
  readonly groupId = consumerGroups.streams;
  readonly inputTopic = topics.submissions.name;
  readonly postedTopic = topics.ledger.name;
  readonly #options: OurOptions;
  readonly #names: readonly string[];
  /** Characters of the first one's log that were there when it was last started. */
  #logStart = 0;

  constructor(options: OurOptions) {
    const { stack, threads } = options;
    const env = { ...stack.place.env, FLUXO_STREAM_THREADS: String(threads) };
    this.name = threads === 1 ? 'fluxo' : `fluxo, ${threads} threads`;
    this.#options = { ...options, stack: new TestStack({ ...stack.place, env }) };
    this.#names = Array.from({ length: options.processes }, (_, index) => `streams-${index + 1}`);
  }

  async start(): Promise<void> {
    const { stack } = this.#options;
    this.#logStart = this.#log().length;
    const started = stack.start(...this.#names);
    started.catch(() => undefined); // whoever waits for their work sees that there is none
    while (this.#names.some((name) => stack.pidOf(name) === null)) await sleep(POLL_MS);
  }

  pids(): readonly number[] {
    return this.#names.map((name) => {
      const pid = this.#options.stack.pidOf(name);
      if (pid === null)
        throw new Error(`${name} does not run; streams-1 said:\n${this.#log().slice(-2_000)}`);
      return pid;
    });
  }

  async kill(): Promise<void> {
    for (const name of this.#names) await this.#options.stack.kill(name);
  }

  async stop(): Promise<void> {
    await this.#options.stack.stop(...this.#names);
  }

  /** Their checkpoints; everything else is in the cluster. */
  dropLocalState(): void {
    rmSync(dataFolder(this.#options.stack.place, 'checkpoints'), { recursive: true, force: true });
  }

  /** The log says when the first one's threads were assigned their partitions; that all are ready it says over HTTP. */
  async ready(): Promise<number> {
    const { place } = this.#options.stack;
    const url = `http://127.0.0.1:${place.portBase + portOffsets.streams + 1}/readyz`;
    while (!(await isOk(url))) {
      this.pids();
      await sleep(POLL_MS);
    }
    return Date.now() - this.#assignedMs();
  }

  encode(entry: EntrySubmitted): Buffer {
    return this.#options.submissions.encode('EntrySubmitted', entry);
  }

  postedEntryId(value: Uint8Array): string | null {
    const decoded = this.#options.ledger.decode(value);
    return decoded.kind === 'record' && decoded.type === 'EntryPosted' ? decoded.value.entryId : null;
  }

  /** Each thread's last assignment since it was started counts; of those, the earliest. */
  #assignedMs(): number {
    const lines = this.#log().slice(this.#logStart).split('\n');
    const said = lines
      .filter((line) => line.includes('"msg":"assigned"'))
      .map((line) => JSON.parse(line) as Said);
    if (said.length === 0)
      throw new Error('streams-1 is ready, but its log does not say when it was assigned');
    return Math.min(...new Map(said.map(({ name, time }) => [name, Date.parse(time)])).values());
  }

  #log(): string {
    const path = join(this.#options.stack.place.home, 'logs', 'streams-1.log');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }
}

async function isOk(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}
