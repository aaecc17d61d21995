/**
 * The fear: a till with a wrong clock decides on which business day its entries count. A record's time is the broker's, however
 * far the producer's claims are off and whatever deltas its batch carries. Needs Kafka.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KafkaScene } from './kafka-scene.ts';

let scene: KafkaScene;

beforeAll(async () => {
  scene = await KafkaScene.open('fear-clock');
}, 60_000);

afterAll(async () => scene.close());

test('records of one batch that claim 1970, 2000 and 2100 all have the broker’s time', async () => {
  const producer = scene.kafkajs().producer({ idempotent: true });
  await producer.connect();
  const startedMs = Date.now();
  const claims = [
    '1000',
    String(Date.UTC(2000, 0, 1)),
    String(Date.UTC(2100, 0, 1)),
    String(startedMs - 60_000),
  ];
  await producer.send({
    topic: scene.input,
    messages: claims.map((timestamp) => ({ value: timestamp, timestamp })),
  });
  await producer.disconnect();
  const endedMs = Date.now();

  const to = await scene.reader.endOffset(scene.input, 0);
  const times: number[] = [];
  for await (const records of scene.reader.read({ topic: scene.input, partition: 0, from: 0, to }))
    for (const { timestampMs } of records) times.push(timestampMs);
  expect(times).toHaveLength(4);
  expect(new Set(times).size).toBe(1);
  expect(times[0]).toBeGreaterThanOrEqual(startedMs);
  expect(times[0]).toBeLessThanOrEqual(endedMs);

  // Searching by time goes by the same clock.
  expect(await scene.reader.offsetAtTime(scene.input, 0, startedMs - 1)).toBe(0);
  expect(await scene.reader.offsetAtTime(scene.input, 0, endedMs + 1)).toBe(to);
}, 60_000);
