/**
 * The fear: a process that starts a second time under its transactional id cannot register it, or registers it and leaves what
 * its former life had open in the way of every reader. Needs Kafka.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hasKcat, KafkaScene } from './kafka-scene.ts';

let scene: KafkaScene;

beforeAll(async () => {
  scene = await KafkaScene.open('fear-restart');
}, 60_000);

afterAll(async () => scene.close());

test('three lives under one transactional id, each dying with an open transaction', async () => {
  for (const life of ['first', 'second', 'third']) {
    const producer = scene.producer();
    await producer.init();
    await producer.produce(scene.results([`${life} committed`]));
    await producer.end('commit');
    await producer.produce(scene.results([`${life} left open`]));
    await producer.close();
  }
  const last = scene.producer();
  await last.init();
  await last.produce(scene.results(['committed after all']));
  await last.end('commit');
  await last.close();
  const expected = ['first committed', 'second committed', 'third committed', 'committed after all'];
  expect(await scene.read(scene.output)).toEqual(expected);
  if (hasKcat) expect(scene.readByKcat(scene.output)).toEqual(expected);
}, 60_000);

test('an empty transaction ends without a word to the broker', async () => {
  const producer = scene.producer();
  await producer.init();
  const before = scene.exchanges.length;
  await producer.produce([]);
  await producer.sendOffsets(new Map(), { generationId: 1, memberId: 'nobody', instanceId: null });
  await producer.end('commit');
  await producer.end('abort');
  expect(scene.exchanges).toHaveLength(before);
  await producer.close();
});

test('a producer that was never initialised refuses everything but init', async () => {
  const producer = scene.producer();
  const unknown = { code: 'outcome-unknown' };
  await expect(producer.produce(scene.results(['x']))).rejects.toMatchObject(unknown);
  await expect(producer.end('commit')).rejects.toMatchObject(unknown);
});
