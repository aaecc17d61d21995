/**
 * Processors that are broken on purpose, each in one way that people have really broken such systems. The simulation must turn
 * red for every one of them within a bounded number of schedules (`checkers.test.ts`): a checker that finds nothing in these would
 * prove nothing about the real one.
 */
import { KafkaFailure } from '@fluxo/kafka';
import { topics } from '@fluxo/schemas';
import { field } from '../../kafka/record-batch-format.ts';
import type { BrokerConnection, BrokerDialer, BrokerRequests } from '../../kafka/requests.ts';
import { LOG_END } from '../../kafka/requests.ts';
import type { OutputRecord, PartitionBatch } from '../../streams/engine/ports.ts';
import type { RestoreStep } from '../../streams/engine/topology.ts';
import { Worker, type WorkerOptions } from '../../streams/engine/worker.ts';
import { processorParts } from '../../streams/processor.ts';
import { PartitionState } from '../../streams/topologies/partition-state.ts';
import { seal } from '../../testing/simulation/broker/stored-batch.ts';
import type { Assemble, ProcessOptions } from '../../testing/simulation/simulated-process.ts';

type Parts = WorkerOptions<PartitionState>;
export type PlantedBug = {
  readonly assemble?: Assemble;
  readonly through?: ProcessOptions['through'];
  /** It shows only where processes keep checkpoints. */
  readonly hasDisk?: true;
  /** It shows only where a broker's storage is slow. */
  readonly hasSlowStorage?: true;
};

/** A processor with some parts put in place of the real ones. */
export function withParts(change: (parts: Parts) => Partial<Parts>): PlantedBug {
  return {
    assemble: async (options) => {
      const parts = await processorParts(options);
      return new Worker({ ...parts, ...change(parts) });
    },
  };
}

/** The same object with some methods in place of its own. */
function like<Port extends object>(port: Port, methods: Partial<Port>): Port {
  return new Proxy(port, {
    get(target, name) {
      const own: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name, target);
      return typeof own === 'function' && !Reflect.has(methods, name) ? own.bind(target) : own;
    },
  });
}

type Requests = {
  readonly [Name in keyof BrokerRequests]?: (
    connection: BrokerConnection,
    dialAgain: () => Promise<BrokerConnection>,
  ) => BrokerRequests[Name];
};

/** Some requests are made differently. */
function withRequests(requests: Requests): PlantedBug {
  const through = (dialer: BrokerDialer): BrokerDialer => ({
    dial: async (address, options) => {
      const dial = (): Promise<BrokerConnection> => dialer.dial(address, options);
      const connection = await dial();
      const changed = Object.entries(requests).map(([name, make]) => [name, make(connection, dial)]);
      return like(connection, Object.fromEntries(changed) as Partial<BrokerConnection>);
    },
  });
  return { through };
}

class KeepsEverything extends PartitionState {
  override rollback(): void {
    this.commit();
  }
}

class KeepsIds extends PartitionState {
  override rollback(): void {
    this.ids.forgetLast = () => {};
    super.rollback();
    Reflect.deleteProperty(this.ids, 'forgetLast');
  }
}

/** Takes what a checkpoint holds for all there is. */
function readsNothingAfterCheckpoints(step: RestoreStep<PartitionState>): RestoreStep<PartitionState> {
  const { checkpoint } = step;
  if (checkpoint === undefined) return step;
  const loaded = new WeakSet<PartitionState>();
  return {
    ...step,
    apply: (state, record) => {
      if (!loaded.has(state)) step.apply(state, record);
    },
    checkpoint: {
      ...checkpoint,
      load: async (state, blocks) => {
        await checkpoint.load(state, blocks);
        state.chains = null;
        state.headless.clear();
        loaded.add(state);
      },
    },
  };
}

const isRejection = ({ topic }: OutputRecord): boolean => topic === topics.rejections.name;

function withoutLast(batch: PartitionBatch): PartitionBatch {
  return { ...batch, records: batch.records.slice(0, batch.records.length > 1 ? -1 : undefined) };
}

/** Numbers a batch as if it were the next one. */
function renumbered(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  const count = copy.readInt32BE(field.recordsCount);
  copy.writeInt32BE(copy.readInt32BE(field.baseSequence) + count, field.baseSequence);
  return seal(copy).bytes;
}

export const plantedBugs: Readonly<Record<string, PlantedBug>> = {
  'offsets are committed without outputs': withParts(({ producer }) => ({
    producer: like(producer, { produce: async () => {} }),
  })),
  'outputs and offsets are committed in two transactions': withParts(({ producer }) => ({
    producer: like(producer, {
      sendOffsets: async (offsets, member) => {
        await producer.sendOffsets(offsets, member);
        await producer.end('commit');
      },
    }),
  })),
  'rejections are written outside the transaction': withParts(({ producer }) => {
    let sendOffsets = async (): Promise<void> => {};
    return {
      producer: like(producer, {
        sendOffsets: async (offsets, member) => {
          sendOffsets = () => producer.sendOffsets(offsets, member);
        },
        produce: async (records) => {
          await producer.produce(records.filter(isRejection));
          await producer.end('commit');
          await sendOffsets();
          await producer.produce(records.filter((record) => !isRejection(record)));
        },
      }),
    };
  }),
  'a commit without an answer is taken for done': withParts(({ producer }) => ({
    producer: like(producer, {
      end: async (outcome) => {
        try {
          await producer.end(outcome);
        } catch (error) {
          if (!(error instanceof KafkaFailure) || error.code !== 'outcome-unknown') throw error;
          await producer.init();
        }
      },
    }),
  })),
  'committed offsets are remembered, not asked for': withParts(({ group, producer }) => {
    const remembered = new Map<number, number>();
    let pending: ReadonlyMap<number, number> = new Map();
    return {
      group: like(group, {
        committed: async (assignment) => {
          const asked = await group.committed(assignment);
          return new Map(
            [...asked].map(([partition, { offset, note }]) => [
              partition,
              { offset: remembered.get(partition) ?? offset, note },
            ]),
          );
        },
      }),
      producer: like(producer, {
        sendOffsets: async (offsets, identity) => {
          pending = offsets;
          await producer.sendOffsets(offsets, identity);
        },
        end: async (outcome) => {
          await producer.end(outcome);
          for (const [partition, offset] of pending) remembered.set(partition, offset);
        },
      }),
    };
  }),
  'offsets are committed without the membership they were read under': withParts(({ producer }) => ({
    producer: like(producer, {
      sendOffsets: (offsets) =>
        producer.sendOffsets(offsets, { generationId: -1, memberId: '', instanceId: null }),
    }),
  })),
  'state is kept after a transaction that failed': withParts(({ topology }) => ({
    topology: { ...topology, createState: (partition) => new KeepsEverything(partition) },
  })),
  'ids are kept after a transaction that failed': withParts(({ topology }) => ({
    topology: { ...topology, createState: (partition) => new KeepsIds(partition) },
  })),
  'ids are not restored': withParts(({ topology }) => ({
    topology: {
      ...topology,
      restore: topology.restore.map((step) =>
        step.topic === topics.ledger.name ? { ...step, apply: () => {} } : step,
      ),
    },
  })),
  'what came after a checkpoint is not read': {
    ...withParts(({ topology }) => ({
      topology: { ...topology, restore: topology.restore.map(readsNothingAfterCheckpoints) },
    })),
    hasDisk: true,
  },
  'a restore ends at an answer without records': {
    ...withParts(({ reader }) => ({
      reader: like(reader, {
        async *read(range) {
          for await (const records of reader.read(range)) {
            if (records.length === 0) return;
            yield records;
          }
        },
      }),
    })),
    hasSlowStorage: true,
  },
  'a restore goes to the ends the outputs had before the group was joined': withParts(({ group, reader }) => {
    const ends = new Map<string, number>();
    return {
      group: like(group, {
        join: async () => {
          for (const topic of [topics.merchants, topics.dailyBalances, topics.ledger])
            for (const partition of [0, 1])
              ends.set(`${topic.name} ${partition}`, await reader.endOffset(topic.name, partition));
          return group.join();
        },
      }),
      reader: like(reader, {
        endOffset: async (topic, partition) =>
          ends.get(`${topic} ${partition}`) ?? reader.endOffset(topic, partition),
      }),
    };
  }),
  'a restore goes to the last stable offset only': withRequests({
    listOffsets: (connection) => (request) =>
      connection.listOffsets({
        ...request,
        isolation: request.partitions.some(({ timestampMs }) => timestampMs === LOG_END)
          ? 'read_committed'
          : request.isolation,
      }),
  }),
  'offsets are read without require_stable': withRequests({
    offsetFetch: (connection) => (request) => connection.offsetFetch({ ...request, requireStable: false }),
  }),
  'the input is read uncommitted': withRequests({
    fetch: (connection) => async (request) => {
      const answer = await connection.fetch({ ...request, isolation: 'read_uncommitted' });
      return { ...answer, partitions: answer.partitions.map((each) => ({ ...each, aborted: [] })) };
    },
  }),
  'a batch without an answer is sent again under new sequence numbers': withRequests({
    produce: (connection, dialAgain) => async (request) => {
      try {
        return await connection.produce(request);
      } catch {
        const batches = request.batches.map((batch) => ({ ...batch, bytes: renumbered(batch.bytes) }));
        return (await dialAgain()).produce({ ...request, batches });
      }
    },
  }),
  'a producer with an unknown outcome is used on': withParts(({ producer }) => {
    let isFirst = true;
    return {
      producer: like(producer, {
        init: async () => {
          if (isFirst) await producer.init();
          isFirst = false;
        },
      }),
    };
  }),
  'the last record of a fetch is dropped': withParts(({ group }) => ({
    group: like(group, {
      fetch: async (positions, waitMs) => (await group.fetch(positions, waitMs)).map(withoutLast),
    }),
  })),
  'a later document is not published again': withParts(({ topology }) => ({
    topology: {
      ...topology,
      flush: (state, out) => {
        let isFirst = true;
        topology.flush(state, {
          emit: (topic, key, value) => {
            if (topic !== topics.dailyBalances.name || isFirst) out.emit(topic, key, value);
            if (topic === topics.dailyBalances.name) isFirst = false;
          },
        });
      },
    },
  })),
};
