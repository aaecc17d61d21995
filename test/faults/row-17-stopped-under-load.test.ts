/**
 * Row 17 of reliability.md section 3: SIGTERM under load, again and again: the query API answers what it has accepted, and no caller
 * sees a 5xx; a processor finishes its transaction and ends with 0. Needs the whole stack.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hasOracle } from '../../testing/oracle.ts';
import { FaultStack } from './fault-stack.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';

const STOPS = scaled({ quick: 2, short: 10, long: 200 });
const CALLERS = 8;

let scene: FaultStack;
const hits = new Hits(17, ['query API stopped under load', 'processor stopped under load']);

(hasOracle ? beforeAll : () => undefined)(async () => {
  scene = await FaultStack.start(['redis', 'query-api']);
}, 240_000);

afterAll(async () => scene?.destroy(), 60_000);

/** Calls without a pause until nobody listens any more; counts the answers by status. */
async function callUntilRefused(statuses: Map<number, number>): Promise<void> {
  const url = `${scene.stack.addresses.queryApi}/v1/merchants/nobody-knows-this-one`;
  for (;;) {
    const response = await fetch(url).catch(() => null);
    if (response === null) return;
    await response.arrayBuffer().catch(() => undefined);
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
  }
}

(hasOracle ? describe : describe.skip)('stopped under load', () => {
  test(
    `the query API ${STOPS} times: no caller sees a 5xx`,
    async () => {
      const statuses = new Map<number, number>();
      for (let stop = 0; stop < STOPS; stop++) {
        const callers = Array.from({ length: CALLERS }, () => callUntilRefused(statuses));
        await sleep(200 + Math.random() * 300);
        const sinceMs = Date.now();
        await scene.stack.stop('query-api');
        hits.measure('seconds from SIGTERM to the end of the query API', (Date.now() - sinceMs) / 1_000);
        hits.count('query API stopped under load');
        await Promise.all(callers);
        await scene.stack.start('query-api');
      }
      expect([...statuses.keys()]).toEqual([404]);
      expect(statuses.get(404)).toBeGreaterThan(STOPS * CALLERS);
    },
    300_000 + STOPS * 30_000,
  );

  test(
    `a processor ${STOPS} times: it ends with 0, and nothing is lost or doubled`,
    async () => {
      const load = scene.load(150);
      const processor = scene.processor(1);
      for (let stop = 0; stop < STOPS; stop++) {
        processor.start();
        await scene.until('it is ready', () => processor.isReady());
        await scene.untilProgress();
        const sinceMs = Date.now();
        expect(await processor.stop()).toBe(0);
        hits.measure('seconds from SIGTERM to the end of a processor', (Date.now() - sinceMs) / 1_000);
        hits.count('processor stopped under load');
      }
      await load.stop();
      processor.start();
      await scene.untilProcessed();
      expect(await scene.differences()).toMatch(/: 0 differences$/);
      hits.demandAll();
    },
    300_000 + STOPS * 30_000,
  );
});
