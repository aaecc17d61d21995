/**
 * The Redis view: which keys there are and what they hold. `sinks/redis` writes and rebuilds it, `query-api` reads it and the audit
 * compares it; `redis-users.ts` says by user who may.
 *
 *   fluxo:v1:owner                      string   REDIS_VIEW_OWNER; says that this database belongs to the view
 *   fluxo:v1:generation                 string   which rebuild made what is in the database; none: the sink filled it from nothing
 *   fluxo:v1:positions                  hash     <topic>-<partition> → how far the topic has been written, see `formatPosition`
 *   fluxo:v1:{merchant}                 hash     revision, body: the Merchant; head: greatest revision written for the merchant
 *   fluxo:v1:{merchant}:days            zset     every date that has a document; score: days since 1970-01-01, member: the date
 *   fluxo:v1:{merchant}:2026-03-01      hash     revision, body: the DailyBalance of that day
 *
 * `body` is the record as it stands in the topic (Confluent wire format, Avro), so that the view can be compared with the topic
 * byte for byte. A merchant's keys share a hash tag, so that a script may touch several of them. Positions and data must be
 * lost together or not at all: one Redis with its replicas, not a Redis Cluster.
 */
import { formatDate } from '../iso-date.ts';

export const REDIS_VIEW_PREFIX = 'fluxo:v1:';
export const REDIS_VIEW_OWNER = 'fluxo-views/1';
export const REDIS_OWNER_KEY = `${REDIS_VIEW_PREFIX}owner`;
export const REDIS_GENERATION_KEY = `${REDIS_VIEW_PREFIX}generation`;
export const REDIS_POSITIONS_KEY = `${REDIS_VIEW_PREFIX}positions`;

export function redisMerchantKey(merchantId: string): string {
  return `${REDIS_VIEW_PREFIX}{${merchantId}}`;
}

/** The sorted index of a merchant's dates. */
export function redisDaysKey(merchantId: string): string {
  return `${REDIS_VIEW_PREFIX}{${merchantId}}:days`;
}

/** `businessDate` in days since 1970-01-01. */
export function redisDayKey(merchantId: string, businessDate: number): string {
  return `${REDIS_VIEW_PREFIX}{${merchantId}}:${formatDate(businessDate)}`;
}

export function redisPositionField(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}

/** Digits of 2^53 − 1. */
const DIGITS = 16;

/**
 * A revision or an offset as text that sorts as the number does. Redis scripts compute with doubles, and a comparison of
 * numbers there is one edit away from rounding; comparing text of one width cannot round (reliability.md 2.5).
 */
export function fixedWidth(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(
      `${value} is no revision or offset: those are integers from 0 to 2^53 - 1, so whoever computed it is wrong`,
    );
  return String(value).padStart(DIGITS, '0');
}

/**
 * How far a partition has been written into the view. `isComplete` is false while the view is being built or has fallen behind
 * a restart: then a missing document means nothing. A reader may conclude from absence only where it is true.
 */
export type RedisPosition = { readonly nextOffset: number; readonly isComplete: boolean };

const COMPLETE = 'complete';
const BUILDING = 'building';

/** `0000000000001234:complete` or `0000000000001234:building`. */
export function formatPosition(position: RedisPosition): string {
  return `${fixedWidth(position.nextOffset)}:${position.isComplete ? COMPLETE : BUILDING}`;
}

/** The reverse of `formatPosition`; null for anything else. */
export function parsePosition(text: string): RedisPosition | null {
  const parts = /^(\d{16}):(complete|building)$/.exec(text);
  return parts === null ? null : { nextOffset: Number(parts[1]), isComplete: parts[2] === COMPLETE };
}
