/**
 * What must come out of a submission log, whatever happens on the way: the topology folded over it in one go, without Kafka,
 * faults, restarts or transactions. `expectation-check.ts` makes sure that it keeps the promises itself.
 */
import { topics } from '@fluxo/schemas';
import { Outbox } from '../../streams/engine/outbox.ts';
import type { LogRecord, OutputRecord } from '../../streams/engine/ports.ts';
import { Task } from '../../streams/engine/task.ts';
import { dailyBalanceTopology } from '../../streams/topologies/daily-balance.topology.ts';
import type { DailyBalanceCodecs } from '../../streams/topologies/record-codec.ts';
import { keyText, recordsIn } from './broker/stored-batch.ts';
import type { InputBatch, SubmissionLog } from './submission-log.ts';

/** Topics of which every record counts, in order; of the others only the last record of each key. */
export const sequenceTopics: readonly string[] = [topics.ledger.name, topics.rejections.name];
export const documentTopics: readonly string[] = [topics.dailyBalances.name, topics.merchants.name];

/** An output, and the offset of the submission that made it. */
export type ExpectedRecord = {
  readonly sourceOffset: number;
  readonly topic: string;
  readonly key: string;
  /** Topic and key. */
  readonly document: string;
  readonly value: Buffer;
};

export type PartitionExpectation = {
  /** By topic: ledger and rejections. */
  readonly sequences: ReadonlyMap<string, readonly ExpectedRecord[]>;
  /** Every version of every document and merchant, in order. */
  readonly documents: readonly ExpectedRecord[];
  /** The same by document. */
  readonly versions: ReadonlyMap<string, readonly ExpectedRecord[]>;
  /** Where the group must stand at the end: behind everything, also aborted data and markers. */
  readonly end: number;
};

/** What this topology, the production one unless told otherwise, makes of the log. */
export function expectationOf(
  log: SubmissionLog,
  codecs: DailyBalanceCodecs,
  topology = dailyBalanceTopology({ codecs, partitions: log.partitions.length }),
): PartitionExpectation[] {
  return log.partitions.map((batches, partition) => {
    const task = new Task(topology, { partition, state: topology.createState(partition), position: 0 });
    const { records, end } = committedInput(batches);
    const found: ExpectedRecord[] = [];
    for (const record of records) {
      const outbox = new Outbox();
      topology.process(task.state, record, outbox.into(partition));
      topology.flush(task.state, outbox.into(partition));
      task.state.commit();
      for (const output of outbox.records) found.push(expected(output, record.offset));
    }
    const documents = found.filter(({ topic }) => documentTopics.includes(topic));
    return {
      end,
      documents,
      versions: Map.groupBy(documents, ({ document }) => document),
      sequences: new Map(sequenceTopics.map((name) => [name, found.filter(({ topic }) => topic === name)])),
    };
  });
}

function expected({ topic, key, value }: OutputRecord, sourceOffset: number): ExpectedRecord {
  const text = keyText(key);
  return { sourceOffset, topic, key: text, document: `${topic} ${text}`, value: Buffer.from(value) };
}

function committedInput(batches: readonly InputBatch[]): { records: LogRecord[]; end: number } {
  const records: LogRecord[] = [];
  let end = 0;
  for (const each of batches) {
    if (each.kind === 'abort') end += 1;
    else {
      if (!each.batch.isTransactional) records.push(...recordsIn(each.batch));
      end = each.batch.lastOffset + 1;
    }
  }
  return { records, end };
}
