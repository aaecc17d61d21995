/** The cluster in memory keeps the contract of the engine's ports; `test/integration/engine-ports.test.ts` asks a real one. */
import { describe } from '@jest/globals';
import { InMemoryCluster } from '../../testing/in-memory-cluster.ts';
import { CONTRACT_PARTITIONS, enginePortsContract } from './engine-ports.contract.ts';

describe('in memory', () => {
  enginePortsContract(async () => {
    const cluster = new InMemoryCluster(CONTRACT_PARTITIONS);
    let members = 0;
    return {
      input: 'input',
      output: 'output',
      reader: cluster.reader(),
      member: () => cluster.member('group', 'input', `member-${++members}`),
      producer: (transactionalId) => cluster.producer(transactionalId),
      submit: async (values) => {
        for (const value of values) cluster.append('input', 0, { key: null, value: Buffer.from(value) });
      },
      close: async () => {},
    };
  });
});
