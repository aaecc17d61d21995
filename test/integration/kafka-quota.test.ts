/**
 * The fear: a quota of the cluster. A broker answers a produce request at once and then reads nothing from that connection for as long as
 * it says (KIP-219), maybe for longer than a transaction may last. Who goes on all the same gets no answer, does not know what became of
 * the transaction, and restores everything. Needs Kafka.
 */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Admin } from '@platformatic/kafka';
import { sharedServers } from '../../testing/servers.ts';
import { KafkaScene } from './kafka-scene.ts';

const CLIENT = 'fear-quota';
/** A broker measures over about ten seconds: the first transaction uses up as much and a half. */
const BYTES_PER_SECOND = 50_000;
const VALUES = Array.from({ length: 5 }, () => 'x'.repeat(150_000));

let scene: KafkaScene;

beforeAll(async () => {
  scene = await KafkaScene.open(CLIENT);
  const admin = new Admin({ clientId: 'operator', bootstrapBrokers: [sharedServers().kafka] });
  const entities = [{ entityType: 'client-id' as const, entityName: CLIENT }];
  const ops = [{ key: 'producer_byte_rate' as const, value: BYTES_PER_SECOND, remove: false as const }];
  await admin.alterClientQuotas({ entries: [{ entities, ops }] });
  await admin.close();
}, 60_000);

afterAll(() => scene.close());

test('a transaction begins when the brokers listen again', async () => {
  const assignment = await scene.member('one').join();
  const producer = scene.producer({ requestTimeoutMs: 1_500 });
  await producer.init();
  for (const next of [1, 2]) {
    await producer.sendOffsets(new Map([[0, next]]), assignment.identity);
    await producer.produce(scene.results(next === 1 ? VALUES : ['a small one']));
    await producer.end('commit');
  }
  const throttles = scene.exchanges.flatMap(
    ({ answer }) => (answer as { throttleMs?: number }).throttleMs ?? [],
  );
  expect(throttles[0]).toBeGreaterThan(1_500);
}, 60_000);
