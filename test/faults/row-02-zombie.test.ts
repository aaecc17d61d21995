/**
 * Row 2 of reliability.md section 3: a processor is stopped with SIGSTOP in the middle of a transaction, for longer than its session
 * and its transaction may last; another takes its partitions; then it is woken. Needs Kafka, the registry and the oracle.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hasOracle } from '../../testing/oracle.ts';
import { FaultStack } from './fault-stack.ts';
import { Hits } from './hits.ts';
import type { Processor } from './processor.ts';
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

/**
 * Wakes it and waits until it knows: either it was fenced and ends with 1, or it was told that it is no member any more, settles
 * its transaction and joins again; then it is killed, so that the next round begins as this one did.
 */
async function wake(zombie: Processor): Promise<string> {
  const before = readFileSync(zombie.logFile, 'utf8').length;
  zombie.signal('SIGCONT');
  const hasSettled = () =>
    readFileSync(zombie.logFile, 'utf8').slice(before).includes('a transaction failed and was settled');
  await scene.until('the zombie knows', () => !zombie.isAlive || hasSettled());
  if (zombie.isAlive) {
    await zombie.kill();
    return 'of which settled and joined again';
  }
  expect(await zombie.ended()).toEqual([1, null]);
  return 'of which fenced and ended';
}

(hasOracle ? describe : describe.skip)('a processor that sleeps too long', () => {
  test(
    `${ROUNDS} times: it writes nothing any more; 0 differences`,
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
        hits.count(await wake(scene.processor(zombie)));
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
