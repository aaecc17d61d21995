/**
 * The fear: the audit ends because Kafka removed rejections that it was about to read. A real broker refuses the position, before the
 * first fetch and in the middle; the audit's reader goes on where the log begins since then. Needs Kafka.
 */
import type { LogRecord } from '@fluxo/kafka';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readForgetful } from '../../audit/forgetful-log.ts';
import { KafkaLogs } from '../../audit/kafka-logs.ts';
import { KafkaScene } from './kafka-scene.ts';

let scene: KafkaScene;
beforeAll(async () => {
  scene = await KafkaScene.open('forgetful');
}, 60_000);
afterAll(async () => scene.close());

async function removeBefore(offset: number): Promise<void> {
  const admin = scene.kafkajs().admin();
  await admin.connect();
  await admin.fetchTopicOffsets(scene.output); // kafkajs then knows the leaders, which it needs
  await admin.deleteTopicRecords({
    topic: scene.output,
    partitions: [{ partition: 0, offset: String(offset) }],
  });
  await admin.disconnect();
}

test('what is gone before it is read is passed over, and told', async () => {
  const producer = scene.producer();
  await producer.init();
  // Each more than half of what one fetch brings, so that there are several.
  const large = 'x'.repeat(700_000);
  for (let batch = 0; batch < 6; batch++) {
    await producer.produce(scene.results([`${batch}${large}`]));
    await producer.end('commit');
  }
  await producer.close();
  const to = await scene.reader.endOffset(scene.output, 0);
  await removeBefore(1);

  const told: (number | string)[] = [];
  const firstOf = (records: readonly LogRecord[]) =>
    records.map(({ value }) => Buffer.from(value ?? []).toString('utf8', 0, 1)).join('');
  const range = { topic: scene.output, partition: 0, from: 0, to };
  for await (const records of readForgetful(new KafkaLogs(scene.cluster), range, (start) =>
    told.push(start),
  )) {
    told.push(firstOf(records));
    if (told.length === 2) await removeBefore(to - 2);
  }
  // The second may have been fetched ahead, before it was removed.
  expect(told.filter((each) => each !== '2')).toEqual([1, '1', to - 2, '5']);
}, 60_000);
