/**
 * Row 5 of reliability.md section 3: processors join, leave and die every few seconds while submissions keep coming. There is
 * progress in every stretch of time, and nothing is lost or doubled. Needs Kafka, the registry and the oracle.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hasOracle } from '../../testing/oracle.ts';
import { FaultStack } from './fault-stack.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';

const MEMBERS = scaled({ quick: 3, short: 4, long: 6 });
const MINUTES = scaled({ quick: 1, short: 2, long: 30 });
/** In each of these there must be progress: it is longer than a dead member's session and its transaction, one after the other. */
const STRETCH_MS = 60_000;

let scene: FaultStack;
const hits = new Hits(5, ['joined', 'left', 'killed']);

(hasOracle ? beforeAll : () => undefined)(async () => {
  scene = await FaultStack.start();
}, 180_000);

afterAll(async () => scene?.destroy(), 60_000);

const members = () => Array.from({ length: MEMBERS }, (_, index) => scene.processor(1 + index));

let departures = 0;

/** One member changes: one that is away comes, one of those at work dies or leaves, by turns, but never the last. */
async function changeOne(): Promise<void> {
  const processor = scene.processor(1 + Math.floor(Math.random() * MEMBERS));
  const isLast = members().filter(({ isAlive }) => isAlive).length < 2;
  if (processor.isAlive && isLast) return;
  if (!processor.isAlive) {
    processor.start();
    hits.count('joined');
  } else if (departures++ % 2 === 0) {
    await processor.kill();
    hits.count('killed');
  } else {
    // null: it had hardly started, and nobody heard the signal but Node.
    expect([0, null]).toContain(await processor.stop());
    hits.count('left');
  }
}

async function comeAndGo(endMs: number): Promise<void> {
  while (Date.now() < endMs) {
    await changeOne();
    await sleep(2_000 + Math.random() * 8_000);
  }
}

async function watchProgress(endMs: number): Promise<void> {
  while (Date.now() < endMs) {
    const before = await scene.progress();
    await sleep(STRETCH_MS);
    const gained = (await scene.progress()) - before;
    hits.measure(`offsets gained in ${STRETCH_MS / 1_000} s`, gained);
    expect(gained).toBeGreaterThan(0);
  }
}

(hasOracle ? describe : describe.skip)('members that come and go', () => {
  test(
    `1 to ${MEMBERS} of them for ${MINUTES} minutes: progress, 0 differences`,
    async () => {
      const endMs = Date.now() + MINUTES * 60_000;
      const load = scene.load(100);
      scene.processor(1).start();
      await scene.until('the first is at work', async () => (await scene.progress()) > 0);
      await Promise.all([comeAndGo(endMs), watchProgress(endMs)]);
      await load.stop();
      if (!scene.processor(1).isAlive) scene.processor(1).start();
      await scene.untilProcessed();
      expect(await scene.differences()).toMatch(/: 0 differences$/);
      hits.demandAll();
    },
    240_000 + MINUTES * 120_000,
  );
});
