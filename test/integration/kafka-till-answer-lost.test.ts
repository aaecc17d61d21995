/**
 * The fear: Kafka has taken a till's request, its answer is lost, and what is sent next gets the sequence numbers of what has
 * arrived, so that the broker takes it for a repetition, acknowledges it and drops it. A TCP proxy between kafkajs and the
 * broker loses the answer. Needs Kafka.
 */
import { randomUUID } from 'node:crypto';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, IdempotentProducer, LogReader } from '@fluxo/kafka';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { BrokerProxy } from '../../testing/broker-proxy.ts';
import { sharedServers } from '../../testing/servers.ts';

let proxy: BrokerProxy;
let cluster: Cluster;
let topic: string;
const producers: IdempotentProducer[] = [];

beforeAll(async () => {
  const broker = sharedServers().kafka;
  proxy = await BrokerProxy.before(broker);
  cluster = await Cluster.connect({ brokers: [broker], clientId: 'till-fear' });
  topic = `fear-till-${randomUUID()}`;
  const admin = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
  await admin.disconnect();
  detour(Number(broker.split(':')[1]), proxy.port);
}, 60_000);

afterAll(async () => {
  for (const producer of producers) await producer.close();
  jest.restoreAllMocks();
  await cluster.close();
  await proxy.close();
});

/** kafkajs connects to whatever address the broker advertises, so the detour is made below it. */
function detour(from: number, to: number): void {
  const connect = net.connect.bind(net) as (options: net.TcpNetConnectOpts, done?: () => void) => net.Socket;
  jest
    .spyOn(net, 'connect')
    .mockImplementation(((options: net.TcpNetConnectOpts, done?: () => void) =>
      connect(options.port === from ? { ...options, port: to } : options, done)) as typeof net.connect);
}

async function openProducer(options: { retries?: number; recordsMax?: number }): Promise<IdempotentProducer> {
  const brokers = [sharedServers().kafka];
  const producer = await IdempotentProducer.connect({ brokers, clientId: 'till-fear', ...options });
  producers.push(producer);
  return producer;
}

/** As a till does: again and again, until it is acknowledged. */
async function untilSent(send: () => Promise<void>): Promise<void> {
  for (let isSent = false; !isSent; )
    isSent = await send().then(
      () => true,
      () => sleep(20, false),
    );
}

const messagesOf = (...texts: string[]) => texts.map((text) => ({ key: 'k', value: Buffer.from(text) }));

/** The last of them, in the order in which they came first: what came again, under another producer id, counts no more. */
const counted = (texts: readonly string[], last: number): string[] => [...new Set(texts)].slice(-last);

async function inTheLog(): Promise<string[]> {
  const reader = new LogReader(cluster);
  const to = await reader.endOffset(topic, 0);
  const texts: string[] = [];
  for await (const records of reader.read({ topic, partition: 0, from: 0, to }))
    texts.push(...records.map(({ value }) => Buffer.from(value ?? []).toString()));
  return texts;
}

/** Sends with the answer to the first request lost, and the connection with it once the broker has the request. */
async function withoutAnswer(work: () => Promise<unknown>, isDown = false): Promise<unknown> {
  const { length } = await inTheLog();
  proxy.loseNext({ kind: 'produce', lose: 'answer' });
  const working = work();
  while (!proxy.hasHit || (await inTheLog()).length === length) await sleep(5);
  proxy.cut(isDown);
  return working;
}

test('the request is repeated before anything else goes out: nothing is dropped or overtaken', async () => {
  const producer = await openProducer({ retries: 5 });
  await producer.send(topic, messagesOf('before'));
  await withoutAnswer(() =>
    Promise.all(['a', 'b', 'c'].map((text) => producer.send(topic, messagesOf(text)))),
  );
  expect(await inTheLog()).toEqual(['before', 'a', 'a', 'b', 'c']);
}, 60_000);

test('a call that failed goes on with the same array, and doubles no more than the request that failed', async () => {
  const producer = await openProducer({ retries: 1 });
  const messages = messagesOf(...Array.from({ length: 600 }, (_, n) => `long ${n}`));
  await producer.send(topic, messagesOf('before long'));
  await expect(withoutAnswer(() => producer.send(topic, messages), true)).rejects.toThrow();
  proxy.cut();
  await untilSent(() => producer.send(topic, messages));
  const texts = messages.map(({ value }) => value.toString());
  const log = await inTheLog();
  expect(counted(log, 601)).toEqual(['before long', ...texts]);
  expect(log.filter((text) => text === texts[599])).toHaveLength(1);
}, 60_000);

test('another array after a failed one is not taken for its repetition', async () => {
  const producer = await openProducer({ retries: 1 });
  await producer.send(topic, messagesOf('before given up'));
  await expect(withoutAnswer(() => producer.send(topic, messagesOf('given up')), true)).rejects.toThrow();
  proxy.cut();
  const other = messagesOf('other');
  await untilSent(() => producer.send(topic, other));
  expect((await inTheLog()).slice(-3)).toEqual(['before given up', 'given up', 'other']);
}, 60_000);

test('a producer id is renewed in time, and nothing is lost or doubled by that', async () => {
  const producer = await openProducer({ recordsMax: 3 });
  const texts = Array.from({ length: 8 }, (_, n) => `renewed ${n}`);
  for (const text of texts) await producer.send(topic, messagesOf(text));
  expect((await inTheLog()).slice(-8)).toEqual(texts);
}, 60_000);
