/**
 * Row 18 of reliability.md section 3: what the processor stands on is taken away: its group is deleted (or its offsets expired, which
 * looks the same), retention removes what it has not read, somebody adds partitions. It refuses, says what to do, and publishes
 * nothing. Needs Kafka, the registry and the oracle beside the checkout.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { consumerGroups, topics } from '@fluxo/schemas';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { hasOracle } from '../../testing/oracle.ts';
import { FaultStack } from './fault-stack.ts';
import { Hits } from './hits.ts';

const faults = ['records removed before they were read', 'group deleted', 'partitions added'] as const;
const submissions = topics.submissions.name;

let scene: FaultStack;
let admin: Admin;
const hits = new Hits(18, faults);

(hasOracle ? beforeAll : () => undefined)(async () => {
  scene = await FaultStack.start();
  admin = new Kafka({ brokers: [scene.stack.addresses.kafka], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const load = scene.load(400);
  scene.processor(1).start();
  await scene.until('something is processed', async () => (await scene.progress()) > 1_000);
  await load.stop();
  await scene.untilProcessed();
  await scene.processor(1).stop();
}, 240_000);

afterAll(async () => {
  await admin?.disconnect();
  await scene?.destroy();
}, 60_000);

async function ledgerEnds(): Promise<number[]> {
  const { reader } = scene;
  const partitions = await reader.partitionsOf(topics.ledger.name);
  return Promise.all(
    Array.from({ length: partitions }, (_, index) => reader.endOffset(topics.ledger.name, index)),
  );
}

/** Starts the processor, which must end by itself; what it said, and whether it published nothing. */
async function refusal(): Promise<string> {
  const before = await ledgerEnds();
  const processor = scene.processor(1);
  writeFileSync(processor.logFile, '');
  processor.start();
  expect(await processor.ended()).toEqual([1, null]);
  expect(await ledgerEnds()).toEqual(before);
  return readFileSync(processor.logFile, 'utf8');
}

async function untilDone(what: string, work: () => Promise<unknown>): Promise<void> {
  await scene.until(what, async () => {
    const doing = work();
    return doing.then(
      () => true,
      () => false,
    );
  });
}

(hasOracle ? describe : describe.skip)('the processor refuses to start', () => {
  test('when its group is gone, but not its results', async () => {
    const positions = await scene.positions();
    await untilDone('the group is empty and deleted', () => admin.deleteGroups([consumerGroups.streams]));
    hits.count(faults[1]);
    expect(await refusal()).toContain('Starting over would count everything twice');
    const partitions = [...positions].map(([partition, offset]) => ({ partition, offset: String(offset) }));
    const topic = submissions;
    await untilDone('the group has its offsets again', () =>
      admin.setOffsets({ groupId: consumerGroups.streams, topic, partitions }),
    );
  }, 120_000);

  test('when retention has removed what it has not read', async () => {
    const load = scene.load(400);
    const before = await submitted();
    await scene.until('more is submitted', async () => (await submitted()) > before + 500);
    await load.stop();
    const partitions = await unread();
    await admin.fetchTopicOffsets(submissions); // kafkajs then knows the leaders, which it needs
    await admin.deleteTopicRecords({ topic: submissions, partitions });
    hits.count(faults[0], partitions.length);
    expect(await refusal()).toContain('retention removed what was not read yet');
  }, 120_000);

  test('when somebody has added partitions', async () => {
    const count = (await scene.reader.partitionsOf(submissions)) + 1;
    await admin.createPartitions({ topicPartitions: [{ topic: submissions, count }] });
    hits.count(faults[2]);
    expect(await refusal()).toContain('somebody has added partitions');
    hits.demandAll();
  }, 120_000);
});

async function submitted(): Promise<number> {
  let sum = 0;
  for (let partition = 0; partition < (await scene.reader.partitionsOf(submissions)); partition++)
    sum += await scene.reader.endOffset(submissions, partition);
  return sum;
}

/** Partitions with something unread, and an offset behind the first unread record. */
async function unread(): Promise<{ partition: number; offset: string }[]> {
  const lost: { partition: number; offset: string }[] = [];
  for (const [partition, position] of await scene.positions()) {
    const end = await scene.reader.endOffset(submissions, partition);
    if (end > position + 1) lost.push({ partition, offset: String(position + 1) });
  }
  expect(lost.length).toBeGreaterThan(0);
  return lost;
}
