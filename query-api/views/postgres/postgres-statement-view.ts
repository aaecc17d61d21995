/**
 * Statements out of the tables that the sinks write, each from one snapshot on a connection of its own for as long as it is read. These are
 * few and apart from those of the ledger's look-ups, so that statements keep neither entries nor balances waiting; who comes when all
 * are taken is told at once. Documents and ledger may be a moment apart (`statement-moment.ts`): then another snapshot is taken, for a while.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BEGIN_SNAPSHOT,
  isSchemaMissing,
  isTransient,
  openPool,
  type Pool,
  type PoolClient,
} from '@fluxo/postgres';
import type { StatementEntryBody } from '@fluxo/schemas';
import { LedgerUnavailableError } from '../ledger-view.ts';
import {
  type EntriesOfAccount,
  type StatementQuestion,
  type StatementReading,
  StatementsBusyError,
  type StatementView,
} from '../statement-view.ts';
import { seeRowsOf } from './rows-of.ts';
import { readStatementEntries } from './statement-entries.ts';
import { type Moment, readMoment } from './statement-moment.ts';

const STATEMENTS_MAX = 4;
/** The figures of a year with a million entries take a second or two on a busy machine. */
const STATEMENT_TIMEOUT_MS = 15_000;
/** Sinks are some hundred milliseconds apart; what has not come by then is in trouble. */
const SETTLE_ATTEMPTS = 20;
const SETTLE_PAUSE_MS = 100;

export type PostgresStatementViewOptions = {
  /** `postgres://…` of the reader. */
  readonly url: string;
  /** How the server names this process in its views. */
  readonly name: string;
  /** How many partitions ledger and documents have. */
  readonly partitions: number;
  readonly settleAttempts?: number;
};

export class PostgresStatementView implements StatementView {
  readonly #pool: Pool;
  readonly #partitions: number;
  readonly #settleAttempts: number;
  #underWay = 0;

  constructor({ url, name, partitions, settleAttempts = SETTLE_ATTEMPTS }: PostgresStatementViewOptions) {
    this.#pool = openPool({
      url,
      name: `${name} statements`,
      connectionsMax: STATEMENTS_MAX,
      timeoutMs: STATEMENT_TIMEOUT_MS,
    });
    this.#partitions = partitions;
    this.#settleAttempts = settleAttempts;
  }

  async open(question: StatementQuestion): Promise<StatementReading> {
    if (this.#underWay >= STATEMENTS_MAX)
      throw new StatementsBusyError(`${STATEMENTS_MAX} statements are being read, as many as may be`);
    this.#underWay += 1;
    try {
      return await this.#open(question);
    } catch (error) {
      this.#underWay -= 1;
      throw asUnavailable(error);
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #open(question: StatementQuestion): Promise<StatementReading> {
    const client = await this.#pool.connect();
    try {
      const moment = await this.#settled(client, question);
      return new Reading(client, question.merchantId, moment, () => {
        this.#underWay -= 1;
      });
    } catch (error) {
      await letGo(client);
      throw error;
    }
  }

  /** Leaves the connection in the snapshot of the moment. */
  async #settled(client: PoolClient, question: StatementQuestion): Promise<Moment & { kind: 'agreed' }> {
    for (let attempt = 1; ; attempt++) {
      await client.query(BEGIN_SNAPSHOT);
      await seeRowsOf(client, question.merchantId);
      const moment = await readMoment(client, question, this.#partitions);
      if (moment.kind === 'agreed') return moment;
      await client.query('ROLLBACK');
      if (attempt >= this.#settleAttempts)
        throw new LedgerUnavailableError(
          `its documents and its ledger are not of one moment (${moment.why})`,
        );
      await sleep(SETTLE_PAUSE_MS);
    }
  }
}

/** Holds a connection in its snapshot. */
class Reading implements StatementReading {
  readonly head: StatementReading['head'];
  readonly closedThrough: StatementReading['closedThrough'];
  readonly openings: StatementReading['openings'];
  readonly lines: StatementReading['lines'];
  readonly #client: PoolClient;
  readonly #merchantId: string;
  #end: (() => void) | null;

  constructor(client: PoolClient, merchantId: string, moment: Moment & { kind: 'agreed' }, end: () => void) {
    this.head = moment.head;
    this.closedThrough = moment.closedThrough;
    this.openings = moment.openings;
    this.lines = moment.lines;
    this.#client = client;
    this.#merchantId = merchantId;
    this.#end = end;
  }

  /** Asks for no page once it was closed: the connection may be somebody else's by then. */
  async *entries(question: EntriesOfAccount): AsyncGenerator<readonly StatementEntryBody[]> {
    const ledger = { merchantId: this.#merchantId, ledgerSeq: this.head.ledgerSeq };
    if (this.#end === null) return;
    for await (const page of readStatementEntries(this.#client, ledger, question)) {
      yield page;
      if (this.#end === null) return;
    }
  }

  async close(): Promise<void> {
    const end = this.#end;
    if (end === null) return;
    this.#end = null;
    await letGo(this.#client);
    end();
  }
}

/** Ends the transaction, behind what is still being read; a connection whose state is unknown is not used again. */
async function letGo(client: PoolClient): Promise<void> {
  const failure = await client.query('ROLLBACK').then(
    () => undefined,
    (error: Error) => error,
  );
  client.release(failure);
}

function asUnavailable(error: unknown): unknown {
  if (error instanceof LedgerUnavailableError) return error;
  if (isTransient(error) || isSchemaMissing(error))
    return new LedgerUnavailableError('Postgres does not answer in time', { cause: error });
  return error;
}
