/**
 * How much room a Redis has, and what it does when there is none: it must refuse to write, because one that evicts drops single documents, and a
 * reader cannot tell such a gap from a day without movements.
 */
import { Redis } from 'ioredis';

const COMMAND_TIMEOUT_MS = 5_000;

export type RedisMemory = {
  readonly usedBytes: number;
  /** Null: as much as the machine has. */
  readonly maxBytes: number | null;
  readonly doesEvict: boolean;
};

/** Asks over a connection that stands. */
export async function memoryOf(redis: Redis): Promise<RedisMemory> {
  const text = await redis.info('memory');
  const said = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(text)?.[1];
  const maxBytes = Number(said('maxmemory') ?? 0);
  return {
    usedBytes: Number(said('used_memory') ?? 0),
    maxBytes: maxBytes === 0 ? null : maxBytes,
    doesEvict: (said('maxmemory_policy') ?? 'noeviction') !== 'noeviction',
  };
}

/** Asks over a connection of its own; `url` as for `RedisStore`. */
export async function redisMemory(url: string): Promise<RedisMemory> {
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: null,
    commandTimeout: COMMAND_TIMEOUT_MS,
  });
  redis.on('error', () => undefined);
  try {
    return await memoryOf(redis);
  } finally {
    redis.disconnect();
  }
}
