/**
 * The topic catalogue: every topic of the system, what its key and values are, how it is kept (spec.md section 2).
 * This is the one place where a topic name may be written; `tidy.test.ts` refuses it anywhere else.
 */
import type { AvroRecords } from './generated/types.ts';

export type RecordName = keyof AvroRecords;

export type TopicDefinition = {
  readonly name: string;
  /** What the plain UTF-8 key is; keys are never Avro, because a schema id inside a key breaks compaction. */
  readonly key: string;
  /** Names of the Avro records that are values of this topic; one subject each, see `subjectOf`. */
  readonly values: readonly RecordName[];
  readonly cleanup: 'delete' | 'compact';
  /** How long a record is kept; null: for ever. Compacted topics keep the last record of each key for ever. */
  readonly retentionMs: number | null;
};

const DAY_MS = 86_400_000;

export const topics = {
  submissions: {
    name: 'cash.submissions.v1',
    key: 'merchantId',
    values: [
      'EntrySubmitted',
      'TransferSubmitted',
      'ReversalSubmitted',
      'MerchantConfigured',
      'DayCloseRequested',
      'DayReopenRequested',
    ],
    cleanup: 'delete',
    retentionMs: null,
  },
  ledger: {
    name: 'cash.ledger.v1',
    key: 'merchantId',
    values: ['EntryPosted', 'DayClosed', 'DayReopened', 'MerchantConfigApplied'],
    cleanup: 'delete',
    retentionMs: null,
  },
  dailyBalances: {
    name: 'cash.daily-balances.v1',
    key: 'merchantId|businessDate',
    values: ['DailyBalance'],
    cleanup: 'compact',
    retentionMs: null,
  },
  merchants: {
    name: 'cash.merchants.v1',
    key: 'merchantId',
    values: ['Merchant'],
    cleanup: 'compact',
    retentionMs: null,
  },
  rejections: {
    name: 'cash.rejections.v1',
    key: 'key of the submission, as it came',
    values: ['SubmissionRejected'],
    cleanup: 'delete',
    retentionMs: 90 * DAY_MS,
  },
} as const satisfies Record<string, TopicDefinition>;

/** Every topic, in the order in which they should be created. */
export const allTopics: readonly TopicDefinition[] = Object.values(topics);

/** What balances are answered from: the topics that memory follows and that stores of documents mirror. */
export const servedTopics: readonly TopicDefinition[] = [topics.dailyBalances, topics.merchants];

/** As people call it: `ledger` for `cash.ledger.v1`. */
export function shortNameOf(topic: TopicDefinition): string {
  return topic.name.split('.').slice(1, -1).join('.');
}

/** Partitions of every topic unless told otherwise; fixed for the life of a topic (spec.md section 2). */
export const PARTITIONS_DEFAULT = 12;

/** Longest value the processor looks into; a longer one is `malformed` (spec.md 3.2, check 1). */
export const VALUE_BYTES_MAX = 128 * 1024;

export const AVRO_NAMESPACE = 'fluxo.cash.v1';

/**
 * The header in which a record of any topic may name the trace it belongs to, as `traceparent` of W3C Trace Context (spec.md section 2).
 * Nothing that is computed depends on it.
 */
export const TRACE_HEADER = 'traceparent';

/** The Schema Registry subject of a record in a topic: TopicRecordNameStrategy, `<topic>-<record full name>`. */
export function subjectOf(topic: TopicDefinition, record: RecordName): string {
  return `${topic.name}-${AVRO_NAMESPACE}.${record}`;
}

/** Consumer groups, by the stage that reads; one group reads one topic. */
export const consumerGroups = {
  streams: 'fluxo-streams',
  redisSinkBalances: 'fluxo-sink-redis-balances',
  redisSinkMerchants: 'fluxo-sink-redis-merchants',
  postgresSinkLedger: 'fluxo-sink-postgres-ledger',
  postgresSinkBalances: 'fluxo-sink-postgres-balances',
  postgresSinkMerchants: 'fluxo-sink-postgres-merchants',
  postgresSinkRejections: 'fluxo-sink-postgres-rejections',
} as const;

/** Groups that exist only where a DynamoDB does: whoever sums up lag asks for them by name. */
export const dynamodbGroups = {
  dynamodbSinkBalances: 'fluxo-sink-dynamodb-balances',
  dynamodbSinkMerchants: 'fluxo-sink-dynamodb-merchants',
} as const;

/** The topic a consumer group reads. */
export const topicOfGroup: Readonly<
  Record<keyof typeof consumerGroups | keyof typeof dynamodbGroups, TopicDefinition>
> = {
  streams: topics.submissions,
  redisSinkBalances: topics.dailyBalances,
  redisSinkMerchants: topics.merchants,
  postgresSinkLedger: topics.ledger,
  postgresSinkBalances: topics.dailyBalances,
  postgresSinkMerchants: topics.merchants,
  postgresSinkRejections: topics.rejections,
  dynamodbSinkBalances: topics.dailyBalances,
  dynamodbSinkMerchants: topics.merchants,
};
