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
    await fillAndSwitch(kafka, generation, options);
    await generation.letGo();
    return { generation: generation.name, offsets: totalOf(options.spans) };
  } catch (error) {
    await generation.discard().catch(() => undefined);
    throw error;
  } finally {
    generation.close();
  }
}

/** Writes both topics into the generation until it holds all they held, and exchanges it while they go on being written. */
async function fillAndSwitch(
  kafka: StackKafka,
  generation: RedisGeneration,
  options: RebuildOptions,
): Promise<void> {
  const { dailyBalances, merchants } = topics;
  const sinks = {
    [dailyBalances.name]: new RedisBalanceSink(
      new RedisStore(generation.url),
      await kafka.codecOf(dailyBalances),
    ),
    [merchants.name]: new RedisMerchantSink(new RedisStore(generation.url), await kafka.codecOf(merchants)),
  };
  let isSwitched = false;
  const whenFull = async (signal: AbortSignal) => {
    await generation.switch(signal);
    isSwitched = true;
  };
  // After the exchange those who filled it stand before the former one for a moment, and are surprised.
  const onTrouble = (problem: string) => (isSwitched ? undefined : options.onTrouble(problem));
  await fillGeneration(kafka, { sinks, whenFull }, { ...options, onTrouble });
}
