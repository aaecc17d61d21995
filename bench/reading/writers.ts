/**
 * Tills that sell while others read, and somebody who measures how soon a sale is visible: from the moment it is handed to the producer to
 * the end of the answer over HTTP that shows it. One such sale at a time, of a merchant that has no others; the reader asks with `minRevision`, as
 * whoever has just entered something does.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../../producers/simulator/seeded-random.ts';
import { percentile, round } from '../statistics.ts';
import { merchantIds, PROBE, type ReadingScene } from './scene.ts';
import { Zipf } from './zipf.ts';

export const SALES_PER_SECOND = 200;
const TICK_MS = 10;
const PAUSE_MS = 50;
/** A sale that nobody can see by then ends the benchmark: a figure without it would be a lie. */
const VISIBLE_WITHIN_MS = 120_000;

export type Freshness = {
  readonly sales: number;
  readonly freshP50Ms: number;
  readonly freshP99Ms: number;
  readonly freshWorstMs: number;
};

/** Sells and measures for as long as `meanwhile` takes; resolves with its result and what was measured. */
export async function whileSelling<Result>(
  scene: ReadingScene,
  meanwhile: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly freshness: Freshness }> {
  const end = new AbortController();
  const selling = sell(scene, end.signal);
  const probing = probe(scene, end.signal);
  try {
    const result = await meanwhile();
    end.abort();
    await selling;
    return { result, freshness: freshnessOf(await probing) };
  } finally {
    end.abort();
    await Promise.allSettled([selling, probing]);
  }
}

/** Open load: what was due while a batch was on its way goes with the next. */
async function sell(scene: ReadingScene, end: AbortSignal): Promise<void> {
  const [zipf, random] = [new Zipf(merchantIds.length), new SeededRandom(3)];
  const startedMs = performance.now();
  for (let sold = 0; !end.aborted; ) {
    const due = Math.floor(((performance.now() - startedMs) * SALES_PER_SECOND) / 1_000);
    const merchants = Array.from({ length: due - sold }, () => merchantIds[zipf.at(random.next())] as string);
    sold = due;
    await scene.sell(merchants);
    await sleep(TICK_MS);
  }
}

async function probe(scene: ReadingScene, end: AbortSignal): Promise<readonly number[]> {
  const visibleMs: number[] = [];
  let head = await headOf(scene, 0);
  while (!end.aborted) {
    const startedMs = performance.now();
    const [shown] = await Promise.all([headOf(scene, head + 1), scene.sell([PROBE])]);
    visibleMs.push(performance.now() - startedMs);
    head = shown;
    await sleep(PAUSE_MS);
  }
  return visibleMs;
}

/** The greatest revision of the probe's merchant once it is this at least; asks whoever answers. */
async function headOf({ addresses }: ReadingScene, minRevision: number): Promise<number> {
  const startedMs = performance.now();
  for (let turn = 0; performance.now() - startedMs < VISIBLE_WITHIN_MS; turn += 1) {
    const path = `/v1/merchants/${PROBE}/balances/latest?minRevision=${minRevision}`;
    const answer = await fetch(`${addresses[turn % addresses.length]}${path}`).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.status === 200 && answer.headers.get('x-fluxo-fresh') === 'true')
      return Number(answer.headers.get('x-fluxo-head'));
  }
  throw new Error(
    `a sale was not visible within ${VISIBLE_WITHIN_MS} ms: something does not run, and nothing was measured`,
  );
}

function freshnessOf(visibleMs: readonly number[]): Freshness {
  const sorted = visibleMs.toSorted((a, b) => a - b);
  return {
    sales: sorted.length,
    freshP50Ms: round(percentile(sorted, 0.5)),
    freshP99Ms: round(percentile(sorted, 0.99)),
    freshWorstMs: round(sorted.at(-1) ?? Number.NaN),
  };
}
