/**
 * The days of one merchant as the query API shows them, page after page: what is kept of them to be compared, and what is wrong with them already in
 * themselves: a status that is not the merchant's, a day without movements that does not carry over the one before (spec.md 3.4).
 */
import type { JsonObject, JsonValue } from '@fluxo/kafka';
import type { BalanceBody } from '@fluxo/schemas';
import { differingFields } from '../difference.ts';
import type { ViewProblem } from './view.ts';

/** Days in order: those with a document are kept, the others must be carried over from the one before. */
export class DayWalk {
  readonly days = new Map<string, JsonObject>();
  readonly problems: ViewProblem[] = [];
  readonly statusProblems: ViewProblem[] = [];
  readonly #merchantId: string;
  readonly #closedThrough: string | null;
  /** The greatest revision in the topics as they were read. */
  readonly #head: number;
  #before: BalanceBody | null = null;

  constructor(merchantId: string, at: { readonly closedThrough: string | null; readonly head: number }) {
    this.#merchantId = merchantId;
    this.#closedThrough = at.closedThrough;
    this.#head = at.head;
  }

  get lastDocument(): string | null {
    return this.#before?.businessDate ?? null;
  }

  take(day: BalanceBody): void {
    this.#checkStatus(day);
    if (day.materialized) {
      this.days.set(day.businessDate, documentForm(day));
      this.#before = day;
    } else this.#checkCarriedOver(day);
  }

  /** What is wrong with what is called the latest, null for none: it must be the last document, unless one of them was posted since. */
  problemsOfLatest(latest: BalanceBody | null): readonly ViewProblem[] {
    const last = this.days.get(this.lastDocument ?? '') ?? {};
    const isOfAnotherMoment = latest?.revision !== last['revision'];
    if (latest !== null && isOfAnotherMoment && latest.revision >= this.#head) return [];
    return this.#problems('latest', { expected: last, found: latest === null ? {} : documentForm(latest) });
  }

  #checkStatus({ businessDate, status: found }: BalanceBody): void {
    const isClosed = this.#closedThrough !== null && businessDate <= this.#closedThrough;
    const expected = isClosed ? 'CLOSED' : 'OPEN';
    if (found !== expected)
      this.statusProblems.push({
        key: `${this.#merchantId}|${businessDate}`,
        field: 'status',
        expected,
        found,
      });
  }

  #checkCarriedOver({ businessDate, revision, accounts, totals, byKind, byMethod }: BalanceBody): void {
    // A late entry has made a day before all that were known: what it carries over was published since.
    if (this.#before === null && revision > this.#head) return;
    const found = { revision, accounts, totals, byKind, byMethod };
    const expected = carriedOver(this.#before);
    for (const problem of this.#problems(businessDate, { expected, found }))
      this.problems.push({ ...problem, field: `${problem.field} (no document on this day)` });
  }

  #problems(day: string, { expected, found }: Compared): readonly ViewProblem[] {
    return differingFields(expected, found).map(({ field, ...values }) => ({
      key: `${this.#merchantId}|${day}`,
      field,
      expected: JSON.stringify(values.expected),
      found: JSON.stringify(values.found),
    }));
  }
}

type Compared = { readonly expected: JsonObject; readonly found: JsonObject };

/** What a day without movements shows after this one. */
function carriedOver(before: BalanceBody | null): JsonObject {
  const still = { creditsMinor: 0, debitsMinor: 0, creditCount: 0, debitCount: 0 };
  return {
    revision: before?.revision ?? 0,
    accounts: (before?.accounts ?? []).map((row) => ({ ...row, ...still, openingMinor: row.closingMinor })),
    totals: (before?.totals ?? []).map((row) => ({ ...row, ...still, openingMinor: row.closingMinor })),
    byKind: [],
    byMethod: [],
  };
}

/** The body as the record in the topic says it: without what the API adds, instants in epoch milliseconds. */
function documentForm(body: BalanceBody): JsonObject {
  const { status: _status, materialized: _materialized, ...document } = body;
  return { ...document, dayStart: instant(body.dayStart), recordedAt: instant(body.recordedAt) };
}

/** Epoch milliseconds, as records have them. */
export function instant(text: string | null): JsonValue {
  return text === null ? null : Date.parse(text);
}
