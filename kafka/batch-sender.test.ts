/** Where batches go after a leader has given no answer, and when after one whose quota is used up. The brokers are the test's, time as well. */
import { expect, test } from '@jest/globals';
import { BatchSender } from './batch-sender.ts';
import { Cluster } from './cluster.ts';
import { kafkaErrors } from './error-codes.ts';
import { type BrokerConnection, type BrokerDialer, TransportFailure } from './requests.ts';

const TOPIC = 'cash.test.v1';
const batches = [{ topic: TOPIC, partition: 0, bytes: Buffer.of(1) }];
let nowMs = 0;
const clock = {
  nowMs: () => nowMs,
  sleep: (ms: number) => {
    nowMs += ms;
    return Promise.resolve();
  },
};

/**
 * The first broker of these three leads until it fails in this way; then it is the second. Hosts in the order in which they were sent to.
 * Each answer says how long its broker reads nothing.
 */
function senderWhoseLeader(fails: () => number, throttles: number[] = []) {
  const sentTo: string[] = [];
  const addresses = [1, 2, 3].map((nodeId) => ({ nodeId, host: `broker-${nodeId}`, port: 9092 }));
  const dialer: BrokerDialer = {
    dial: async ({ host }) => {
      const connection: Partial<BrokerConnection> = {
        isOpen: true,
        metadata: async ({ topics }) => {
          const [leader, leaderEpoch] = sentTo.length === 0 ? [1, 0] : [2, 1];
          const partitions = [{ errorCode: 0, partition: 0, leader, leaderEpoch }];
          const told = topics.map((name) => ({ errorCode: 0, name, topicId: 'an-id', partitions }));
          return { brokers: addresses, topics: told };
        },
        produce: async () => {
          sentTo.push(host);
          const errorCode = host === 'broker-1' ? fails() : 0;
          return {
            partitions: [{ topic: TOPIC, partition: 0, errorCode, errorMessage: null, baseOffset: 0 }],
            throttleMs: throttles.shift() ?? 0,
          };
        },
      };
      return connection as BrokerConnection;
    },
  };
  const sender = async () => {
    const brokers = addresses.map(({ host, port }) => `${host}:${port}`);
    const cluster = await Cluster.connect({ clientId: 'test', brokers, clock, dialer });
    const limits = { budgetMs: 1_000, pauseFirstMs: 1, pauseMaxMs: 10 };
    return new BatchSender({ cluster, lane: cluster.lane(1_000), transactionalId: 'id', limits });
  };
  return { sender, sentTo };
}

test.each([
  [
    'is gone',
    () => {
      throw new TransportFailure('unanswered', 'no answer from broker-1');
    },
  ],
  ['waited in vain for its followers', () => kafkaErrors.REQUEST_TIMED_OUT],
])('the transaction after one whose leader %s goes to the leader that there is then', async (_, fails) => {
  const { sender, sentTo } = senderWhoseLeader(fails);
  const batchSender = await sender();
  await expect(batchSender.send(batches)).rejects.toThrow(/broker-1|REQUEST_TIMED_OUT/);
  await batchSender.send(batches);
  expect(sentTo).toEqual(['broker-1', 'broker-2']);
});

test('a broker whose quota is used up is waited for until it listens, and no longer than it said where the clock goes back', async () => {
  const { sender } = senderWhoseLeader(() => 0, [4_000, 1_000, 700]);
  const batchSender = await sender();
  const waitedMs = async (): Promise<number> => {
    const beganMs = nowMs;
    await batchSender.untilHeard();
    return nowMs - beganMs;
  };
  expect(await waitedMs()).toBe(0);
  await batchSender.send(batches);
  await batchSender.send(batches);
  nowMs += 500;
  expect(await waitedMs()).toBe(3_500);
  expect(await waitedMs()).toBe(0);
  await batchSender.send(batches);
  nowMs -= 3_600_000;
  expect(await waitedMs()).toBe(700);
});
