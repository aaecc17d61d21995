/**
 * Readers who ask query APIs without a pause for balances that their memory does not hold, so that each answer comes from the store behind it or is
 * 503. Each reader remembers what it was told: nothing may be older than that, and nobody may disappear. Whether what was told is what the topic
 * held can be asked afterwards.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { topics } from '@fluxo/schemas';
import { fluxo } from '../../testing/fluxo-command.ts';
import type { TestStack } from '../../testing/stacks.ts';

const READERS = 4;
const PAUSE_MS = 5;
const PATIENCE_MS = 120_000;

type Balance = Readonly<Record<string, unknown>> & {
  readonly businessDate: string;
  readonly revision: number;
};

type Told = Map<string, Balance>;

export class ColdReaders {
  /** Whom they ask, in turn, and of whom. */
  readonly origins: string[];
  readonly merchants: string[];
  /** What was told, by the key in the topic and the revision. */
  readonly told: Told = new Map();
  /** What must not have been said. */
  readonly wrongs: string[] = [];
  readonly #statuses = new Map<number, number>();
  readonly #stopping = new AbortController();
  #reading: Promise<unknown> = Promise.resolve();

  private constructor(origins: readonly string[], merchants: readonly string[]) {
    this.origins = [...origins];
    this.merchants = [...merchants];
  }

  static start(origins: readonly string[], merchants: readonly string[]): ColdReaders {
    const readers = new ColdReaders(origins, merchants);
    readers.#reading = Promise.all(Array.from({ length: READERS }, () => readers.#read()));
    return readers;
  }

  /** How many answers they have had of this status. */
  count(status: number): number {
    return this.#statuses.get(status) ?? 0;
  }

  /** Resolves when they have had so many more answers of this status. Fails after two minutes, or if something was said that must not be. */
  async until(status: number, more: number): Promise<void> {
    const [goal, startedMs] = [this.count(status) + more, performance.now()];
    for (; this.count(status) < goal; await sleep(PAUSE_MS)) {
      if (this.wrongs.length > 0) throw new Error(`readers were told wrong: ${this.wrongs[0]}`);
      if (performance.now() - startedMs > PATIENCE_MS)
        throw new Error(`after two minutes readers had no ${more} more answers of status ${status}`);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#reading;
  }

  async #read(): Promise<void> {
    const seen = new Map<string, number>();
    for (let turn = 0; !this.#stopping.signal.aborted; turn++) {
      const merchantId = this.merchants[turn % this.merchants.length] as string;
      const round = Math.floor(turn / this.merchants.length);
      const origin = this.origins[round % this.origins.length] as string;
      await this.#ask(origin, merchantId, seen).catch((error: Error) => this.wrongs.push(error.message));
      await sleep(PAUSE_MS);
    }
  }

  async #ask(origin: string, merchantId: string, seen: Map<string, number>): Promise<void> {
    const answer = await fetch(`${origin}/v1/merchants/${merchantId}/balances/latest`);
    this.#statuses.set(answer.status, this.count(answer.status) + 1);
    // By the test's own JSON: objects of another realm are never the same.
    const body = JSON.parse(await answer.text()) as Balance;
    if (answer.status === 503) return;
    const before = seen.get(merchantId) ?? 0;
    const tier = answer.headers.get('x-fluxo-tier');
    if (answer.status !== 200 || tier !== 'redis' || body.revision < before)
      this.wrongs.push(
        `${merchantId} after ${before}: ${answer.status} by ${tier} at ${origin}, ${JSON.stringify(body)}`,
      );
    seen.set(merchantId, body.revision);
    this.told.set(`${merchantId}|${body.businessDate}|${body.revision}`, body);
  }
}

/** What of all that was told the topic never held. */
export async function neverHeld(stack: TestStack, told: Told): Promise<readonly string[]> {
  type Line = { readonly key: string; readonly value: Balance };
  const lines = (await fluxo(['dump', topics.dailyBalances.name], stack.env)).trim().split('\n');
  const held = lines
    .map((line) => JSON.parse(line) as Line)
    .map(({ key, value }) => [`${key}|${value.revision}`, value] as const);
  const documents = new Map<string, Balance>(held);
  return [...told].filter(([key, body]) => !isSame(body, documents.get(key))).map(([key]) => key);
}

/** Whether the answer says what the document says; instants it writes otherwise. */
function isSame(body: Balance, document: Balance | undefined): boolean {
  return Object.entries(document ?? { revision: null })
    .filter(([name]) => name !== 'dayStart' && name !== 'recordedAt')
    .every(([name, value]) => isDeepStrictEqual(body[name], value));
}
