/**
 * A real broker keeps the contract that the simulated one keeps (`test/simulation/simulated-broker.test.ts`): what schedules of
 * faults prove on the simulation, they prove of answers that Kafka gives. Needs Kafka.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, jest } from '@jest/globals';
import type { BrokerConnection } from '../../kafka/requests.ts';
import { WireDialer } from '../../kafka/wire/wire-dialer.ts';
import { sharedServers } from '../../testing/servers.ts';
import { brokerGroupsContract } from '../simulation/broker-groups.contract.ts';
import { type BrokerUnderTest, TIMEOUT_MS } from '../simulation/broker-session.ts';
import { brokerTransactionsContract } from '../simulation/broker-transactions.contract.ts';
import { KafkaScene } from './kafka-scene.ts';

async function open(): Promise<BrokerUnderTest> {
  const scene = await KafkaScene.open('contract', { partitions: 2 });
  const [host = '', port = ''] = sharedServers().kafka.split(':');
  const dialer = new WireDialer('contract');
  const dialed: BrokerConnection[] = [];
  // A broker that has just started loads its coordinators; whoever asks for them first waits for that.
  await scene.cluster.coordinatorOf('transaction', 'contract');
  await scene.cluster.coordinatorOf('group', 'contract');
  return {
    topic: scene.input,
    connect: async () => {
      const connection = await dialer.dial({ host, port: Number(port) }, { requestTimeoutMs: 30_000 });
      dialed.push(connection);
      return connection;
    },
    settle: (promise) => promise,
    sleep: (ms) => sleep(ms),
    close: async () => {
      await Promise.all(dialed.map((connection) => connection.close()));
      await scene.close();
    },
  };
}

jest.setTimeout(TIMEOUT_MS);

describe('transactions and reading', () => {
  brokerTransactionsContract(open);
});
describe('groups', () => {
  brokerGroupsContract(open);
});
