/** The real kafkajs before brokers that fail at a point of our choice: nothing that was acknowledged is missing, and nobody is hammered. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { StubBrokers } from '../testing/stub-brokers.ts';
import { IdempotentProducer, type MessageToSend } from './idempotent-producer.ts';

const TOPIC = 'submissions';
const code = {
  unknownTopic: 3,
  notLeader: 6,
  messageTooLarge: 10,
  notEnoughReplicasAfterAppend: 20,
  topicAuthorizationFailed: 29,
  unknownProducerId: 59,
};

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
});

/** Partition p is led by node p + 1. */
async function brokersWith(partitions: number): Promise<StubBrokers> {
  const leaders = new Map(Array.from({ length: partitions }, (_, partition) => [partition, partition + 1]));
  const brokers = await StubBrokers.start(3, leaders);
  opened.push(brokers);
  return brokers;
}

async function producerOf(brokers: StubBrokers, retries?: number): Promise<IdempotentProducer> {
  const options = { brokers: brokers.addresses, clientId: 'till' };
  const producer = await IdempotentProducer.connect(
    retries === undefined ? options : { ...options, retries },
  );
  opened.push(producer);
  return producer;
}

const message = (text: string, partition = 0): MessageToSend => ({
  key: 'm',
  value: Buffer.from(text),
  partition,
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}

/** In the order in which they came first: the processor counts a second one no more. */
const counted = (texts: readonly string[]): string[] => [...new Set(texts)];

/** Partition 0's leader takes a sale and is silent; partition 1 refuses once, and by then partition 0 has another leader. */
async function afterALateFailure(): Promise<readonly string[]> {
  const brokers = await brokersWith(2);
  let refusals = 1;
  brokers.verdict = ({ node, partition }) => {
    if (node === 1) return 'silence';
    if (partition === 0 || refusals === 0) return 0;
    refusals -= 1;
    brokers.leaders.set(0, 3);
    return code.notEnoughReplicasAfterAppend;
  };
  const producer = await producerOf(brokers);
  const first = producer.send(TOPIC, [message('sale 1', 0), message('other', 1)]);
  await sleep(500);
  brokers.cut(1);
  await first;
  await producer.send(TOPIC, [message('sale 2')]);
  await producer.send(TOPIC, [message('sale 3')]);
  return counted(brokers.logOf(0));
}

// Which broker kafkajs asks for metadata after a failure is chance, so several at once.
test('a request that fails late, after another broker has refused, costs no acknowledged message', async () => {
  const logs = await Promise.all(Array.from({ length: 8 }, afterALateFailure));
  expect(logs).toEqual(logs.map(() => ['sale 1', 'sale 2', 'sale 3']));
}, 20_000);

test('numbers of a request that failed are never used again: what comes next has another producer id', async () => {
  const brokers = await brokersWith(1);
  const producer = await producerOf(brokers);
  await producer.send(TOPIC, [message('before')]);
  let failures = 1;
  brokers.verdict = () => (failures-- > 0 ? code.notEnoughReplicasAfterAppend : 0);
  await producer.send(TOPIC, [message('a')]);
  await producer.send(TOPIC, [message('b')]);
  expect(brokers.produced.map(({ producerId, sequence, texts }) => [producerId, sequence, ...texts])).toEqual(
    [
      [1, 0, 'before'],
      [1, 1, 'a'],
      [2, 0, 'a'],
      [2, 1, 'b'],
    ],
  );
}, 20_000);

test('where one partition fails the call fails, and the same array brings the rest', async () => {
  const brokers = await brokersWith(2);
  const producer = await producerOf(brokers, 0);
  brokers.verdict = ({ partition }) => (partition === 1 ? code.notLeader : 0);
  const messages = [message('a', 0), message('b', 1)];
  await expect(producer.send(TOPIC, messages)).rejects.toMatchObject({ type: 'NOT_LEADER_FOR_PARTITION' });
  expect([brokers.logOf(0), brokers.logOf(1)]).toEqual([['a'], []]);
  brokers.verdict = () => 0;
  await producer.send(TOPIC, messages);
  expect([counted(brokers.logOf(0)), brokers.logOf(1)]).toEqual([['a'], ['b']]);
}, 20_000);

test.each([
  ['too large', code.messageTooLarge, 'MESSAGE_TOO_LARGE'],
  ['not authorised', code.topicAuthorizationFailed, 'TOPIC_AUTHORIZATION_FAILED'],
])(
  'what repeating cannot mend is told at once: %s',
  async (_, refusal, type) => {
    const brokers = await brokersWith(1);
    const producer = await producerOf(brokers);
    brokers.verdict = () => refusal;
    await expect(producer.send(TOPIC, [message('a')])).rejects.toMatchObject({ type });
    expect(brokers.produced).toHaveLength(1);
    brokers.verdict = () => 0;
    await producer.send(TOPIC, [message('b')]);
    expect(brokers.logOf(0)).toEqual(['b']);
  },
  20_000,
);

test('a topic that does not exist is told soon, also to who would repeat for ever', async () => {
  const brokers = await brokersWith(1);
  const producer = await producerOf(brokers);
  brokers.topicError = code.unknownTopic;
  const failure = { type: 'UNKNOWN_TOPIC_OR_PARTITION' };
  await expect(producer.send(TOPIC, [message('a')])).rejects.toMatchObject(failure);
}, 5_000);

test('a message to a partition that the topic does not have is told, not dropped, and nothing beside it is sent', async () => {
  const brokers = await brokersWith(2);
  const producer = await producerOf(brokers);
  const sent = producer.send(TOPIC, [message('a', 0), message('b', 2)]);
  await expect(sent).rejects.toMatchObject({ code: 'unknown-topic' });
  await expect(sent).rejects.toThrow(/submissions has 2 partitions, so there is no partition 2/);
  expect(brokers.produced).toEqual([]);
  await producer.send(TOPIC, [message('c', 1)]);
  expect(brokers.logOf(1)).toEqual(['c']);
}, 5_000);

test('a broker that has forgotten the producer id gets another one', async () => {
  const brokers = await brokersWith(1);
  const producer = await producerOf(brokers);
  brokers.verdict = ({ producerId }) => (producerId === 1 ? code.unknownProducerId : 0);
  await producer.send(TOPIC, [message('a')]);
  expect(brokers.logOf(0)).toEqual(['a']);
}, 20_000);

test('a burst of failures asks for few producer ids, also where each call fails at once and is repeated without a pause', async () => {
  const brokers = await brokersWith(1);
  const producer = await producerOf(brokers, 0);
  brokers.verdict = () => code.notLeader;
  const endsAt = performance.now() + 2_000;
  const messages = [message('a')];
  while (performance.now() < endsAt) await producer.send(TOPIC, messages).catch(() => {});
  expect(brokers.producerIds).toBeGreaterThan(1);
  expect(brokers.producerIds).toBeLessThan(8);
}, 20_000);

test('producers that are no longer used leave no connection behind, and close ends the repeating', async () => {
  const brokers = await brokersWith(1);
  const producer = await producerOf(brokers);
  brokers.verdict = () => code.notLeader;
  const failure = producer.send(TOPIC, [message('a')]).catch((error: unknown) => error);
  await until(() => brokers.producerIds === 4);
  await producer.close();
  expect(await failure).toMatchObject({ message: expect.stringContaining('closed') });
  await until(() => brokers.connections === 0);
  await sleep(3_000);
  expect([brokers.connections, brokers.producerIds]).toEqual([0, 4]);
}, 20_000);

test('a broker that takes connections and answers nothing does not keep every new producer from the others', async () => {
  const brokers = await brokersWith(1);
  brokers.frozen.add(1);
  const attempts = Array.from({ length: 8 }, () => producerOf(brokers));
  await expect(Promise.any(attempts)).resolves.toBeInstanceOf(IdempotentProducer);
  await brokers.close();
  await Promise.allSettled(attempts);
}, 20_000);
