/**
 * Row 2 of reliability.md section 3: a processor is stopped with SIGSTOP in the middle of a transaction, for longer than its session
 * and its transaction may last; another takes its partitions; then it is woken. Needs Kafka, the registry and the oracle.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hasOracle } from '../../testing/oracle.ts';
import { FaultStack } from './fault-stack.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';

/** Session 6 s, transaction 10 s, and the coordinator's next look. */
const STOPPED_MS = 14_000;
const ROUNDS = scaled({ quick: 1, short: 2, long: 60 });
const FAULT = 'stopped in a transaction, woken after its end';

let scene: FaultStack;
const hits = new Hits(2, [FAULT]);

(hasOracle ? beforeAll : () => undefined)(async () => {
  scene = await FaultStack.start();
}, 180_000);

afterAll(async () => scene?.destroy(), 60_000);

/** Stops the processor at its next produce request, which arrives all the same. */
async function stopInTransaction(number: number): Promise<void> {
  const processor = scene.processor(number);
  await scene.proxy.next(
    ({ clientId, kind, side }) => clientId === processor.name && kind === 'produce' && side === 'request',
    () => {
      processor.signal('SIGSTOP');
      return 'pass';
    },
  );
}

(hasOracle ? describe : describe.skip)('a processor that sleeps too long', () => {
  test(
    `${ROUNDS} times: fenced, writes nothing, ends; 0 differences`,
    async () => {
      const load = scene.load(100);
      scene.processor(1).start();
      await scene.until('streams-1 is ready', () => scene.processor(1).isReady());
      for (let round = 0; round < ROUNDS; round++) {
        const [zombie, heir] = round % 2 === 0 ? [1, 2] : [2, 1];
        await stopInTransaction(zombie);
        const stoppedMs = Date.now();
        scene.processor(heir).start();
        hits.measure(
          'seconds until its heir had taken over and was at work',
          await scene.untilProgress(stoppedMs),
        );
        await sleep(Math.max(0, STOPPED_MS - (Date.now() - stoppedMs)));
        scene.processor(zombie).signal('SIGCONT');
        expect(await scene.processor(zombie).ended()).toEqual([1, null]);
        hits.count(FAULT);
      }
      await load.stop();
      await scene.untilProcessed();
      expect(await scene.differences()).toMatch(/: 0 differences$/);
      hits.demandAll();
    },
    120_000 + ROUNDS * 60_000,
  );
});
