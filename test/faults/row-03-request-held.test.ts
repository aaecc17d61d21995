/**
 * Row 3 of reliability.md section 3: a request of a transaction is held for longer than anybody waits for it and then arrives after
 * all, or its answer is lost. Needs Kafka, the registry and the oracle beside the checkout.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Verdict } from '../../testing/broker-proxy.ts';
import { hasOracle } from '../../testing/oracle.ts';
import { FaultStack } from './fault-stack.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';

const kinds = ['produce', 'txnOffsetCommit', 'endTxn'] as const;
const HELD_MS = scaled({ quick: 0, short: 30_000, long: 120_000 });
const ROUNDS = scaled({ quick: 1, short: 1, long: 20 });

const heldFaults = HELD_MS > 0 ? kinds.map((kind) => `${kind} held`) : [];

let scene: FaultStack;
const hits = new Hits(3, [...heldFaults, ...kinds.map((kind) => `answer to ${kind} lost`)]);
/** Requests still on their way. */
const held: Promise<unknown>[] = [];

(hasOracle ? beforeAll : () => undefined)(async () => {
  scene = await FaultStack.start();
}, 180_000);

afterAll(async () => scene?.destroy(), 60_000);

async function hold(kind: (typeof kinds)[number]): Promise<void> {
  const arrival = Promise.withResolvers<void>();
  held.push(arrival.promise);
  await scene.proxy.next(
    (frame) => frame.clientId === 'streams-1' && frame.kind === kind && frame.side === 'request',
    async (): Promise<Verdict> => {
      await sleep(HELD_MS);
      hits.count(`${kind} held`);
      arrival.resolve();
      return 'pass';
    },
  );
}

async function loseAnswer(kind: (typeof kinds)[number]): Promise<void> {
  await scene.proxy.next(
    (frame) => frame.clientId === 'streams-1' && frame.kind === kind && frame.side === 'answer',
    () => {
      hits.count(`answer to ${kind} lost`);
      return 'silence';
    },
  );
}

(hasOracle ? describe : describe.skip)('a request without an answer', () => {
  test(
    'a new producer each time, no double, no hole',
    async () => {
      const load = scene.load(100);
      scene.processor(1).start();
      await scene.until('streams-1 is ready', () => scene.processor(1).isReady());
      for (let round = 0; round < ROUNDS; round++)
        for (const kind of kinds)
          for (const harm of HELD_MS > 0 ? [hold, loseAnswer] : [loseAnswer]) {
            await harm(kind);
            hits.measure('seconds from the fault to progress', await scene.untilProgress());
          }
      await Promise.all(held);
      await load.stop();
      await scene.untilProcessed();
      const settled = await scene.processor(1).metric('fluxo_streams_settled_transactions_total{');
      expect(settled).toBeGreaterThan(0);
      expect(scene.processor(1).isAlive).toBe(true);
      expect(await scene.differences()).toMatch(/: 0 differences$/);
      hits.demandAll();
    },
    120_000 + ROUNDS * 6 * (30_000 + HELD_MS),
  );
});
