/**
 * The moment a statement is of. Documents and ledger are written by two sinks, so one snapshot may hold them as of two records. Each posting
 * changes a document, so the greatest revision of a merchant's documents is the last entry they know: where the ledger's table is
 * ahead, the statement ends there; where it is behind, the moment cannot be shown. Whether everything up to there has come is counted, not
 * taken for granted (`statements/agreement.ts`).
 */
import type { PoolClient } from '@fluxo/postgres';
import { partitionOf, toInstant, topics } from '@fluxo/schemas';
import { type DaySum, type DocumentLines, disagreementOf } from '../../statements/agreement.ts';
import { LedgerUnavailableError } from '../ledger-view.ts';
import type { DayLine, StatementQuestion, StatementReading } from '../statement-view.ts';
import { readClosedThrough } from './closings.ts';
import { readHead } from './ledger-head.ts';

/** A posting changes documents of at most 400 days before the one it is recorded on, and zones can differ by one at each end. */
const CHANGED_DAYS_MAX = 402;

export type Moment =
  | ({ readonly kind: 'agreed' } & Pick<StatementReading, 'head' | 'closedThrough' | 'openings' | 'lines'>)
  | { readonly kind: 'disagreed'; readonly why: string };

/** `client` is in the snapshot. Throws `LedgerUnavailableError` while a table is being built. */
export async function readMoment(
  client: PoolClient,
  question: StatementQuestion,
  partitions: number,
): Promise<Moment> {
  const { merchantId, dates } = question;
  await demandDocuments(client, merchantId, partitions);
  const end = await readHead(client, merchantId, partitions);
  const ledgerSeq = await readLastKnown(client, merchantId, end.ledgerSeq);
  if (ledgerSeq === null)
    return { kind: 'disagreed', why: 'the documents know an entry more than the ledger' };
  if (ledgerSeq === 0) return { kind: 'disagreed', why: 'the ledger has no record of the merchant yet' };
  const documents = await readDocuments(client, question);
  const why = disagreementOf(documents, await readSums(client, question, ledgerSeq), dates.from);
  if (why !== null) return { kind: 'disagreed', why };
  return {
    kind: 'agreed',
    head: { ledgerSeq, recordedAt: await readRecordedAt(client, merchantId, ledgerSeq) },
    closedThrough: await readClosedThrough(client, merchantId, ledgerSeq),
    openings: openingsOf(documents, dates.from),
    lines: movedLines(documents, dates.from),
  };
}

async function demandDocuments(client: PoolClient, merchantId: string, partitions: number): Promise<void> {
  const { rows } = await client.query<{ is_complete: boolean }>(
    'SELECT is_complete FROM fluxo.positions WHERE topic = $1 AND partition = $2',
    [topics.dailyBalances.name, partitionOf(Buffer.from(merchantId), partitions)],
  );
  if (!rows[0]?.is_complete) throw new LedgerUnavailableError('the table of the documents is being built');
}

/** The last record that both tables know, of those that change what a statement shows; null: the documents know one more. */
async function readLastKnown(
  client: PoolClient,
  merchantId: string,
  headSeq: number,
): Promise<number | null> {
  const { rows } = await client.query<{ entry: number | null; documents: number | null }>(
    `SELECT (SELECT ledger_seq FROM fluxo.ledger WHERE merchant_id = $1 AND record_type = 'EntryPosted'
        ORDER BY ledger_seq DESC LIMIT 1) AS entry,
       (SELECT max(revision) FROM fluxo.daily_balances WHERE merchant_id = $1) AS documents`,
    [merchantId],
  );
  const { entry, documents } = { entry: rows[0]?.entry ?? 0, documents: rows[0]?.documents ?? 0 };
  if (documents > entry) return null;
  return documents === entry ? headSeq : documents;
}

type DocumentRow = { readonly date: string } & (DayLine | { readonly accountId: null });

/** Of the days, and of so many before them as the last posting can have changed: what of them has come tells whether all has. */
async function readDocuments(
  client: PoolClient,
  { merchantId, dates, accountId }: StatementQuestion,
): Promise<readonly DocumentLines[]> {
  const { rows } = await client.query<DocumentRow>(
    `SELECT d.business_date AS date, d.business_date AS "businessDate", l.account_id AS "accountId", l.currency,
       l.opening_minor AS "openingMinor", l.credits_minor AS "creditsMinor", l.debits_minor AS "debitsMinor",
       l.closing_minor AS "closingMinor", l.credit_count AS "creditCount", l.debit_count AS "debitCount"
     FROM fluxo.daily_balances AS d LEFT JOIN fluxo.balance_accounts AS l
       ON l.merchant_id = d.merchant_id AND l.business_date = d.business_date AND ($4::text IS NULL OR l.account_id = $4)
     WHERE d.merchant_id = $1 AND d.business_date <= $3 AND d.business_date >= least($2::date - ${CHANGED_DAYS_MAX},
       (SELECT max(business_date) FROM fluxo.daily_balances WHERE merchant_id = $1 AND business_date < $2))
     ORDER BY d.business_date, l.account_id`,
    [merchantId, dates.from, dates.to, accountId],
  );
  return [...Map.groupBy(rows, ({ date }) => date)].map(([businessDate, ofDay]) => ({
    businessDate,
    lines: ofDay.flatMap(({ date: _date, ...line }) => (line.accountId === null ? [] : [line])),
  }));
}

/** From an index alone. */
async function readSums(
  client: PoolClient,
  { merchantId, dates, accountId }: StatementQuestion,
  ledgerSeq: number,
): Promise<readonly DaySum[]> {
  const { rows } = await client.query<DaySum>(
    `SELECT account_id AS "accountId", business_date AS "businessDate",
       coalesce(sum(amount_minor) FILTER (WHERE direction = 'CREDIT'), 0)::bigint AS "creditsMinor",
       coalesce(sum(amount_minor) FILTER (WHERE direction = 'DEBIT'), 0)::bigint AS "debitsMinor",
       count(*) FILTER (WHERE direction = 'CREDIT') AS "creditCount",
       count(*) FILTER (WHERE direction = 'DEBIT') AS "debitCount"
     FROM fluxo.ledger
     WHERE merchant_id = $1 AND record_type = 'EntryPosted' AND business_date BETWEEN $2 AND $3
       AND ledger_seq <= $4 AND ($5::text IS NULL OR account_id = $5)
     GROUP BY account_id, business_date`,
    [merchantId, dates.from, dates.to, ledgerSeq, accountId],
  );
  return rows;
}

async function readRecordedAt(client: PoolClient, merchantId: string, ledgerSeq: number): Promise<string> {
  const { rows } = await client.query<{ recorded_at: number }>(
    'SELECT recorded_at FROM fluxo.ledger WHERE merchant_id = $1 AND ledger_seq = $2',
    [merchantId, ledgerSeq],
  );
  const [row] = rows;
  if (row !== undefined) return toInstant(row.recorded_at);
  throw new Error(`I5: the ledger of ${merchantId} has records beyond ${ledgerSeq} and not this one`);
}

function openingsOf(documents: readonly DocumentLines[], from: string): StatementReading['openings'] {
  const before = documents.findLast(({ businessDate }) => businessDate < from);
  return new Map(
    before?.lines.map(({ accountId, currency, closingMinor }) => [
      accountId,
      { currency, minor: closingMinor },
    ]),
  );
}

function movedLines(documents: readonly DocumentLines[], from: string): readonly DayLine[] {
  return documents
    .filter(({ businessDate }) => businessDate >= from)
    .flatMap(({ lines }) => lines)
    .filter(({ creditCount, debitCount }) => creditCount + debitCount > 0)
    .toSorted((a, b) => (a.accountId === b.accountId ? 0 : a.accountId < b.accountId ? -1 : 1));
}
