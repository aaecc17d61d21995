/** A Redis of its own for the tests of one file, and a connection that looks into it. */
import { Redis } from 'ioredis';
import { startServers } from './servers.ts';

export type TestRedis = {
  readonly url: string;
  readonly redis: Redis;
  readonly close: () => Promise<void>;
};

export async function startRedis(): Promise<TestRedis> {
  const { redis: url, stop } = await startServers({ redis: true });
  const redis = new Redis(url);
  const close = async () => {
    redis.disconnect();
    await stop();
  };
  return { url, redis, close };
}
