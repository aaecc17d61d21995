/**
 * The error numbers of Kafka's protocol that we react to, and the reaction each demands, request by request. What is not in a
 * request's table is unknown to us: for a request inside a transaction that means an unknown outcome (reliability.md 2.1),
 * for any other that the cluster refuses.
 */
import type { KafkaFailureCode } from './kafka-failure.ts';

export const kafkaErrors = {
  UNKNOWN_SERVER_ERROR: -1,
  NONE: 0,
  OFFSET_OUT_OF_RANGE: 1,
  CORRUPT_MESSAGE: 2,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  LEADER_NOT_AVAILABLE: 5,
  NOT_LEADER_OR_FOLLOWER: 6,
  REQUEST_TIMED_OUT: 7,
  BROKER_NOT_AVAILABLE: 8,
  REPLICA_NOT_AVAILABLE: 9,
  MESSAGE_TOO_LARGE: 10,
  NETWORK_EXCEPTION: 13,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  COORDINATOR_NOT_AVAILABLE: 15,
  NOT_COORDINATOR: 16,
  RECORD_LIST_TOO_LARGE: 18,
  NOT_ENOUGH_REPLICAS: 19,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 20,
  ILLEGAL_GENERATION: 22,
  INCONSISTENT_GROUP_PROTOCOL: 23,
  UNKNOWN_MEMBER_ID: 25,
  INVALID_SESSION_TIMEOUT: 26,
  REBALANCE_IN_PROGRESS: 27,
  TOPIC_AUTHORIZATION_FAILED: 29,
  GROUP_AUTHORIZATION_FAILED: 30,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  UNSUPPORTED_VERSION: 35,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_PRODUCER_EPOCH: 47,
  INVALID_TXN_STATE: 48,
  INVALID_PRODUCER_ID_MAPPING: 49,
  INVALID_TRANSACTION_TIMEOUT: 50,
  CONCURRENT_TRANSACTIONS: 51,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 53,
  KAFKA_STORAGE_ERROR: 56,
  UNKNOWN_PRODUCER_ID: 59,
  FENCED_LEADER_EPOCH: 74,
  UNKNOWN_LEADER_EPOCH: 75,
  OFFSET_NOT_AVAILABLE: 78,
  MEMBER_ID_REQUIRED: 79,
  GROUP_MAX_SIZE_REACHED: 81,
  FENCED_INSTANCE_ID: 82,
  UNSTABLE_OFFSET_COMMIT: 88,
  THROTTLING_QUOTA_EXCEEDED: 89,
  PRODUCER_FENCED: 90,
  UNKNOWN_TOPIC_ID: 100,
  INCONSISTENT_TOPIC_ID: 103,
  TRANSACTION_ABORTABLE: 120,
} as const;

/**
 * - 'done': it took effect.
 * - 'retry': it did not; send the same again after a pause.
 * - 'refresh': the same, but ask first who leads or coordinates now.
 * - a failure code: give up with it.
 */
type Reaction = 'done' | 'retry' | 'refresh' | KafkaFailureCode;

type Table = ReadonlyMap<number, Reaction>;

const E = kafkaErrors;

const COORDINATOR_MOVED: readonly [number, Reaction][] = [
  [E.COORDINATOR_LOAD_IN_PROGRESS, 'retry'],
  [E.COORDINATOR_NOT_AVAILABLE, 'refresh'],
  [E.NOT_COORDINATOR, 'refresh'],
];

const LEADER_MOVED: readonly [number, Reaction][] = [
  [E.UNKNOWN_TOPIC_OR_PARTITION, 'refresh'],
  [E.LEADER_NOT_AVAILABLE, 'refresh'],
  [E.NOT_LEADER_OR_FOLLOWER, 'refresh'],
  [E.REPLICA_NOT_AVAILABLE, 'refresh'],
  [E.KAFKA_STORAGE_ERROR, 'refresh'],
  [E.FENCED_LEADER_EPOCH, 'refresh'],
  [E.UNKNOWN_LEADER_EPOCH, 'refresh'],
  [E.UNKNOWN_TOPIC_ID, 'refresh'],
  [E.INCONSISTENT_TOPIC_ID, 'refresh'],
];

/**
 * Our epoch is no longer the newest. Either another process has registered our transactional id, or this one held a
 * transaction open for longer than its timeout and the coordinator gave up on it: it must have been stopped meanwhile, and
 * whoever replaced it may be at work. Registering again would fence that one, so both end this process.
 */
const FENCED: readonly [number, Reaction][] = [
  [E.INVALID_PRODUCER_EPOCH, 'producer-fenced'],
  [E.PRODUCER_FENCED, 'producer-fenced'],
];

const FORBIDDEN: readonly [number, Reaction][] = [
  [E.TOPIC_AUTHORIZATION_FAILED, 'refused'],
  [E.GROUP_AUTHORIZATION_FAILED, 'refused'],
  [E.CLUSTER_AUTHORIZATION_FAILED, 'refused'],
  [E.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 'refused'],
  [E.UNSUPPORTED_VERSION, 'refused'],
];

/**
 * The coordinator's word that a transaction cannot be completed but may be aborted (KIP-890), and answers that only a lost
 * or expired producer state explains. In the second case we cannot know what became of what, so the outcome is unknown.
 */
const TRANSACTION_BROKEN: readonly [number, Reaction][] = [
  [E.TRANSACTION_ABORTABLE, 'transaction-aborted'],
  [E.INVALID_TXN_STATE, 'outcome-unknown'],
  [E.INVALID_PRODUCER_ID_MAPPING, 'outcome-unknown'],
  [E.UNKNOWN_PRODUCER_ID, 'outcome-unknown'],
  [E.OUT_OF_ORDER_SEQUENCE_NUMBER, 'outcome-unknown'],
];

const MEMBERSHIP_LOST: readonly [number, Reaction][] = [
  [E.ILLEGAL_GENERATION, 'stale-generation'],
  [E.UNKNOWN_MEMBER_ID, 'stale-generation'],
  [E.REBALANCE_IN_PROGRESS, 'stale-generation'],
  // Another process has joined as this static member. It owns the work; only the group's coordinator can tell us so.
  [E.FENCED_INSTANCE_ID, 'producer-fenced'],
];

const OK: readonly [number, Reaction][] = [[E.NONE, 'done']];

export const reactions = {
  initProducerId: new Map([
    ...OK,
    ...COORDINATOR_MOVED,
    ...FENCED,
    ...FORBIDDEN,
    // The transaction before is still being completed or aborted.
    [E.CONCURRENT_TRANSACTIONS, 'retry'],
    [E.INVALID_TRANSACTION_TIMEOUT, 'refused'],
  ]),
  produce: new Map([
    ...OK,
    ...LEADER_MOVED,
    ...FENCED,
    ...FORBIDDEN,
    ...TRANSACTION_BROKEN,
    // A retry of ours met the batch it had already appended.
    [E.DUPLICATE_SEQUENCE_NUMBER, 'done'],
    // Also what CONCURRENT_TRANSACTIONS looks like from here: the transaction before is still being completed.
    [E.NOT_ENOUGH_REPLICAS, 'retry'],
    [E.NOT_ENOUGH_REPLICAS_AFTER_APPEND, 'retry'],
    [E.CONCURRENT_TRANSACTIONS, 'retry'],
    ...COORDINATOR_MOVED,
    [E.NETWORK_EXCEPTION, 'retry'],
    [E.REQUEST_TIMED_OUT, 'outcome-unknown'],
    [E.MESSAGE_TOO_LARGE, 'refused'],
    [E.RECORD_LIST_TOO_LARGE, 'refused'],
  ]),
  txnOffsetCommit: new Map([
    ...OK,
    ...COORDINATOR_MOVED,
    ...FENCED,
    ...FORBIDDEN,
    ...TRANSACTION_BROKEN,
    ...MEMBERSHIP_LOST,
    [E.NOT_ENOUGH_REPLICAS, 'retry'],
    [E.CONCURRENT_TRANSACTIONS, 'retry'],
    [E.UNKNOWN_TOPIC_OR_PARTITION, 'retry'],
    [E.REQUEST_TIMED_OUT, 'outcome-unknown'],
  ]),
  endTxn: new Map([
    ...OK,
    ...COORDINATOR_MOVED,
    ...FENCED,
    ...FORBIDDEN,
    ...TRANSACTION_BROKEN,
    // A decision is under way already; the coordinator knows a repeated one by its epoch (KIP-890).
    [E.CONCURRENT_TRANSACTIONS, 'retry'],
  ]),
  offsetFetch: new Map([
    ...OK,
    ...COORDINATOR_MOVED,
    ...FORBIDDEN,
    ...MEMBERSHIP_LOST,
    [E.UNSTABLE_OFFSET_COMMIT, 'retry'],
  ]),
  offsetCommit: new Map([
    ...OK,
    ...COORDINATOR_MOVED,
    ...FORBIDDEN,
    ...MEMBERSHIP_LOST,
    [E.REQUEST_TIMED_OUT, 'retry'],
  ]),
  /** Joining answers MEMBERSHIP_LOST with joining again, under a new member id where the old one is forgotten. */
  joinGroup: new Map([
    ...OK,
    ...COORDINATOR_MOVED,
    ...FORBIDDEN,
    [E.REBALANCE_IN_PROGRESS, 'retry'],
    [E.FENCED_INSTANCE_ID, 'producer-fenced'],
    [E.INCONSISTENT_GROUP_PROTOCOL, 'refused'],
    [E.INVALID_SESSION_TIMEOUT, 'refused'],
    [E.GROUP_MAX_SIZE_REACHED, 'refused'],
  ]),
  findCoordinator: new Map([...OK, ...COORDINATOR_MOVED, ...FORBIDDEN]),
  listOffsets: new Map([
    ...OK,
    ...LEADER_MOVED,
    ...FORBIDDEN,
    [E.OFFSET_NOT_AVAILABLE, 'retry'],
    [E.REQUEST_TIMED_OUT, 'retry'],
  ]),
  fetch: new Map([
    ...OK,
    ...LEADER_MOVED,
    ...FORBIDDEN,
    [E.OFFSET_OUT_OF_RANGE, 'offset-out-of-range'],
    [E.OFFSET_NOT_AVAILABLE, 'retry'],
    [E.THROTTLING_QUOTA_EXCEEDED, 'retry'],
    [E.UNKNOWN_SERVER_ERROR, 'retry'],
    [E.CORRUPT_MESSAGE, 'corrupt-log'],
  ]),
} as const satisfies Record<string, Table>;

export type ReactingRequest = keyof typeof reactions;

const inTransaction: ReadonlySet<ReactingRequest> = new Set(['produce', 'txnOffsetCommit', 'endTxn']);

/** What this error number demands after this request. */
export function reactionTo(request: ReactingRequest, errorCode: number): Reaction {
  const table: Table = reactions[request];
  return table.get(errorCode) ?? (inTransaction.has(request) ? 'outcome-unknown' : 'refused');
}

/** `NOT_COORDINATOR (16)`, for messages. */
export function nameOfError(errorCode: number): string {
  const name = Object.keys(kafkaErrors).find((key) => E[key as keyof typeof E] === errorCode);
  return `${name ?? 'error'} (${errorCode})`;
}
