/**
 * A view against the topics (I14), slice by slice: every document of the topic is shown, equal in every field, and nothing else is.
 * The topics are those that have just been judged by the recount, so a view that equals them is right. The view may be ahead of what
 * was read of the topic: then it must show exactly a version that has been published since; it may never show an older one, once
 * it says that it has caught up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '@fluxo/kafka';
import { AuditError } from './audit-error.ts';
import { ABSENT, type Difference, type Differences, differingFields, PRESENT } from './difference.ts';
import type { DocumentTable } from './document-table.ts';
import type { AuditLogs } from './logs.ts';
import type { Slice } from './slice.ts';
import type { JudgedSlice } from './slice-judge.ts';
import { judgeRejections, type RefusalCodecs } from './view-rejections.ts';
import type { KnownMerchant, ShownMerchant, View } from './views/view.ts';

const POLL_MS = 200;

export type ViewOptions = {
  readonly logs: AuditLogs;
  readonly codecs: RefusalCodecs;
  readonly differences: Differences;
  /** How long to wait for a view that lags. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

type Topics = Pick<JudgedSlice, 'balances' | 'merchants'>;

/** A document that the view shows in a version that was not in the topic when that was read. */
type Ahead = { readonly table: DocumentTable; readonly key: string; readonly form: JsonObject };

/** Judges the view; returns how many documents it shows, or that the partition is not its to show. Fails with `view-lags` or `view-unavailable`. */
export async function judgeView(
  view: View,
  { slice, topics }: { readonly slice: Slice; readonly topics: Topics },
  options: ViewOptions,
): Promise<number | 'elsewhere'> {
  if ((await caughtUp(view, topics, options)) === 'elsewhere') return 'elsewhere';
  const judge = new ViewJudge(view.name, topics, options);
  const known = knownIn(topics);
  for await (const shown of view.show(slice, known)) judge.take(shown, known.get(shown.merchantId));
  await judge.settleAhead();
  const rejections = view.rejections?.(slice);
  if (rejections !== undefined)
    await judgeRejections(rejections, {
      logs: options.logs,
      codecs: options.codecs,
      slice,
      add: (difference) => judge.add(difference),
    });
  return judge.documents;
}

/** Waits until the view says that it shows everything that was read of the topics. */
async function caughtUp(
  view: View,
  topics: Topics,
  { logs, timeoutMs, signal }: ViewOptions,
): Promise<'caught-up' | 'elsewhere'> {
  const deadlineMs = performance.now() + timeoutMs;
  const { partition } = topics.balances;
  const further = await Promise.all(
    (view.alsoFollows ?? []).map(async (topic) => ({
      topic,
      partition,
      nextOffset: await logs.endOffset(topic, partition),
    })),
  );
  for (const { topic, nextOffset } of [topics.balances, topics.merchants, ...further])
    for (;;) {
      const position = await view.position(topic, partition);
      if (position === 'elsewhere') return 'elsewhere';
      if (position >= nextOffset || nextOffset === 0) break;
      if (performance.now() >= deadlineMs) throw lagging(view, { topic, partition, position, nextOffset });
      await sleep(POLL_MS, undefined, { signal });
    }
  return 'caught-up';
}

class ViewJudge {
  readonly #name: string;
  readonly #topics: Topics;
  readonly #options: ViewOptions;
  readonly #ahead: Ahead[] = [];
  documents = 0;

  constructor(name: string, topics: Topics, options: ViewOptions) {
    this.#name = name;
    this.#topics = topics;
    this.#options = options;
  }

  take(shown: ShownMerchant, known: KnownMerchant | undefined): void {
    const { merchantId, merchant, days, problems } = shown;
    const { balances, merchants } = this.#topics;
    const isKnown = merchants.documents.has(merchantId);
    if (merchant !== null || isKnown) this.#compare(merchants, merchantId, merchant);
    for (const day of new Set([...(known?.days ?? []), ...days.keys()]))
      this.#compare(balances, `${merchantId}|${day}`, days.get(day) ?? null);
    for (const problem of problems) this.add(problem);
  }

  /** Holds what was ahead of the topic against what has been published there since. */
  async settleAhead(): Promise<void> {
    for (const table of [this.#topics.balances, this.#topics.merchants]) {
      const waiting = new Map(
        this.#ahead.filter((each) => each.table === table).map(({ key, form }) => [key, form]),
      );
      if (waiting.size === 0) continue;
      for await (const { key, form } of table.published(this.#options.logs)) {
        const shown = waiting.get(key);
        if (shown === undefined || shown['revision'] !== form['revision']) continue;
        for (const field of differingFields(form, shown)) this.add({ key, ...field });
        waiting.delete(key);
      }
      for (const [key, { revision }] of waiting)
        this.add({
          key,
          field: 'record',
          expected: table.documents.has(key) ? `revision ${table.documents.get(key)?.revision}` : ABSENT,
          found: `revision ${Number(revision)}, which was never published`,
        });
    }
  }

  #compare(table: DocumentTable, key: string, form: JsonObject | null): void {
    const expected = table.documents.get(key);
    if (form === null) {
      if (expected !== undefined) this.add({ key, field: 'record', expected: PRESENT, found: ABSENT });
      return;
    }
    this.documents += 1;
    if (expected === undefined || Number(form['revision']) > expected.revision)
      this.#ahead.push({ table, key, form });
    else for (const field of differingFields(table.formOf(expected), form)) this.add({ key, ...field });
  }

  add(difference: Omit<Difference, 'where' | 'partition'>): void {
    const { partition } = this.#topics.balances;
    this.#options.differences.add({ where: this.#name, partition, ...difference });
  }
}

/** The merchants of the topics with their days. */
function knownIn({ balances, merchants }: Topics): ReadonlyMap<string, KnownMerchant> {
  const known = new Map<string, KnownMerchant & { days: string[]; head: number; daysHead: number }>();
  const knownAs = (merchantId: string) => {
    const revision = merchants.documents.get(merchantId)?.revision ?? 0;
    const entry = known.get(merchantId) ?? { merchantId, revision, days: [], head: 0, daysHead: 0 };
    known.set(merchantId, entry);
    return entry;
  };
  for (const [key, { revision }] of [...merchants.documents, ...balances.documents]) {
    const [merchantId = '', day] = key.split('|');
    const entry = knownAs(merchantId);
    entry.head = Math.max(entry.head, revision);
    if (day === undefined) continue;
    entry.daysHead = Math.max(entry.daysHead, revision);
    entry.days.push(day);
  }
  for (const { days } of known.values()) days.sort();
  return known;
}

function lagging(
  view: View,
  at: { topic: string; partition: number; position: number; nextOffset: number },
): AuditError {
  const { topic, partition, position, nextOffset } = at;
  return new AuditError(
    'view-lags',
    `${view.name} has not caught up with ${topic}, partition ${partition}: it stands at ${position < 0 ? 'no position' : position} of ${nextOffset}. ` +
      'Nothing can be said about it until it has: `fluxo topics` shows whether the lag shrinks; give it longer with --timeout.',
  );
}
