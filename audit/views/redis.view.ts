/**
 * The Redis view (layout: schemas/views/redis.ts) as the judge reads it: all keys by SCAN, so that what the topic does not have is
 * found too, then each merchant's in pipelines. Besides the documents it looks at what readers rely on to find them: the index of
 * days, the revision beside each body, the merchant's head.
 *
 * Memory: the names of the slice's keys, about a hundred bytes each.
 */
import { type JsonObject, type TopicCodec, toJsonForm } from '@fluxo/kafka';
import {
  fixedWidth,
  parseDate,
  parsePosition,
  REDIS_POSITIONS_KEY,
  REDIS_VIEW_PREFIX,
  redisDayKey,
  redisDaysKey,
  redisMerchantKey,
  redisPositionField,
} from '@fluxo/schemas';
import { Redis } from 'ioredis';
import { AuditError } from '../audit-error.ts';
import type { Slice } from '../slice.ts';
import type { KnownMerchant, ShownMerchant, View, ViewProblem } from './view.ts';

const COMMAND_TIMEOUT_MS = 10_000;
const SCAN_PAGE = 1_000;
/** Merchants read in one pipeline. */
const PIPELINE_MERCHANTS = 50;

const KEY = /^fluxo:v1:\{([A-Za-z0-9._~-]{1,64})\}(?::(days|\d{4}-\d{2}-\d{2}))?$/;

export type RedisViewOptions = {
  /** redis://[[user]:password@]host:port[/database] */
  readonly url: string;
  /** Which partition a merchant belongs to. */
  readonly partitionOf: (merchantId: string) => number;
  readonly codecs: { readonly [Name in 'dailyBalances' | 'merchants']: TopicCodec };
};

/** Merchant → dates that have a key. */
type Listed = Map<string, Set<string>>;

export class RedisView implements View {
  readonly name = 'Redis';
  readonly #options: RedisViewOptions;
  readonly #redis: Redis;

  constructor(options: RedisViewOptions) {
    this.#options = options;
    this.#redis = new Redis(options.url, {
      lazyConnect: true,
      maxRetriesPerRequest: 1,
      commandTimeout: COMMAND_TIMEOUT_MS,
    });
    // What matters comes out of the command that failed.
    this.#redis.on('error', () => undefined);
  }

  async position(topic: string, partition: number): Promise<number> {
    const field = redisPositionField(topic, partition);
    const stored = await this.#asked(() => this.#redis.hget(REDIS_POSITIONS_KEY, field));
    const position = parsePosition(stored ?? '');
    return position?.isComplete === true ? position.nextOffset : -1;
  }

  async *show(slice: Slice, known: ReadonlyMap<string, KnownMerchant>): AsyncGenerator<ShownMerchant> {
    const listed = await this.#list(slice);
    for (const { merchantId, days } of known.values())
      listed.set(merchantId, new Set([...(listed.get(merchantId) ?? []), ...days]));
    const merchants = [...listed];
    for (let at = 0; at < merchants.length; at += PIPELINE_MERCHANTS)
      yield* await this.#read(merchants.slice(at, at + PIPELINE_MERCHANTS), known);
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
  }

  /** Which documents of the slice have a key. */
  async #list(slice: Slice): Promise<Listed> {
    const listed: Listed = new Map();
    for (let cursor = ''; cursor !== '0'; ) {
      const [next, keys] = await this.#asked(() =>
        this.#redis.scan(cursor === '' ? '0' : cursor, 'MATCH', `${REDIS_VIEW_PREFIX}{*`, 'COUNT', SCAN_PAGE),
      );
      for (const key of keys) this.#note(key, slice, listed);
      cursor = next;
    }
    return listed;
  }

  #note(key: string, slice: Slice, listed: Listed): void {
    const [, merchantId, name] = KEY.exec(key) ?? [];
    if (merchantId === undefined || this.#options.partitionOf(merchantId) !== slice.partition) return;
    if (!slice.holds(Buffer.from(merchantId))) return;
    const days = listed.get(merchantId) ?? new Set();
    listed.set(merchantId, days);
    if (name !== undefined && name !== 'days') days.add(name);
  }

  async #read(
    merchants: readonly (readonly [string, ReadonlySet<string>])[],
    known: ReadonlyMap<string, KnownMerchant>,
  ): Promise<readonly ShownMerchant[]> {
    const heads = await this.#pipelined<unknown>((pipeline) => {
      for (const [merchantId] of merchants) {
        pipeline.hgetallBuffer(redisMerchantKey(merchantId));
        pipeline.zrange(redisDaysKey(merchantId), '0', '-1', 'WITHSCORES');
      }
    });
    const wanted = merchants.map(([merchantId, days], index) => {
      const fields = heads[2 * index] as Fields;
      const scores = scoresIn(heads[2 * index + 1] as unknown[]);
      return { merchantId, fields, scores, days: [...new Set([...days, ...scores.keys()])] };
    });
    const bodies = await this.#pipelined<Fields>((pipeline) => {
      for (const { merchantId, days } of wanted)
        for (const day of days) pipeline.hgetallBuffer(redisDayKey(merchantId, parseDate(day) ?? 0));
    });
    let at = 0;
    return wanted.map((found) => {
      const days = new Map(found.days.map((day) => [day, bodies[at++] as Fields]));
      return this.#shown({ ...found, days }, known.get(found.merchantId));
    });
  }

  #shown(found: StoredMerchant, known: KnownMerchant | undefined): ShownMerchant {
    const problems: ViewProblem[] = [];
    const merchant = this.#document(found.merchantId, found.fields, problems);
    const days = new Map<string, JsonObject>();
    for (const [day, fields] of found.days) {
      const key = `${found.merchantId}|${day}`;
      const document = this.#document(key, fields, problems);
      if (document !== null) days.set(day, document);
      problems.push(...indexProblems(key, day, { document, score: found.scores.get(day) }));
    }
    problems.push(
      ...headProblems(found, [...days.values(), ...(merchant === null ? [] : [merchant])], known),
    );
    return { merchantId: found.merchantId, merchant, days, problems };
  }

  /** The document of a hash in JSON form; null if there is none. */
  #document(key: string, { revision, body }: Fields, problems: ViewProblem[]): JsonObject | null {
    if (body === undefined) return null;
    const { dailyBalances, merchants } = this.#options.codecs;
    const decoded = (key.includes('|') ? dailyBalances : merchants).decode(body);
    if (decoded.kind !== 'record' || !('revision' in decoded.value)) {
      problems.push({ key, field: 'body', expected: 'a document', found: decoded.kind });
      return null;
    }
    const stated = revision?.toString() ?? '';
    const expected = fixedWidth(decoded.value.revision);
    if (stated !== expected)
      problems.push({ key, field: 'revision beside the body', expected, found: stated });
    return toJsonForm(decoded.type, decoded.value);
  }

  async #pipelined<T>(fill: (pipeline: ReturnType<Redis['pipeline']>) => void): Promise<T[]> {
    const pipeline = this.#redis.pipeline();
    fill(pipeline);
    if (pipeline.length === 0) return [];
    const answers = (await this.#asked(() => pipeline.exec())) ?? [];
    return answers.map(([error, answer]) => {
      if (error !== null) throw unavailable(error);
      return answer as T;
    });
  }

  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw unavailable(error as Error);
    }
  }
}

type Fields = { readonly revision?: Buffer; readonly body?: Buffer; readonly head?: Buffer };

type StoredMerchant = {
  readonly merchantId: string;
  readonly fields: Fields;
  /** Day → its score in the index. */
  readonly scores: ReadonlyMap<string, string>;
  readonly days: ReadonlyMap<string, Fields>;
};

/** `member, score, member, score …`, or the same in pairs, as the protocol's version has it. */
function scoresIn(answer: readonly unknown[]): ReadonlyMap<string, string> {
  const flat = answer.flat().map(String);
  const scores = new Map<string, string>();
  for (let at = 0; at + 1 < flat.length; at += 2) scores.set(flat[at] as string, flat[at + 1] as string);
  return scores;
}

function indexProblems(
  key: string,
  day: string,
  { document, score }: { readonly document: JsonObject | null; readonly score: string | undefined },
): readonly ViewProblem[] {
  const expected = String(parseDate(day));
  if (score === undefined && document === null) return [];
  if (score === undefined) return [{ key, field: 'index of days', expected, found: 'absent' }];
  if (document === null) return [{ key, field: 'index of days', expected: 'absent', found: score }];
  return score === expected ? [] : [{ key, field: 'index of days', expected, found: score }];
}

/** It is read before the documents, so that while the view is being written they may be ahead of it, and it never of them. */
function headProblems(
  { merchantId, fields }: StoredMerchant,
  documents: readonly JsonObject[],
  known: KnownMerchant | undefined,
): readonly ViewProblem[] {
  if (documents.length === 0 && fields.head === undefined) return [];
  const least = known?.head ?? 0;
  const most = Math.max(least, ...documents.map(({ revision }) => Number(revision)));
  const head = fields.head?.toString() ?? 'absent';
  const isRight = least <= Number(head) && Number(head) <= most;
  if (isRight && head.length === fixedWidth(0).length) return [];
  return [{ key: merchantId, field: 'head', expected: fixedWidth(most), found: head }];
}

function unavailable(error: Error): AuditError {
  return new AuditError(
    'view-unavailable',
    `Redis does not answer as it should: ${error.message}. Nothing can be said about that view. ` +
      'Does it run, and is it the one you mean (FLUXO_REDIS)?',
    { cause: error },
  );
}
