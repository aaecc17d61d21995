/**
 * What the API has in Postgres: accepts requests (key, answer, submissions and their way to Kafka in one transaction, which is one
 * call of a function there) and says what became of submissions. Nothing here waits longer than its time limit; what time can heal
 * comes out as a `Problem` with 503, and then nothing or everything was accepted: the same key tells.
 */
import { inTransaction, isTransient, openPool, type Pool } from '@fluxo/postgres';
import { murmur2, type SubmissionLeg } from '@fluxo/schemas';
import { overloaded, Problem } from '../problems.ts';
import type { NewSubmission } from '../submissions/new-submission.ts';

/** A statement of the API takes a millisecond or two. */
const TIMEOUT_MS = 2_000;
/** Whoever comes while so many wait for a connection is refused at the door: the database takes some thousands a second. */
const CROWDED_AT = 250;
/** What came in at the door meanwhile, and only then reads its body, is refused here; more wait only when the database is in trouble. */
const WAITING_MAX = 500;

/** Merchants are spread over so many lanes; relays share the work by lanes. A power of two. */
export const LANES = 16;

/** By what a repetition is recognised. */
export type RequestName = {
  readonly merchantId: string;
  readonly key: string;
  /** SHA-256 of method, address and body. */
  readonly fingerprint: Buffer;
};

export type Request = RequestName & {
  readonly answer: Answer;
  readonly submissions: readonly NewSubmission[];
  /** The trace they belong to, if it is recorded; it goes with them to Kafka. */
  readonly traceparent: string | null;
  /** How long the caller waits for the ledger after this; 0: not at all. */
  readonly waitMs: number;
};

export type Answer = { readonly status: number; readonly body: unknown };

export type Acceptance =
  | { readonly outcome: 'accepted' | 'repeated'; readonly answer: Answer }
  | { readonly outcome: 'mismatch' | 'in-flight' };

const ACCEPT = 'SELECT outcome, status, answer FROM fluxo.accept($1, $2, $3, $4, $5, $6, $7, $8)';

type AcceptRow = {
  readonly outcome: Acceptance['outcome'];
  readonly status: number;
  readonly answer: unknown;
};

export type SubmissionState = {
  readonly type: string;
  readonly state: 'accepted' | 'posted' | 'duplicate' | 'rejected';
  readonly legs?: readonly SubmissionLeg[] | null;
  readonly code?: string;
  readonly detail?: string;
};

/** Which submission: an id is one within its merchant. */
export type SubmissionName = { readonly merchantId: string; readonly submissionId: string };

export type EntriesStoreOptions = {
  readonly url: string;
  readonly name: string;
  readonly connectionsMax: number;
  /** Called after a request was accepted, so that somebody tells the relays. */
  readonly onAccepted: () => void;
};

export class EntriesStore {
  readonly #pool: Pool;
  readonly #onAccepted: () => void;
  /** When a statement last succeeded, by `performance.now()`. */
  #answeredMs = Number.NEGATIVE_INFINITY;

  constructor({ onAccepted, ...options }: EntriesStoreOptions) {
    this.#pool = openPool({ ...options, timeoutMs: TIMEOUT_MS });
    this.#onAccepted = onAccepted;
  }

  /** Whether a new request would wait too long for a connection. */
  get isCrowded(): boolean {
    return this.#pool.waitingCount >= CROWDED_AT;
  }

  async accept({ merchantId, key, fingerprint, answer, ...request }: Request): Promise<Acceptance> {
    const { submissions, traceparent, waitMs } = request;
    const rows = await this.#query<AcceptRow>('accept', ACCEPT, [
      merchantId,
      key,
      fingerprint,
      answer.status,
      JSON.stringify(answer.body),
      JSON.stringify(submissions.map((submission) => ({ ...submission, traceparent }))),
      murmur2(Buffer.from(merchantId)) & (LANES - 1),
      waitMs,
    ]);
    const acceptance = acceptanceIn(rows);
    if (acceptance.outcome === 'accepted') this.#onAccepted();
    return acceptance;
  }

  /** What `accept` says of a request with this key that comes again; null if the key is new, and stays so. */
  async repetitionOf({ merchantId, key, fingerprint }: RequestName): Promise<Acceptance | null> {
    const acceptance = await this.#answered(() =>
      inTransaction(this.#pool, async (client) => {
        await client.query('SAVEPOINT before_it');
        const { rows } = await client.query<AcceptRow>(ACCEPT, [
          merchantId,
          key,
          fingerprint,
          0,
          '{}',
          '[]',
          0,
          0,
        ]);
        await client.query('ROLLBACK TO before_it');
        return acceptanceIn(rows);
      }),
    );
    return acceptance.outcome === 'accepted' ? null : acceptance;
  }

  /** Replaces the answer that was given while somebody waited: from now on this one is the first. */
  async decide(merchantId: string, key: string, { status, body }: Answer): Promise<void> {
    await this.#query('decide', 'SELECT fluxo.decide($1, $2, $3, $4)', [
      merchantId,
      key,
      status,
      JSON.stringify(body),
    ]);
  }

  /** Null if no submission of this id was accepted here. */
  async stateOf(merchantId: string, submissionId: string): Promise<SubmissionState | null> {
    const [state = null] = await this.statesOf([{ merchantId, submissionId }]);
    return state;
  }

  /** The same for several at once, in their order. */
  async statesOf(submissions: readonly SubmissionName[]): Promise<readonly (SubmissionState | null)[]> {
    const rows = await this.#query<{ state: SubmissionState | null }>(
      'states',
      `SELECT fluxo.submission_state(merchant_id, submission_id) AS state
       FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS asked (merchant_id, submission_id, place) ORDER BY place`,
      [submissions.map(({ merchantId }) => merchantId), submissions.map(({ submissionId }) => submissionId)],
    );
    return rows.map(({ state }) => state);
  }

  /** The currency of each account as the ledger has applied it; of an unknown merchant none. It never changes (spec.md 3.6). */
  async currenciesOf(merchantId: string): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#query<{ account_id: string; currency: string }>(
      'currencies',
      'SELECT account_id, currency FROM fluxo.account_currencies($1)',
      [merchantId],
    );
    return new Map(rows.map(({ account_id, currency }) => [account_id, currency]));
  }

  /** Tells the relays that there is something. */
  async ring(): Promise<void> {
    await this.#query('ring', `SELECT pg_notify('fluxo_outbox', '')`, []);
  }

  /**
   * Whether the database answers, with the tables it should have. Work that goes on says so by itself: while it does nobody queues up for a
   * connection to ask, because a crowd before a database that works would then look like a database that is gone, in all processes at once.
   */
  async isReady(): Promise<boolean> {
    if (performance.now() - this.#answeredMs < TIMEOUT_MS) return true;
    try {
      await this.#query('ready', 'SELECT FROM fluxo.idempotency_keys WHERE false', []);
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #query<Row extends object>(
    name: string,
    text: string,
    values: readonly unknown[],
  ): Promise<readonly Row[]> {
    const { rows } = await this.#answered(() => this.#pool.query<Row>({ name, text, values: [...values] }));
    return rows;
  }

  async #answered<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#pool.waitingCount > WAITING_MAX) throw overloaded();
    try {
      const answer = await ask();
      this.#answeredMs = performance.now();
      return answer;
    } catch (error) {
      if (!isTransient(error)) throw error;
      throw new Problem(
        'database-unavailable',
        'The database does not answer in time. Repeat the request with the same Idempotency-Key after the time in Retry-After: if it was accepted after all, the answer is the first one.',
        { cause: error },
      );
    }
  }
}

function acceptanceIn(rows: readonly AcceptRow[]): Acceptance {
  const { outcome, status, answer: body } = rows[0] as AcceptRow;
  return outcome === 'mismatch' || outcome === 'in-flight'
    ? { outcome }
    : { outcome, answer: { status, body } };
}
