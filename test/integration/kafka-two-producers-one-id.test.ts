/**
 * The fear: two processes under one name, a zombie and its successor, both write. The elder must be told, at every kind of
 * request, and nothing of what it had open may be seen. Needs Kafka.
 */
import type { KafkaTransactionalProducer } from '@fluxo/kafka';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KafkaScene } from './kafka-scene.ts';

let scene: KafkaScene;

beforeAll(async () => {
  scene = await KafkaScene.open('fear-twins');
}, 60_000);

afterAll(async () => scene.close());

const fenced = { code: 'producer-fenced' };

describe.each([
  ['produce', (elder: KafkaTransactionalProducer) => elder.produce(scene.results(['zombie']))],
  ['end', (elder: KafkaTransactionalProducer) => elder.end('commit')],
  [
    'sendOffsets',
    async (elder: KafkaTransactionalProducer) => {
      const member = scene.member('one');
      const { identity } = await member.join();
      await elder.sendOffsets(new Map([[0, 99]]), identity);
    },
  ],
])('the elder of two is fenced at its next %s', (_request, act) => {
  test('and stays so, while the younger goes on', async () => {
    const elder = scene.producer();
    await elder.init();
    await elder.produce(scene.results(['elder, left open']));
    const younger = scene.producer();
    await younger.init();
    await expect(act(elder)).rejects.toMatchObject(fenced);
    await expect(elder.produce(scene.results(['again']))).rejects.toMatchObject({ code: 'outcome-unknown' });
    await younger.produce(scene.results(['younger']));
    await younger.end('commit');
    const seen = await scene.read(scene.output);
    expect(seen.at(-1)).toBe('younger');
    expect(new Set(seen)).toEqual(new Set(['younger']));
    await Promise.all([elder.close(), younger.close()]);
  }, 60_000);
});
