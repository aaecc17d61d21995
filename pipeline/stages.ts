/** Who reads what as a consumer group, in the order of the data's way (spec.md section 1): what lag is measured by. */
import { consumerGroups, dynamodbGroups, type TopicDefinition, topicOfGroup, topics } from '@fluxo/schemas';

export type Stage = {
  /** How people call it. */
  readonly name: string;
  readonly groupId: string;
  readonly reads: TopicDefinition;
};

export const processor: Stage = {
  name: 'processor',
  groupId: consumerGroups.streams,
  reads: topicOfGroup.streams,
};

export const sinks: readonly Stage[] = [
  {
    name: 'Redis sink of balances',
    groupId: consumerGroups.redisSinkBalances,
    reads: topicOfGroup.redisSinkBalances,
  },
  {
    name: 'Redis sink of merchants',
    groupId: consumerGroups.redisSinkMerchants,
    reads: topicOfGroup.redisSinkMerchants,
  },
  {
    name: 'Postgres sink of the ledger',
    groupId: consumerGroups.postgresSinkLedger,
    reads: topicOfGroup.postgresSinkLedger,
  },
  {
    name: 'Postgres sink of balances',
    groupId: consumerGroups.postgresSinkBalances,
    reads: topicOfGroup.postgresSinkBalances,
  },
  {
    name: 'Postgres sink of merchants',
    groupId: consumerGroups.postgresSinkMerchants,
    reads: topicOfGroup.postgresSinkMerchants,
  },
  {
    name: 'Postgres sink of rejections',
    groupId: consumerGroups.postgresSinkRejections,
    reads: topicOfGroup.postgresSinkRejections,
  },
];

/** Where FLUXO_DYNAMODB names one. */
export const dynamodbSinks: readonly Stage[] = [
  {
    name: 'DynamoDB sink of balances',
    groupId: dynamodbGroups.dynamodbSinkBalances,
    reads: topicOfGroup.dynamodbSinkBalances,
  },
  {
    name: 'DynamoDB sink of merchants',
    groupId: dynamodbGroups.dynamodbSinkMerchants,
    reads: topicOfGroup.dynamodbSinkMerchants,
  },
];

/** The sinks that this environment has. */
export function sinksIn(env: Readonly<Record<string, string | undefined>>): readonly Stage[] {
  return (env['FLUXO_DYNAMODB'] ?? '') === '' ? sinks : [...sinks, ...dynamodbSinks];
}

/** What the processor publishes and sinks read. */
export const publishedTopics: readonly TopicDefinition[] = [
  topics.ledger,
  topics.dailyBalances,
  topics.merchants,
  topics.rejections,
];
