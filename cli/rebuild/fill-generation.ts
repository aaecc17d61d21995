/**
 * Fills a new generation of a view from the topics' beginning, by the sinks' own loop and stores, until it holds all that the topics held when it
 * began; shows how far it is, and how long it will still take.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Span, totalOf } from '@fluxo/pipeline';
import { type Sink, SinkLoop } from '@fluxo/sinks';
import { countOf, type Progress, pause } from '../progress.ts';
import type { StackKafka } from '../stack-connection.ts';
import { remainingText } from './remaining-time.ts';
import { SoleReader } from './sole-reader.ts';

const LOOK_EVERY_MS = 100;

export type RebuildOptions = {
  /** What the topics held when it began. */
  readonly spans: readonly Span[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** What keeps it waiting, for a person. */
  readonly onTrouble: (problem: string) => void;
};

export type Filling = {
  /** By the topic each one mirrors. */
  readonly sinks: Readonly<Record<string, Sink>>;
  /** Called once all is written; filling goes on until it resolves. To be given up by the signal. */
  readonly whenFull: (signal: AbortSignal) => Promise<void>;
};

/** Resolves after `whenFull`. Fails with what `SinkLoop.run` and `whenFull` fail with; the sinks are closed in any case. */
export async function fillGeneration(
  kafka: StackKafka,
  { sinks, whenFull }: Filling,
  options: RebuildOptions,
): Promise<void> {
  const loops = Object.fromEntries(
    Object.entries(sinks).map(([topic, sink]) => [topic, loopOf(kafka, { topic, sink }, options)]),
  );
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  // The loops end by themselves only by failing.
  const running = Promise.all(Object.values(loops).map((loop) => loop.run())).catch((error: unknown) =>
    failed.abort(error),
  );
  try {
    await watch(loops, { ...options, signal });
    await whenFull(signal);
  } catch (error) {
    throw failed.signal.aborted ? failed.signal.reason : error;
  } finally {
    for (const loop of Object.values(loops)) loop.stop();
    await running;
  }
}

function loopOf(
  kafka: StackKafka,
  { topic, sink }: { readonly topic: string; readonly sink: Sink },
  { onTrouble }: RebuildOptions,
): SinkLoop {
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
  { spans, progress, signal }: RebuildOptions,
): Promise<void> {
  const [total, startedMs] = [totalOf(spans), performance.now()];
  while (!Object.values(loops).every((loop) => loop.isCaughtUp)) {
    const done = spans.reduce((sum, span) => sum + writtenOf(span, loops[span.topic]), 0);
    progress.show({ done, count: stepText({ done, total, elapsedMs: performance.now() - startedMs }) });
    await pause(LOOK_EVERY_MS, signal);
  }
}

/** `1200 of 12,000 offsets, about 12 s left`. */
export function stepText(pace: Parameters<typeof remainingText>[0]): string {
  const left = remainingText(pace);
  return `${pace.done} of ${countOf(pace.total, 'offset')}${left === '' ? '' : `, ${left}`}`;
}

function writtenOf({ partition, from, to }: Span, loop: SinkLoop | undefined): number {
  const position = loop?.positions.get(partition) ?? from;
  return Math.min(to, Math.max(from, position)) - from;
}
