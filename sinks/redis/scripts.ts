/**
 * The scripts by which the sink changes Redis. Each runs atomically, so the comparison of the guard and the write it allows are
 * one step, whoever else writes. Revisions and offsets are compared as text of one width, never as numbers, which Lua keeps as
 * doubles (reliability.md 2.5).
 */
import type { Callback, ChainableCommander, Redis, Result } from 'ioredis';

/** Writes one day's document with its place in the index of days, if its revision is higher. 1: written, 0: refused. */
const WRITE_DAY = `
local stored = redis.call('HGET', KEYS[1], 'revision')
if stored and stored >= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[1], 'body', ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[4])
local head = redis.call('HGET', KEYS[3], 'head')
if not head or head < ARGV[1] then redis.call('HSET', KEYS[3], 'head', ARGV[1]) end
return 1`;

/** Writes a merchant, if its revision is higher. 1: written, 0: refused. */
const WRITE_MERCHANT = `
local stored = redis.call('HGET', KEYS[1], 'revision')
if stored and stored >= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[1], 'body', ARGV[2])
local head = redis.call('HGET', KEYS[1], 'head')
if not head or head < ARGV[1] then redis.call('HSET', KEYS[1], 'head', ARGV[1]) end
return 1`;

/**
 * Moves positions: triples of field, where it must stand ('' for nowhere yet), where it then stands. All of them or none;
 * returns the first field that stands elsewhere, or nil. What follows the offset's 16 digits is not compared.
 */
const MOVE_POSITIONS = `
for i = 1, #ARGV, 3 do
  local stored = redis.call('HGET', KEYS[1], ARGV[i])
  if (stored and string.sub(stored, 1, 16) or '') ~= ARGV[i + 1] then return ARGV[i] end
end
for i = 1, #ARGV, 3 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2]) end
return nil`;

declare module 'ioredis' {
  interface RedisCommander<Context> {
    fluxoWriteDay(
      dayKey: string,
      daysKey: string,
      merchantKey: string,
      revision: string,
      body: Uint8Array,
      epochDay: number,
      date: string,
      callback?: Callback<number>,
    ): Result<number, Context>;
    fluxoWriteMerchant(
      merchantKey: string,
      revision: string,
      body: Uint8Array,
      callback?: Callback<number>,
    ): Result<number, Context>;
    fluxoMovePositions(positionsKey: string, ...triples: string[]): Result<string | null, Context>;
  }
}

export type Pipeline = ChainableCommander;

/** Teaches a client the scripts above. */
export function defineScripts(redis: Redis): void {
  redis.defineCommand('fluxoWriteDay', { numberOfKeys: 3, lua: WRITE_DAY });
  redis.defineCommand('fluxoWriteMerchant', { numberOfKeys: 1, lua: WRITE_MERCHANT });
  redis.defineCommand('fluxoMovePositions', { numberOfKeys: 1, lua: MOVE_POSITIONS });
}
