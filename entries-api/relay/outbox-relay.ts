/**
 * The relay brings what was accepted to Kafka: takes rows from the outbox, publishes them, and removes them once Kafka has acknowledged
 * them. A row is published at least once; the processor counts it once, by its id. In order per merchant: all of a merchant are in one
 * lane, a lane has one relay at a time, and rows of a lane go in the order of their numbers. A relay that takes over begins with what was
 * not removed, so what comes twice comes in the same order both times. Nothing passes a row that this release cannot read: its lane waits for a
 * relay that can, the others go on.
 */
import type { Submission } from '@fluxo/domain';
import type { SubmissionSender } from '@fluxo/producers';
import { Outbox, type OutboxOptions, type OutboxRow } from './outbox.ts';
import { submissionIn, submittedAtOf } from './submission-row.ts';
import { spanOf, withTraces } from './traced-delivery.ts';

/** What publishes; a delivery that failed goes on where it stopped when it is repeated. */
export type Publisher = Pick<SubmissionSender, 'deliveryOf' | 'deliver' | 'close'>;

export interface RelayObserver {
  /** So many rows are in Kafka and out of the outbox. */
  published(rows: number): void;
  /** The database or Kafka did not do what was asked; it is tried again. */
  retrying(what: 'database' | 'kafka', error: unknown): void;
  /** This row is no submission that this release knows; its lane waits. Told again each time it is looked at. */
  unreadable(row: OutboxRow, problem: string): void;
  forgot(rows: number): void;
}

export type RelayOptions = Omit<OutboxOptions, 'onRing'> & {
  readonly lanes: number;
  readonly connectPublisher: () => Promise<Publisher>;
  readonly observer: RelayObserver;
  readonly sleep: (ms: number) => Promise<void>;
};

type ReadRow = { readonly row: OutboxRow; readonly submission: Submission };

/** At most so many lanes at a time, so that other relays find work too. */
const CLAIMS_MAX = 4;
const ROWS_MAX = 500;
/** Without a ring somebody looks after this long: a bell may be lost. */
const LOOK_EVERY_MS = 1_000;
/** A lane whose next row cannot be read is looked at again after this long: a relay of another release may have taken the row. */
const LOOK_AGAIN_EVERY_MS = 10_000;
const PAUSE_MS = { first: 100, longest: 5_000 };
const FORGET_EVERY_MS = 600_000;
/** Keys as long as ids are remembered (spec.md 3.2), submissions as long as rejections are kept. */
const KEPT_DAYS = { keys: 45, submissions: 90 };

export class OutboxRelay {
  readonly #options: RelayOptions;
  #outbox: Outbox | null = null;
  #publisher: Publisher | null = null;
  #wake: (() => void) | null = null;
  #isRung = true;
  #isStopping = false;
  /** Lanes whose next row cannot be read. */
  readonly #standing = new Set<number>();
  #lookedMs = Number.NEGATIVE_INFINITY;
  #forgottenMs = Number.NEGATIVE_INFINITY;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /** Whether it is connected to its outbox. */
  get isReady(): boolean {
    return this.#outbox !== null;
  }

  /** What waits in the outbox: rows, and when the oldest was submitted (epoch milliseconds; null: none waits). Fails without a database. */
  async backlog(): Promise<{ readonly rows: number; readonly oldestMs: number | null }> {
    if (this.#outbox === null) throw new Error('the relay is not connected to its outbox');
    const { rows, oldest } = await this.#outbox.waiting();
    return { rows, oldestMs: oldest === null ? null : submittedAtOf(oldest) };
  }

  /** Works until `stop`. */
  async run(): Promise<void> {
    try {
      while (!this.#isStopping) await this.#turn();
    } finally {
      await this.#outbox?.close();
      await this.#publisher?.close();
    }
  }

  /** Lets what is being published finish, then ends `run`. */
  stop(): void {
    this.#isStopping = true;
    this.#wake?.();
  }

  async #turn(): Promise<void> {
    const outbox = await this.#persistently('database', () => this.#connected());
    if (outbox === undefined) return;
    try {
      this.#isRung = false;
      if (!(await this.#pass(outbox))) await this.#rest(outbox);
    } catch (error) {
      this.#options.observer.retrying('database', error);
      this.#outbox = null;
      await outbox.close();
      await this.#options.sleep(PAUSE_MS.first);
    }
  }

  /** Publishes what waits in some lanes; false if there was nothing to take. */
  async #pass(outbox: Outbox): Promise<boolean> {
    this.#lookAgain();
    const lanes = await outbox.claim(this.#options.lanes, CLAIMS_MAX, [...this.#standing]);
    if (lanes.length === 0) return false;
    for (let isMore = true; isMore && !this.#isStopping; ) {
      const rows = await outbox.take(
        lanes.filter((lane) => !this.#standing.has(lane)),
        ROWS_MAX,
      );
      const readable = this.#readable(rows);
      if (readable.length > 0)
        await spanOf(readable.map(({ row }) => row)).around(() => this.#publish(outbox, readable));
      isMore = rows.length === ROWS_MAX;
    }
    await outbox.release(lanes);
    return true;
  }

  /** Of each lane what stands before the first row that cannot be read. */
  #readable(rows: readonly OutboxRow[]): readonly ReadRow[] {
    return rows.flatMap((row) => {
      if (this.#standing.has(row.lane)) return [];
      const parsed = submissionIn(row);
      if ('submission' in parsed) return [{ row, submission: parsed.submission }];
      this.#standing.add(row.lane);
      this.#options.observer.unreadable(row, parsed.problem);
      return [];
    });
  }

  #lookAgain(): void {
    const nowMs = performance.now();
    if (nowMs - this.#lookedMs < LOOK_AGAIN_EVERY_MS) return;
    this.#lookedMs = nowMs;
    this.#standing.clear();
  }

  async #publish(outbox: Outbox, read: readonly ReadRow[]): Promise<void> {
    const rows = read.map(({ row }) => row);
    const submissions = read.map(({ submission }) => submission);
    // While Kafka was away the lanes may have gone to another relay: what that one has brought and was refused would be judged anew.
    const beforeAgain = () => outbox.assertHeld();
    const connect = async () => (this.#publisher ??= await this.#options.connectPublisher());
    const publisher = await this.#persistently('kafka', connect, beforeAgain);
    if (publisher === undefined) return;
    const delivery = withTraces(publisher.deliveryOf(submissions), rows);
    const deliver = () => publisher.deliver(delivery).then(() => true);
    const isDelivered = await this.#persistently('kafka', deliver, beforeAgain);
    if (isDelivered !== true) return;
    await outbox.remove(rows);
    this.#options.observer.published(rows.length);
  }

  async #connected(): Promise<Outbox> {
    const { url, name } = this.#options;
    this.#outbox ??= await Outbox.connect({
      url,
      name,
      onRing: () => {
        this.#isRung = true;
        this.#wake?.();
      },
    });
    return this.#outbox;
  }

  /** Waits for a ring, or for a while. Nothing waits here if the bell rang during the pass. */
  async #rest(outbox: Outbox): Promise<void> {
    await this.#forget(outbox);
    if (this.#isRung || this.#isStopping) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOOK_EVERY_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }

  async #forget(outbox: Outbox): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#forgottenMs < FORGET_EVERY_MS) return;
    this.#forgottenMs = nowMs;
    this.#options.observer.forgot(await outbox.forget(KEPT_DAYS));
  }

  /** Repeats until it succeeds; undefined when the relay is to stop before. Fails with what comes before each repetition. */
  async #persistently<T>(
    what: 'database' | 'kafka',
    attempt: () => Promise<T>,
    beforeAgain?: () => Promise<void>,
  ): Promise<T | undefined> {
    for (let pauseMs = PAUSE_MS.first; !this.#isStopping; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.longest)) {
      try {
        return await attempt();
      } catch (error) {
        this.#options.observer.retrying(what, error);
        await this.#options.sleep(pauseMs);
        await beforeAgain?.();
      }
    }
    return undefined;
  }
}
