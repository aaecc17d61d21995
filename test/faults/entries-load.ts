/**
 * People who enter over HTTP without a pause while a test does harm, and never give up: an entry is sent again with its id and its key until
 * it is accepted. So whatever was entered must be in the ledger once, and nothing else; `wrongs` looks.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { aSaleNow, EntriesClient, settingsOf } from '../../testing/entries-client.ts';
import { fluxo } from '../../testing/fluxo-command.ts';
import type { TestStack } from '../../testing/stacks.ts';

const PAUSE_MS = 50;
const MERCHANTS = 8;

/** A status; `cut`: the connection broke before there was an answer; `nobody`: nobody listened. */
type Status = number | 'cut' | 'nobody';
type Outcome = { readonly status: Status; readonly hasRetryAfter: boolean };

export class EntriesLoad {
  readonly #stack: TestStack;
  readonly #merchants: readonly string[];
  /** Ids by the merchant they were accepted for. */
  readonly #entered = new Map<string, string[]>();
  readonly #callers: Promise<void>[] = [];
  #isOver = false;
  #isGivenUp = false;
  readonly statuses = new Map<Status, number>();
  /** 503 that did not say when to come back. */
  withoutRetryAfter = 0;
  slowestMs = 0;

  /** Merchants are called by the name and a number, from 1. */
  constructor(stack: TestStack, name = 'm') {
    this.#stack = stack;
    this.#merchants = Array.from({ length: MERCHANTS }, (_, index) => `${name}-${index + 1}`);
  }

  get accepted(): number {
    return this.count(202);
  }

  count(status: Status): number {
    return this.statuses.get(status) ?? 0;
  }

  /** Configures the merchants, then lets so many people enter. */
  async start(callers: number): Promise<void> {
    for (const merchantId of this.#merchants)
      await this.#persist(merchantId, '', 'configId', settingsOf(merchantId));
    for (let caller = 0; caller < callers; caller++) {
      const merchantId = this.#merchants[caller % MERCHANTS] as string;
      this.#callers.push(this.#enter(merchantId));
    }
  }

  /** Resolves when so many more have been accepted. */
  async untilAccepted(more: number): Promise<void> {
    for (const goal = this.accepted + more; this.accepted < goal; ) await sleep(PAUSE_MS);
  }

  /** Resolves when everything that was begun has been accepted. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#callers);
  }

  /** At the end of a test that failed before `stop`: whoever enters would never end, and find whichever stack has the ports next. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isGivenUp = true;
    await this.stop();
  }

  /** Of its merchants everything entered must be in the ledger, once, and nothing else; and the audit must agree. What is otherwise, each as a sentence. */
  async wrongs(): Promise<readonly string[]> {
    await this.#untilPublished();
    await fluxo(['wait', '--timeout', '300'], this.#stack.env);
    const posted = await this.#posted();
    const entered = new Set([...this.#entered.values()].flat());
    const verdict = JSON.parse(
      await fluxo(['audit', '--json', '--timeout', '300'], this.#stack.env),
    ) as Verdict;
    return [
      ...[...entered]
        .filter((id) => !posted.has(id))
        .map((id) => `${id} was accepted and is not in the ledger`),
      ...[...posted]
        .filter(([id]) => !entered.has(id))
        .map(([id]) => `${id} is in the ledger and nobody entered it`),
      ...[...posted]
        .filter(([, times]) => times > 1)
        .map(([id, times]) => `${id} is in the ledger ${times} times`),
      ...(verdict.differences + verdict.rejected > 0 ? [`the audit says ${JSON.stringify(verdict)}`] : []),
    ];
  }

  /** How often each id stands in the ledger, of its merchants. */
  async #posted(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const line of (await fluxo(['dump', 'ledger'], this.#stack.env)).split('\n')) {
      const { key, value } = (line === '' ? { key: '', value: {} } : JSON.parse(line)) as Line;
      if (this.#entered.has(key)) counts.set(idOf(value), (counts.get(idOf(value)) ?? 0) + 1);
    }
    return counts;
  }

  /** The relay takes what was accepted in the order of each merchant, so the last of each says it all. */
  async #untilPublished(): Promise<void> {
    const client = new EntriesClient(this.#stack.addresses.entriesApi);
    for (const [merchantId, ids] of this.#entered)
      while ((await client.stateOf(merchantId, ids.at(-1) ?? '')) === 'accepted') await sleep(PAUSE_MS);
  }

  async #enter(merchantId: string): Promise<void> {
    while (!this.#isOver) await this.#persist(merchantId, '/entries', 'entryId', aSaleNow());
  }

  async #persist(merchantId: string, path: string, idField: string, body: object): Promise<void> {
    const id = crypto.randomUUID();
    const text = JSON.stringify({ [idField]: id, ...body });
    while (!this.#isGivenUp) {
      const sinceMs = performance.now();
      const { status, hasRetryAfter } = await this.#send(merchantId, path, id, text);
      this.slowestMs = Math.max(this.slowestMs, performance.now() - sinceMs);
      this.statuses.set(status, this.count(status) + 1);
      if (status === 202) {
        this.#entered.set(merchantId, [...(this.#entered.get(merchantId) ?? []), id]);
        return;
      }
      if (status === 503 && !hasRetryAfter) this.withoutRetryAfter += 1;
      await sleep(PAUSE_MS);
    }
  }

  async #send(merchantId: string, path: string, key: string, body: string): Promise<Outcome> {
    const url = `${this.#stack.addresses.entriesApi}/v1/merchants/${merchantId}${path}`;
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    try {
      const answer = await fetch(url, { method: path === '' ? 'PUT' : 'POST', headers, body });
      await answer.arrayBuffer();
      return { status: answer.status, hasRetryAfter: answer.headers.has('retry-after') };
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as { code?: string };
      return { status: code === 'ECONNREFUSED' ? 'nobody' : 'cut', hasRetryAfter: false };
    }
  }
}

type Verdict = { readonly differences: number; readonly rejected: number };
type Line = { readonly key: string; readonly value: Readonly<Record<string, string>> };

const idOf = (value: Line['value']): string =>
  value['entryId'] ?? value['configId'] ?? 'neither entry nor settings';
