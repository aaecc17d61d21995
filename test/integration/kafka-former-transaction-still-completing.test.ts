/**
 * The fear: the next transaction begins while the markers of the former one are still being written; the broker says so with
 * CONCURRENT_TRANSACTIONS (51), and whoever takes that for a failure stops. To records it says nothing for 20 ms or more and asks
 * again itself, so they come second (`streams/engine/commit.ts`).
 * Needs Kafka.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hasKcat, KafkaScene } from './kafka-scene.ts';

const PARTITIONS = 12;
const TRANSACTIONS = 150;

let scene: KafkaScene;

beforeAll(async () => {
  scene = await KafkaScene.open('fear-completing', { partitions: PARTITIONS });
}, 60_000);

afterAll(async () => scene.close());

test('transactions without a pause between them: everything once, in order', async () => {
  const member = scene.member('one');
  const { identity } = await member.join();
  const producer = scene.producer();
  await producer.init();
  for (let round = 0; round < TRANSACTIONS; round++) {
    const records = Array.from({ length: PARTITIONS }, (_, partition) =>
      scene.results([`${round}`], partition),
    ).flat();
    await producer.sendOffsets(new Map([[0, round + 1]]), identity);
    await producer.produce(records);
    // A second call continues the sequence numbers of the first.
    await producer.produce(scene.results([`${round} again`]));
    await producer.end('commit');
  }
  const refusals = scene.errorCodesOf('txnOffsetCommit').filter((code) => code !== 0);
  expect(refusals.length).toBeGreaterThan(0);
  expect(new Set(scene.errorCodesOf('produce'))).toEqual(new Set([0]));

  const rounds = Array.from({ length: TRANSACTIONS }, (_, round) => `${round}`);
  const doubled = rounds.flatMap((round) => [round, `${round} again`]);
  expect(await scene.read(scene.output, 0)).toEqual(doubled);
  for (let partition = 1; partition < PARTITIONS; partition++)
    expect(await scene.read(scene.output, partition)).toEqual(rounds);
  if (hasKcat) expect(scene.readByKcat(scene.output)).toHaveLength(TRANSACTIONS * (PARTITIONS + 1));
  await Promise.all([member.leave({ forGood: true }), producer.close()]);
}, 120_000);
