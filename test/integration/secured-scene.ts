/**
 * What a principal of a secured Kafka may do, found out by trying everything: each topic read and written, each group joined and looked at, a
 * transactional id taken, over one connection of our own. Nothing is harmed: a write that is allowed fails because its bytes are spoilt,
 * a heartbeat because the member does not exist.
 */
import { brokerAccess, Cluster } from '@fluxo/kafka';
import { allTopics, consumerGroups, dynamodbGroups, GROUP_PREFIX, type Grants } from '@fluxo/schemas';
import { kafkaErrors } from '../../kafka/error-codes.ts';
import { field } from '../../kafka/record-batch-format.ts';
import { encodeRecordBatch } from '../../kafka/record-batch-writer.ts';
import type { BrokerConnection } from '../../kafka/requests.ts';
import { ADMIN, kafkaEnvironment } from '../../stack/secured/secrets.ts';
import type { TestStack } from '../../testing/stacks.ts';

const BROKER = 1;
const TIMEOUT_MS = 20_000;
/** All of ours, one that whoever names its groups itself might have, and one of nobody. */
const GROUPS = [
  ...Object.values({ ...consumerGroups, ...dynamodbGroups }),
  'data-team-tried',
  'nobody-tried',
];
/** What a transactional id of the processor begins with, and one of nobody. */
const TRANSACTIONAL_IDS = [`${consumerGroups.streams}-tried`, 'nobody-tried'];

const REFUSALS: readonly number[] = [
  kafkaErrors.TOPIC_AUTHORIZATION_FAILED,
  kafkaErrors.GROUP_AUTHORIZATION_FAILED,
  kafkaErrors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  kafkaErrors.CLUSTER_AUTHORIZATION_FAILED,
];

export type Principal = Parameters<typeof kafkaEnvironment>[1];

export function connectAs(stack: TestStack, principal: Principal): Promise<Cluster> {
  const access = brokerAccess(stack.addresses.kafka, kafkaEnvironment(stack.place, principal));
  return Cluster.connect({ ...access, clientId: `as-${principal}` });
}

/** Topic → id. Ids are no secret, but only who may see a topic is told its id. */
export async function topicIds(stack: TestStack): Promise<ReadonlyMap<string, string>> {
  const cluster = await connectAs(stack, ADMIN);
  const topics = await Promise.all(allTopics.map(async ({ name }) => cluster.topic(name)));
  await cluster.close();
  return new Map(topics.map(({ name, id }) => [name, id]));
}

/** Every deed that the broker does not refuse, in the words of `deedsOf`. */
export async function permitted(
  stack: TestStack,
  principal: Principal,
  ids: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const cluster = await connectAs(stack, principal);
  try {
    const broker = await cluster.lane(TIMEOUT_MS).to(BROKER);
    const done: string[] = [];
    for (const [deed, attempt] of deeds(ids)) if (!REFUSALS.includes(await attempt(broker))) done.push(deed);
    return done.toSorted();
  } finally {
    await cluster.close();
  }
}

/** The same from the table. */
export function expectedOf({
  reads,
  writes,
  joins: named,
  joinsAny,
  transactions,
  inspects,
}: Grants): readonly string[] {
  const joins = [...named, ...GROUPS.filter((group) => joinsAny !== null && group.startsWith(joinsAny))];
  const looksAt = inspects ? GROUPS.filter((group) => group.startsWith(GROUP_PREFIX)) : joins;
  return [
    ...reads.map(({ name }) => `read ${name}`),
    ...writes.map(({ name }) => `write ${name}`),
    ...joins.map((group) => `join ${group}`),
    ...looksAt.map((group) => `look at ${group}`),
    ...TRANSACTIONAL_IDS.filter((id) => transactions !== null && id.startsWith(transactions)).map(
      (id) => `transact as ${id}`,
    ),
  ].toSorted();
}

type Attempt = (broker: BrokerConnection) => Promise<number>;

function deeds(ids: ReadonlyMap<string, string>): readonly (readonly [string, Attempt])[] {
  return [
    ...allTopics.map(({ name }) => [`read ${name}`, reading(ids.get(name) ?? '')] as const),
    ...allTopics.map(({ name }) => [`write ${name}`, writing(name)] as const),
    ...GROUPS.map((group) => [`join ${group}`, joining(group)] as const),
    ...GROUPS.map((group) => [`look at ${group}`, lookingAt(group)] as const),
    ...TRANSACTIONAL_IDS.map((id) => [`transact as ${id}`, transacting(id)] as const),
  ];
}

const reading =
  (topicId: string): Attempt =>
  async (broker) => {
    const partitions = [{ topicId, partition: 0, leaderEpoch: -1, offset: 0, maxBytes: 1_000 }];
    const isolation = 'read_committed';
    const answer = await broker.fetch({ maxWaitMs: 0, maxBytes: 1_000, isolation, partitions });
    return answer.partitions[0]?.errorCode ?? answer.errorCode;
  };

const writing =
  (topic: string): Attempt =>
  async (broker) => {
    const header = { producerId: -1, producerEpoch: -1, baseSequence: -1, isTransactional: false };
    const value = Buffer.from('spoilt');
    const bytes = Buffer.from(encodeRecordBatch([{ key: null, value }], { ...header, timestampMs: 0 }));
    bytes.writeUInt8(bytes.readUInt8(field.crc) ^ 1, field.crc);
    const batches = [{ topic, partition: 0, bytes }];
    const { partitions } = await broker.produce({ transactionalId: null, timeoutMs: 1_000, batches });
    const errorCode = partitions[0]?.errorCode ?? kafkaErrors.NONE;
    if (errorCode === kafkaErrors.NONE) throw new Error('a spoilt batch was taken');
    return errorCode;
  };

const joining =
  (groupId: string): Attempt =>
  async (broker) =>
    (await broker.heartbeat({ groupId, generationId: 1, memberId: 'nobody', instanceId: null })).errorCode;

const lookingAt =
  (groupId: string): Attempt =>
  async (broker) => {
    const request = { groupId, topic: allTopics[0]?.name ?? '', partitions: [0], requireStable: false };
    return (await broker.offsetFetch(request)).errorCode;
  };

const transacting =
  (transactionalId: string): Attempt =>
  async (broker) =>
    (await broker.initProducerId({ transactionalId, transactionTimeoutMs: 10_000 })).errorCode;
