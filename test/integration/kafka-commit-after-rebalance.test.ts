/**
 * The fear: a batch that was read before a rebalance is committed after it, by a member that has joined again since, and counts
 * twice. So offsets are committed under the identity their positions were loaded with, and the coordinator refuses.
 * Needs Kafka.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, KafkaScene, wholeAssignment } from './kafka-scene.ts';

let scene: KafkaScene;

beforeAll(async () => {
  scene = await KafkaScene.open('fear-rebalance', { partitions: 4 });
}, 60_000);

afterAll(async () => scene.close());

test('a commit under the identity of before a rebalance is refused, and the transaction can only be aborted', async () => {
  const first = scene.member();
  const before = await first.join();
  expect(before.partitions).toEqual([0, 1, 2, 3]);

  const second = scene.member();
  const joining = second.join();
  await eventually(() => first.rebalancing);

  // Until it joins again the old generation stands, so that the open transaction can be finished first.
  const producer = scene.producer();
  await producer.init();
  await producer.produce(scene.results(['in time']));
  await producer.sendOffsets(new Map([[0, 5]]), before.identity);
  await producer.end('commit');

  const after = await first.join();
  const others = await joining;
  expect([...after.partitions, ...others.partitions].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
  expect(after.partitions).toHaveLength(2);

  await producer.produce(scene.results(['too late']));
  await expect(producer.sendOffsets(new Map([[0, 9]]), before.identity)).rejects.toMatchObject({
    code: 'stale-generation',
  });
  await expect(producer.end('commit')).rejects.toMatchObject({ code: 'stale-generation' });
  await producer.end('abort');

  // The producer goes on, under the identity of now.
  await producer.produce(scene.results(['under the new identity']));
  await producer.sendOffsets(new Map([[1, 7]]), after.identity);
  await producer.end('commit');

  expect(await scene.read(scene.output)).toEqual(['in time', 'under the new identity']);
  const committed = await second.committed(wholeAssignment(scene, others));
  expect([0, 1, 2, 3].map((partition) => committed.get(partition)?.offset)).toEqual([5, 7, null, null]);
  await expect(first.committed(before)).rejects.toMatchObject({ code: 'stale-generation' });
  await Promise.all([first.leave(), second.leave(), producer.close()]);
}, 60_000);

test('a plain commit under an old identity is refused as well', async () => {
  const member = scene.member();
  const before = await member.join();
  const second = scene.member();
  const joining = second.join();
  await eventually(() => member.rebalancing);
  const after = await member.join();
  await joining;
  await expect(member.commit(new Map([[2, 1]]), before.identity)).rejects.toMatchObject({
    code: 'stale-generation',
  });
  await member.commit(new Map([[2, 3]]), after.identity);
  expect((await member.committed(wholeAssignment(scene, after))).get(2)?.offset).toBe(3);
  await Promise.all([member.leave(), second.leave()]);
}, 60_000);
