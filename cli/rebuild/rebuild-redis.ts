/**
 * Builds the Redis view anew beside the one that readers use, by the sinks' own code from the topics' beginning, and exchanges the two when the
 * new one holds all that the topics held. Whatever ends it before leaves readers with what they had.
 */
import { totalOf } from '@fluxo/pipeline';
import { topics } from '@fluxo/schemas';
import { RedisBalanceSink, RedisGeneration, RedisMerchantSink, RedisStore } from '@fluxo/sinks';
import type { StackKafka } from '../stack-connection.ts';
import { fillGeneration, type RebuildOptions } from './fill-generation.ts';

export type RebuildRedisOptions = RebuildOptions & {
  /** The Redis that readers use, with its database. */
  readonly url: string;
  /** The number of the database to build in. */
  readonly database: number;
};

export type Rebuilt = { readonly generation: string; readonly offsets: number };

/** Resolves when readers see the new generation. Fails with what `RedisGeneration` and `SinkLoop.run` fail with. */
export async function rebuildRedis(kafka: StackKafka, options: RebuildRedisOptions): Promise<Rebuilt> {
  const generation = await RedisGeneration.begin(options.url, options.database);
  try {
    const offsets = await fill(kafka, generation, options);
    await generation.switch();
    return { generation: generation.name, offsets };
  } catch (error) {
    await generation.discard().catch(() => undefined);
    throw error;
  } finally {
    generation.close();
  }
}

/** Writes both topics into the generation until it holds all they held, and returns how many offsets that were. */
async function fill(kafka: StackKafka, { url }: RedisGeneration, options: RebuildOptions): Promise<number> {
  const { dailyBalances, merchants } = topics;
  const sinks = {
    [dailyBalances.name]: new RedisBalanceSink(new RedisStore(url), await kafka.codecOf(dailyBalances)),
    [merchants.name]: new RedisMerchantSink(new RedisStore(url), await kafka.codecOf(merchants)),
  };
  await fillGeneration(kafka, { sinks, whenFull: async () => undefined }, options);
  return totalOf(options.spans);
}
