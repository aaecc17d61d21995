/**
 * Who comes to Kafka, and for what: one principal per service and kind of neighbour, with what it needs and nothing else. This table is what is granted
 * (`kafka/access-admin.ts`), and what is tested, allow and deny (`test/integration/kafka-secured.test.ts`). What does not stand here may not be
 * done by anybody but the administrator of the cluster. The entries API, the page's back end and the sign-in provider do not come to Kafka at all.
 */
import { allTopics, consumerGroups, dynamodbGroups, type TopicDefinition, topics } from './topics.ts';

/** To read a topic or to write it is to see that it is there. */
export type Grants = {
  readonly reads: readonly TopicDefinition[];
  /** Idempotent producers need no more than this. */
  readonly writes: readonly TopicDefinition[];
  /** Groups in which it is a member and keeps its positions, by their whole names. */
  readonly joins: readonly string[];
  /** What the groups begin with that it names itself, as many as it likes; null: it names none. */
  readonly joinsAny: string | null;
  /** What its transactional ids begin with; null: it has no transactions. */
  readonly transactions: string | null;
  /** Sees the settings of all topics and the positions of all groups. */
  readonly inspects: boolean;
};

const nothing: Grants = {
  reads: [],
  writes: [],
  joins: [],
  joinsAny: null,
  transactions: null,
  inspects: false,
};

const { submissions, ledger, dailyBalances, merchants, rejections } = topics;

export const principals = {
  /** Whatever produces submissions at a shop; the simulated tills. It cannot read what others have said. */
  till: { ...nothing, writes: [submissions] },
  /** Whoever makes something of what Fluxo publishes, in groups of its own. What tills have sent is not an answer, so it does not read that. */
  'data-team': {
    ...nothing,
    reads: [ledger, dailyBalances, merchants, rejections],
    joinsAny: 'data-team-',
  },
  /** From the outbox of the entries API to the log. */
  'outbox-relay': { ...nothing, writes: [submissions] },
  /** The processor. It reads its outputs, which are its state; of refusals the last, so that none is published twice. */
  streams: {
    ...nothing,
    reads: [submissions, ledger, dailyBalances, merchants, rejections],
    writes: [ledger, dailyBalances, merchants, rejections],
    joins: [consumerGroups.streams],
    transactions: `${consumerGroups.streams}-`,
  },
  'sink-redis': {
    ...nothing,
    reads: [dailyBalances, merchants],
    joins: [consumerGroups.redisSinkBalances, consumerGroups.redisSinkMerchants],
  },
  'sink-postgres': {
    ...nothing,
    reads: [ledger, dailyBalances, merchants, rejections],
    joins: [
      consumerGroups.postgresSinkLedger,
      consumerGroups.postgresSinkBalances,
      consumerGroups.postgresSinkMerchants,
      consumerGroups.postgresSinkRejections,
    ],
  },
  'sink-dynamodb': {
    ...nothing,
    reads: [dailyBalances, merchants],
    joins: [dynamodbGroups.dynamodbSinkBalances, dynamodbGroups.dynamodbSinkMerchants],
  },
  /** Feeds its memory, in no group. */
  'query-api': { ...nothing, reads: [dailyBalances, merchants] },
  /** The operator's part of the page: sees everything, and sends again what was refused. */
  'operations-api': { ...nothing, reads: allTopics, writes: [submissions], inspects: true },
  /** The judge: sees everything, changes nothing. */
  auditor: { ...nothing, reads: allTopics, inspects: true },
  /** `fluxo` in the hands of an operator: also enters, imports and replays. */
  operator: { ...nothing, reads: allTopics, writes: [submissions], inspects: true },
} as const satisfies Record<string, Grants>;

export type PrincipalName = keyof typeof principals;

/** All groups of ours begin so. */
export const GROUP_PREFIX = 'fluxo-';
