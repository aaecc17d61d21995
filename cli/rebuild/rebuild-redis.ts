/**
 * Builds the Redis view anew beside the one that readers use, by the sinks' own code from the topics' beginning, and exchanges the two when the
 * new one holds all that the topics held. Whatever ends it before leaves readers with what they had.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Span, spanOf, totalOf } from '@fluxo/pipeline';
import { topics } from '@fluxo/schemas';
import { RedisBalanceSink, RedisGeneration, RedisMerchantSink, RedisStore, SinkLoop } from '@fluxo/sinks';
import { countOf, type Progress, pause } from '../progress.ts';
import type { StackKafka } from '../stack-connection.ts';
import { remainingText } from './remaining-time.ts';
import { SoleReader } from './sole-reader.ts';

const LOOK_EVERY_MS = 100;

export type RebuildOptions = {
  /** The Redis that readers use, with its database. */
  readonly url: string;
  /** The number of the database to build in. */
  readonly database: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** What keeps it waiting, for a person. */
  readonly onTrouble: (problem: string) => void;
};

export type Rebuilt = { readonly generation: string; readonly offsets: number };

/** Resolves when readers see the new generation. Fails with what `RedisGeneration` and `SinkLoop.run` fail with. */
export async function rebuildRedis(kafka: StackKafka, options: RebuildOptions): Promise<Rebuilt> {
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
  const spans = [...(await spanOf(kafka, dailyBalances)), ...(await spanOf(kafka, merchants))];
  const balances = new RedisBalanceSink(new RedisStore(url), await kafka.codecOf(dailyBalances));
  const loops = {
    [dailyBalances.name]: loopOf(kafka, { topic: dailyBalances.name, sink: balances }, options),
    [merchants.name]: loopOf(
      kafka,
      {
        topic: merchants.name,
        sink: new RedisMerchantSink(new RedisStore(url), await kafka.codecOf(merchants)),
      },
      options,
    ),
  };
  const stopped = new AbortController();
  const running = Promise.all(Object.values(loops).map((loop) => loop.run()));
  const watching = watch(loops, spans, {
    ...options,
    signal: AbortSignal.any([options.signal, stopped.signal]),
  });
  try {
    // The loops end by themselves only by failing.
    await Promise.race([watching, running]);
  } finally {
    stopped.abort();
    for (const loop of Object.values(loops)) loop.stop();
    await Promise.allSettled([running, watching]);
  }
  return totalOf(spans);
}

type Mirror = { readonly topic: string; readonly sink: RedisBalanceSink | RedisMerchantSink };

function loopOf(kafka: StackKafka, { topic, sink }: Mirror, { onTrouble }: RebuildOptions): SinkLoop {
  const say = (what: string, error: unknown) =>
    onTrouble(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  return new SinkLoop({
    topic,
    sink,
    group: new SoleReader(kafka, topic),
    log: kafka.reader,
    clock: { sleep: (ms) => sleep(ms), nowMs: () => performance.now() },
    observer: {
      assigned: () => undefined,
      connected: () => undefined,
      wrote: () => undefined,
      positionLost: (error) => say('the new generation was touched by somebody else', error),
      retrying: say,
    },
  });
}

/** Resolves when all loops hold what their topics held; shows how far they are. */
async function watch(
  loops: Readonly<Record<string, SinkLoop>>,
  spans: readonly Span[],
  { progress, signal }: RebuildOptions,
): Promise<void> {
  const [total, startedMs] = [totalOf(spans), performance.now()];
  while (!Object.values(loops).every((loop) => loop.isCaughtUp)) {
    const done = spans.reduce((sum, span) => sum + writtenOf(span, loops[span.topic]), 0);
    const left = remainingText({ done, total, elapsedMs: performance.now() - startedMs });
    progress.show({ done, count: `${done} of ${countOf(total, 'offset')}${left === '' ? '' : `, ${left}`}` });
    await pause(LOOK_EVERY_MS, signal);
  }
}

function writtenOf({ partition, from, to }: Span, loop: SinkLoop | undefined): number {
  const position = loop?.positions.get(partition) ?? from;
  return Math.min(to, Math.max(from, position)) - from;
}
