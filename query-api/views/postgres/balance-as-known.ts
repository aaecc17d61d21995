/**
 * A balance as it was known when the ledger ended with a certain record: folded from the postings up to it (spec.md 3.4), so it equals the
 * document that stood then. A stored document of an earlier day that has not changed since saves reading what came before it; postings
 * that its table has not seen yet are added (decision 0021). Sums are the database's, over integers; a result beyond ±(2^53 − 1) is an error.
 */
import { addMoney } from '@fluxo/domain';
import type { PoolClient } from '@fluxo/postgres';
import { type AccountBalanceBody, type AmountsBody, type BalanceBody, toInstant } from '@fluxo/schemas';
import { toHex } from '../../representations/text-forms.ts';
import type { KnownAt, KnownBalance } from '../ledger-view.ts';
import { readClosedThrough } from './closings.ts';

const NO_CHAIN = '0'.repeat(64);

/** No entry counts on a day longer than this before the one it is recorded on: 400 days, and what zones can differ by. */
const BACKDATED_DAYS_MAX = 402;

/** Then everything before the day is read. */
const NONE_STORED = { business_date: '-infinity', revision: 0 };

const SIGNED = `CASE e.direction WHEN 'CREDIT' THEN e.amount_minor ELSE -e.amount_minor END`;

/** The latest earlier day whose document has not changed since the moment. Asked first, so that the plan of the rest knows the dates. */
const STORED = `
SELECT business_date, revision FROM fluxo.daily_balances
WHERE merchant_id = $1 AND business_date < $2 AND revision <= $3 ORDER BY business_date DESC LIMIT 1`;

/**
 * $1 merchant, $2 day, $3 last record, $4 and $5 day and revision of the stored document. Each posting before the day is in `carried` once, or
 * in that document. OFFSET 0 makes the planner ask an index for each of the days, whatever it thinks of it.
 */
const ACCOUNTS = `
WITH carried AS (
  SELECT line.account_id, line.currency, line.closing_minor AS minor, line.business_date, $5::bigint AS revision
  FROM fluxo.balance_accounts AS line WHERE line.merchant_id = $1 AND line.business_date = $4
  UNION ALL
  SELECT late.account_id, late.currency, late.minor, late.business_date, late.ledger_seq
  FROM generate_series(0, ${BACKDATED_DAYS_MAX}) AS days_before CROSS JOIN LATERAL (
    SELECT e.account_id, e.currency, ${SIGNED} AS minor, e.business_date, e.ledger_seq FROM fluxo.ledger AS e
    WHERE e.merchant_id = $1 AND e.record_type = 'EntryPosted' AND e.business_date = $4::date - days_before
      AND e.ledger_seq > $5 AND e.ledger_seq <= $3
    OFFSET 0
  ) AS late
  UNION ALL
  SELECT e.account_id, e.currency, ${SIGNED}, e.business_date, e.ledger_seq
  FROM fluxo.ledger AS e
  WHERE e.merchant_id = $1 AND e.record_type = 'EntryPosted' AND e.business_date > $4 AND e.business_date < $2
    AND e.ledger_seq <= $3
), before AS (
  SELECT account_id, min(currency) AS currency, sum(minor) AS minor, max(business_date) AS date, max(revision) AS revision
  FROM carried GROUP BY account_id
), today AS (
  SELECT account_id, min(currency) AS currency, max(ledger_seq) AS revision,
    coalesce(sum(amount_minor) FILTER (WHERE direction = 'CREDIT'), 0) AS credits,
    coalesce(sum(amount_minor) FILTER (WHERE direction = 'DEBIT'), 0) AS debits,
    count(*) FILTER (WHERE direction = 'CREDIT') AS credit_count,
    count(*) FILTER (WHERE direction = 'DEBIT') AS debit_count
  FROM fluxo.ledger AS e
  WHERE e.merchant_id = $1 AND e.record_type = 'EntryPosted' AND e.business_date = $2 AND e.ledger_seq <= $3
  GROUP BY account_id
)
SELECT account_id AS "accountId", coalesce(before.currency, today.currency) AS currency,
  coalesce(before.minor, 0)::bigint AS "openingMinor",
  coalesce(credits, 0)::bigint AS "creditsMinor", coalesce(debits, 0)::bigint AS "debitsMinor",
  (coalesce(before.minor, 0) + coalesce(credits, 0) - coalesce(debits, 0))::bigint AS "closingMinor",
  coalesce(credit_count, 0) AS "creditCount", coalesce(debit_count, 0) AS "debitCount",
  before.date, before.revision AS "revisionBefore", today.revision AS "revisionToday"
FROM before FULL JOIN today USING (account_id) ORDER BY account_id COLLATE "C"`;

type AccountRow = AccountBalanceBody & {
  readonly date: string | null;
  readonly revisionBefore: number | null;
  readonly revisionToday: number | null;
};

type NameRow = { readonly currency: string; readonly name: string } & Pick<
  BalanceBody['byKind'][number],
  'creditsMinor' | 'debitsMinor' | 'count'
>;

export async function readBalanceAsKnown(
  client: PoolClient,
  merchantId: string,
  businessDate: string,
  ledgerSeq: number,
): Promise<KnownBalance> {
  const day = [merchantId, businessDate, ledgerSeq];
  const stored = await client.query<{ business_date: string; revision: number }>(STORED, day);
  const { business_date: from, revision: since } = stored.rows[0] ?? NONE_STORED;
  const { rows } = await client.query<AccountRow>(ACCOUNTS, [...day, from, since]);
  const accounts = rows.map(
    ({ date: _date, revisionBefore: _before, revisionToday: _today, ...line }): AccountBalanceBody => line,
  );
  const revisionBefore = greatest(rows.map((row) => row.revisionBefore));
  const revision = Math.max(revisionBefore, greatest(rows.map((row) => row.revisionToday)));
  const dates = rows.map(({ date }) => date).filter((date) => date !== null);
  const lastDate = dates.toSorted().at(-1);
  return {
    materialized: rows.some(({ revisionToday }) => revisionToday !== null),
    ...(await recordOf(client, merchantId, revision)),
    accounts,
    totals: totalsOf(accounts),
    byKind: (await sharesOf(client, 'kind', day)).map(({ name: kind, currency, ...share }) => ({
      currency,
      kind,
      ...share,
    })),
    byMethod: (await sharesOf(client, 'payment_method', day)).map(
      ({ name: paymentMethod, currency, ...share }) => ({ currency, paymentMethod, ...share }),
    ),
    carriedFrom: lastDate === undefined ? null : { businessDate: lastDate, revision: revisionBefore },
    closedThrough: await readClosedThrough(client, merchantId, ledgerSeq),
  };
}

/** The last record at a moment; 0: there was none. */
export async function readLedgerSeqAt(
  client: PoolClient,
  merchantId: string,
  knownAt: KnownAt,
): Promise<number> {
  if ('ledgerSeq' in knownAt) return knownAt.ledgerSeq;
  const { rows } = await client.query<{ ledger_seq: number }>(
    `SELECT ledger_seq FROM fluxo.ledger WHERE merchant_id = $1 AND recorded_at <= to_timestamp($2::bigint / 1000.0)
     ORDER BY recorded_at DESC, ledger_seq DESC LIMIT 1`,
    [merchantId, knownAt.instantMs],
  );
  return rows[0]?.ledger_seq ?? 0;
}

async function recordOf(
  client: PoolClient,
  merchantId: string,
  revision: number,
): Promise<Pick<KnownBalance, 'revision' | 'chainHead' | 'recordedAt'>> {
  const { rows } = await client.query<{ hash: Buffer; recorded_at: number }>(
    'SELECT hash, recorded_at FROM fluxo.ledger WHERE merchant_id = $1 AND ledger_seq = $2',
    [merchantId, revision],
  );
  const [record] = rows;
  if (record === undefined) return { revision: 0, chainHead: NO_CHAIN, recordedAt: null };
  return { revision, chainHead: toHex(record.hash), recordedAt: toInstant(record.recorded_at) };
}

async function sharesOf(
  client: PoolClient,
  column: 'kind' | 'payment_method',
  day: readonly unknown[],
): Promise<readonly NameRow[]> {
  const { rows } = await client.query<NameRow>(
    `SELECT currency, ${column} AS name, count(*) AS count,
       coalesce(sum(amount_minor) FILTER (WHERE direction = 'CREDIT'), 0)::bigint AS "creditsMinor",
       coalesce(sum(amount_minor) FILTER (WHERE direction = 'DEBIT'), 0)::bigint AS "debitsMinor"
     FROM fluxo.ledger
     WHERE merchant_id = $1 AND record_type = 'EntryPosted' AND business_date = $2 AND ledger_seq <= $3
     GROUP BY currency, ${column} ORDER BY currency COLLATE "C", ${column} COLLATE "C"`,
    [...day],
  );
  return rows;
}

/** I4: the totals of a currency are its accounts added up. */
function totalsOf(accounts: readonly AccountBalanceBody[]): readonly AmountsBody[] {
  const totals = new Map<string, AmountsBody>();
  for (const { accountId: _id, ...line } of accounts) {
    const sum = totals.get(line.currency);
    totals.set(line.currency, sum === undefined ? line : added(sum, line));
  }
  return [...totals.values()].toSorted((a, b) => (a.currency < b.currency ? -1 : 1));
}

function added(a: AmountsBody, b: AmountsBody): AmountsBody {
  return {
    currency: a.currency,
    openingMinor: addMoney(a.openingMinor, b.openingMinor),
    creditsMinor: addMoney(a.creditsMinor, b.creditsMinor),
    debitsMinor: addMoney(a.debitsMinor, b.debitsMinor),
    closingMinor: addMoney(a.closingMinor, b.closingMinor),
    creditCount: a.creditCount + b.creditCount,
    debitCount: a.debitCount + b.debitCount,
  };
}

function greatest(values: readonly (number | null)[]): number {
  return Math.max(0, ...values.map((value) => value ?? 0));
}
