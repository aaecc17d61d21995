/**
 * One schedule: a submission log that arrives bit by bit, some processors, and at least five faults that really hit, all drawn
 * from one seed. When the faults are over everything must be finished within a bound of simulated time, and the judge must have
 * nothing to object to at any step. The same seed is the same run, to the last request.
 */
import { topics } from '@fluxo/schemas';
import { compact } from './broker/compaction.ts';
import { drawFault, type FaultKind } from './faults.ts';
import { strike } from './strike.ts';
import { World, type WorldOptions } from './world.ts';

export type ScheduleOptions = WorldOptions & {
  /** One more judge of what stands in the logs at the end; fails if it objects. */
  readonly judgeAtEnd?: (world: World) => Promise<void> | void;
};

export type ScheduleResult = {
  readonly seed: number;
  readonly submissions: number;
  /** How often each kind has hit. */
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly commits: number;
  /** How often a restore has read a checkpoint to its end. */
  readonly checkpointsUsed: number;
  /** How often a broker's storage was too slow to answer with the records that were there. */
  readonly blankAnswers: number;
  /** From start to end, simulated milliseconds. */
  readonly simulatedMs: number;
  /** Null if every promise was kept. */
  readonly violation: Error | null;
};

export const FAULTS_MIN = 5;
const FAULTS_MAX = 13;
const ARRIVAL_MIN_MS = 1_500;
const ARRIVAL_MAX_MS = 8_000;
/** Of what arrives, this share is there from the start, and as much comes only when the faults are over. */
const EDGE_SHARE = 0.15;

export async function runSchedule(options: ScheduleOptions): Promise<ScheduleResult> {
  const world = new World(options);
  const violation = await new Schedule(world)
    .live()
    .then(() => options.judgeAtEnd?.(world))
    .then(
      () => null,
      (error: unknown) => error as Error,
    );
  world.fleet.killAll();
  return {
    seed: options.seed,
    submissions: options.log.submissions,
    faults: world.faults,
    commits: world.judge.commits,
    checkpointsUsed: world.disk?.checkpoints.used ?? 0,
    blankAnswers: world.slowStorage?.blanks ?? 0,
    simulatedMs: world.ageMs,
    violation,
  };
}

class Schedule {
  readonly #world: World;
  readonly #stormMs: number;
  /** Per partition: what arrives only when the faults are over. */
  readonly #heldBack: (() => void)[][] = [];
  #isCalm = false;

  constructor(world: World) {
    this.#world = world;
    this.#stormMs = ARRIVAL_MIN_MS + world.random.next() * (ARRIVAL_MAX_MS - ARRIVAL_MIN_MS);
  }

  async live(): Promise<void> {
    const { random, fleet } = this.#world;
    this.#planArrivals();
    this.#planFaults();
    this.#planCompactions();
    const members = [1, 2, 2, 3, 3][random.below(5)] as number;
    for (let index = 0; index < members; index++) fleet.startAnother();
    await this.#world.run(() => this.#isCalm);
    await this.#world.finish();
  }

  #planArrivals(): void {
    const { random, timeline } = this.#world;
    for (const arrivals of this.#world.arrivals()) {
      const shares = arrivals
        .map(() => random.next() * (1 + 2 * EDGE_SHARE) - EDGE_SHARE)
        .toSorted((a, b) => a - b);
      const late: (() => void)[] = [];
      this.#heldBack.push(late);
      for (const [index, arrive] of arrivals.entries()) {
        const share = shares[index] as number;
        if (share > 1) late.push(arrive);
        else timeline.afterQuietly(Math.max(0, share) * this.#stormMs, arrive);
      }
    }
  }

  #planFaults(): void {
    const { random, timeline } = this.#world;
    const count = FAULTS_MIN + 1 + random.below(FAULTS_MAX - FAULTS_MIN);
    for (let n = 0; n < count; n++) timeline.after(random.next() * this.#stormMs, () => this.#injectFault());
    timeline.after(this.#stormMs, () => this.#calmDown());
  }

  #planCompactions(): void {
    const { random, timeline } = this.#world;
    for (let n = random.below(3); n > 0; n--)
      timeline.after(random.next() * this.#stormMs * 2, () => this.#compactSomething());
  }

  #compactSomething(): void {
    const { random, cluster, judge } = this.#world;
    const topic = random.isChance(0.7) ? topics.dailyBalances.name : topics.merchants.name;
    const partition = random.below(this.#heldBack.length);
    const log = cluster.log(topic, partition);
    if (log === undefined) return;
    compact(log, random.below(4));
    judge.compacted({ topic, partition });
    this.#world.trace(`${topic}-${partition} is compacted`);
  }

  #injectFault(): void {
    const planned = drawFault(this.#world.random);
    if (planned.kind === 'request') this.#world.ambushes.add(planned.ambush);
    else if (strike(this.#world, planned.fault)) this.#world.count(planned.fault);
  }

  /** The storm is over once enough has hit; what is still missing strikes whoever talks next. */
  #calmDown(): void {
    const { hits, timeline, random, ambushes, lateMarkers, fleet } = this.#world;
    if (hits < FAULTS_MIN) {
      this.#injectFault();
      timeline.after(100 + random.next() * 300, () => this.#calmDown());
      return;
    }
    this.#world.trace(`calm after ${hits} faults`);
    ambushes.clear();
    lateMarkers.forget();
    this.#world.setRegistryReachable(true);
    fleet.recover();
    this.#releaseHeldBack();
    this.#isCalm = true;
  }

  /** Zombies wake while others are at work. */
  #releaseHeldBack(): void {
    const { timeline, fleet } = this.#world;
    const overMs = Math.max(0, fleet.frozenUntilMs - timeline.nowMs) * 1.1;
    for (const late of this.#heldBack)
      for (const [index, arrive] of late.entries())
        timeline.afterQuietly((overMs * index) / late.length, arrive);
  }
}
