/**
 * How soon a person sees what somebody else entered: an entry at a time is posted to the entries API, and the time from sending it to the new
 * closing figure in the document of another person's page is taken (one machine, one clock), with a whole stack and a real browser. What the
 * driver of the browser takes to say so is in it. Prints a JSON line. Run by `npm run bench -- live-change`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PageScene, SHOP } from '../test/e2e/page-scene.ts';
import { percentile, round } from './statistics.ts';

const ENTRIES = Number(process.env['BENCH_ENTRIES'] ?? 100);
const WARM_UP = 10;
const PAUSE_MS = 100;

const scene = await PageScene.start();
try {
  const watcher = await scene.visit('owner');
  await watcher.open('today');
  let closing = await watcher.figure('closing');
  const seenMs: number[] = [];
  for (let count = 0; count < WARM_UP + ENTRIES; count++) {
    closing += 100 + count;
    const startedMs = performance.now();
    const seen = watcher.shows('closing', closing).then(() => performance.now() - startedMs);
    await scene.sell(SHOP, 100 + count);
    if (count >= WARM_UP) seenMs.push(await seen);
    else await seen;
    await sleep(PAUSE_MS);
  }
  seenMs.sort((a, b) => a - b);
  console.log(
    JSON.stringify({
      what: `one entry after the other, from its POST to another person's page`,
      entries: seenMs.length,
      p50Ms: round(percentile(seenMs, 0.5)),
      p95Ms: round(percentile(seenMs, 0.95)),
      worstMs: round(seenMs.at(-1) ?? Number.NaN),
    }),
  );
} finally {
  await scene.end();
}
