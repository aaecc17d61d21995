/**
 * Row 4 of reliability.md section 3: a processor is killed with a transaction open and never comes back. Whoever reads committed
 * records is held up until the coordinator gives up on it; an operator sees that, and an heir goes on. Needs Kafka, the registry
 * and the oracle beside the checkout.
 */
import { topics } from '@fluxo/schemas';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Verdict } from '../../testing/broker-proxy.ts';
import { fluxo } from '../../testing/fluxo-command.ts';
import { hasOracle } from '../../testing/oracle.ts';
import { FaultStack } from './fault-stack.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';

const ROUNDS = scaled({ quick: 1, short: 2, long: 30 });
const FAULT = 'killed with a transaction open';
const outputs = [topics.ledger.name, topics.dailyBalances.name, topics.rejections.name];

let scene: FaultStack;
const hits = new Hits(4, [FAULT]);

(hasOracle ? beforeAll : () => undefined)(async () => {
  scene = await FaultStack.start();
}, 180_000);

afterAll(async () => scene?.destroy(), 60_000);

/** Kills the processor when its commit is about to leave; the commit never arrives. */
async function killWithOpenTransaction(number: number): Promise<number> {
  const processor = scene.processor(number);
  await scene.proxy.next(
    ({ clientId, kind, side }) => clientId === processor.name && kind === 'endTxn' && side === 'request',
    async (): Promise<Verdict> => {
      await processor.kill();
      return 'silence';
    },
  );
  await processor.ended();
  return Date.now();
}

/** Offsets of the outputs that readers of committed records cannot reach. */
async function pending(): Promise<number> {
  const { reader } = scene;
  let sum = 0;
  for (const topic of outputs)
    for (let partition = 0; partition < (await reader.partitionsOf(topic)); partition++)
      sum += (await reader.endOffset(topic, partition)) - (await reader.stableOffset(topic, partition));
  return sum;
}

async function pendingAsShown(): Promise<number> {
  const reports = JSON.parse(await fluxo(['topics', '--json'], scene.stack.env)) as {
    readonly partitions: readonly { readonly pending: number }[];
  }[];
  return reports.flatMap(({ partitions }) => partitions).reduce((sum, each) => sum + each.pending, 0);
}

(hasOracle ? describe : describe.skip)('a producer that never returns', () => {
  test(
    `${ROUNDS} times: readers are held up for a while, which is shown, and no longer`,
    async () => {
      const load = scene.load(150);
      for (let round = 0; round < ROUNDS; round++) {
        const number = 1 + (round % 2);
        scene.processor(number).start();
        await scene.until(`streams-${number} is ready`, () => scene.processor(number).isReady());
        const killedMs = await killWithOpenTransaction(number);
        expect(await pendingAsShown()).toBeGreaterThan(0);
        hits.count(FAULT);
        await scene.until('readers see everything again', async () => (await pending()) === 0);
        hits.measure('seconds that readers were held up', (Date.now() - killedMs) / 1_000);
      }
      scene.processor(1 + (ROUNDS % 2)).start();
      await load.stop();
      await scene.untilProcessed();
      expect(await scene.differences()).toMatch(/: 0 differences$/);
      hits.demandAll();
    },
    120_000 + ROUNDS * 60_000,
  );
});
