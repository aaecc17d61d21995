/**
 * The fear: entries of an aborted transaction on the input are counted. Several producers, interleaved in one partition, some
 * committed and some aborted, read in every way there is and compared with librdkafka. Needs Kafka.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hasKcat, KafkaScene } from './kafka-scene.ts';

let scene: KafkaScene;
let expected: string[];

beforeAll(async () => {
  scene = await KafkaScene.open('fear-aborted');
  expected = await writeInterleaved();
}, 60_000);

afterAll(async () => scene.close());

/** 30 rounds of three producers, each transaction in two parts; what ends when is arbitrary but fixed. Returns what counts. */
async function writeInterleaved(): Promise<string[]> {
  const producers = await Promise.all(
    ['a', 'b', 'c'].map(async (name) => {
      const producer = scene.producer({ transactionalId: `${scene.transactionalId}-${name}` });
      await producer.init();
      return { name, producer };
    }),
  );
  const counted: string[] = [];
  for (let round = 0; round < 30; round++) {
    for (const part of [1, 2])
      for (const { name, producer } of producers) {
        const value = `${name} ${round}.${part}`;
        await producer.produce([{ topic: scene.input, partition: 0, key: null, value: Buffer.from(value) }]);
        if (isCommitted(name, round)) counted.push(value);
      }
    for (const { name, producer } of round % 2 === 0 ? producers : producers.toReversed())
      await producer.end(isCommitted(name, round) ? 'commit' : 'abort');
  }
  for (const { producer } of producers) await producer.close();
  return counted;
}

function isCommitted(name: string, round: number): boolean {
  return (round + name.charCodeAt(0)) % 3 !== 0 && round !== 29;
}

test('reading a range shows what was committed, also where it ends in aborted records and markers', async () => {
  expect(await scene.read(scene.input)).toEqual(expected);
  if (hasKcat) expect(scene.readByKcat(scene.input)).toEqual(expected);
});

test('reading from any offset shows the rest of it', async () => {
  const to = await scene.reader.endOffset(scene.input, 0);
  const all: [offset: number, value: string][] = [];
  for await (const records of scene.reader.read({ topic: scene.input, partition: 0, from: 0, to }))
    for (const { offset, value } of records) all.push([offset, Buffer.from(value ?? []).toString()]);
  for (let from = 0; from <= to; from += 7) {
    const found: [number, string][] = [];
    for await (const records of scene.reader.read({ topic: scene.input, partition: 0, from, to }))
      for (const { offset, value } of records) found.push([offset, Buffer.from(value ?? []).toString()]);
    expect(found).toEqual(all.filter(([offset]) => offset >= from));
  }
});

test('a member of a group gets the same, and a position behind what it was not shown', async () => {
  const member = scene.member();
  await member.join();
  const found: string[] = [];
  const positions = new Map([[0, 0]]);
  const end = await scene.reader.endOffset(scene.input, 0);
  while ((positions.get(0) ?? 0) < end)
    for (const { partition, records, nextOffset } of await member.fetch(positions, 100)) {
      positions.set(partition, nextOffset);
      for (const { value } of records) found.push(Buffer.from(value ?? []).toString());
    }
  expect(found).toEqual(expected);
  expect(positions).toEqual(new Map([[0, end]]));
  expect(await member.fetch(positions, 50)).toEqual([]);
  await member.leave();
});
