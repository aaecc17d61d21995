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
  const listing = new Listing(client, merchantId, question);
  if (listing.hasDays) return listing.isExact ? listing.merged() : listing.windowed(candidatesMax);
  return listing.streamed(candidatesMax);
}

/** The statements of one page. */
class Listing {
  readonly #client: PoolClient;
  readonly #merchantId: string;
  readonly #question: EntriesQuestion;
  /** Place in `inOrder` of what gives the candidates; -1: all entries are. */
  readonly #lead: number;

  constructor(client: PoolClient, merchantId: string, question: EntriesQuestion) {
    this.#client = client;
    this.#merchantId = merchantId;
    this.#question = question;
    this.#lead = inOrder.findIndex((part) => part(question.filter, () => '') !== null);
  }

  /** Whether days lead, and more than one: a late entry of an old day stands among the newest, so an index has them in no order of ours. */
  get hasDays(): boolean {
    const { businessDates } = this.#question.filter;
    return this.#lead === BY_DATES && businessDates?.from !== businessDates?.to;
  }

  /** Whether every candidate fits. */
  get isExact(): boolean {
    return this.#rest(() => '').length === 0;
  }

  /** Candidates from one index, in its order, until the page is full or enough were looked at. */
  async streamed(candidatesMax: number): Promise<Page> {
    const { limit } = this.#question;
    const streamMax = this.isExact ? limit + 1 : Math.max(limit + 1, candidatesMax);
    const found = await this.#fitting((bind) => this.#stream(bind, streamMax));
    if (found.length > limit || this.isExact) return this.#page(found, null);
    const { values, bind } = parameters();
    const { rows } = await this.#client.query<{ last: number | null }>(
      `SELECT min(e.ledger_seq) AS last FROM ${this.#stream(bind, streamMax)} HAVING count(*) = ${streamMax}`,
      values,
    );
    return this.#page(found, rows[0]?.last ?? null);
  }

  /** The newest of each day, merged: among them are the newest of all. */
  async merged(): Promise<Page> {
    const { limit } = this.#question;
    return this.#page(await this.#fitting((bind) => this.#newestOfDays(bind, limit + 1)), null);
  }

  /**
   * From the newest entry of these days on, as many records of the ledger as may be looked at: ledgerSeq has no gaps (I5), so that many
   * numbers are no more entries.
   */
  async windowed(candidatesMax: number): Promise<Page> {
    const { values, bind } = parameters();
    const { rows } = await this.#client.query<{ newest: number | null }>(
      `SELECT max(e.ledger_seq) AS newest FROM ${this.#newestOfDays(bind, 1)}`,
      values,
    );
    const newest = rows[0]?.newest ?? 0;
    const oldest = newest - candidatesMax + 1;
    const found = await this.#fitting(
      (bound) => `(SELECT e.* FROM fluxo.ledger AS e WHERE ${this.#conditions(bound)}
        AND e.ledger_seq BETWEEN ${bound(oldest)} AND ${bound(newest)}) AS e`,
    );
    return this.#page(found, oldest > 1 ? oldest : null);
  }

  /** `next` is where what was looked at ends; null: everything was. */
  #page(found: readonly number[], next: number | null): Page {
    const { limit } = this.#question;
    const ledgerSeqs = found.slice(0, limit);
    return { ledgerSeqs, next: found.length > limit ? (ledgerSeqs.at(-1) ?? null) : next };
  }

  /** The candidates that fit, newest first, at most one more than the page takes. */
  async #fitting(candidates: (bind: Bind) => string): Promise<readonly number[]> {
    const { values, bind } = parameters();
    const conditions = ['true', ...this.#rest(bind)].join(' AND ');
    const { rows } = await this.#client.query<{ ledger_seq: number }>(
      `SELECT e.ledger_seq FROM ${candidates(bind)} WHERE ${conditions}
       ORDER BY e.ledger_seq DESC LIMIT ${this.#question.limit + 1}`,
      values,
    );
    return rows.map(({ ledger_seq }) => ledger_seq);
  }

  #stream(bind: Bind, streamMax: number): string {
    return `(SELECT e.* FROM fluxo.ledger AS e WHERE ${this.#conditions(bind)}
      ORDER BY e.ledger_seq DESC LIMIT ${streamMax}) AS e`;
  }

  #newestOfDays(bind: Bind, streamMax: number): string {
    const { from, to } = this.#question.filter.businessDates as DateSpan;
    return `(SELECT generate_series(${bind(from)}::date, ${bind(to)}, interval '1 day')::date AS day) AS days
      CROSS JOIN LATERAL (SELECT e.* FROM fluxo.ledger AS e WHERE ${this.#conditions(bind, 'e.business_date = day')}
      ORDER BY e.ledger_seq DESC LIMIT ${streamMax}) AS e`;
  }

  /** What makes a row a candidate; `lead` in place of the part that leads. */
  #conditions(bind: Bind, lead = inOrder[this.#lead]?.(this.#question.filter, bind) ?? 'true'): string {
    const { before } = this.#question;
    const isEntry = `e.merchant_id = ${bind(this.#merchantId)} AND e.record_type = 'EntryPosted' AND ${lead}`;
    return before === null ? isEntry : `${isEntry} AND e.ledger_seq < ${bind(before)}`;
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
