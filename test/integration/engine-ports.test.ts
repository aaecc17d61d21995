/** A real broker keeps the contract of the engine's ports that the cluster in memory keeps. Needs Kafka. */
import { describe, jest } from '@jest/globals';
import { CONTRACT_PARTITIONS, enginePortsContract } from '../../streams/engine/engine-ports.contract.ts';
import { KafkaScene } from './kafka-scene.ts';

jest.setTimeout(60_000);

describe('on Kafka', () => {
  enginePortsContract(async () => {
    const scene = await KafkaScene.open('engine-ports', { partitions: CONTRACT_PARTITIONS });
    return {
      input: scene.input,
      output: scene.output,
      reader: scene.reader,
      member: () => scene.member(),
      producer: (name) => scene.producer({ transactionalId: `${scene.transactionalId}-${name}` }),
      submit: (values) => scene.submit(values),
      close: () => scene.close(),
    };
  });
});
