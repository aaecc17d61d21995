/**
 * The ledger as the sink writes it into Postgres, read by a role that can change nothing and sees only the merchant asked for (row-level
 * security). An answer is of one snapshot. Postgres may be away, hang or have too much to do, and must not take with it what is answered
 * from memory: there are few connections, few look-ups at a time, a time limit for each, and a circuit breaker that after some
 * failures answers at once, without asking, until a single attempt shows that Postgres is back.
 */
import {
  inTransaction,
  isSchemaMissing,
  isTransient,
  openPool,
  type Pool,
  type PoolClient,
} from '@fluxo/postgres';
import CircuitBreaker from 'opossum';
import {
  type DayFound,
  type EntriesFound,
  type EntriesQuestion,
  type EntryFound,
  type KnownAt,
  type KnownBalance,
  type LedgerAnswer,
  type LedgerHead,
  LedgerUnavailableError,
  type LedgerView,
} from '../ledger-view.ts';
import { readBalanceAsKnown, readLedgerSeqAt } from './balance-as-known.ts';
import { readDay } from './closings.ts';
import { readPage } from './entries-page.ts';
import { readEntries, withoutProof } from './entry-rows.ts';
import { readHead } from './ledger-head.ts';
import { seeRowsOf } from './rows-of.ts';

const CONNECTIONS_MAX = 8;
/** More look-ups than this wait for a connection only when Postgres is in trouble, or somebody asks for too much. */
const WAITING_MAX = 2 * CONNECTIONS_MAX;
/** A page takes a few milliseconds, the costliest answer some hundred. */
const ANSWER_WITHIN_MS = 900;
/** A single connection that broke is no reason to stop asking. */
const FAILURES_MIN = 4;
/** How long nobody is asked after that. */
const REST_MS = 1_000;
/** 50,000 rows take some 100 ms. */
const CANDIDATES_MAX = 50_000;

export type PostgresLedgerViewOptions = {
  /** `postgres://…` of the reader. */
  readonly url: string;
  /** How the server names this process in its views. */
  readonly name: string;
  /** How many partitions the ledger has: it decides which of the sink's marks speaks for a merchant. */
  readonly partitions: number;
  readonly answerWithinMs?: number;
  /** How many rows a page may look at. */
  readonly candidatesMax?: number;
};

type Question<Value> = (client: PoolClient, head: LedgerHead) => Promise<Value>;
type LookUp = (merchantId: string, question: Question<unknown>) => Promise<LedgerAnswer<unknown>>;

export class PostgresLedgerView implements LedgerView {
  readonly #pool: Pool;
  readonly #partitions: number;
  readonly #candidatesMax: number;
  readonly #breaker: CircuitBreaker<Parameters<LookUp>, LedgerAnswer<unknown>>;

  constructor({
    url,
    name,
    partitions,
    answerWithinMs = ANSWER_WITHIN_MS,
    candidatesMax = CANDIDATES_MAX,
  }: PostgresLedgerViewOptions) {
    // A statement's time ends with that of its answer, so that nothing goes on for nobody.
    this.#pool = openPool({
      url,
      name,
      connectionsMax: CONNECTIONS_MAX,
      timeoutMs: (answerWithinMs * 2) / 3,
    });
    this.#partitions = partitions;
    this.#candidatesMax = candidatesMax;
    this.#breaker = new CircuitBreaker<Parameters<LookUp>, LedgerAnswer<unknown>>(
      (merchantId, question) => this.#ask(merchantId, question),
      {
        timeout: answerWithinMs,
        resetTimeout: REST_MS,
        errorThresholdPercentage: 50,
        volumeThreshold: FAILURES_MIN,
        errorFilter: (error: unknown) => !isTransient(error),
      },
    );
  }

  entries(merchantId: string, question: EntriesQuestion): Promise<LedgerAnswer<EntriesFound>> {
    return this.#answer(merchantId, async (client) => {
      const { ledgerSeqs, next } = await readPage(client, merchantId, question, this.#candidatesMax);
      const rows = await readEntries(client, merchantId, 'e.ledger_seq = ANY ($2)', [ledgerSeqs]);
      return { entries: rows.map(withoutProof).toReversed(), next };
    });
  }

  entry(merchantId: string, entryId: string): Promise<LedgerAnswer<EntryFound>> {
    return this.#answer(merchantId, async (client) => ({
      legs: await readEntries(client, merchantId, 'e.record_id = $2', [entryId]),
      reversedBy: await readEntries(client, merchantId, 'e.reverses_entry_id = $2', [entryId]),
    }));
  }

  day(merchantId: string, businessDate: string): Promise<LedgerAnswer<DayFound>> {
    return this.#answer(merchantId, (client) => readDay(client, merchantId, businessDate));
  }

  balance(merchantId: string, businessDate: string, knownAt: KnownAt): Promise<LedgerAnswer<KnownBalance>> {
    return this.#answer(merchantId, async (client, head) => {
      const asked = await readLedgerSeqAt(client, merchantId, knownAt);
      return readBalanceAsKnown(client, merchantId, businessDate, Math.min(asked, head.ledgerSeq));
    });
  }

  async close(): Promise<void> {
    this.#breaker.shutdown();
    await this.#pool.end();
  }

  async #answer<Value>(merchantId: string, question: Question<Value>): Promise<LedgerAnswer<Value>> {
    // Not the breaker's to know: that there are many callers does not say that Postgres is away.
    if (this.#pool.waitingCount >= WAITING_MAX)
      throw new LedgerUnavailableError('more is asked for than Postgres answers in time');
    try {
      return (await this.#breaker.fire(merchantId, question)) as LedgerAnswer<Value>;
    } catch (error) {
      if (error instanceof LedgerUnavailableError) throw error;
      if (isTransient(error) || isSchemaMissing(error))
        throw new LedgerUnavailableError('Postgres does not answer in time', { cause: error });
      throw error;
    }
  }

  #ask<Value>(merchantId: string, question: Question<Value>): Promise<LedgerAnswer<Value>> {
    return inTransaction(
      this.#pool,
      async (client) => {
        await seeRowsOf(client, merchantId);
        const head = await readHead(client, merchantId, this.#partitions);
        return { head, value: await question(client, head) };
      },
      'snapshot',
    );
  }
}
