/** The simulated cluster keeps the contract of a broker; `test/integration/kafka-broker-contract.test.ts` shows that the real one does. */
import { describe, jest } from '@jest/globals';
import { SeededRandom } from '../../producers/simulator/seeded-random.ts';
import { SimulatedCluster } from '../../testing/simulation/broker/simulated-cluster.ts';
import { Network, usualFate } from '../../testing/simulation/network.ts';
import { Timeline } from '../../testing/simulation/timeline.ts';
import { brokerGroupsContract } from './broker-groups.contract.ts';
import { type BrokerUnderTest, TIMEOUT_MS } from './broker-session.ts';
import { brokerTransactionsContract } from './broker-transactions.contract.ts';

const topic = 'contract';

async function open(): Promise<BrokerUnderTest> {
  const timeline = new Timeline(Date.UTC(2026, 10, 24, 13));
  const random = new SeededRandom(1);
  const cluster = new SimulatedCluster({ timeline, random, nodes: 1, partitions: 2, topics: [topic] });
  cluster.markerDelayMs = () => random.next() * 10;
  const network = new Network({ cluster, random, fateOf: () => usualFate });
  const dialer = network.dialerOf({ name: 'contract', deliver: (what) => what() });
  return {
    topic,
    connect: () => dialer.dial(cluster.addressOf(1), { requestTimeoutMs: 30_000 }),
    settle: (promise) => timeline.settle(promise),
    sleep: (ms) => timeline.settle(new Promise((resolve) => timeline.after(ms, resolve))),
    close: async () => {},
  };
}

jest.setTimeout(TIMEOUT_MS);

describe('transactions and reading', () => {
  brokerTransactionsContract(open);
});
describe('groups', () => {
  brokerGroupsContract(open);
});
