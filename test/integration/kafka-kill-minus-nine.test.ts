/**
 * The fear: processes are killed anywhere in a transaction, come back, join and leave, and in the end a record is missing, counts
 * twice or has changed its place. Numbered records are copied from topic to topic by processes that get no peace; the copy is
 * read by our reader and by librdkafka. Needs Kafka.
 */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { FetchAnswer } from '../../kafka/requests.ts';
import { Copier, countCopies, expectCopied, killRunningCopiers, submitNumbered } from './kafka-copiers.ts';
import { eventually, KafkaScene } from './kafka-scene.ts';

const PARTITIONS = 4;
const RECORDS = 12_000;
const KILLED_PAIRS = 2;

let scene: KafkaScene;

beforeAll(async () => {
  scene = await KafkaScene.open('fear-kill', { partitions: PARTITIONS });
}, 60_000);

afterEach(killRunningCopiers);

afterAll(async () => scene.close());

function startCopier(instance: string, isStatic: boolean): Copier {
  return new Copier(scene, { instance, isStatic });
}

/** One that is killed wherever it is after some commits, and one that is killed with everything in its transaction but the end. */
async function killTwo(): Promise<void> {
  const anywhere = startCopier('one', true);
  await eventually(() => anywhere.commits() >= 3);
  anywhere.kill();
  const amidst = new Copier(scene, { instance: 'one', isStatic: true, openAfter: 3 });
  await eventually(() => amidst.hasOpenTransaction);
  amidst.kill();
}

test('killed after every few commits, beside others that join and leave: everything once, in order', async () => {
  await submitNumbered(scene, { from: 0, to: RECORDS });
  for (let pair = 0; pair < KILLED_PAIRS; pair++) await killTwo();
  const [staying, dying] = [startCopier('one', true), startCopier('two', false)];
  await eventually(() => dying.lines.length > 0);
  dying.kill();
  const leaving = startCopier('three', false);
  await eventually(() => leaving.lines.length > 0);
  expect(await leaving.stop()).toBe(0);
  await eventually(async () => (await countCopies(scene)) >= PARTITIONS * RECORDS);
  expect(await staying.stop()).toBe(0);
  expect([staying.errors, leaving.errors]).toEqual(['', '']);
  await expectCopied(scene, RECORDS);
  expect(abortedTransactions()).toBeGreaterThanOrEqual(KILLED_PAIRS);
}, 180_000);

/** Transactions that stand aborted in the output: those the kills met, and those a rebalance refused. */
function abortedTransactions(): number {
  const answers = scene.exchanges.flatMap(({ request, answer }) =>
    request === 'fetch' ? (answer as FetchAnswer).partitions : [],
  );
  const aborted = answers.flatMap((part) =>
    part.aborted.map(({ producerId, firstOffset }) => ({ part, producerId, firstOffset })),
  );
  return new Set(
    aborted.map(
      ({ part, producerId, firstOffset }) => `${part.topicId} ${part.partition} ${producerId} ${firstOffset}`,
    ),
  ).size;
}
