/**
 * Row 6 of reliability.md section 3: the only broker is killed with SIGKILL while a transaction is being committed, and starts again.
 * What was acknowledged is there, everything is processed once. This is also the test that finds a broker which forgets to end
 * transactions (section 6). Needs Kafka, the registry and the oracle beside the checkout.
 */
import { topics } from '@fluxo/schemas';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hasOracle } from '../../testing/oracle.ts';
import { FaultStack } from './fault-stack.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';

const KILLS = scaled({ quick: 1, short: 3, long: 100 });
const kinds = ['endTxn', 'txnOffsetCommit', 'produce'] as const;
const fault = (kind: (typeof kinds)[number]): string => `killed at ${kind}`;

let scene: FaultStack;
const hits = new Hits(6, KILLS >= kinds.length ? kinds.map(fault) : []);

(hasOracle ? beforeAll : () => undefined)(async () => {
  scene = await FaultStack.start();
}, 180_000);

afterAll(async () => scene?.destroy(), 60_000);

/** Kills the broker a moment after this request has reached it, and starts it again; resolves with the seconds until all is processed. */
async function killBrokerAt(kind: (typeof kinds)[number]): Promise<number> {
  const load = scene.load(400);
  let killedMs = 0;
  let killing: Promise<void> = Promise.resolve();
  await scene.proxy.next(
    (frame) => frame.clientId === 'streams-1' && frame.kind === kind && frame.side === 'request',
    () => {
      killedMs = Date.now();
      killing = scene.stack.kill('kafka');
      return 'pass';
    },
  );
  await killing;
  await scene.stack.start('kafka');
  await load.stop().catch(() => undefined); // it may have lost its broker; what was acknowledged counts
  if (!scene.processor(1).isAlive) scene.processor(1).start();
  await scene.untilProcessed();
  return (Date.now() - killedMs) / 1_000;
}

async function submitted(): Promise<number> {
  const { name } = topics.submissions;
  let sum = 0;
  for (let partition = 0; partition < (await scene.reader.partitionsOf(name)); partition++)
    sum += await scene.reader.endOffset(name, partition);
  return sum;
}

(hasOracle ? describe : describe.skip)('the only broker killed', () => {
  test(
    `${KILLS} times: nothing acknowledged is lost, 0 differences`,
    async () => {
      scene.processor(1).start();
      await scene.until('streams-1 is ready', () => scene.processor(1).isReady());
      let before = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        const kind = kinds[kill % kinds.length] as (typeof kinds)[number];
        hits.measure('seconds from the kill until all was processed', await killBrokerAt(kind));
        hits.count(fault(kind));
        const now = await submitted();
        expect(now).toBeGreaterThanOrEqual(before);
        before = now;
      }
      expect(await scene.differences()).toMatch(/: 0 differences$/);
      hits.demandAll();
    },
    120_000 + KILLS * 120_000,
  );
});
