/**
 * The fear: the committed offset is read while a transaction that changes it is still open or being completed, and everything
 * in it is processed again. So offsets are read with require_stable. Needs Kafka.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KafkaScene } from './kafka-scene.ts';

let scene: KafkaScene;

beforeAll(async () => {
  scene = await KafkaScene.open('fear-unstable', { partitions: 3 });
}, 60_000);

afterAll(async () => scene.close());

const UNSTABLE_OFFSET_COMMIT = 88;

test('reading committed offsets waits for the open transaction, and then tells its outcome', async () => {
  const member = scene.member('one');
  const assignment = await member.join();
  const producer = scene.producer();
  await producer.init();
  // Not in the order of partitions: an answer must be read by partition, not by place.
  await producer.sendOffsets(new Map([[2, 22]]), assignment.identity);

  let isAnswered = false;
  const reading = member.committed({ ...assignment, partitions: [2, 0] }).then((offsets) => {
    isAnswered = true;
    return offsets;
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(isAnswered).toBe(false);
  expect(scene.errorCodesOf('offsetFetch')).toContain(UNSTABLE_OFFSET_COMMIT);

  await producer.end('commit');
  expect(Object.fromEntries(await reading)).toEqual({
    0: { offset: null, note: '' },
    2: { offset: 22, note: '' },
  });
  await Promise.all([member.leave({ forGood: true }), producer.close()]);
}, 60_000);
