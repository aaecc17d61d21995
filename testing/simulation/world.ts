/**
 * Everything a schedule happens in: simulated time, a cluster, a network, processors, a judge who watches, and the means to do
 * harm. What happens in it is for others to say: drawn from a seed (`schedule.ts`) or written down step by step (tests).
 */
import { allTopics, consumerGroups, topics } from '@fluxo/schemas';
import type { TopicPartition } from '../../kafka/requests.ts';
import { SeededRandom } from '../../producers/simulator/seeded-random.ts';
import type { EngineObserver } from '../../streams/engine/observer.ts';
import { createProcessor } from '../../streams/processor.ts';
import type { Api } from './broker/request-handler.ts';
import { SimulatedCluster } from './broker/simulated-cluster.ts';
import type { Decision } from './broker/transaction-coordinator.ts';
import type { Material } from './catalogue.ts';
import { Disk } from './disk.ts';
import { Ambushes, type FaultKind, type RequestFault } from './faults.ts';
import { Fleet } from './fleet.ts';
import { Judge, Violation } from './judge.ts';
import { LateMarkers } from './late-markers.ts';
import { type Client, Network } from './network.ts';
import { type Assemble, type ProcessOptions, SimulatedProcess } from './simulated-process.ts';
import { SlowStorage } from './slow-storage.ts';
import { Timeline } from './timeline.ts';

export type WorldOptions = Material & {
  readonly seed: number;
  readonly nodes?: number;
  /** Whether processes keep checkpoints. */
  readonly hasDisk?: boolean;
  /** Whether brokers have tiered storage, which is slow at times. */
  readonly hasSlowStorage?: boolean;
  /** Another processor than the real one, for tests of the simulation itself. */
  readonly assemble?: Assemble;
  readonly through?: ProcessOptions['through'];
  /** Called with a line for whatever happens; costs time. */
  readonly trace?: (line: string) => void;
};

/** Later than every submission: the processor stops before records of a future. */
const START_MS = Date.UTC(2026, 10, 24, 13);
/** The longest that transactions, sessions and retries of what went wrong may take to settle. */
const FINISH_WITHIN_MS = 180_000;
/** How long a zombie has to do harm after it has woken. */
const ZOMBIE_MS = 300;

/** Requests too many to be written down. */
const quietRequests: ReadonlySet<Api> = new Set([
  'fetch',
  'heartbeat',
  'metadata',
  'findCoordinator',
  'listOffsets',
]);

export class World {
  readonly random: SeededRandom;
  readonly timeline = new Timeline(START_MS);
  readonly cluster: SimulatedCluster;
  readonly judge: Judge;
  readonly ambushes: Ambushes;
  readonly network: Network;
  readonly fleet: Fleet;
  readonly lateMarkers: LateMarkers;
  readonly disk: Disk | undefined;
  readonly slowStorage: SlowStorage | undefined;
  /** Faults that hit. */
  readonly faults = new Map<FaultKind, number>();
  readonly #options: WorldOptions;

  constructor(options: WorldOptions) {
    this.#options = options;
    const { seed, log, expected, vocabulary } = options;
    const random = new SeededRandom(seed);
    const { timeline } = this;
    this.random = random;
    const cluster = new SimulatedCluster({
      timeline,
      random,
      nodes: options.nodes ?? 1 + random.below(3),
      partitions: log.partitions.length,
      topics: allTopics.map(({ name }) => name),
    });
    this.cluster = cluster;
    this.judge = new Judge(cluster, consumerGroups.streams, expected);
    this.ambushes = new Ambushes({ random, onHit: (fault, client, api) => this.#onHit(fault, client, api) });
    const fateOf = (client: Client, api: Api) => {
      if (!quietRequests.has(api)) this.trace(`${client.name} asks ${api}`);
      return this.ambushes.fateOf(client, api);
    };
    this.network = new Network({ cluster, random, fateOf });
    const trace = (line: string): void => this.trace(line);
    if (options.hasDisk === true) this.disk = new Disk({ seed, partitions: log.partitions.length, trace });
    if (options.hasSlowStorage === true) this.slowStorage = new SlowStorage(seed);
    this.fleet = new Fleet({
      disk: this.disk,
      timeline,
      random,
      network: this.network,
      codecs: vocabulary.codecs,
      assemble: options.assemble ?? createProcessor,
      through: options.through ?? ((dialer) => dialer),
      limits: { recordsMax: 5 + random.below(40), outputBytesMax: 100_000, processingMsMax: 250 },
      observerOf: (name) => this.#observerOf(name),
      trace,
    });
    this.lateMarkers = new LateMarkers({
      timeline,
      random,
      fleet: this.fleet,
      onHit: (where) => this.count('markers-late', where),
    });
    this.#connect();
    this.setRegistryReachable(true);
  }

  get hits(): number {
    return [...this.faults.values()].reduce((sum, hits) => sum + hits, 0);
  }

  /** Milliseconds since the world began. */
  get ageMs(): number {
    return this.timeline.nowMs - START_MS;
  }

  count(fault: FaultKind, where = ''): void {
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
    this.trace(`FAULT ${fault} ${where}`);
  }

  trace(line: string): void {
    this.#options.trace?.(
      `${(this.ageMs / 1_000).toLocaleString('en', { minimumFractionDigits: 6 })} ${line}`,
    );
  }

  setRegistryReachable(isReachable: boolean): void {
    this.#options.vocabulary.registry.isReachable = isReachable;
  }

  /** For each partition, what has to be called one after the other for its submissions to arrive. */
  arrivals(): (() => void)[][] {
    return this.#options.log.partitions.map((batches, partition) =>
      batches.map((input) => () => {
        const log = this.cluster.log(topics.submissions.name, partition);
        const { kind } = input;
        if (kind === 'records') log?.put(input.batch);
        else
          log?.mark(
            { producerId: input.producerId, producerEpoch: input.epoch, isCommit: false },
            input.atMs,
          );
        this.cluster.appended({ topic: topics.submissions.name, partition });
      }),
    );
  }

  /** Lets time pass until this holds. Fails with what a process could not go on after, or the judge's objection. */
  async run(isOver: () => boolean): Promise<void> {
    await this.timeline.run(() => this.fleet.failure !== null || isOver());
    if (this.fleet.failure !== null) throw this.fleet.failure;
  }

  /** Lets everything come to its end, also what nobody expects any more, and has it judged. */
  async finish(): Promise<void> {
    const deadlineMs = this.timeline.nowMs + FINISH_WITHIN_MS;
    await this.run(() => this.#isFinished || this.timeline.nowMs > deadlineMs);
    if (!this.judge.isFinished)
      throw new Violation(
        `not finished ${FINISH_WITHIN_MS / 1_000} s after the last fault: at ${this.judge.positions.join(', ')}`,
      );
    this.fleet.killAll();
    const lateUntilMs = this.timeline.nowMs + this.ambushes.longestDelayMs + 1_000;
    await this.run(() => this.timeline.nowMs > lateUntilMs && this.cluster.transactions.unfinished === 0);
    this.judge.judgeEnd();
  }

  get #isFinished(): boolean {
    const zombiesAwakeMs = this.fleet.frozenUntilMs + ZOMBIE_MS;
    return (
      this.judge.isFinished &&
      this.cluster.transactions.unfinished === 0 &&
      this.timeline.nowMs > zombiesAwakeMs
    );
  }

  #connect(): void {
    // Not `cluster.onAppend = () => …`: V8 puts a function written there among what lives long, and this whole world, which it
    // holds, would outlive every quick collection.
    Object.assign(this.cluster, {
      markerDelayMs: () => this.lateMarkers.delayMs(),
      onDecision: (decision: Decision) => this.#onDecision(decision),
      onAppend: (place: TopicPartition) => this.judge.judgeVisible(place),
      isTooSlowToRead: (topic: string) => this.slowStorage?.isTooSlow(topic) ?? false,
    });
  }

  #onDecision(decision: Decision): void {
    this.trace(`${decision.transactionalId} is ${decision.isCommit ? 'committed' : 'aborted'}`);
    this.judge.judgeDecision(decision);
    this.lateMarkers.decided(decision);
  }

  #onHit(fault: RequestFault, client: Client, api: Api): void {
    this.count(fault, `${client.name} ${api}`);
    if (!(client instanceof SimulatedProcess)) return;
    if (fault === 'killed-before-request' || fault === 'killed-after-request') this.fleet.kill(client);
    if (fault === 'frozen-after-request') this.fleet.freeze(client);
  }

  #observerOf(name: string): EngineObserver {
    const say = (what: () => string): void => {
      if (this.#options.trace !== undefined) this.trace(`${name} ${what()}`);
    };
    return {
      assigned: (partitions) => say(() => `is assigned ${partitions.join(', ')}`),
      restoring: () => {},
      restored: ({ partition, records, position }) =>
        say(() => `restored partition ${partition} from ${records} records, at ${position}`),
      checkpointed: ({ partition, bytes }) =>
        say(() => `wrote a checkpoint of partition ${partition}: ${bytes} bytes`),
      checkpointRefused: (partition, error) =>
        say(() => `refuses the checkpoint of partition ${partition}: ${error.message}`),
      committed: ({ records, outputs }) => say(() => `committed ${records} records, ${outputs} outputs`),
      settled: ({ cause, outcome }) => say(() => `settled ${cause}: ${outcome}`),
      paused: (partition, { reason }) => say(() => `paused partition ${partition}: ${reason}`),
      retrying: (what, error) =>
        say(() => `is retrying ${what}: ${error instanceof Error ? error.message : String(error)}`),
    };
  }
}
