/**
 * One broker's answers, request by request, with the versions `kafka/wire` speaks. An answer may come later than the call: a
 * fetch waits for records, a join for the other members, a produce request for the transaction before. What each error number
 * means to a client is compared with a real broker by `test/simulation/broker-transactions.contract.ts`.
 */
import { kafkaErrors as E } from '../../../kafka/error-codes.ts';
import {
  type BrokerRequests,
  type FetchAnswer,
  type FetchedPartition,
  type FetchRequest,
  type ListOffsetsRequest,
  LOG_END,
  LOG_START,
  type OffsetCommitRequest,
  type ProduceAnswer,
  type ProduceRequest,
  type TopicPartition,
  type TxnOffsetCommitRequest,
} from '../../../kafka/requests.ts';
import { placeOf, type SimulatedCluster } from './simulated-cluster.ts';
import { headerOf } from './stored-batch.ts';

export type Api = keyof BrokerRequests;
type RequestOf<Name extends Api> = Parameters<BrokerRequests[Name]>[0];
export type AnswerOf<Name extends Api> = Awaited<ReturnType<BrokerRequests[Name]>>;

/** Who asks which broker, and where the answer goes. */
export type Call<Name extends Api> = {
  readonly cluster: SimulatedCluster;
  readonly node: number;
  readonly clientId: string;
  readonly request: RequestOf<Name>;
  readonly answer: (answer: AnswerOf<Name>) => void;
};

export type Handlers = { readonly [Name in Api]: (call: Call<Name>) => void };

export const handlers: Handlers = {
  apiVersions: ({ answer }) =>
    answer({ errorCode: E.NONE, apis: [], finalizedFeatures: new Map([['transaction.version', 2]]) }),
  metadata: ({ cluster, request, answer }) =>
    answer({
      brokers: cluster.nodes.map((nodeId) => ({ nodeId, ...cluster.addressOf(nodeId) })),
      topics: request.topics.map((name) => topicMetadata(cluster, name)),
    }),
  findCoordinator: ({ cluster, request: { kind, key }, answer }) => {
    const nodeId = cluster.coordinatorOf(kind, key);
    answer({ ...cluster.addressOf(nodeId), nodeId, errorCode: E.NONE, errorMessage: null });
  },
  initProducerId: ({ cluster, node, request, answer }) =>
    cluster.coordinatorOf('transaction', request.transactionalId) === node
      ? answer(cluster.transactions.initProducerId(request))
      : answer({ errorCode: E.NOT_COORDINATOR, producerId: -1, producerEpoch: -1 }),
  endTxn: ({ cluster, node, request, answer }) =>
    cluster.coordinatorOf('transaction', request.transactionalId) === node
      ? answer(cluster.transactions.endTxn(request))
      : answer({ errorCode: E.NOT_COORDINATOR, producerId: -1, producerEpoch: -1 }),
  produce: (call) => produce(call),
  txnOffsetCommit: ({ cluster, node, request, answer }) => {
    const errorCode =
      cluster.coordinatorOf('group', request.groupId) === node
        ? txnOffsetCommit(cluster, request)
        : E.NOT_COORDINATOR;
    answer({ partitions: request.offsets.map((each) => ({ ...each, errorCode })) });
  },
  offsetCommit: ({ cluster, node, request, answer }) => {
    const errorCode =
      cluster.coordinatorOf('group', request.groupId) === node
        ? offsetCommit(cluster, request)
        : E.NOT_COORDINATOR;
    answer({ partitions: request.offsets.map((each) => ({ ...each, errorCode })) });
  },
  offsetFetch: ({ cluster, node, request, answer }) =>
    cluster.coordinatorOf('group', request.groupId) === node
      ? answer(cluster.offsetsOf(request.groupId).fetch(request))
      : answer({ errorCode: E.NOT_COORDINATOR, partitions: [] }),
  listOffsets: ({ cluster, node, request, answer }) => answer(listOffsets(cluster, node, request)),
  fetch: (call) => longPoll(call),
  joinGroup: ({ cluster, node, request, clientId, answer }) => {
    const { groupId, memberId } = request;
    const refuse = (errorCode: number): void =>
      answer({ errorCode, generationId: -1, memberId, leader: '', skipAssignment: false, members: [] });
    if (cluster.coordinatorOf('group', groupId) !== node) refuse(E.NOT_COORDINATOR);
    else if (memberId !== '' && !cluster.hasGroup(groupId)) refuse(E.UNKNOWN_MEMBER_ID);
    else cluster.group(groupId).join(request, clientId, answer);
  },
  syncGroup: ({ cluster, node, request, answer }) => {
    const isHere = cluster.coordinatorOf('group', request.groupId) === node;
    if (isHere && cluster.hasGroup(request.groupId)) cluster.group(request.groupId).sync(request, answer);
    else
      answer({ errorCode: isHere ? E.UNKNOWN_MEMBER_ID : E.NOT_COORDINATOR, assignment: new Uint8Array() });
  },
  heartbeat: ({ cluster, node, request, answer }) => {
    if (cluster.coordinatorOf('group', request.groupId) !== node) answer({ errorCode: E.NOT_COORDINATOR });
    else if (!cluster.hasGroup(request.groupId)) answer({ errorCode: E.UNKNOWN_MEMBER_ID });
    else answer({ errorCode: cluster.group(request.groupId).heartbeat(request) });
  },
  leaveGroup: ({ cluster, node, request, answer }) => {
    const isHere = cluster.coordinatorOf('group', request.groupId) === node;
    if (isHere && cluster.hasGroup(request.groupId)) cluster.group(request.groupId).leave(request);
    answer({ errorCode: isHere ? E.NONE : E.NOT_COORDINATOR });
  },
};

function topicMetadata(cluster: SimulatedCluster, name: string) {
  const topic = cluster.topics.get(name);
  if (topic === undefined)
    return { errorCode: E.UNKNOWN_TOPIC_OR_PARTITION, name, topicId: '', partitions: [] };
  const partitions = topic.partitions.map((_, partition) => ({
    errorCode: E.NONE,
    partition,
    leader: cluster.leaderOf({ topic: name, partition }),
    leaderEpoch: cluster.leaderEpochOf({ topic: name, partition }),
  }));
  return { errorCode: E.NONE, name, topicId: topic.id, partitions };
}

/** How long a broker itself waits for the transaction before to complete. */
const JOIN_WAIT_MS = 100;
const JOIN_PAUSE_MS = 20;

/** A broker tries for a while to add its partitions to a transaction whose predecessor is still being completed. */
function produce(call: Call<'produce'>): void {
  const { cluster, node, request, answer } = call;
  const { timeline } = cluster;
  const deadlineMs = timeline.nowMs + JOIN_WAIT_MS;
  const done = new Map<string, ProduceAnswer['partitions'][number]>();
  const attempt = (): void => {
    for (const batch of request.batches)
      if (!isSettled(done.get(placeOf(batch))))
        done.set(placeOf(batch), produceTo({ cluster, node, request }, batch));
    const isWaiting = [...done.values()].some((each) => !isSettled(each));
    if (isWaiting && timeline.nowMs < deadlineMs) timeline.afterQuietly(JOIN_PAUSE_MS, attempt);
    else answer({ partitions: [...done.values()], throttleMs: 0 });
  };
  attempt();
}

function isSettled(answer: ProduceAnswer['partitions'][number] | undefined): boolean {
  return answer !== undefined && answer.errorCode !== E.NOT_ENOUGH_REPLICAS;
}

function produceTo(
  { cluster, node, request }: Pick<Call<'produce'>, 'cluster' | 'node' | 'request'>,
  { topic, partition, bytes }: ProduceRequest['batches'][number],
): ProduceAnswer['partitions'][number] {
  const place = { topic, partition };
  const refuse = (errorCode: number) => ({ ...place, errorCode, errorMessage: null, baseOffset: -1 });
  const log = cluster.log(topic, partition);
  if (log === undefined) return refuse(E.UNKNOWN_TOPIC_OR_PARTITION);
  if (cluster.leaderOf(place) !== node) return refuse(E.NOT_LEADER_OR_FOLLOWER);
  const identity = headerOf(bytes);
  if (!log.hasOpen(identity.producerId, identity.producerEpoch)) {
    const errorCode = cluster.joinPartition(request.transactionalId ?? '', identity, placeOf(place));
    if (errorCode !== E.NONE) return refuse(errorCode);
  }
  const end = log.end;
  const appended = log.append(bytes, Math.floor(cluster.timeline.nowMs));
  if (log.end > end) cluster.appended(place);
  return { ...place, ...appended, errorMessage: null };
}

function txnOffsetCommit(cluster: SimulatedCluster, request: TxnOffsetCommitRequest): number {
  const { transactionalId, groupId, producerId, producerEpoch } = request;
  const offsets = cluster.offsetsOf(groupId);
  if (!offsets.hasOpen(producerId, producerEpoch)) {
    const errorCode = cluster.joinOffsets(transactionalId, request, groupId);
    if (errorCode !== E.NONE) return errorCode;
  }
  const problem = problemWithCommit(cluster, request, true);
  if (problem !== E.NONE) return problem;
  if (offsets.isFenced(producerId, producerEpoch)) return E.INVALID_PRODUCER_EPOCH;
  offsets.addPending(request, request.offsets);
  return E.NONE;
}

function offsetCommit(cluster: SimulatedCluster, request: OffsetCommitRequest): number {
  const problem = problemWithCommit(cluster, request, false);
  if (problem === E.NONE) cluster.offsetsOf(request.groupId).commit(request.offsets);
  return problem;
}

function problemWithCommit(
  cluster: SimulatedCluster,
  request: OffsetCommitRequest,
  isTransactional: boolean,
): number {
  if (cluster.hasGroup(request.groupId))
    return cluster.group(request.groupId).problemWithCommit(request, isTransactional);
  return request.generationId < 0 ? E.NONE : E.ILLEGAL_GENERATION;
}

function listOffsets(cluster: SimulatedCluster, node: number, { isolation, partitions }: ListOffsetsRequest) {
  const answers = partitions.map(({ topic, partition, timestampMs }) => {
    const place = { topic, partition };
    const log = cluster.log(topic, partition);
    if (log === undefined) return { ...place, errorCode: E.UNKNOWN_TOPIC_OR_PARTITION, offset: -1 };
    if (cluster.leaderOf(place) !== node)
      return { ...place, errorCode: E.NOT_LEADER_OR_FOLLOWER, offset: -1 };
    const end = isolation === 'read_committed' ? log.lastStableOffset : log.end;
    const offset =
      timestampMs === LOG_END ? end : timestampMs === LOG_START ? log.start : log.offsetAtTime(timestampMs);
    return { ...place, errorCode: E.NONE, offset };
  });
  return { partitions: answers };
}

/** Answers when there is something to say, or when the client wants to wait no longer. */
function longPoll({ cluster, node, request, answer }: Call<'fetch'>): void {
  const first = fetchNow(cluster, node, request);
  if (hasNews(first)) {
    answer(first);
    return;
  }
  const finish = (found: FetchAnswer): void => {
    timer.isCancelled = true;
    unwatch();
    answer(found);
  };
  const timer = cluster.timeline.afterQuietly(request.maxWaitMs, () =>
    finish(fetchNow(cluster, node, request)),
  );
  const topics = new Set(request.partitions.map(({ topicId }) => cluster.topicById(topicId)?.name));
  const unwatch = cluster.watch(({ topic }) => {
    if (!topics.has(topic)) return;
    const found = fetchNow(cluster, node, request);
    if (hasNews(found)) finish(found);
  });
}

function hasNews({ partitions }: FetchAnswer): boolean {
  return partitions.some((each) => each.errorCode !== E.NONE || each.records.length > 0);
}

const BLANK = { aborted: [], records: Buffer.alloc(0) } as const;

function fetchNow(cluster: SimulatedCluster, node: number, request: FetchRequest): FetchAnswer {
  const partitions = request.partitions.map((wanted): FetchedPartition => {
    const { topicId, partition } = wanted;
    const topic = cluster.topicById(topicId);
    const log = topic?.partitions[partition];
    if (topic === undefined || log === undefined) return nothing(wanted, E.UNKNOWN_TOPIC_ID);
    const place: TopicPartition = { topic: topic.name, partition };
    if (cluster.leaderOf(place) !== node) return nothing(wanted, E.NOT_LEADER_OR_FOLLOWER);
    const epoch = cluster.leaderEpochOf(place);
    if (wanted.leaderEpoch >= 0 && wanted.leaderEpoch !== epoch)
      return nothing(wanted, wanted.leaderEpoch < epoch ? E.FENCED_LEADER_EPOCH : E.UNKNOWN_LEADER_EPOCH);
    const found = log.read({ ...wanted, isolation: request.isolation });
    if (found === null) return nothing(wanted, E.OFFSET_OUT_OF_RANGE);
    const isBlank = found.records.length > 0 && cluster.isTooSlowToRead(topic.name);
    const { end: highWatermark, lastStableOffset, start: logStartOffset } = log;
    return {
      topicId,
      partition,
      errorCode: E.NONE,
      highWatermark,
      lastStableOffset,
      logStartOffset,
      ...(isBlank ? BLANK : found),
    };
  });
  return { errorCode: E.NONE, partitions };
}

function nothing(
  { topicId, partition }: FetchRequest['partitions'][number],
  errorCode: number,
): FetchedPartition {
  const none = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1 };
  return { topicId, partition, errorCode, ...none, ...BLANK };
}
