/** Our processor as a contender: `streams-1` of a stack, started, killed and stopped as in production. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTopics, type TopicCodec } from '@fluxo/kafka';
import { consumerGroups, type EntrySubmitted, topics } from '@fluxo/schemas';
import { portOffsets } from '@fluxo/stack';
import type { TestStack } from '../../testing/stacks.ts';
import type { Contender } from './contender.ts';
import type { RivalProgram } from './rival-program.ts';

const PROCESS = 'streams-1';
const OUTPUTS = [topics.ledger, topics.dailyBalances, topics.merchants, topics.rejections];
const POLL_MS = 10;

export type OursOptions = {
  readonly stack: TestStack;
  /** Its admin commands make topics and groups disappear. */
  readonly program: RivalProgram;
  readonly submissions: TopicCodec;
  readonly ledger: TopicCodec;
  readonly partitions: number;
};

export class Ours implements Contender {
  readonly name = 'fluxo';
  readonly groupId = consumerGroups.streams;
  readonly inputTopic = topics.submissions.name;
  readonly postedTopic = topics.ledger.name;
  readonly #options: OursOptions;
  /** Characters of its log that were there when it was last started. */
  #logStart = 0;

  constructor(options: OursOptions) {
    this.#options = options;
  }

  async forget(): Promise<void> {
    const { program, stack, partitions } = this.#options;
    await program.run('forget', { group: this.groupId, topics: OUTPUTS.map(({ name }) => name).join(',') });
    await createTopics({ brokers: [stack.addresses.kafka], topics: OUTPUTS, partitions });
  }

  async start(): Promise<void> {
    this.#logStart = this.#log().length;
    const started = this.#options.stack.start(PROCESS);
    started.catch(() => undefined); // whoever waits for it to work sees that it does not
    while (this.#options.stack.pidOf(PROCESS) === null) await sleep(POLL_MS);
  }

  pid(): number {
    const pid = this.#options.stack.pidOf(PROCESS);
    if (pid === null)
      throw new Error(`${PROCESS} does not run; its log says why:\n${this.#log().slice(-2_000)}`);
    return pid;
  }

  async kill(): Promise<void> {
    await this.#options.stack.kill(PROCESS);
  }

  async stop(): Promise<void> {
    await this.#options.stack.stop(PROCESS);
  }

  /** It stores nothing. */
  dropLocalState(): void {}

  /** Its log says when it was assigned its partitions; that it is ready it says over HTTP. */
  async ready(): Promise<number> {
    const { place } = this.#options.stack;
    const url = `http://127.0.0.1:${place.portBase + portOffsets.streams + 1}/readyz`;
    while (!(await isOk(url))) {
      this.pid();
      await sleep(POLL_MS);
    }
    const readyMs = Date.now();
    const assigned = this.#log()
      .slice(this.#logStart)
      .match(/"time":"([^"]+)"[^\n]*"msg":"assigned"/g)
      ?.at(-1);
    const assignedAt = assigned?.match(/"time":"([^"]+)"/)?.[1];
    if (assignedAt === undefined)
      throw new Error(`${PROCESS} is ready, but its log does not say when it was assigned`);
    return readyMs - Date.parse(assignedAt);
  }

  encode(entry: EntrySubmitted): Buffer {
    return this.#options.submissions.encode('EntrySubmitted', entry);
  }

  postedEntryId(value: Uint8Array): string | null {
    const decoded = this.#options.ledger.decode(value);
    return decoded.kind === 'record' && decoded.type === 'EntryPosted' ? decoded.value.entryId : null;
  }

  #log(): string {
    const path = join(this.#options.stack.place.home, 'logs', `${PROCESS}.log`);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }
}

async function isOk(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}
