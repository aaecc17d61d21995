/**
 * The load generator, a process of its own: request k is sent when it is due, at k / rate, whatever became of those before it, and its time
 * runs from then on. A generator that waits for answers would send least when the server is slowest and leave out what it did not ask
 * (coordinated omission). No library that was looked at does this: autocannon and its like close the loop per connection.
 *
 * Several addresses are asked in turn. A request whose connection broke is asked once more of the next, and the address passed over
 * for a moment: what a load balancer does with a GET by default (nginx: `proxy_next_upstream error timeout`). A status is an answer, never repeated.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { percentile } from '../statistics.ts';
import type { Outcomes } from './outcome.ts';
import { type Asked, pathsOf } from './questions.ts';

export type LoadPlan = {
  readonly addresses: readonly string[];
  readonly asked: Asked;
  readonly perSecond: number;
  readonly seconds: number;
};

const CONNECTIONS_PER_ADDRESS = 64;
const ANSWER_WITHIN_MS = 5_000;
/** More than these are lost at once: nobody waits in a line that long. */
const UNDER_WAY_MAX = 20_000;
const PASSED_OVER_MS = 1_000;

/** One of the processes that answer. */
class Target {
  readonly #pool: Pool;
  #passedOverUntilMs = 0;

  constructor(address: string) {
    this.#pool = new Pool(address, {
      connections: CONNECTIONS_PER_ADDRESS,
      headersTimeout: ANSWER_WITHIN_MS,
      bodyTimeout: ANSWER_WITHIN_MS,
    });
  }

  get isPassedOver(): boolean {
    return performance.now() < this.#passedOverUntilMs;
  }

  /** The status, once the whole answer is there. Throws if the connection breaks, or nothing comes in time. */
  async ask(path: string): Promise<number> {
    try {
      const { statusCode, body } = await this.#pool.request({ path, method: 'GET' });
      await body.dump({ limit: Number.MAX_SAFE_INTEGER });
      return statusCode;
    } catch (error) {
      this.#passedOverUntilMs = performance.now() + PASSED_OVER_MS;
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

class Load {
  readonly #plan: LoadPlan;
  readonly #targets: readonly Target[];
  readonly #latenciesMs: number[] = [];
  readonly #sentLateMs: number[] = [];
  readonly #losses = new Map<string, number>();
  #repeated = 0;
  #underWay = 0;
  #turn = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#targets = plan.addresses.map((address) => new Target(address));
  }

  async run(): Promise<Outcomes> {
    await this.#sendAll();
    while (this.#underWay > 0) await sleep(1);
    await Promise.all(this.#targets.map((target) => target.close()));
    const lost = this.#losses.values().reduce((sum, each) => sum + each, 0);
    return {
      latenciesMs: Float64Array.from(this.#latenciesMs),
      lost,
      losses: Object.fromEntries(this.#losses),
      repeated: this.#repeated,
      sentLateP99Ms: percentile(
        this.#sentLateMs.toSorted((a, b) => a - b),
        0.99,
      ),
    };
  }

  async #sendAll(): Promise<void> {
    const { asked, perSecond, seconds } = this.#plan;
    const paths = pathsOf(asked);
    const startedMs = performance.now();
    for (let sent = 0; sent < perSecond * seconds; ) {
      const dueMs = startedMs + (sent * 1_000) / perSecond;
      if (performance.now() < dueMs) {
        await sleep(1);
        continue;
      }
      sent += 1;
      const path = paths.next().value;
      if (this.#underWay >= UNDER_WAY_MAX) this.#lose('too many under way');
      else void this.#one(path, dueMs);
    }
  }

  async #one(path: string, dueMs: number): Promise<void> {
    this.#underWay += 1;
    this.#sentLateMs.push(performance.now() - dueMs);
    try {
      const status = await this.#balanced(path);
      if (status === 200 || status === 304) this.#latenciesMs.push(performance.now() - dueMs);
      else this.#lose(`status ${status}`);
    } catch (error) {
      this.#lose((error as { code?: string }).code ?? String(error));
    } finally {
      this.#underWay -= 1;
    }
  }

  async #balanced(path: string): Promise<number> {
    const first = this.#next();
    try {
      return await first.ask(path);
    } catch (error) {
      const second = this.#next();
      if (second === first) throw error;
      this.#repeated += 1;
      return second.ask(path);
    }
  }

  /** In turns, without those that are passed over, unless all are. */
  #next(): Target {
    const open = this.#targets.filter((target) => !target.isPassedOver);
    const among = open.length > 0 ? open : this.#targets;
    this.#turn += 1;
    return among[this.#turn % among.length] as Target;
  }

  #lose(reason: string): void {
    this.#losses.set(reason, (this.#losses.get(reason) ?? 0) + 1);
  }
}

process.on('message', (plan: LoadPlan) => {
  void new Load(plan).run().then((outcomes) => process.send?.(outcomes));
});
