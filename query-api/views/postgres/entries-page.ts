/**
 * Which entries a page of a listing holds: the newest that fit the filter, below the place where the page before ended. No page costs more
 * than looking at `candidatesMax` rows, whatever the filter and however long the ledger (decision 0021). Candidates come in the order of
 * one index, the best for the filter; what that index cannot tell is asked of each of them. If they run out before the page is full, the
 * next page goes on behind the last one looked at.
 */
import type { PoolClient } from '@fluxo/postgres';
import type { DateSpan, EntriesQuestion, EntryFilter } from '../ledger-view.ts';

export type Page = { readonly ledgerSeqs: readonly number[]; readonly next: number | null };

/** Makes a value a parameter of a statement, and says its name there. */
type Bind = (value: unknown) => string;

/** A part of a filter as a condition on a row `e`; null where the filter asks nothing of it. */
type Part = (filter: EntryFilter, bind: Bind) => string | null;

/** Parts that an index answers in the order of a page; of several, the first gives the candidates. */
const inOrder: readonly Part[] = [
  ({ externalId }, bind) => equal('e.external_id', externalId, bind),
  ({ amountMin, amountMax }, bind) =>
    amountMin === amountMax ? equal('e.amount_minor', amountMin, bind) : null,
  ({ businessDates: dates }, bind) => (dates === null ? null : within(dates, bind)),
  ({ kind }, bind) => equal('e.kind', kind, bind),
  ({ accountId }, bind) => equal('e.account_id', accountId, bind),
  ({ paymentMethod }, bind) => equal('e.payment_method', paymentMethod, bind),
];
const BY_DATES = 2;

/** Parts that are asked of candidates only. */
const ofEach: readonly Part[] = [
  ({ direction }, bind) => equal('e.direction', direction, bind),
  ({ amountMin, amountMax }, bind) =>
    amountMin === null || amountMin === amountMax ? null : `e.amount_minor >= ${bind(amountMin)}`,
  ({ amountMin, amountMax }, bind) =>
    amountMax === null || amountMin === amountMax ? null : `e.amount_minor <= ${bind(amountMax)}`,
  ({ text }, bind) => (text === null ? null : contains(bind(text))),
];

function equal(column: string, value: unknown, bind: Bind): string | null {
  return value === null ? null : `${column} = ${bind(value)}`;
}

function within({ from, to }: DateSpan, bind: Bind): string {
  return from === to
    ? `e.business_date = ${bind(from)}`
    : `e.business_date BETWEEN ${bind(from)} AND ${bind(to)}`;
}

/** Whatever the case, in any script; otherwise literally: `strpos` knows no wildcards. */
function contains(text: string): string {
  const folded = (value: string): string => `casefold(${value} COLLATE pg_unicode_fast)`;
  const columns = ['e.description', 'e.reason', 'e.external_id'];
  return `(${columns.map((column) => `strpos(${folded(column)}, ${folded(`${text}::text`)}) > 0`).join(' OR ')})`;
}

export async function readPage(
  client: PoolClient,
  merchantId: string,
  question: EntriesQuestion,
  candidatesMax: number,
): Promise<Page> {
  const listing = new Listing(merchantId, question, candidatesMax);
  const { limit } = question;
  const found = await listing.fitting(client);
  const frontier =
    listing.isCutAnywhere && (listing.hasDays || found.length <= limit)
      ? await listing.frontier(client)
      : null;
  const reached = found.filter((ledgerSeq) => frontier === null || ledgerSeq >= frontier);
  const ledgerSeqs = reached.slice(0, limit);
  return { ledgerSeqs, next: reached.length > limit ? (ledgerSeqs.at(-1) ?? null) : frontier };
}

/** The statements of one page. */
class Listing {
  readonly #merchantId: string;
  readonly #question: EntriesQuestion;
  /** Place in `inOrder` of what gives the candidates; -1: all entries do. */
  readonly #lead: number;
  /** Candidates of each stream: one stream per day of a range, and a single one of everything else. */
  readonly #streamMax: number;
  /** A range is a stream per day: entries of an old week may stand anywhere in the ledger, but those of a day stand together in the index. */
  readonly hasDays: boolean;
  /** Whether a stream may end before everything in it was looked at, and the page not be full. */
  readonly isCutAnywhere: boolean;

  constructor(merchantId: string, question: EntriesQuestion, candidatesMax: number) {
    this.#merchantId = merchantId;
    this.#question = question;
    const { filter, limit } = question;
    this.#lead = inOrder.findIndex((part) => part(filter, () => '') !== null);
    const days = this.#lead === BY_DATES ? daysIn(filter.businessDates as DateSpan) : 1;
    this.hasDays = days > 1;
    this.isCutAnywhere = this.#rest(() => '').length > 0;
    this.#streamMax = this.isCutAnywhere ? Math.max(limit + 1, Math.floor(candidatesMax / days)) : limit + 1;
  }

  /** The candidates that fit, newest first, at most one more than the page takes. */
  async fitting(client: PoolClient): Promise<readonly number[]> {
    const { values, bind } = parameters();
    const { limit } = this.#question;
    const conditions = ['true', ...this.#rest(bind)].join(' AND ');
    const { rows } = await client.query<{ ledger_seq: number }>(
      `SELECT e.ledger_seq FROM ${this.#candidates(bind)} WHERE ${conditions} ORDER BY e.ledger_seq DESC LIMIT ${limit + 1}`,
      values,
    );
    return rows.map(({ ledger_seq }) => ledger_seq);
  }

  /** Down to here every entry was looked at; null: to the end. */
  async frontier(client: PoolClient): Promise<number | null> {
    const { values, bind } = parameters();
    const stream = this.hasDays ? 'day' : '()';
    const { rows } = await client.query<{ frontier: number | null }>(
      `SELECT max(last) AS frontier FROM (
         SELECT min(e.ledger_seq) AS last FROM ${this.#candidates(bind)} GROUP BY ${stream} HAVING count(*) = ${this.#streamMax}
       ) AS cut`,
      values,
    );
    return rows[0]?.frontier ?? null;
  }

  #candidates(bind: Bind): string {
    const { filter, before } = this.#question;
    const lead = inOrder[this.#lead];
    const conditions = [
      `e.merchant_id = ${bind(this.#merchantId)}`,
      `e.record_type = 'EntryPosted'`,
      before === null ? null : `e.ledger_seq < ${bind(before)}`,
      this.hasDays ? 'e.business_date = day' : (lead?.(filter, bind) ?? null),
    ].filter((each) => each !== null);
    const stream = `(SELECT e.* FROM fluxo.ledger AS e WHERE ${conditions.join(' AND ')}
      ORDER BY e.ledger_seq DESC LIMIT ${this.#streamMax}) AS e`;
    if (!this.hasDays) return stream;
    const { from, to } = filter.businessDates as DateSpan;
    return `(SELECT generate_series(${bind(from)}::date, ${bind(to)}, interval '1 day')::date AS day) AS days
      CROSS JOIN LATERAL ${stream}`;
  }

  #rest(bind: Bind): readonly string[] {
    const parts = [...inOrder.filter((_, place) => place !== this.#lead), ...ofEach];
    return parts.map((part) => part(this.#question.filter, bind)).filter((each) => each !== null);
  }
}

function parameters(): { readonly values: unknown[]; readonly bind: Bind } {
  const values: unknown[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
}

const DAY_MS = 86_400_000;

function daysIn({ from, to }: DateSpan): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
}
