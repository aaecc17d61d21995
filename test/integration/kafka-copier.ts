/**
 * A process that copies its share of one topic to another, record by record, with the input positions in the same transaction:
 * the smallest read-process-write there is, for tests that kill it. It says on standard output what it commits. Told so, it leaves
 * its N-th transaction open with everything in it, so that a kill certainly meets one.
 */
import { type Assignment, Cluster, ConsumerGroup, KafkaTransactionalProducer } from '@fluxo/kafka';

const {
  BROKER = '',
  INPUT = '',
  OUTPUT = '',
  GROUP = '',
  INSTANCE = '',
  STATIC,
  OPEN_AFTER = '',
} = process.env;

const cluster = await Cluster.connect({ brokers: [BROKER], clientId: INSTANCE });
const group = new ConsumerGroup({
  cluster,
  groupId: GROUP,
  topic: INPUT,
  instanceId: STATIC === '1' ? INSTANCE : null,
});
const producer = new KafkaTransactionalProducer({
  cluster,
  transactionalId: `${GROUP}-${INSTANCE}`,
  groupId: GROUP,
  inputTopic: INPUT,
});
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

let assignment: Assignment | null = null;
let positions = new Map<number, number>();
let isProducerReady = false;
let commitsUntilOpen = OPEN_AFTER === '' ? Number.POSITIVE_INFINITY : Number(OPEN_AFTER);
while (!stop.signal.aborted) {
  try {
    if (!isProducerReady) await producer.init();
    isProducerReady = true;
    if (assignment === null || group.rebalancing) await takeOver();
    else await copy(assignment);
  } catch (error) {
    const { code } = error as { code?: string };
    process.stdout.write(`failed ${code}\n`);
    const canGoOn = ['stale-generation', 'outcome-unknown', 'transaction-aborted', 'temporarily-unavailable'];
    if (code === undefined || !canGoOn.includes(code)) throw error;
    isProducerReady = false;
    assignment = null;
  }
}
await group.leave({ forGood: true });
await producer.close();
await cluster.close();

async function takeOver(): Promise<void> {
  const joined = await group.join();
  const committed = await group.committed(joined);
  positions = new Map(
    joined.partitions.map((partition) => [partition, committed.get(partition)?.offset ?? 0]),
  );
  assignment = joined;
  process.stdout.write(`assigned ${joined.partitions.join(',')}\n`);
}

async function copy({ identity }: Assignment): Promise<void> {
  const batches = await group.fetch(positions, 50);
  if (batches.length === 0) return;
  const copies = batches.flatMap(({ partition, records }) =>
    records.slice(0, 200).map(({ key, value }) => ({ topic: OUTPUT, partition, key, value })),
  );
  const next = new Map(
    batches.map(({ partition, records, nextOffset }) => [partition, records[200]?.offset ?? nextOffset]),
  );
  const requests = await Promise.allSettled([producer.produce(copies), producer.sendOffsets(next, identity)]);
  for (const request of requests) if (request.status === 'rejected') throw request.reason;
  if (commitsUntilOpen === 0) await standStill();
  commitsUntilOpen -= 1;
  await producer.end('commit');
  for (const [partition, offset] of next) positions.set(partition, offset);
  process.stdout.write(`committed ${copies.length}\n`);
}

async function standStill(): Promise<never> {
  process.stdout.write('open\n');
  return new Promise(() => setInterval(() => {}, 1_000));
}
