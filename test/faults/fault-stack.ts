/**
 * Kafka, the registry and the topics, with a proxy through which the processors of a test reach the broker, and with what the fault
 * tests ask again and again: how far the group is, whether all is processed, what the judge says.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, GroupOffsets, LogReader } from '@fluxo/kafka';
import { consumerGroups, topics } from '@fluxo/schemas';
import { portOffsets } from '../../stack/addresses.ts';
import { BrokerProxy } from '../../testing/broker-proxy.ts';
import { differencesOf } from '../../testing/pipeline-judge.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { Processor } from './processor.ts';
import { SteadyLoad } from './steady-load.ts';

const PATIENCE_MS = 120_000;
const POLL_MS = 25;

export class FaultStack {
  readonly stack: TestStack;
  readonly proxy: BrokerProxy;
  readonly reader: LogReader;
  readonly #cluster: Cluster;
  readonly #groups: GroupOffsets;
  readonly #processors = new Map<number, Processor>();
  #seed = 1;

  private constructor(stack: TestStack, proxy: BrokerProxy, cluster: Cluster) {
    this.stack = stack;
    this.proxy = proxy;
    this.#cluster = cluster;
    this.reader = new LogReader(cluster);
    this.#groups = new GroupOffsets(cluster);
  }

  /** Also starts these services, by name. */
  static async start(services: readonly string[] = []): Promise<FaultStack> {
    const stack = await startStack({
      only: ['kafka', 'registry', 'provision', ...services],
      env: { FLUXO_KAFKA_PROXIED: '1' },
    });
    const { portBase } = stack.place;
    const behind = `127.0.0.1:${portBase + portOffsets.kafkaBehindProxy}`;
    const proxy = await BrokerProxy.before(behind, portBase + portOffsets.kafkaProxy);
    const cluster = await Cluster.connect({ brokers: [stack.addresses.kafka], clientId: 'fault-test' });
    return new FaultStack(stack, proxy, cluster);
  }

  async destroy(): Promise<void> {
    for (const processor of this.#processors.values()) if (processor.isAlive) await processor.kill();
    await this.#cluster.close();
    await this.proxy.close();
    await this.stack.destroy();
  }

  /** The processor of this number, behind the proxy; it runs once it is started. */
  processor(number: number, env: Readonly<Record<string, string>> = {}): Processor {
    const known = this.#processors.get(number);
    if (known !== undefined) return known;
    const address = `127.0.0.1:${this.stack.place.portBase + portOffsets.kafkaProxy}`;
    const processor = new Processor(this.stack, number, address, env);
    this.#processors.set(number, processor);
    return processor;
  }

  load(perSecond: number, trouble = 0.3): SteadyLoad {
    const seed = this.#seed;
    this.#seed += 1_000;
    return new SteadyLoad(this.stack, { perSecond, seed, trouble });
  }

  /** Partition → where the group of the processors stands. */
  positions(): Promise<ReadonlyMap<number, number>> {
    return this.#groups.committed({ groupId: consumerGroups.streams, topic: topics.submissions.name });
  }

  /** How far the group is, as one figure that only grows. */
  async progress(): Promise<number> {
    return [...(await this.positions()).values()].reduce((sum, offset) => sum + offset, 0);
  }

  /** Seconds from `sinceMs` until the group is further than it is now. */
  async untilProgress(sinceMs = Date.now()): Promise<number> {
    const before = await this.progress();
    await this.until('the group goes on', async () => (await this.progress()) > before);
    return (Date.now() - sinceMs) / 1_000;
  }

  /** Resolves when everything submitted so far is processed. */
  async untilProcessed(): Promise<void> {
    const { name } = topics.submissions;
    const partitions = await this.reader.partitionsOf(name);
    await this.until('everything is processed', async () => {
      const positions = await this.positions();
      for (let partition = 0; partition < partitions; partition++)
        if ((positions.get(partition) ?? 0) < (await this.reader.endOffset(name, partition))) return false;
      return true;
    });
  }

  differences(): Promise<string> {
    return differencesOf(this.stack.env);
  }

  /** Fails after two minutes, saying what did not happen and what the processors said last. */
  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    for (const startedMs = Date.now(); !(await holds()); await sleep(POLL_MS))
      if (Date.now() - startedMs > PATIENCE_MS)
        throw new Error(`after ${PATIENCE_MS / 1_000} s not yet: ${what}. ${this.#lastWords()}`);
  }

  #lastWords(): string {
    return [...this.#processors.values()].map((processor) => processor.lastWords()).join('\n');
  }
}
