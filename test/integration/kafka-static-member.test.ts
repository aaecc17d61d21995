/**
 * The fear: a restart costs a rebalance of everyone, or a zombie goes on under the name its successor has taken. Needs Kafka.
 */
import { Cluster } from '@fluxo/kafka';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, KafkaScene } from './kafka-scene.ts';

let scene: KafkaScene;

/** What has to wait for a session to end takes longer than any machine takes for what goes at once. */
const SESSION = { sessionTimeoutMs: 40_000 };

beforeAll(async () => {
  scene = await KafkaScene.open('fear-static', { partitions: 6 });
}, 60_000);

afterAll(async () => scene.close());

test('a static member that restarts has its partitions back at once, and nobody else notices', async () => {
  const [one, two] = [scene.member('one', SESSION), scene.member('two', SESSION)];
  await one.join();
  const joining = two.join();
  await eventually(() => one.rebalancing);
  const [before, ofTwo] = await Promise.all([one.join(), joining]);
  await one.leave();
  const startedMs = performance.now();
  const restarted = scene.member('one', SESSION);
  const after = await restarted.join();
  expect(performance.now() - startedMs).toBeLessThan(SESSION.sessionTimeoutMs / 2);
  expect(after.partitions).toEqual(before.partitions);
  expect(after.identity.generationId).toBe(before.identity.generationId);
  await two.commit(new Map([[ofTwo.partitions[0] as number, 1]]), ofTwo.identity);
  expect(two.rebalancing).toBe(false);
  await Promise.all([restarted.leave({ forGood: true }), two.leave({ forGood: true })]);
}, 60_000);

test('whoever runs under a name that another has taken is fenced: in its heartbeat, its offsets, its commits, its joins', async () => {
  const zombie = scene.member('same');
  const old = await zombie.join();
  const otherProcess = await Cluster.connect({ brokers: [scene.broker], clientId: 'successor' });
  const successor = scene.member('same', { cluster: otherProcess });
  const current = await successor.join();
  const fenced = { code: 'producer-fenced' };
  await expect(zombie.committed(old)).rejects.toMatchObject(fenced);
  await expect(zombie.commit(new Map([[0, 1]]), old.identity)).rejects.toMatchObject(fenced);
  await eventually(() => zombie.rebalancing);
  await expect(zombie.fetch(new Map([[0, 0]]), 10)).rejects.toMatchObject(fenced);
  await expect(zombie.join()).rejects.toMatchObject(fenced);
  const producer = scene.producer();
  await producer.init();
  await expect(producer.sendOffsets(new Map([[0, 1]]), old.identity)).rejects.toMatchObject(fenced);
  await producer.init();
  await producer.sendOffsets(new Map([[0, 4]]), current.identity);
  await producer.end('commit');
  expect((await successor.committed(current)).get(0)?.offset).toBe(4);
  await Promise.all([zombie.leave(), successor.leave({ forGood: true }), producer.close()]);
  await otherProcess.close();
}, 60_000);

test('a dynamic member that leaves is gone at once', async () => {
  const [staying, leaving] = [scene.member(null, SESSION), scene.member(null, SESSION)];
  await staying.join();
  const joining = leaving.join();
  await eventually(() => staying.rebalancing);
  await Promise.all([staying.join(), joining]);
  await leaving.leave();
  await eventually(() => staying.rebalancing);
  const startedMs = performance.now();
  expect((await staying.join()).partitions).toEqual([0, 1, 2, 3, 4, 5]);
  expect(performance.now() - startedMs).toBeLessThan(SESSION.sessionTimeoutMs / 2);
  await staying.leave();
}, 60_000);
