/**
 * The input of a schedule: submissions of several merchants as they stand in the log, byte for byte, with much of what goes wrong
 * mixed in: what `submission-generator.ts` draws, garbage, records under a wrong key or in a wrong partition, unknown schemas,
 * empty values, and transactions of a producer that were aborted. Batches are encoded once; schedules share them.
 */
import {
  LocalRegistry,
  openTopicCodecs,
  RegistryFailure,
  type RegistryPort,
  registerSchemas,
  type TopicCodecs,
} from '@fluxo/kafka';
import { allTopics, partitionOf } from '@fluxo/schemas';
import type { RecordToWrite } from '../../kafka/record-batch-writer.ts';
import { SeededRandom } from '../../producers/simulator/seeded-random.ts';
import type { DailyBalanceCodecs } from '../../streams/topologies/record-codec.ts';
import { type GeneratedSubmission, generateSubmissions } from '../submission-generator.ts';
import { plainBatch, type StoredBatch, store } from './broker/stored-batch.ts';

/** What stands in one partition, in order. A marker aborts what its producer wrote before it. */
export type InputBatch =
  | { readonly kind: 'records'; readonly batch: StoredBatch }
  | { readonly kind: 'abort'; readonly producerId: number; readonly epoch: number; readonly atMs: number };

export type SubmissionLog = {
  readonly seed: number;
  /** Per partition. */
  readonly partitions: readonly (readonly InputBatch[])[];
  /** Submissions that count, without what was aborted. */
  readonly submissions: number;
};

export type Vocabulary = { readonly codecs: TopicCodecs; readonly registry: SwitchableRegistry };

/** The registry of a schedule, which can be out of reach. */
export class SwitchableRegistry implements RegistryPort {
  readonly #inner = new LocalRegistry();
  isReachable = true;

  register: RegistryPort['register'] = (subject, schema) => this.#inner.register(subject, schema);
  setCompatibility: RegistryPort['setCompatibility'] = (subject, level) =>
    this.#inner.setCompatibility(subject, level);

  async schemasUnder(subject: string): ReturnType<RegistryPort['schemasUnder']> {
    if (!this.isReachable)
      throw new RegistryFailure('temporarily-unavailable', 'the simulated registry is out of reach');
    return this.#inner.schemasUnder(subject);
  }
}

/** Codecs over a registry in memory; opened once, because compiling schemas takes longer than a schedule. */
export async function openVocabulary(): Promise<Vocabulary> {
  const registry = new SwitchableRegistry();
  await registerSchemas(registry, allTopics);
  const codecs = await openTopicCodecs(registry);
  return { codecs, registry };
}

const SUBMISSIONS = 220;
const INPUT_PRODUCER = 1;

export function createSubmissionLog(seed: number, codecs: DailyBalanceCodecs): SubmissionLog {
  const random = new SeededRandom(seed);
  const partitionCount = 2 + random.below(2);
  const builders = Array.from({ length: partitionCount }, () => new PartitionBuilder(random));
  const merchants = 4 + random.below(5);
  const days = [2, 20, 80][random.below(3)] as number;
  for (const submission of generateSubmissions({ seed, count: SUBMISSIONS - merchants, merchants, days })) {
    const home = partitionOf(Buffer.from(submission.value.merchantId), partitionCount);
    const isLost = random.isChance(0.01);
    const place = isLost ? (home + 1) % partitionCount : home;
    const records = [recordOf(submission, codecs, random)];
    if (random.isChance(0.06)) records.push(garbage(records[0] as RecordToWrite, random));
    (builders[place] as PartitionBuilder).add(records, submission.recordedAt);
  }
  const submissions = builders.reduce((sum, builder) => sum + builder.records, 0);
  return { seed, submissions, partitions: builders.map((builder) => builder.finish()) };
}

function recordOf(
  { type, value }: GeneratedSubmission,
  codecs: DailyBalanceCodecs,
  random: SeededRandom,
): RecordToWrite {
  const key = Buffer.from(random.isChance(0.01) ? 'somebody-else' : value.merchantId);
  return { key, value: codecs.submissions.encode(type, value) };
}

/** What a broken client may send after a good record. */
function garbage({ key, value }: RecordToWrite, random: SeededRandom): RecordToWrite {
  const bytes = Buffer.from(value ?? []);
  switch (random.below(6)) {
    case 0:
      return { key, value: null };
    case 1:
      return { key, value: Buffer.from([0, 0, 0, 0x7f, 0x7f, 1, 2, 3]) };
    case 2:
      return { key, value: bytes.subarray(0, bytes.length - 3) };
    case 3:
      return { key: null, value: bytes };
    case 4:
      return { key: Buffer.from([0xff, 0xfe]), value: bytes };
    default:
      return { key, value: Buffer.from('{"amount":12.5}') };
  }
}

/** Collects the records of one partition into batches; those in a batch share the broker's time. */
class PartitionBuilder {
  readonly #random: SeededRandom;
  readonly #batches: InputBatch[] = [];
  #waiting: RecordToWrite[] = [];
  #waitingMs = 0;
  #room: number;
  #end = 0;
  #epoch = 0;
  records = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.#room = 1 + random.below(6);
  }

  add(records: readonly RecordToWrite[], recordedAtMs: number): void {
    this.#waiting.push(...records);
    this.#waitingMs = Math.max(this.#waitingMs, recordedAtMs);
    this.records += records.length;
    if (this.#waiting.length >= this.#room) this.#flush();
  }

  finish(): readonly InputBatch[] {
    this.#flush();
    return this.#batches;
  }

  #flush(): void {
    if (this.#waiting.length === 0) return;
    if (this.#random.isChance(0.08)) this.#abort(this.#waiting);
    this.#put(plainBatch(this.#waiting));
    this.#waiting = [];
    this.#room = 1 + this.#random.below(6);
  }

  /** The same records first in a transaction that is aborted: whoever counts them counts twice. */
  #abort(records: readonly RecordToWrite[]): void {
    const producer = { producerId: INPUT_PRODUCER, producerEpoch: this.#epoch };
    this.#put(plainBatch(records, producer));
    this.#end += 1;
    this.#epoch += 1;
    this.#batches.push({
      kind: 'abort',
      producerId: INPUT_PRODUCER,
      epoch: this.#epoch,
      atMs: this.#waitingMs,
    });
  }

  #put(bytes: Buffer): void {
    const batch = store(bytes, { offset: this.#end, nowMs: this.#waitingMs });
    this.#batches.push({ kind: 'records', batch });
    this.#end = batch.lastOffset + 1;
  }
}
