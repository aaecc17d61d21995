/**
 * The crowd, a process of its own: calls one address with one plan after the other, on connections that it has opened before, as a load balancer
 * does. `as answered`: so many callers, each calling again as soon as it has an answer, which shows how much can be served. `so many a second`:
 * calls come when they are due, whatever became of those before and whatever they were told: the rudest way to be too many.
 */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { aSaleNow } from '../../testing/entries-client.ts';

export type CrowdPlan = {
  readonly url: string;
  readonly calls: 'reads' | 'sales';
  readonly pace:
    | { readonly kind: 'as answered'; readonly callers: number }
    | { readonly kind: 'so many a second'; readonly perSecond: number };
  readonly seconds: number;
};

export type CrowdReport = {
  readonly sent: number;
  /** Answers by status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Refusals (429, 503) that did not say when to come back. */
  readonly withoutRetryAfter: number;
  /** Of each call that was served, from when it was sent to the end of its answer. */
  readonly servedMs: readonly number[];
};

const CONNECTIONS = 1_000;
/** A server takes one new connection in each turn of its event loop, and so many may wait for that. */
const OPENED_AT_ONCE = 64;

/** Each has one connection. */
type Line = Agent;

class Crowd {
  readonly #plan: CrowdPlan;
  readonly #free: Line[];
  readonly #statuses = new Map<number, number>();
  readonly #servedMs: number[] = [];
  #sent = 0;
  #withoutRetryAfter = 0;

  constructor(plan: CrowdPlan) {
    this.#plan = plan;
    const count = plan.pace.kind === 'as answered' ? plan.pace.callers : CONNECTIONS;
    this.#free = Array.from({ length: count }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  }

  async run(): Promise<CrowdReport> {
    const lines = [...this.#free];
    for (let at = 0; at < lines.length; at += OPENED_AT_ONCE)
      await Promise.all(lines.slice(at, at + OPENED_AT_ONCE).map((line) => this.#open(line)));
    const { pace, seconds } = this.#plan;
    const endMs = performance.now() + seconds * 1_000;
    if (pace.kind === 'so many a second') await this.#callWhenDue(pace.perSecond, endMs);
    else await Promise.all(lines.map((line) => this.#callAgainAndAgain(line, endMs)));
    for (const line of lines) line.destroy();
    return {
      sent: this.#sent,
      statuses: this.#statuses,
      withoutRetryAfter: this.#withoutRetryAfter,
      servedMs: this.#servedMs,
    };
  }

  async #callAgainAndAgain(line: Line, endMs: number): Promise<void> {
    while (performance.now() < endMs) await this.#call(line);
  }

  /** Resolves when the last call is answered. What is due while every connection is in use is not sent. */
  async #callWhenDue(perSecond: number, endMs: number): Promise<void> {
    const startedMs = performance.now();
    const lines = this.#free.length;
    for (let due = 0; performance.now() < endMs; await sleep(1))
      for (; startedMs + (due * 1_000) / perSecond <= performance.now(); due++) {
        const line = this.#free.shift();
        if (line !== undefined) void this.#call(line).then(() => this.#free.push(line));
      }
    while (this.#free.length < lines) await sleep(1);
  }

  async #open(line: Line): Promise<void> {
    const { origin } = new URL(this.#plan.url);
    const sent = request(`${origin}/livez`, { agent: line }).end();
    const [answer] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
    answer.resume();
    await once(answer, 'end');
  }

  /** Throws, and ends the crowd, if the connection breaks: no API may do that. */
  async #call(line: Line): Promise<void> {
    const { body, ...options } = this.#request();
    const sentMs = performance.now();
    this.#sent += 1;
    const sent = request(this.#plan.url, { ...options, agent: line }).end(body);
    const [answer] = await once(sent, 'response');
    answer.resume();
    await once(answer, 'end');
    this.#note(answer.statusCode, answer.headers['retry-after'] !== undefined, performance.now() - sentMs);
  }

  #request() {
    if (this.#plan.calls === 'reads') return { method: 'GET', headers: {}, body: '' };
    const body = JSON.stringify(aSaleNow());
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'idempotency-key': crypto.randomUUID(),
    };
    return { method: 'POST', headers, body };
  }

  #note(status: number, hasRetryAfter: boolean, afterMs: number): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    if ((status === 429 || status === 503) && !hasRetryAfter) this.#withoutRetryAfter += 1;
    if (status === 200 || status === 202) this.#servedMs.push(afterMs);
  }
}

process.on('message', (plan: CrowdPlan) => {
  void new Crowd(plan).run().then((report) => process.send?.(report));
});
