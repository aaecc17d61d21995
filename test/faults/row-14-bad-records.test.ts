/**
 * Row 14 of reliability.md section 3: one submission in a thousand is no submission at all, garbage comes in bursts, one record
 * kills every process that touches it, and one batch cannot be read by anybody. Needs Kafka, the registry and the oracle beside the checkout.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { IdempotentProducer } from '@fluxo/kafka';
import { consumerGroups, topics } from '@fluxo/schemas';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { sampleBatch } from '../../kafka/record-batch-samples.ts';
import { WireDialer } from '../../kafka/wire/wire-dialer.ts';
import { hasOracle } from '../../testing/oracle.ts';
import { FaultStack } from './fault-stack.ts';
import { Hits } from './hits.ts';
import { scaled } from './scale.ts';

const BURST = scaled({ quick: 2_000, short: 10_000, long: 10_000 });
const BURSTS = scaled({ quick: 1, short: 2, long: 20 });
const BURST_PIECE = 2_000;
const DEADLY_PARTITION = 5;
const UNREADABLE_PARTITION = 7;
/** What the compressed batch comes to: 1 MiB more than a reader has room for. */
const BOMB_BYTES = 65 * 1024 * 1024;
const LIVES_MAX = 40;
const preload = fileURLToPath(new URL('./poison.ts', import.meta.url));

let scene: FaultStack;
const hits = new Hits(14, ['garbage records', 'deaths of one record', 'batches nobody can read']);

(hasOracle ? beforeAll : () => undefined)(async () => {
  scene = await FaultStack.start();
}, 180_000);

afterAll(async () => scene?.destroy(), 60_000);

async function submitRaw(messages: readonly { value: Buffer; partition: number }[]): Promise<void> {
  const brokers = [scene.stack.addresses.kafka];
  const producer = await IdempotentProducer.connect({ brokers, clientId: 'garbage' });
  for (let from = 0; from < messages.length; from += BURST_PIECE)
    await producer.send(
      topics.submissions.name,
      messages.slice(from, from + BURST_PIECE).map((each) => ({ key: 'nobody', ...each })),
    );
  await producer.close();
}

function garbage(count: number): { value: Buffer; partition: number }[] {
  return Array.from({ length: count }, (_, index) => ({
    value: Buffer.from([index % 3, 0, 0, index % 256, index % 7, ...Buffer.from(`garbage ${index}`)]),
    partition: index % 12,
  }));
}

(hasOracle ? describe : describe.skip)('bad records', () => {
  test(
    'among good ones, one by one and in bursts: rejected with their bytes, 0 differences',
    async () => {
      const load = scene.load(300);
      scene.processor(1).start();
      for (let burst = 0; burst < BURSTS; burst++) {
        await submitRaw(garbage(1));
        await submitRaw(garbage(BURST));
        hits.count('garbage records', BURST + 1);
        await scene.untilProgress();
      }
      await load.stop();
      await scene.untilProcessed();
      expect(await scene.differences()).toMatch(/: 0 differences$/);
      expect(await scene.processor(1).stop()).toBe(0);
    },
    240_000 + BURSTS * 30_000,
  );

  test('one that kills: its partition stands still with an alert, the others go on; a release that survives it goes on there', async () => {
    await submitRaw(garbage(240));
    const deadlyAt = await scene.reader.endOffset(topics.submissions.name, DEADLY_PARTITION);
    await submitRaw([{ value: Buffer.from('poisonous submission'), partition: DEADLY_PARTITION }]);
    await submitRaw(garbage(240));
    const victim = scene.processor(2, { NODE_OPTIONS: `--import ${preload} --no-warnings` });
    const hasAlerted = (): boolean => readFileSync(victim.logFile, 'utf8').includes('stands still');
    for (let life = 0; life === 0 || !hasAlerted(); life++) {
      if (life > 0) hits.count('deaths of one record');
      expect(life).toBeLessThan(LIVES_MAX);
      victim.start();
      await scene.until('it dies or alerts', () => !victim.isAlive || hasAlerted());
    }
    const alert = readFileSync(victim.logFile, 'utf8');
    expect(alert).toContain(`${topics.submissions.name}-${DEADLY_PARTITION} stands still`);
    expect(alert).toContain(`begins at offset ${deadlyAt}`);
    await othersProcessed(DEADLY_PARTITION);
    expect((await scene.positions()).get(DEADLY_PARTITION)).toBe(deadlyAt);
    expect(await victim.stop()).toBe(0);
    await setPosition(DEADLY_PARTITION, deadlyAt);
    scene.processor(1).start();
    await scene.untilProcessed();
    expect(await scene.differences()).toMatch(/: 0 differences$/);
  }, 300_000);

  // The last one: the judge reads the submissions, and from now on nobody can.
  test('a batch that nobody can read: its partition alone stands still at it, and behind it nothing is lost either', async () => {
    const processor = scene.processor(1);
    if (!processor.isAlive) processor.start();
    const before = await rejections();
    await submitRaw(garbage(240));
    const bombAt = await scene.reader.endOffset(topics.submissions.name, UNREADABLE_PARTITION);
    await submitBomb();
    await submitRaw(garbage(240));
    await othersProcessed(UNREADABLE_PARTITION);
    await scene.until('it says that the partition stands still', () => standingLines().length > 0);
    expect(standingLines()).toEqual([expect.stringContaining('cannot be read')]);
    expect(standingLines()[0]).toContain(`cannot be read on at offset ${bombAt}`);
    expect((await scene.positions()).get(UNREADABLE_PARTITION)).toBe(bombAt);
    expect(await rejections()).toBe(before + 480 - 20);
    expect(await processor.stop()).toBe(0);
    await setPosition(UNREADABLE_PARTITION, bombAt + 1);
    processor.start();
    await scene.untilProcessed();
    expect(await rejections()).toBe(before + 480);
    hits.count('batches nobody can read');
    hits.demandAll();
  }, 300_000);
});

/** Lines in which the first processor says that a partition stands still for a batch. */
function standingLines(): string[] {
  const lines = readFileSync(scene.processor(1).logFile, 'utf8').split('\n');
  return lines.filter((line) => line.includes('paused for good: the next batch in the log cannot be read'));
}

/** A batch of kilobytes as only somebody who writes the protocol himself can send it. */
async function submitBomb(): Promise<void> {
  const [host = '', port = ''] = scene.stack.addresses.kafka.split(':');
  const dialer = new WireDialer('bomb');
  const broker = await dialer.dial({ host, port: Number(port) }, { requestTimeoutMs: 30_000 });
  const records = [{ key: null, value: Buffer.alloc(BOMB_BYTES) }];
  const bytes = sampleBatch({ baseOffset: 0, records, compression: 'zstd' });
  const batches = [{ topic: topics.submissions.name, partition: UNREADABLE_PARTITION, bytes }];
  const answer = await broker.produce({ transactionalId: null, timeoutMs: 10_000, batches });
  expect(answer.partitions[0]?.errorCode).toBe(0);
  await broker.close();
}

/** How many there are. */
async function rejections(): Promise<number> {
  const { name: topic } = topics.rejections;
  let count = 0;
  for (let partition = 0; partition < (await scene.reader.partitionsOf(topic)); partition++) {
    const to = await scene.reader.stableOffset(topic, partition);
    for await (const records of scene.reader.read({ topic, partition, from: 0, to })) count += records.length;
  }
  return count;
}

async function othersProcessed(standing: number): Promise<void> {
  const { name } = topics.submissions;
  await scene.until('all other partitions are processed', async () => {
    const positions = await scene.positions();
    for (let partition = 0; partition < 12; partition++) {
      const end = await scene.reader.endOffset(name, partition);
      if (partition !== standing && (positions.get(partition) ?? 0) < end) return false;
    }
    return true;
  });
}

/** What section 7 and section 8 tell an operator to do, once the group has nobody in it. */
async function setPosition(partition: number, offset: number): Promise<void> {
  const brokers = [scene.stack.addresses.kafka];
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const partitions = [{ partition, offset: String(offset) }];
  await scene.until('the group is empty and takes its offset', async () => {
    const reset = admin.setOffsets({
      groupId: consumerGroups.streams,
      topic: topics.submissions.name,
      partitions,
    });
    return await reset.then(
      () => true,
      () => false,
    );
  });
  await admin.disconnect();
}
