/**
 * Row 13 of reliability.md section 3: the registry is hung, then dead, while submissions come that name a schema nobody has met.
 * Their partition waits, the others go on; when the registry is back and does not know the schema, they are malformed. Needs
 * Kafka, the registry and the oracle beside the checkout.
 */
import { IdempotentProducer } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hasOracle } from '../../testing/oracle.ts';
import { FaultStack } from './fault-stack.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';

const ROUNDS = scaled({ quick: 1, short: 1, long: 20 });
const WAITING_PARTITION = 7;
const faults = ['registry hung', 'registry dead', 'schema unknown to it'] as const;

let scene: FaultStack;
const hits = new Hits(13, faults);

(hasOracle ? beforeAll : () => undefined)(async () => {
  scene = await FaultStack.start();
}, 180_000);

afterAll(async () => scene?.destroy(), 60_000);

/** A value in the wire format that names this schema id. */
async function submitOfSchema(id: number): Promise<number> {
  const offset = await scene.reader.endOffset(topics.submissions.name, WAITING_PARTITION);
  const value = Buffer.concat([Buffer.from([0]), Buffer.alloc(4), Buffer.from('whatever')]);
  value.writeInt32BE(id, 1);
  const brokers = [scene.stack.addresses.kafka];
  const producer = await IdempotentProducer.connect({ brokers, clientId: 'unknown-schema' });
  const messages = [{ key: 'nobody', value, partition: WAITING_PARTITION }];
  await producer.send(topics.submissions.name, messages);
  await producer.close();
  return offset;
}

const pauses = () =>
  scene.processor(1).metric('fluxo_streams_pauses_total{reason="temporarily-unavailable"}');

const waitingPosition = async () => (await scene.positions()).get(WAITING_PARTITION) ?? 0;

/** While the registry does not answer: the partition does not pass this record, the others go on. */
async function expectOnlyOneWaits(offset: number): Promise<void> {
  const before = (await pauses()) || 0;
  await scene.until('the partition waits', async () => ((await pauses()) || 0) > before);
  await scene.untilProgress();
  await scene.untilProgress();
  expect(await waitingPosition()).toBeLessThanOrEqual(offset);
}

(hasOracle ? describe : describe.skip)('a registry that is away', () => {
  test(
    `${ROUNDS} times: one partition waits, nothing is refused that it may know, 0 differences`,
    async () => {
      const load = scene.load(100, 0);
      scene.processor(1).start();
      await scene.until('streams-1 is ready', () => scene.processor(1).isReady());
      for (let round = 0; round < ROUNDS; round++) {
        await scene.stack.kill('registry', 'SIGSTOP');
        const offset = await submitOfSchema(900_000 + round);
        await expectOnlyOneWaits(offset);
        hits.count(faults[0]);
        await scene.stack.kill('registry');
        await scene.untilProgress();
        hits.count(faults[1]);
        await scene.stack.start('registry');
        const sinceMs = Date.now();
        await scene.until('the partition goes on', async () => {
          return (await waitingPosition()) > offset;
        });
        hits.measure(
          'seconds from the registry being back to the partition going on',
          (Date.now() - sinceMs) / 1_000,
        );
        hits.count(faults[2]);
      }
      await load.stop();
      await scene.untilProcessed();
      expect(await scene.differences()).toMatch(/: 0 differences$/);
      hits.demandAll();
    },
    120_000 + ROUNDS * 120_000,
  );
});
