/**
 * The view that the sink keeps in Redis, read when memory does not hold a merchant or is still loading.
 *
 * Redis may be away, empty, half rebuilt or set back to an older copy. So it is believed only where the sink has marked the merchant's
 * partition complete in both topics (spec.md I17), and only if it stands there no further back than it must (`reading-floor.ts`): an older copy
 * is marked complete as well. The marks are read in one transaction with the data. Time limit, and that many readers of one merchant cost one look-up, are its guard's (`guarded-view.ts`).
 */
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
  servedTopics,
} from '@fluxo/schemas';
import { Redis } from 'ioredis';
import type { Answer, BalanceView, DateRange, MerchantDays, StoredDay } from '../balance-view.ts';
import { decodeStored, type StoredCodecs } from '../decode-stored.ts';
import type { ReadingFloor, ServedOffsets } from '../reading-floor.ts';

/** The guard has stopped waiting long before; a command that hangs shall not be remembered until the connection breaks. */
const FORGOTTEN_AFTER_MS = 10_000;
/** A connection that has brought no answer for so long is cut: until then what was asked on it is kept, forgotten or not. None is cut that owes none. */
const CUT_AFTER_MS = FORGOTTEN_AFTER_MS + 1_000;

export type RedisViewOptions = {
  readonly url: string;
  /** How many partitions the topics have: it decides which marks speak for a merchant. */
  readonly partitions: number;
  readonly codecs: StoredCodecs;
  readonly floor: ReadingFloor;
};

/** Which dates to look up: the range and the latest before it, or only the very latest. */
type Selection = DateRange | 'latest' | 'none';

export class RedisView implements BalanceView {
  readonly tier = 'redis';
  readonly #redis: Redis;
  readonly #options: RedisViewOptions;

  constructor(options: RedisViewOptions) {
    this.#options = options;
    this.#redis = new Redis(options.url, {
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: FORGOTTEN_AFTER_MS,
      socketTimeout: CUT_AFTER_MS,
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

  async #lookUp(merchantId: string, selection: Selection): Promise<Answer<MerchantDays>> {
    const found = await this.#readIndex(merchantId, selection);
    if (!found.isCredible) return { kind: 'incomplete' };
    if (found.merchantBody === null) return { kind: 'unknown' };
    const merchant = await decodeStored<Merchant>(this.#options.codecs.merchants, found.merchantBody);
    const documents = await this.#readDocuments(merchantId, [...found.before, ...found.within]);
    // The index named a day that is gone by now: the database was flushed in between.
    if (documents === null) return { kind: 'incomplete' };
    const days = documents.slice(found.before.length);
    const before = found.before.length > 0 ? (documents[0] as StoredDay) : null;
    return { kind: 'known', head: found.head, value: { merchant, days, before } };
  }

  /** The merchant, the dates to read and whether all of it can be believed, as of one moment. */
  async #readIndex(merchantId: string, selection: Selection) {
    const { partitions, floor } = this.#options;
    const partition = partitionOf(Buffer.from(merchantId), partitions);
    const least = floor.of(partition);
    const daysKey = redisDaysKey(merchantId);
    const { from, to } = boundsOf(selection);
    const answers = await this.#redis
      .multi()
      .hmgetBuffer(redisMerchantKey(merchantId), 'body', 'head')
      .hmget(REDIS_POSITIONS_KEY, ...servedTopics.map(({ name }) => redisPositionField(name, partition)))
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
      isCredible: this.#areCredible(marks, partition, least),
      within: selection === 'latest' ? before : within,
      before: typeof selection === 'string' ? [] : before,
    };
  }

  /** Whether the marks of both topics say that nothing is missing, and are no older copy's; such marks are the least from now on. */
  #areCredible(marks: readonly (string | null)[], partition: number, least: ServedOffsets): boolean {
    const seen = marks.map((mark) => completeUpTo(mark));
    const isCredible = seen.every((nextOffset, index) => nextOffset >= (least[index] ?? 0));
    if (isCredible) this.#options.floor.raise(partition, seen);
    return isCredible;
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
      const document = await decodeStored<DailyBalance>(this.#options.codecs.dailyBalances, body as Buffer);
      days.push({
        businessDate: document.businessDate,
        revision: document.revision,
        read: () => document,
      });
    }
    return days;
  }
}

/** The next offset where the mark says that nothing before it is missing; less than any otherwise. */
function completeUpTo(mark: string | null): number {
  const position = parsePosition(mark ?? '');
  return position?.isComplete === true ? position.nextOffset : Number.NEGATIVE_INFINITY;
}

/** Scores between which to look: everything counts as "before" when only the latest is asked for, nothing when no day is. */
function boundsOf(selection: Selection): { from: string; to: string } {
  if (typeof selection === 'string') return { from: '+inf', to: '+inf' };
  return { from: String(selection.from), to: String(selection.to) };
}
