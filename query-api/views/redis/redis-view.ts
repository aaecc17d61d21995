/**
 * The view that the sink keeps in Redis, read when memory does not hold a merchant or is still loading.
 *
 * Redis may be away, empty, half rebuilt or set back to an older copy, so nothing follows from what it lacks unless the sink has
 * marked the merchant's partition complete in both topics (spec.md I17); the marks are read in one transaction with the data. It has
 * 250 ms; then it counts as unavailable. However many callers ask for the same at once, Redis is asked once.
 */
import type { TopicCodec } from '@fluxo/kafka';
import {
  type DailyBalance,
  type Merchant,
  parseDate,
  parsePosition,
  partitionOf,
  REDIS_POSITIONS_KEY,
  redisDayKey,
  redisDaysKey,
  redisMerchantKey,
  redisPositionField,
  topics,
} from '@fluxo/schemas';
import { Redis } from 'ioredis';
import {
  type Answer,
  type BalanceView,
  type DateRange,
  type MerchantDays,
  type StoredDay,
  ViewUnavailableError,
} from '../balance-view.ts';

const ANSWER_WITHIN_MS = 250;

export type RedisViewOptions = {
  readonly url: string;
  /** How many partitions the topics have: it decides which marks speak for a merchant. */
  readonly partitions: number;
  readonly codecs: { readonly dailyBalances: TopicCodec; readonly merchants: TopicCodec };
};

/** Which dates to look up: the range and the latest before it, or only the very latest. */
type Selection = DateRange | 'latest' | 'none';

export class RedisView implements BalanceView {
  readonly tier = 'redis';
  readonly #redis: Redis;
  readonly #options: RedisViewOptions;
  /** Look-ups under way, so that many readers of one cold merchant cost one. */
  readonly #underWay = new Map<string, Promise<Answer<MerchantDays>>>();

  constructor(options: RedisViewOptions) {
    this.#options = options;
    this.#redis = new Redis(options.url, {
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: ANSWER_WITHIN_MS,
      retryStrategy: (attempt) => Math.min(50 * attempt, 1_000),
    });
    // Without a listener each failed attempt would be printed; a caller learns of it by the look-up that fails.
    this.#redis.on('error', () => undefined);
  }

  /** Resolves when the connection stands; for those who cannot take "unavailable" for an answer, such as tests. */
  async connected(): Promise<void> {
    if (this.#redis.status !== 'ready') await new Promise((resolve) => this.#redis.once('ready', resolve));
  }

  async merchant(merchantId: string): Promise<Answer<Merchant>> {
    const answer = await this.#lookUp(merchantId, 'none');
    return answer.kind === 'known' ? { ...answer, value: answer.value.merchant } : answer;
  }

  days(merchantId: string, range: DateRange): Promise<Answer<MerchantDays>> {
    return this.#lookUp(merchantId, range);
  }

  latest(merchantId: string): Promise<Answer<MerchantDays>> {
    return this.#lookUp(merchantId, 'latest');
  }

  close(): void {
    this.#redis.disconnect();
  }

  #lookUp(merchantId: string, selection: Selection): Promise<Answer<MerchantDays>> {
    const question = `${merchantId} ${typeof selection === 'string' ? selection : `${selection.from} ${selection.to}`}`;
    const underWay = this.#underWay.get(question);
    if (underWay !== undefined) return underWay;
    const answer = withinTime(this.#ask(merchantId, selection)).finally(() =>
      this.#underWay.delete(question),
    );
    this.#underWay.set(question, answer);
    return answer;
  }

  async #ask(merchantId: string, selection: Selection): Promise<Answer<MerchantDays>> {
    const found = await this.#readIndex(merchantId, selection);
    if (!found.isComplete) return { kind: 'incomplete' };
    if (found.merchantBody === null) return { kind: 'unknown' };
    const merchant = await decodeWith<Merchant>(this.#options.codecs.merchants, found.merchantBody);
    const documents = await this.#readDocuments(merchantId, [...found.before, ...found.within]);
    // The index named a day that is gone by now: the database was flushed in between.
    if (documents === null) return { kind: 'incomplete' };
    const days = documents.slice(found.before.length);
    const before = found.before.length > 0 ? (documents[0] as StoredDay) : null;
    return { kind: 'known', head: found.head, value: { merchant, days, before } };
  }

  /** The merchant, the dates to read and whether absence can be believed, as of one moment. */
  async #readIndex(merchantId: string, selection: Selection) {
    const { partitions } = this.#options;
    const partition = partitionOf(Buffer.from(merchantId), partitions);
    const daysKey = redisDaysKey(merchantId);
    const { from, to } = boundsOf(selection);
    const answers = await this.#redis
      .multi()
      .hmgetBuffer(redisMerchantKey(merchantId), 'body', 'head')
      .hmget(
        REDIS_POSITIONS_KEY,
        redisPositionField(topics.merchants.name, partition),
        redisPositionField(topics.dailyBalances.name, partition),
      )
      .zrange(daysKey, from, to, 'BYSCORE')
      .zrange(daysKey, `(${from}`, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, 1)
      .exec();
    const [stored, marks, within, before] = (answers ?? []).map(([error, answer]) => {
      if (error !== null) throw error;
      return answer;
    }) as [(Buffer | null)[], (string | null)[], string[], string[]];
    return {
      merchantBody: stored[0] ?? null,
      head: Number(stored[1]?.toString() ?? 0),
      isComplete: marks.every((mark) => mark !== null && parsePosition(mark)?.isComplete === true),
      within: selection === 'latest' ? before : within,
      before: typeof selection === 'string' ? [] : before,
    };
  }

  /** The documents of these dates, or null if one of them is not there. */
  async #readDocuments(merchantId: string, dates: readonly string[]): Promise<readonly StoredDay[] | null> {
    const pipeline = this.#redis.pipeline();
    for (const date of dates) pipeline.hgetBuffer(redisDayKey(merchantId, parseDate(date) as number), 'body');
    const answers = dates.length === 0 ? [] : ((await pipeline.exec()) ?? []);
    const days: StoredDay[] = [];
    for (const [error, body] of answers) {
      if (error !== null) throw error;
      if (body === null) return null;
      const document = await decodeWith<DailyBalance>(this.#options.codecs.dailyBalances, body as Buffer);
      days.push({
        businessDate: document.businessDate,
        revision: document.revision,
        read: () => document,
      });
    }
    return days;
  }
}

/** Scores between which to look: everything counts as "before" when only the latest is asked for, nothing when no day is. */
function boundsOf(selection: Selection): { from: string; to: string } {
  if (typeof selection === 'string') return { from: '+inf', to: '+inf' };
  return { from: String(selection.from), to: String(selection.to) };
}

/** Decodes what the sink stored; a schema that is new to this process is asked for once. */
async function decodeWith<Value>(codec: TopicCodec, body: Uint8Array): Promise<Value> {
  let decoded = codec.decode(body);
  if (decoded.kind === 'unknown-schema') {
    await codec.refresh();
    decoded = codec.decode(body);
  }
  if (decoded.kind === 'record') return decoded.value as Value;
  throw new ViewUnavailableError(
    'Redis holds a document this release cannot read; a newer one may have written it',
  );
}

/** Fails as unavailable when the look-up fails for any reason or takes too long. */
async function withinTime<Value>(lookUp: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new ViewUnavailableError(`Redis did not answer within ${ANSWER_WITHIN_MS} ms`)),
      ANSWER_WITHIN_MS,
    );
  });
  try {
    return await Promise.race([lookUp, tooLate]);
  } catch (error) {
    if (error instanceof ViewUnavailableError) throw error;
    throw new ViewUnavailableError(`Redis cannot be read: ${(error as Error).message}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
