/**
 * The fear: a new owner restores its state while a transaction of the former owner is still being completed, misses its records
 * and forks a merchant's chain. Reading up to the high watermark waits for it (spec.md section 1, rule 2). Needs Kafka.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KafkaScene } from './kafka-scene.ts';

let scene: KafkaScene;

beforeAll(async () => {
  scene = await KafkaScene.open('fear-restore');
}, 60_000);

afterAll(async () => scene.close());

test.each(['commit', 'abort'] as const)(
  'reading to the end waits for an open transaction that ends in %s',
  async (outcome) => {
    const base = await scene.reader.endOffset(scene.output, 0);
    const producer = scene.producer();
    await producer.init();
    await producer.produce(scene.results(['a', 'b']));
    await producer.end('commit');
    await producer.produce(scene.results(['pending']));
    const to = await scene.reader.endOffset(scene.output, 0);

    const values: string[] = [];
    let isDone = false;
    const reading = (async () => {
      for await (const records of scene.reader.read({ topic: scene.output, partition: 0, from: base, to }))
        for (const { value } of records) values.push(Buffer.from(value ?? []).toString());
      isDone = true;
    })();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(isDone).toBe(false);
    expect(values).toEqual(['a', 'b']);
    await producer.end(outcome);
    await reading;
    expect(values).toEqual(outcome === 'commit' ? ['a', 'b', 'pending'] : ['a', 'b']);
    await producer.close();
  },
  60_000,
);

test('a range that is empty, or ends before the end of the log', async () => {
  const to = await scene.reader.endOffset(scene.output, 0);
  const read = async (range: { from: number; to: number }) => {
    const offsets: number[] = [];
    for await (const records of scene.reader.read({ topic: scene.output, partition: 0, ...range }))
      for (const { offset } of records) offsets.push(offset);
    return offsets;
  };
  expect(await read({ from: to, to })).toEqual([]);
  expect(await read({ from: 0, to: 1 })).toEqual([0]);
});

test('a position outside the log is said, with the log’s bounds', async () => {
  const member = scene.member();
  await member.join();
  await expect(member.fetch(new Map([[0, 1_000]]), 10)).rejects.toMatchObject({
    code: 'offset-out-of-range',
    message: expect.stringContaining('which holds 0 to 0'),
  });
  await member.leave();
});

test('a topic or partition that does not exist is said', async () => {
  await expect(scene.reader.partitionsOf('no-such-topic')).rejects.toMatchObject({ code: 'unknown-topic' });
  await expect(scene.reader.endOffset(scene.output, 7)).rejects.toMatchObject({ code: 'unknown-topic' });
});
