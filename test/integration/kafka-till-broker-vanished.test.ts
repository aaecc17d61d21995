/**
 * The fear: a broker's host is gone without a word, no connection is ended, and tills and relay stand still for minutes, though the others
 * have long named another leader. Brokers of our own (testing/stub-brokers.ts), because a real one answers or ends its connections.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { IdempotentProducer } from '@fluxo/kafka';
import { afterEach, expect, test } from '@jest/globals';
import { StubBrokers } from '../../testing/stub-brokers.ts';

const TOPIC = 'submissions';
const NOT_ENOUGH_REPLICAS = 19;

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

/** Nodes 2 and 3 know of all; node 1 is the one that will vanish, which leads partition 0. */
async function scene(): Promise<{ brokers: StubBrokers; producer: IdempotentProducer }> {
  const leaders = new Map([
    [0, 1],
    [1, 2],
  ]);
  const brokers = await StubBrokers.start(3, leaders);
  const access = { brokers: brokers.addresses.slice(1) };
  const producer = await IdempotentProducer.connect({ ...access, clientId: 'till' });
  opened.push(producer, brokers);
  await producer.send(TOPIC, [message('before', 0), message('before', 1)]);
  return { brokers, producer };
}

const message = (text: string, partition: number) => ({ key: 'm', value: Buffer.from(text), partition });

function vanish(brokers: StubBrokers): void {
  brokers.frozen.add(1);
  brokers.leaders.set(0, 3);
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const beganAt = performance.now();
  await work();
  return (performance.now() - beganAt) / 1000;
}

test('what its leader did not answer goes to the next one after seconds', async () => {
  const { brokers, producer } = await scene();
  vanish(brokers);
  const seconds = await secondsOf(() => producer.send(TOPIC, [message('after', 0)]));
  expect(seconds).toBeLessThan(15);
  expect(brokers.logOf(0)).toEqual(['before', 'after']);
}, 60_000);

// After a failure kafkajs asks any broker for metadata, also the one that is gone, so several at once.
test('also where another broker refuses at the same time', async () => {
  const seconds = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const { brokers, producer } = await scene();
      vanish(brokers);
      let refusals = 1;
      brokers.verdict = ({ partition }) => (partition === 1 && refusals-- > 0 ? NOT_ENOUGH_REPLICAS : 0);
      return secondsOf(() => producer.send(TOPIC, [message('after', 0), message('after', 1)]));
    }),
  );
  expect(Math.max(...seconds)).toBeLessThan(18);
}, 60_000);

test('a till that closes meanwhile does not wait for it for ever', async () => {
  const { brokers, producer } = await scene();
  vanish(brokers);
  const failure = producer.send(TOPIC, [message('after', 0)]).catch((error: unknown) => error);
  await sleep(100);
  expect(await secondsOf(() => producer.close())).toBeLessThan(14);
  expect(await failure).toMatchObject({ message: expect.stringContaining('closed') });
}, 60_000);
