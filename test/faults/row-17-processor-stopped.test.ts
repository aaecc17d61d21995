/**
 * Row 17 of reliability.md section 3 for the processor: SIGTERM under load, again and again. It finishes its transaction and ends with 0; nothing is
 * lost or doubled. The APIs are in `row-17-apis-stopped.test.ts`. Needs Kafka, the registry and the oracle's generator.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hasOracle } from '../../testing/oracle.ts';
import { FaultStack } from './fault-stack.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';

const STOPS = scaled({ quick: 2, short: 10, long: 200 });

let scene: FaultStack;
const hits = new Hits(17, ['processor stopped under load']);

(hasOracle ? beforeAll : () => undefined)(async () => {
  scene = await FaultStack.start();
}, 240_000);

afterAll(async () => scene?.destroy(), 60_000);

(hasOracle ? describe : describe.skip)('stopped under load', () => {
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
