/**
 * The query API as the judge reads it: over HTTP like any front end, every merchant with every day from the day before its first
 * document to the day after its last, in pages. A day that has no document must be shown as spec.md 3.4 says: filled from the latest
 * earlier one. Merchants that only the API knows cannot be found, because it lists none. Of a process that holds some partitions only
 * (decision 0027) those are judged: for the others it answers out of the stores, which are judged themselves.
 *
 * Behind one address there may be several processes, and the one that answers need not be the one that named its position. So each answer
 * is asked to be as new as the topics were (`minRevision`); only what stays older is judged as it is.
 *
 * Memory: one page, at most 400 days, per request under way.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '@fluxo/kafka';
import {
  type BalanceBody,
  type BalanceRangeBody,
  formatDate,
  type MerchantBody,
  parseDate,
} from '@fluxo/schemas';
import { AuditError } from '../audit-error.ts';
import type { Slice } from '../slice.ts';
import { DayWalk, instant } from './day-walk.ts';
import { getAsWritten } from './get-as-written.ts';
import type { KnownMerchant, ShownMerchant, View, ViewProblem } from './view.ts';

const ANSWER_WITHIN_MS = 20_000;
const PAGE_DAYS = 400;
const REQUESTS_AT_ONCE = 8;
/** A 503 says that it is busy or still loading; so often it is asked in all, with this pause in between. */
const ATTEMPTS_MAX = 60;
const BUSY_PAUSE_MS = 500;
/** So often in all is asked again for an answer that is older than the topics; the API itself waits two seconds each time. */
const OLDER_ASKED_AGAIN_MAX = 20;

export type ApiAccess = () => Promise<Readonly<Record<string, string>>>;

export class QueryApiView implements View {
  readonly name = 'query API';
  readonly #baseUrl: string;
  readonly #access: ApiAccess;
  #olderAskedAgain = 0;

  /** `access` gives the headers that let a reader of every merchant in, anew before each request. */
  constructor(baseUrl: string, access: ApiAccess = async () => ({})) {
    this.#baseUrl = baseUrl.replace(/\/+$/, '');
    this.#access = access;
  }

  /** The API names no position at all before it reads, and afterwards one for each partition it holds. */
  async position(topic: string, partition: number): Promise<number | 'elsewhere'> {
    const { body } = await this.#ask('/readyz');
    const { positions } = (body ?? {}) as { positions?: Record<string, Record<string, number>> };
    const held = positions?.[topic];
    return held === undefined ? -1 : (held[partition] ?? 'elsewhere');
  }

  async *show(_slice: Slice, known: ReadonlyMap<string, KnownMerchant>): AsyncGenerator<ShownMerchant> {
    const merchants = [...known.values()];
    for (let at = 0; at < merchants.length; at += REQUESTS_AT_ONCE)
      yield* await Promise.all(
        merchants.slice(at, at + REQUESTS_AT_ONCE).map((merchant) => this.#merchant(merchant)),
      );
  }

  async close(): Promise<void> {
    // Connections are the agent's of the process, which keeps and closes them itself.
  }

  async #merchant({ merchantId, days: dates, head, revision }: KnownMerchant): Promise<ShownMerchant> {
    const path = `/v1/merchants/${encodeURIComponent(merchantId)}`;
    const asNew = `minRevision=${head}`;
    // Its own: that one of a later document has come says nothing of the merchant where a store answers.
    const own = `${path}?minRevision=${revision}`;
    const body = (await this.#newDocument(own)) as MerchantBody | null;
    const latest = (await this.#document(`${path}/balances/latest`)) as BalanceBody | null;
    const days = [...dates, ...(latest === null ? [] : [latest.businessDate])].map(
      (date) => parseDate(date) ?? 0,
    );
    const walk = new DayWalk(merchantId, { closedThrough: body?.closedThrough ?? null, head });
    if (days.length > 0)
      await this.#walk(walk, path, {
        from: Math.min(...days) - 1,
        to: Math.max(...days) + 1,
        asNew,
      });
    const problems = [...walk.problems, ...(await this.#problemsOfLatest(walk, path, { latest, asNew }))];
    // Closed or opened meanwhile: then a status may be of before or after.
    if (walk.statusProblems.length > 0) {
      // Several processes may answer, and one learn of it a moment after another.
      await sleep(BUSY_PAUSE_MS);
      const after = (await this.#newDocument(own)) as MerchantBody | null;
      if (after?.revision === body?.revision) problems.push(...walk.statusProblems);
    }
    return { merchantId, merchant: body === null ? null : merchantForm(body), days: walk.days, problems };
  }

  /** It was asked for before the days were, by any of several processes: where it is not the last of them, it is asked for anew. */
  async #problemsOfLatest(
    walk: DayWalk,
    path: string,
    { latest, asNew }: { readonly latest: BalanceBody | null; readonly asNew: string },
  ): Promise<readonly ViewProblem[]> {
    if (walk.problemsOfLatest(latest).length === 0) return [];
    return walk.problemsOfLatest(
      (await this.#newDocument(`${path}/balances/latest?${asNew}`)) as BalanceBody | null,
    );
  }

  /** Each page begins with the last document of the one before, so that what is carried over stands in one answer with its origin. */
  async #walk(
    walk: DayWalk,
    path: string,
    { from, to, asNew }: { readonly from: number; readonly to: number; readonly asNew: string },
  ): Promise<void> {
    for (let start = from; start <= to; ) {
      const end = Math.min(to, start + PAGE_DAYS - 1);
      const query = `from=${formatDate(start)}&to=${formatDate(end)}&${asNew}`;
      const page = (await this.#newDocument(`${path}/balances?${query}`)) as BalanceRangeBody | null;
      for (const day of page?.days ?? []) walk.take(day);
      const last = parseDate(walk.lastDocument ?? '') ?? start;
      start = end === to || last <= start ? end + 1 : last;
    }
  }

  /** The document of a known merchant at this path, asked for again while what answers has not come to it yet. */
  async #newDocument(path: string): Promise<unknown> {
    for (;;) {
      const { body, isFresh } = await this.#answer(path);
      if (isFresh && body !== null) return body;
      if (this.#olderAskedAgain >= OLDER_ASKED_AGAIN_MAX) return body;
      this.#olderAskedAgain += 1;
    }
  }

  async #document(path: string): Promise<unknown> {
    return (await this.#answer(path)).body;
  }

  /** What stands at this path; null for what the API does not know. An API that is busy is asked again. */
  async #answer(path: string): Promise<{ readonly body: unknown; readonly isFresh: boolean }> {
    for (let attempt = 1; ; attempt += 1) {
      const { status, body, isFresh } = await this.#ask(path, await this.#headers());
      if (status === 200) return { body, isFresh };
      if (status === 404) return { body: null, isFresh };
      if (status === 503 && attempt < ATTEMPTS_MAX) {
        await sleep(BUSY_PAUSE_MS);
        continue;
      }
      const { code, detail } = (body ?? {}) as { code?: string; detail?: string };
      throw unavailable(`it answers ${status} ${code ?? ''} to ${path} (${detail ?? 'without a reason'})`);
    }
  }

  async #headers(): Promise<Readonly<Record<string, string>>> {
    try {
      return await this.#access();
    } catch (error) {
      throw unavailable(`no access token (${(error as Error).message})`, error);
    }
  }

  async #ask(
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly status: number; readonly body: unknown; readonly isFresh: boolean }> {
    try {
      const place = { baseUrl: this.#baseUrl, path };
      const answer = await getAsWritten(place, { headers, withinMs: ANSWER_WITHIN_MS });
      const isFresh = answer.headers['x-fluxo-fresh'] !== 'false';
      return { status: answer.status, body: JSON.parse(answer.text), isFresh };
    } catch (error) {
      throw unavailable(`no answer from ${this.#baseUrl}${path} (${(error as Error).message})`, error);
    }
  }
}

function merchantForm(body: MerchantBody): JsonObject {
  return { ...body, recordedAt: instant(body.recordedAt) };
}

function unavailable(why: string, cause?: unknown): AuditError {
  return new AuditError(
    'view-unavailable',
    `The query API cannot be read: ${why}. Nothing can be said about that view. ` +
      'Does it run (`npm run stack -- status`), and is it the one you mean (FLUXO_QUERY_API)?',
    { cause },
  );
}
