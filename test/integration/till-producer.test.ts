/**
 * The till library against a real Kafka and registry, read back by a plain kafkajs consumer with
 * @kafkajs/confluent-schema-registry, as a data team would write one.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { registerSchemas, SchemaRegistryClient } from '@fluxo/kafka';
import { type Accepted, TillProducer } from '@fluxo/producers';
import { type EntrySubmitted, partitionOf, topics } from '@fluxo/schemas';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { Kafka, logLevel } from 'kafkajs';
import { startStack, type TestStack } from '../../testing/stacks.ts';
import { saleAt } from './till-sales.ts';

const PARTITIONS = 3;
/** Nothing listens on the discard port: a Kafka that cannot be reached. */
const NO_BROKER = '127.0.0.1:9';

let stack: TestStack;
let directory: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fluxo-till-'));
  stack = await startStack({ only: ['kafka', 'registry'] });
  await registerSchemas(new SchemaRegistryClient(stack.addresses.registry), [topics.submissions]);
  const admin = kafka().admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: topics.submissions.name, numPartitions: PARTITIONS }] });
  await admin.disconnect();
}, 120_000);

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await stack.destroy();
  await rm(directory, { recursive: true, force: true });
}, 60_000);

function kafka(): Kafka {
  return new Kafka({ brokers: [stack.addresses.kafka], clientId: 'test', logLevel: logLevel.NOTHING });
}

function openTill(
  spool: string,
  broker = stack.addresses.kafka,
  onTrouble: (error: unknown) => void = () => {},
): Promise<TillProducer> {
  return TillProducer.connect({
    onTrouble,
    brokers: [broker],
    registry: stack.addresses.registry,
    source: { system: 'till-test', deviceId: 'till-1' },
    spoolDirectory: join(directory, spool),
  });
}

type Read = { readonly partition: number; readonly key: string; readonly value: EntrySubmitted };
type Sent = Accepted & { readonly externalId: string };

/** Everything in the topic, each partition in its order. */
async function readAll(): Promise<readonly Read[]> {
  const registry = new SchemaRegistry({ host: stack.addresses.registry });
  const admin = kafka().admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topics.submissions.name);
  await admin.disconnect();
  const total = ends.reduce((sum, { high }) => sum + Number(high), 0);
  const consumer = kafka().consumer({ groupId: `test-${Math.random()}` });
  await consumer.connect();
  await consumer.subscribe({ topic: topics.submissions.name, fromBeginning: true });
  const read: Read[] = [];
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async (each: {
      partition: number;
      message: { key: Buffer | null; value: Buffer | null };
    }) => {
      const value = (await registry.decode(each.message.value as Buffer)) as EntrySubmitted;
      read.push({ partition: each.partition, key: String(each.message.key), value });
      if (read.length === total) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return read;
}

function ofMerchants(read: readonly Read[], prefix: string): Map<string, string[]> {
  const ours = read.filter(({ value }) => value.externalId?.startsWith(prefix));
  const groups = Map.groupBy(ours, ({ key }) => key);
  return new Map(
    [...groups].map(([key, group]) => [key, group.map(({ value }) => value.externalId as string)]),
  );
}

/** A till that has lost its producer id sends a batch again that Kafka may have written just before it went: the first of each entry counts. */
function firstOfEach(read: readonly Read[]): readonly Read[] {
  const seen = new Set<string>();
  return read.filter(({ value }) => seen.size < seen.add(value.entryId).size);
}

const number = (externalId: string) => Number(externalId.split('-').at(-1));

function expectEachOnceInOrder(read: readonly Read[], sent: readonly Sent[], prefix: string): void {
  for (const [merchantId, externalIds] of ofMerchants(read, prefix)) {
    expect({ merchantId, externalIds }).toEqual({
      merchantId,
      externalIds: externalIds.toSorted((a, b) => number(a) - number(b)),
    });
  }
  const ours = read.filter(({ value }) => value.externalId?.startsWith(prefix));
  const sortKey = (a: Sent, b: Sent) => (a.id < b.id ? -1 : 1);
  const found = ours.map(({ value }) => ({
    id: value.entryId,
    submittedAt: value.submittedAt,
    externalId: value.externalId as string,
  }));
  expect(found.toSorted(sortKey)).toEqual(sent.toSorted(sortKey));
}

test('what a till accepted arrives as a data team reads it: key, partition, fields, order', async () => {
  const till = await openTill('plain');
  const sent: Sent[] = [];
  for (let n = 0; n < 60; n += 1) {
    const externalId = `plain-${n}`;
    sent.push({ ...(await till.entry({ ...saleAt(n), externalId })), externalId });
  }
  await till.flush();
  expect(till.pending).toBe(0);
  await till.close();
  const read = await readAll();
  expectEachOnceInOrder(read, sent, 'plain-');
  for (const { partition, key, value } of read) {
    expect([key, partition]).toEqual([
      value.merchantId,
      partitionOf(Buffer.from(value.merchantId), PARTITIONS),
    ]);
    expect(value.source).toMatchObject({ system: 'till-test', deviceId: 'till-1' });
  }
}, 60_000);

test('killed while Kafka is unreachable: everything accepted arrives after the restart, with its id and submittedAt', async () => {
  const script = fileURLToPath(new URL('./till-in-a-process.ts', import.meta.url));
  const spool = join(directory, 'killed');
  const child = spawn(process.execPath, [script, NO_BROKER, stack.addresses.registry, spool, '100000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const accepted: Sent[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    accepted.push(JSON.parse(line) as Sent);
    if (accepted.length === 300) child.kill('SIGKILL');
  }
  if (child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');

  const till = await openTill('killed');
  expect(till.pending).toBeGreaterThanOrEqual(accepted.length);
  const unheard = till.pending - accepted.length;
  await till.flush();
  await till.close();
  const read = (await readAll()).filter(({ value }) => value.externalId?.startsWith('sale-'));
  // The very last one may have been accepted without anybody having heard of it.
  expect(unheard).toBeLessThanOrEqual(1);
  const heard = new Set(accepted.map(({ id }) => id));
  expect(read.filter(({ value }) => !heard.has(value.entryId))).toHaveLength(unheard);
  expectEachOnceInOrder(
    read.filter(({ value }) => heard.has(value.entryId)),
    accepted,
    'sale-',
  );
}, 60_000);

test('a disk that does not take an acknowledgement for a while does not stop what comes after it', async () => {
  const inTheWay = join(directory, 'full', 'acknowledged.new');
  await mkdir(inTheWay, { recursive: true });
  let tellTrouble: (error: unknown) => void;
  const trouble = new Promise((resolve) => (tellTrouble = resolve));
  const till = await openTill('full', stack.addresses.kafka, (error) => tellTrouble(error));
  const sell = async (externalId: string, n: number): Promise<Sent> => ({
    ...(await till.entry({ ...saleAt(n), externalId })),
    externalId,
  });
  const sent = [await sell('full-0', 0)];
  expect(await trouble).toMatchObject({ code: 'EISDIR' });
  sent.push(await sell('full-1', 1));
  await rmdir(inTheWay);
  await till.flush();
  expect(till.pending).toBe(0);
  await till.close();
  expectEachOnceInOrder(await readAll(), sent, 'full-');
}, 60_000);

test('Kafka goes away and comes back while tills go on: nothing is lost, counted twice or out of order', async () => {
  const till = await openTill('outage');
  const sent: Sent[] = [];
  const sell = async (until: number) => {
    for (let n = sent.length; n < until; n += 1) {
      const externalId = `outage-${n}`;
      sent.push({ ...(await till.entry({ ...saleAt(n), externalId })), externalId });
    }
  };
  await sell(200);
  await stack.kill('kafka');
  await sell(400);
  expect(till.pending).toBeGreaterThan(0);
  await stack.start('kafka');
  await sell(600);
  await till.flush();
  await till.close();
  expectEachOnceInOrder(firstOfEach(await readAll()), sent, 'outage-');
}, 120_000);
