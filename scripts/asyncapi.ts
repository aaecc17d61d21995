/**
 * `docs/asyncapi.json`: every topic as AsyncAPI 3.0, made from the catalogue (`schemas/topics.ts`) and the Avro files, which it refers to
 * and does not copy. What the catalogue does not hold stands in the tables below: a topic or a group without a line there does not compile.
 * Written by `npm run generate`; `test/asyncapi.test.ts` checks that it is up to date and valid.
 */
import {
  allTopics,
  consumerGroups,
  dynamodbGroups,
  PARTITIONS_DEFAULT,
  type RecordName,
  subjectOf,
  type TopicDefinition,
  topicOfGroup,
  topics,
} from '@fluxo/schemas';
import { localAddresses, PORT_BASE_DEFAULT } from '@fluxo/stack';

type Name = keyof typeof topics;
type GroupName = keyof typeof consumerGroups | keyof typeof dynamodbGroups;

const KAFKA_BINDING = '0.5.0';

/** What a topic answers, who writes it, and what its order means. */
const words: Readonly<Record<Name, { title: string; writers: string; description: string }>> = {
  submissions: {
    title: 'What merchants and tills say happened',
    writers:
      'Till software, file imports, the relay of the entries API, `fluxo submit` and `fluxo rejections replay`.',
    description:
      'The one log in. At least once: an id that comes again within 45 days counts once. A merchant’s submissions are judged in the order of their partition.',
  },
  ledger: {
    title: 'What counts, for ever',
    writers: 'The processor, in Kafka transactions.',
    description:
      'Append-only. Each merchant’s records are numbered by ledgerSeq 1, 2, 3 … without a gap, and chained by hashes. Exactly once for read_committed readers.',
  },
  dailyBalances: {
    title: 'The balance document of a merchant and business day',
    writers: 'The processor, in Kafka transactions.',
    description:
      'The last record of a key is the document; a later one has a higher revision and replaces it whole, days later as well, when a late entry counts on that day or before it. There are no tombstones.',
  },
  merchants: {
    title: 'What is in force for a merchant',
    writers: 'The processor, in Kafka transactions.',
    description:
      'The last record of a key is the merchant: calendar, accounts, and the day through which it has closed. There are no tombstones.',
  },
  rejections: {
    title: 'Submissions that were refused, with their bytes',
    writers: 'The processor, in Kafka transactions.',
    description:
      'Exactly one for each refused submission, in the order of the submissions. The key is the submission’s own, as it came: it may be missing or no text.',
  },
};

const groupWords: Readonly<Record<GroupName, string>> = {
  streams: 'the processor',
  redisSinkBalances: 'the Redis sink',
  redisSinkMerchants: 'the Redis sink',
  postgresSinkLedger: 'the Postgres sink',
  postgresSinkBalances: 'the Postgres sink',
  postgresSinkMerchants: 'the Postgres sink',
  postgresSinkRejections: 'the Postgres sink',
  dynamodbSinkBalances: 'the DynamoDB sink',
  dynamodbSinkMerchants: 'the DynamoDB sink',
};

/** Set by `fluxo rejections replay`; the processor reads no headers. */
const replayHeaders = {
  type: 'object',
  properties: {
    'fluxo-replay-of': { type: 'string', description: 'The rejection whose submission was sent again.' },
    'fluxo-replayed-by': { type: 'string', description: 'Who sent it.' },
  },
};

/** The document, as it is written. */
export function asyncapiText(): string {
  return `${JSON.stringify(asyncapiDocument(), null, 2)}\n`;
}

function asyncapiDocument(): object {
  const names = Object.keys(topics) as Name[];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Fluxo topics',
      version: '1.0.0',
      description:
        'The daily cash balance of every merchant, as Kafka topics. Values are Avro in Confluent wire format; subjects are `<topic>-<record>`; compatibility is FULL_TRANSITIVE. Keys are plain UTF-8. Readers set isolation.level=read_committed. Money is integers of minor units, |x| ≤ 2^53 − 1. Record timestamps are LogAppendTime. How to read them: docs/data-teams.md.',
    },
    defaultContentType: 'application/vnd.confluent.avro',
    servers: { local: localServer() },
    channels: Object.fromEntries(names.map((name) => [name, channelOf(name)])),
    operations: Object.fromEntries(names.map((name) => operationOf(name))),
    components: {
      messages: Object.fromEntries(
        allTopics.flatMap((topic) => topic.values.map((record) => [record, messageOf(topic, record)])),
      ),
    },
  };
}

function localServer(): object {
  const { kafka, registry } = localAddresses(PORT_BASE_DEFAULT);
  return {
    host: kafka,
    protocol: 'kafka',
    description: 'The stack that `npm start` runs on this machine.',
    bindings: { kafka: { schemaRegistryUrl: registry, bindingVersion: KAFKA_BINDING } },
  };
}

function channelOf(name: Name): object {
  const topic: TopicDefinition = topics[name];
  const { title, writers, description } = words[name];
  const records = Object.fromEntries(
    topic.values.map((record) => [record, { $ref: `#/components/messages/${record}` }]),
  );
  return {
    address: topic.name,
    title,
    description: `${description} Key: ${topic.key}. Written by: ${writers} Read by: ${readersOf(topic)}.`,
    messages: records,
    bindings: { kafka: kafkaBindingOf(topic) },
  };
}

function kafkaBindingOf({ name, cleanup, retentionMs }: TopicDefinition): object {
  return {
    topic: name,
    partitions: PARTITIONS_DEFAULT,
    topicConfiguration: { 'cleanup.policy': [cleanup], 'retention.ms': retentionMs ?? -1 },
    bindingVersion: KAFKA_BINDING,
  };
}

/** Groups of our own stages, and those who follow a topic without one. */
function readersOf(topic: TopicDefinition): string {
  const groups = (Object.keys(topicOfGroup) as GroupName[]).filter((name) => topicOfGroup[name] === topic);
  const named = groups.map((name) => `${groupWords[name]} (group ${groupIds[name]})`);
  const isServed = topic === topics.dailyBalances || topic === topics.merchants;
  return [...named, ...(isServed ? ['the query API (no group)'] : []), 'data teams'].join(', ');
}

const groupIds: Readonly<Record<GroupName, string>> = { ...consumerGroups, ...dynamodbGroups };

/** As Fluxo sees it: submissions come in, the others go out. */
function operationOf(name: Name): readonly [string, object] {
  const action = name === 'submissions' ? 'receive' : 'send';
  const operation = { action, channel: { $ref: `#/channels/${name}` } };
  return [`${action}${name[0]?.toUpperCase()}${name.slice(1)}`, operation];
}

function messageOf(topic: TopicDefinition, record: RecordName): object {
  return {
    name: record,
    title: record,
    summary: `Subject ${subjectOf(topic, record)}.`,
    ...(topic === topics.submissions ? { headers: replayHeaders } : {}),
    payload: {
      schemaFormat: 'application/vnd.apache.avro+json;version=1.9.0',
      schema: { $ref: `../schemas/avro/${record}.avsc` },
    },
    bindings: {
      kafka: {
        key: { type: 'string', description: `${topic.key}, plain UTF-8.` },
        schemaIdLocation: 'payload',
        schemaIdPayloadEncoding: 'confluent',
        schemaLookupStrategy: 'TopicRecordNameStrategy',
        bindingVersion: KAFKA_BINDING,
      },
    },
  };
}
