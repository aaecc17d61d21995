/**
 * One schedule: a submission log that arrives bit by bit, some processors, and at least five faults that really hit, all drawn
 * from one seed. When the faults are over everything must be finished within a bound of simulated time, and the judge must have
 * nothing to object to at any step. The same seed is the same run, to the last request.
 */
import { allTopics, consumerGroups, topics } from '@fluxo/schemas';
import { SeededRandom } from '../../producers/simulator/seeded-random.ts';
import type { EngineObserver } from '../../streams/engine/observer.ts';
import { createProcessor } from '../../streams/processor.ts';
import { compact } from './broker/compaction.ts';
import type { Api } from './broker/request-handler.ts';
import { SimulatedCluster } from './broker/simulated-cluster.ts';
import type { Decision } from './broker/transaction-coordinator.ts';
import type { PartitionExpectation } from './expectation.ts';
import { Ambushes, drawFault, type FaultKind, type RequestFault, type WorldFault } from './faults.ts';
import { Fleet } from './fleet.ts';
import { Judge, Violation } from './judge.ts';
import { type Client, Network } from './network.ts';
import { type Assemble, type ProcessOptions, SimulatedProcess } from './simulated-process.ts';
import type { InputBatch, SubmissionLog, Vocabulary } from './submission-log.ts';
import { Timeline } from './timeline.ts';

export type ScheduleOptions = {
  readonly seed: number;
  readonly vocabulary: Vocabulary;
  readonly log: SubmissionLog;
  readonly expected: readonly PartitionExpectation[];
  /** Another processor than the real one, for tests of the simulation itself. */
  readonly assemble?: Assemble;
  readonly through?: ProcessOptions['through'];
  /** Called with a line for whatever happens; costs time. */
  readonly trace?: (line: string) => void;
  /** One more judge of what stands in the logs at the end; throws if it objects. */
  readonly judgeAtEnd?: (cluster: SimulatedCluster, log: SubmissionLog) => void;
};

export type ScheduleResult = {
  readonly seed: number;
  readonly submissions: number;
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly commits: number;
  /** From start to end, simulated milliseconds. */
  readonly simulatedMs: number;
  /** Null if every promise was kept. */
  readonly violation: Error | null;
};

/** Later than every submission: the processor stops before records of a future. */
const START_MS = Date.UTC(2026, 10, 24, 13);
export const FAULTS_MIN = 5;
const FAULTS_MAX = 12;
const LATE_MARKER_MAX_MS = 6_000;
const ARRIVAL_MIN_MS = 1_500;
const ARRIVAL_MAX_MS = 8_000;
/** The longest that transactions, sessions and retries of what went wrong may take to settle. */
const FINISH_WITHIN_MS = 180_000;

/** How long a zombie has to do harm after it has woken. */
const ZOMBIE_MS = 300;

export async function runSchedule(options: ScheduleOptions): Promise<ScheduleResult> {
  const schedule = new Schedule(options);
  return schedule.run();
}

class Schedule {
  readonly #options: ScheduleOptions;
  readonly #random: SeededRandom;
  readonly #timeline = new Timeline(START_MS);
  readonly #cluster: SimulatedCluster;
  readonly #judge: Judge;
  readonly #ambushes: Ambushes;
  readonly #network: Network;
  readonly #fleet: Fleet;
  readonly #faults = new Map<FaultKind, number>();
  /** Per partition: what arrives only when the faults are over. */
  readonly #heldBack: (() => void)[][] = [];
  /** The markers of the next transaction that ends come late; then those of the one that has just ended do. */
  #markersAreLate: 'next' | 'now' | 'no' = 'no';
  #hits = 0;
  #phase: 'storm' | 'calm' = 'storm';
  #deadlineMs = Number.POSITIVE_INFINITY;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    const { seed, log, expected, vocabulary } = options;
    const random = new SeededRandom(seed);
    this.#random = random;
    this.#cluster = new SimulatedCluster({
      timeline: this.#timeline,
      random,
      nodes: 1 + random.below(3),
      partitions: log.partitions.length,
      topics: allTopics.map(({ name }) => name),
    });
    this.#cluster.markerDelayMs = () => this.#markerDelayMs();
    this.#judge = new Judge(this.#cluster, consumerGroups.streams, expected);
    this.#cluster.onDecision = (decision) => {
      this.#judge.judgeDecision(decision);
      this.#delayMarkers(decision);
    };
    this.#cluster.onAppend = (place) => this.#judge.judgeVisible(place);
    this.#ambushes = new Ambushes({ random, onHit: (fault, client, api) => this.#onHit(fault, client, api) });
    this.#network = new Network({
      cluster: this.#cluster,
      random,
      fateOf: (client, api) => this.#fateOf(client, api),
    });
    this.#fleet = new Fleet({
      timeline: this.#timeline,
      network: this.#network,
      codecs: vocabulary.codecs,
      assemble: options.assemble ?? createProcessor,
      through: options.through ?? ((dialer) => dialer),
      limits: { recordsMax: 5 + random.below(40), outputBytesMax: 100_000, processingMsMax: 250 },
      random,
      observerOf: (name) => this.#observerOf(name),
      trace: (line) => this.#trace(line),
    });
    vocabulary.registry.isReachable = true;
  }

  async run(): Promise<ScheduleResult> {
    const violation = await this.#live().then(
      () => null,
      (error: unknown) => error as Error,
    );
    this.#fleet.killAll();
    return {
      seed: this.#options.seed,
      submissions: this.#options.log.submissions,
      faults: this.#faults,
      commits: this.#judge.commits,
      simulatedMs: this.#timeline.nowMs - START_MS,
      violation,
    };
  }

  async #live(): Promise<void> {
    const arrivalMs = ARRIVAL_MIN_MS + this.#random.next() * (ARRIVAL_MAX_MS - ARRIVAL_MIN_MS);
    this.#planArrivals(arrivalMs);
    this.#planFaults(arrivalMs);
    this.#planCompactions(arrivalMs);
    const members = [1, 2, 2, 3, 3][this.#random.below(5)] as number;
    for (let index = 0; index < members; index++) this.#fleet.startAnother();
    await this.#timeline.run(() => this.#isOver());
    if (this.#fleet.failure !== null) throw this.#fleet.failure;
    if (!this.#judge.isFinished)
      throw new Violation(
        `not finished ${FINISH_WITHIN_MS / 1000} s after the last fault: at ${this.#judge.positions.join(', ')}`,
      );
    await this.#outliveLateRequests();
    this.#judge.judgeEnd();
    this.#options.judgeAtEnd?.(this.#cluster, this.#options.log);
  }

  #isOver(): boolean {
    if (this.#fleet.failure !== null) return true;
    if (this.#phase === 'storm') return false;
    const { nowMs } = this.#timeline;
    if (!this.#judge.isFinished) return nowMs > this.#deadlineMs;
    return this.#cluster.transactions.unfinished === 0 && nowMs > this.#fleet.frozenUntilMs + ZOMBIE_MS;
  }

  /** Requests that are still on their way arrive when nobody expects them any more. */
  async #outliveLateRequests(): Promise<void> {
    this.#fleet.killAll();
    const untilMs = this.#timeline.nowMs + this.#ambushes.longestDelayMs + 1_000;
    await this.#timeline.run(
      () => this.#timeline.nowMs > untilMs && this.#cluster.transactions.unfinished === 0,
    );
  }

  #planArrivals(arrivalMs: number): void {
    for (const [partition, batches] of this.#options.log.partitions.entries()) {
      const times = batches
        .map(() => Math.max(0, this.#random.next() * 1.4 - 0.2) * arrivalMs)
        .toSorted((a, b) => a - b);
      const late: (() => void)[] = [];
      this.#heldBack.push(late);
      for (const [index, batch] of batches.entries()) {
        const arrive = (): void => this.#arrive(partition, batch);
        const delayMs = times[index] as number;
        if (delayMs > arrivalMs) late.push(arrive);
        else this.#timeline.after(delayMs, arrive);
      }
    }
  }

  #arrive(partition: number, input: InputBatch): void {
    const log = this.#cluster.log(topics.submissions.name, partition);
    if (input.kind === 'records') log?.put(input.batch);
    else log?.mark({ producerId: input.producerId, producerEpoch: input.epoch, isCommit: false }, input.atMs);
    this.#cluster.appended({ topic: topics.submissions.name, partition });
  }

  #planFaults(arrivalMs: number): void {
    const count = FAULTS_MIN + 1 + this.#random.below(FAULTS_MAX - FAULTS_MIN + 1);
    for (let n = 0; n < count; n++)
      this.#timeline.after(this.#random.next() * arrivalMs, () => this.#injectFault());
    this.#timeline.after(arrivalMs, () => this.#calmDown());
  }

  #planCompactions(arrivalMs: number): void {
    for (let n = this.#random.below(3); n > 0; n--)
      this.#timeline.after(this.#random.next() * arrivalMs * 2, () => {
        const topic = this.#random.isChance(0.7) ? topics.dailyBalances.name : topics.merchants.name;
        const partition = this.#random.below(this.#options.log.partitions.length);
        const log = this.#cluster.log(topic, partition);
        if (log !== undefined) compact(log, this.#random.below(4));
        this.#judge.compacted({ topic, partition });
        this.#trace(`${topic}-${partition} is compacted`);
      });
  }

  /** The storm is over once enough has hit; what is still missing strikes whoever talks next. */
  #calmDown(): void {
    if (this.#hits < FAULTS_MIN) {
      this.#injectFault();
      this.#timeline.after(100 + this.#random.next() * 300, () => this.#calmDown());
      return;
    }
    this.#trace(`calm after ${this.#hits} faults`);
    this.#phase = 'calm';
    this.#deadlineMs = this.#timeline.nowMs + FINISH_WITHIN_MS;
    this.#ambushes.clear();
    this.#markersAreLate = 'no';
    this.#options.vocabulary.registry.isReachable = true;
    this.#fleet.recover();
    // Zombies wake while others are at work.
    const restMs = Math.max(0, this.#fleet.frozenUntilMs - this.#timeline.nowMs) * 1.1;
    for (const late of this.#heldBack)
      for (const [index, arrive] of late.entries())
        this.#timeline.after((restMs * index) / late.length, arrive);
  }

  #injectFault(): void {
    const planned = drawFault(this.#random);
    if (planned.kind === 'request') this.#ambushes.add(planned.ambush);
    else if (this.#strike(planned.fault)) this.#count(planned.fault, '');
  }

  /** False if there was nothing to hit. */
  #strike(fault: WorldFault): boolean {
    const process = this.#fleet.running[this.#random.below(this.#fleet.running.length)];
    const { registry } = this.#options.vocabulary;
    switch (fault) {
      case 'killed':
        if (process !== undefined) this.#fleet.kill(process);
        return process !== undefined;
      case 'frozen':
        if (process !== undefined) this.#fleet.freeze(process);
        return process !== undefined;
      case 'twin':
        if (process !== undefined) this.#fleet.start(process.name);
        return process !== undefined;
      case 'joins':
        this.#fleet.startAnother();
        return true;
      case 'leaves':
        if (process !== undefined) this.#fleet.stop(process);
        return process !== undefined;
      case 'markers-late':
        this.#markersAreLate = 'next';
        return false; // counted when a transaction ends
      case 'leader-moves':
        return this.#move(`${(allTopics[this.#random.below(allTopics.length)] ?? topics.ledger).name} 0`);
      case 'coordinator-moves':
        if (this.#random.isChance(0.5)) return this.#move(`group ${consumerGroups.streams}`);
        return this.#move(`transaction ${consumerGroups.streams}-${process?.name ?? 'p1'}`);
      case 'broker-unreachable':
        return (
          this.#network.cutOff(
            this.#cluster.nodes[this.#random.below(this.#cluster.nodes.length)] ?? 1,
            100 + this.#random.next() * 6_000,
          ) > 0
        );
      case 'registry-unreachable':
        registry.isReachable = false;
        this.#timeline.after(this.#random.next() * 3_000, () => {
          registry.isReachable = true;
        });
        return true;
    }
  }

  #move(place: string): boolean {
    this.#cluster.move(place);
    return this.#cluster.nodes.length > 1;
  }

  #onHit(fault: RequestFault, client: Client, api: Api): void {
    this.#count(fault, `${client.name} ${api}`);
    if (!(client instanceof SimulatedProcess)) return;
    if (fault === 'killed-before-request' || fault === 'killed-after-request') this.#fleet.kill(client);
    if (fault === 'frozen-after-request') this.#fleet.freeze(client);
  }

  #count(fault: FaultKind, where: string): void {
    this.#hits += 1;
    this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + 1);
    this.#trace(`FAULT ${fault} ${where}`);
  }

  #fateOf(client: Client, api: Api) {
    return this.#ambushes.fateOf(client, api);
  }

  /** Called before the delays of a transaction's markers are drawn. Often whoever ended it does not live to see them. */
  #delayMarkers({ transactionalId }: Decision): void {
    this.#markersAreLate = this.#markersAreLate === 'next' ? 'now' : 'no';
    if (this.#markersAreLate === 'no') return;
    this.#count('markers-late', transactionalId);
    this.#timeline.after(this.#random.next() * 20, () => this.#disturbCompletion(transactionalId));
  }

  /** While markers are missing somebody else may take over, or the same process again. */
  #disturbCompletion(transactionalId: string): void {
    const process = this.#fleet.running.find(({ name }) => transactionalId.endsWith(`-${name}`));
    const what = this.#random.below(10);
    if (what < 4) this.#fleet.startAnother();
    else if (process !== undefined && what < 7) this.#fleet.kill(process);
    else if (process !== undefined && what < 9) this.#fleet.freeze(process);
  }

  /** Usually a few milliseconds; in a slow moment of the coordinator some come much later than others. */
  #markerDelayMs(): number {
    const isLate = this.#markersAreLate === 'now' && this.#random.isChance(0.4);
    return isLate ? 20 + this.#random.next() ** 2 * LATE_MARKER_MAX_MS : this.#random.next() * 4;
  }

  #observerOf(name: string): EngineObserver {
    const say = (what: string): void => this.#trace(`${name} ${what}`);
    return {
      assigned: (partitions) => say(`is assigned ${partitions.join(', ')}`),
      restored: ({ partition, records, position }) =>
        say(`restored partition ${partition} from ${records} records, at ${position}`),
      committed: ({ records, outputs }) => say(`committed ${records} records, ${outputs} outputs`),
      settled: ({ cause, outcome }) => say(`settled ${cause}: ${outcome}`),
      paused: (partition, { reason }) => say(`paused partition ${partition}: ${reason}`),
      retrying: (what, error) =>
        say(`is retrying ${what}: ${error instanceof Error ? error.message : String(error)}`),
    };
  }

  #trace(line: string): void {
    this.#options.trace?.(
      `${(this.#timeline.nowMs - START_MS).toLocaleString('en', { minimumFractionDigits: 3 })} ${line}`,
    );
  }
}
