/**
 * Closings and the books of closed days out of the tables that the sinks write. The sink moves its position in the transaction that writes the
 * rows, so those of a partition become visible in the order of the ledger. What stood at a closing is counted from the records before it: later
 * ones, and whether the table of the documents has come as far, change nothing.
 */
import { inTransaction, openPool, type Pool, type PoolClient } from '@fluxo/postgres';
import { type ClosedAccountBody, type Merchant, toInstant, topics } from '@fluxo/schemas';
import { toHex } from '../representations/text-forms.ts';
import { partsOf, statementOf } from '../statements/statement.ts';
import type { KnownBalance } from '../views/ledger-view.ts';
import { readBalanceAsKnown } from '../views/postgres/balance-as-known.ts';
import { readClosedThrough } from '../views/postgres/closings.ts';
import { EVERY_MERCHANT, seeRowsOf } from '../views/postgres/rows-of.ts';
import { readStatementEntries } from '../views/postgres/statement-entries.ts';
import type { StatementReading } from '../views/statement-view.ts';
import type { BooksOfDay, Closing, Closings } from './closings.ts';

/** One after the other is what the export does. */
const CONNECTIONS_MAX = 1;
/** The first closing of a merchant with years of entries asks for all of them. */
const STATEMENT_TIMEOUT_MS = 60_000;

type Row = Omit<Closing, 'recordedAt' | 'hash' | 'accounts'> & {
  readonly recordedAt: number;
  readonly hash: Buffer;
  readonly detail: { readonly accounts: readonly ClosedAccountBody[] };
};

const CLOSINGS = `
SELECT merchant_id AS "merchantId", ledger_seq AS "ledgerSeq", business_date AS "businessDate", record_id AS "requestId",
  requested_by AS "requestedBy", recorded_at AS "recordedAt", hash, detail, source_offset AS "sourceOffset"
FROM fluxo.ledger WHERE record_type = 'DayClosed' AND partition = $1 AND source_offset > $2 ORDER BY source_offset LIMIT $3`;

/** $1 merchant, $2 through which day the books were closed before, $3 the day closed now, $4 its record. */
const DAYS = `
SELECT DISTINCT business_date AS date FROM fluxo.ledger
WHERE merchant_id = $1 AND record_type = 'EntryPosted' AND business_date > $2 AND business_date < $3 AND ledger_seq < $4
ORDER BY date`;

const CONFIGURATION = `
SELECT detail FROM fluxo.ledger
WHERE merchant_id = $1 AND record_type = 'MerchantConfigApplied' AND ledger_seq < $2 ORDER BY ledger_seq DESC LIMIT 1`;

export class PostgresClosings implements Closings {
  readonly #pool: Pool;

  /** `url`: `postgres://…` of the reader. */
  constructor(url: string) {
    this.#pool = openPool({
      url,
      name: 'day-end-export',
      connectionsMax: CONNECTIONS_MAX,
      timeoutMs: STATEMENT_TIMEOUT_MS,
    });
  }

  partitions(): Promise<readonly number[]> {
    return this.#read(EVERY_MERCHANT, async (client) => {
      const { rows } = await client.query<{ partition: number }>(
        'SELECT partition FROM fluxo.positions WHERE topic = $1 ORDER BY partition',
        [topics.ledger.name],
      );
      return rows.map(({ partition }) => partition);
    });
  }

  behind(partition: number, sourceOffset: number, limit: number): Promise<readonly Closing[]> {
    return this.#read(EVERY_MERCHANT, async (client) => {
      const { rows } = await client.query<Row>(CLOSINGS, [partition, sourceOffset, limit]);
      return rows.map(closingOf);
    });
  }

  daysOf({ merchantId, businessDate, ledgerSeq }: Closing): Promise<readonly string[]> {
    return this.#read(merchantId, async (client) => {
      const before = (await readClosedThrough(client, merchantId, ledgerSeq - 1)) ?? '-infinity';
      const { rows } = await client.query<{ date: string }>(DAYS, [
        merchantId,
        before,
        businessDate,
        ledgerSeq,
      ]);
      return [...rows.map(({ date }) => date), businessDate];
    });
  }

  readDay<T>(closing: Closing, businessDate: string, work: (books: BooksOfDay) => Promise<T>): Promise<T> {
    return this.#read(closing.merchantId, async (client) => {
      const { merchantId, ledgerSeq } = closing;
      const known = await readBalanceAsKnown(client, merchantId, businessDate, ledgerSeq);
      const reading = readingOf(client, closing, { businessDate, known });
      const question = { dates: { from: businessDate, to: businessDate }, accountId: null };
      const statement = statementOf(await readMerchant(client, closing), question, reading);
      return work({ statement, parts: partsOf(statement, reading) });
    });
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  /** In a snapshot that sees this merchant's rows. */
  #read<T>(merchantId: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
    return inTransaction(
      this.#pool,
      async (client) => {
        await seeRowsOf(client, merchantId);
        return work(client);
      },
      'snapshot',
    );
  }
}

function closingOf({ detail, recordedAt, hash, ...closing }: Row): Closing {
  return {
    ...closing,
    recordedAt: toInstant(recordedAt),
    hash: toHex(hash),
    accounts: detail.accounts.map(closedAccount),
  };
}

/** The database keeps the fields of a JSON object in an order of its own. */
function closedAccount(account: ClosedAccountBody): ClosedAccountBody {
  const { accountId, currency, openingMinor, creditsMinor, debitsMinor, closingMinor, ...counted } = account;
  const { countedMinor, varianceMinor } = counted;
  return {
    accountId,
    currency,
    openingMinor,
    creditsMinor,
    debitsMinor,
    closingMinor,
    countedMinor,
    varianceMinor,
  };
}

/** Name and accounts as they were configured then. */
async function readMerchant(
  client: PoolClient,
  { merchantId, ledgerSeq }: Closing,
): Promise<Pick<Merchant, 'merchantId' | 'name' | 'accounts'>> {
  const { rows } = await client.query<{ detail: Pick<Merchant, 'name' | 'accounts'> }>(CONFIGURATION, [
    merchantId,
    ledgerSeq,
  ]);
  const [row] = rows;
  if (row === undefined)
    throw new Error(
      `I5: the ledger of ${merchantId} has a closing, ${ledgerSeq}, and no configuration before it`,
    );
  return { merchantId, name: row.detail.name, accounts: row.detail.accounts };
}

type Day = { readonly businessDate: string; readonly known: KnownBalance };

function readingOf(client: PoolClient, closing: Closing, { businessDate, known }: Day): StatementReading {
  const { merchantId, ledgerSeq, recordedAt } = closing;
  const moved = known.accounts.filter(({ creditCount, debitCount }) => creditCount + debitCount > 0);
  return {
    head: { ledgerSeq, recordedAt },
    closedThrough: known.closedThrough,
    openings: new Map(
      known.accounts.map(({ accountId, currency, openingMinor: minor }) => [accountId, { currency, minor }]),
    ),
    lines: moved.map((line) => ({ ...line, businessDate })),
    entries: (question) => readStatementEntries(client, { merchantId, ledgerSeq }, question),
    close: async () => undefined,
  };
}
