/**
 * Kafka Streams as a contender: exactly_once_v2, one stream thread or more, static members like ours. Every run is an application of
 * its own, so that nothing is left of the one before.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntrySubmitted, TopicDefinition } from '@fluxo/schemas';
import type { TestStack } from '../../testing/stacks.ts';
import type { Contender } from './contender.ts';
import { createFreshTopics } from './fresh-topics.ts';
import { encodeForRival, postedEntryIdOfRival } from './rival-format.ts';
import type { RivalProgram } from './rival-program.ts';

export type Store = 'memory' | 'rocksdb';

export type RivalOptions = {
  readonly stack: TestStack;
  readonly program: RivalProgram;
  readonly inputTopic: string;
  readonly partitions: number;
  readonly store: Store;
  readonly commitIntervalMs: number;
  readonly threads: number;
};

/** As the program's own notes run it: a heap that is there at once, and enough for this state. */
const JVM_FLAGS = ['-Xms512m', '-Xmx1g'];
const POLL_MS = 10;

/** A topic of the rival: its values are its own business. */
export function rivalTopic(name: string, cleanup: TopicDefinition['cleanup']): TopicDefinition {
  return { name, key: 'merchantId', values: [], cleanup, retentionMs: null };
}

export class Rival implements Contender {
  readonly name: string;
  readonly inputTopic: string;
  groupId = '';
  readonly #options: RivalOptions;
  #process: ChildProcess | null = null;
  #output = '';
  #lives = 0;

  constructor(options: RivalOptions) {
    this.#options = options;
    this.inputTopic = options.inputTopic;
    const { store, commitIntervalMs, threads } = options;
    this.name = `kafka-streams, ${store}, ${commitIntervalMs} ms${threads === 1 ? '' : `, ${threads} threads`}`;
  }

  get postedTopic(): string {
    return `${this.groupId}-posted`;
  }

  async forget(): Promise<void> {
    const { program, stack, partitions } = this.#options;
    if (this.groupId !== '') await program.run('forget', { group: this.groupId, prefix: `${this.groupId}-` });
    this.dropLocalState();
    this.#lives += 1;
    this.groupId = `ks-${this.#options.store}-${this.#options.commitIntervalMs}-${this.#options.threads}-${this.#lives}`;
    const outputs = [
      rivalTopic(this.postedTopic, 'delete'),
      rivalTopic(`${this.groupId}-balances`, 'compact'),
    ];
    await createFreshTopics({ brokers: [stack.addresses.kafka], topics: outputs, partitions });
  }

  async start(): Promise<void> {
    const { program, store, commitIntervalMs: commit, partitions, threads } = this.#options;
    const topics = { in: this.inputTopic, posted: this.postedTopic, balances: `${this.groupId}-balances` };
    const how = {
      store: store === 'rocksdb' ? 'rocks' : 'mem',
      commit,
      partitions,
      threads,
      eos: 1,
      instance: 'one',
    };
    const options = { app: this.groupId, state: this.#stateFolder, ...topics, ...how };
    const started = program.start('app', options, JVM_FLAGS);
    this.#process = started;
    this.#output = '';
    const keep = (chunk: Buffer): void => {
      this.#output += chunk.toString();
    };
    started.stdout?.on('data', keep);
    started.stderr?.on('data', keep);
    await once(started, 'spawn');
  }

  pids(): readonly number[] {
    const started = this.#process;
    if (started?.pid !== undefined && started.exitCode === null && started.signalCode === null)
      return [started.pid];
    throw new Error(`Kafka Streams does not run; it said:\n${this.#output.slice(-2_000)}`);
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  dropLocalState(): void {
    rmSync(this.#stateFolder, { recursive: true, force: true });
  }

  /** From the first restored record, right after the assignment, to RUNNING. Nothing to restore: 0. */
  async ready(): Promise<number> {
    while (this.#eventMs('running') === null) {
      this.pids();
      await sleep(POLL_MS);
    }
    const runningMs = this.#eventMs('running') as number;
    return runningMs - (this.#eventMs('restoring') ?? runningMs);
  }

  encode(entry: EntrySubmitted): Buffer {
    return encodeForRival(entry);
  }

  postedEntryId(value: Uint8Array): string {
    return postedEntryIdOfRival(value);
  }

  get #stateFolder(): string {
    return join(this.#options.stack.place.home, 'rival-state', this.groupId);
  }

  #eventMs(event: string): number | null {
    const at = new RegExp(`"event":"${event}","atMs":(\\d+)`).exec(this.#output)?.[1];
    return at === undefined ? null : Number(at);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const ended = this.#process;
    this.pids();
    ended?.kill(signal);
    if (ended !== null) await once(ended, 'close');
  }
}
