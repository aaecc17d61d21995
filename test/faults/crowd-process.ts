/**
 * The crowd, a process of its own: calls one address with one plan after the other, on connections that it opened for the first of them and keeps, as a
 * load balancer does. `as answered`: so many callers, each calling again as soon as it has an answer, which shows how much can be served. `so many a second`:
 * calls come when they are due, whatever became of those before and whatever they were told: the rudest way to be too many.
 */
import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
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

  constructor(plan: CrowdPlan, lines: readonly Line[]) {
    this.#plan = plan;
    this.#free = lines.slice(0, plan.pace.kind === 'as answered' ? plan.pace.callers : lines.length);
  }

  async run(): Promise<CrowdReport> {
    const { pace, seconds } = this.#plan;
    const endMs = performance.now() + seconds * 1_000;
    if (pace.kind === 'so many a second') await this.#callWhenDue(pace.perSecond, endMs);
    else await Promise.all(this.#free.map((line) => this.#callAgainAndAgain(line, endMs)));
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

  /** Throws, and ends the crowd, if the connection breaks: no API may do that. */
  async #call(line: Line): Promise<void> {
    const { body, ...options } = this.#request();
    const sentMs = performance.now();
    this.#sent += 1;
    const answer = await answerTo(request(this.#plan.url, { ...options, agent: line }).end(body));
    this.#note(
      answer.statusCode ?? 0,
      answer.headers['retry-after'] !== undefined,
      performance.now() - sentMs,
    );
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

/** The lines to each API that was called. */
const linesTo = new Map<string, readonly Line[]>();

async function opened(origin: string): Promise<readonly Line[]> {
  const lines = Array.from({ length: CONNECTIONS }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  for (let at = 0; at < lines.length; at += OPENED_AT_ONCE)
    await Promise.all(
      lines
        .slice(at, at + OPENED_AT_ONCE)
        .map((agent) => answerTo(request(`${origin}/livez`, { agent }).end())),
    );
  return lines;
}

/** Resolves once all of it is there. */
async function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  return answer;
}

async function run(plan: CrowdPlan): Promise<CrowdReport> {
  const { origin } = new URL(plan.url);
  const lines = linesTo.get(origin) ?? (await opened(origin));
  linesTo.set(origin, lines);
  return new Crowd(plan, lines).run();
}

process.on('message', (plan: CrowdPlan) => {
  void run(plan).then((report) => process.send?.(report));
});
