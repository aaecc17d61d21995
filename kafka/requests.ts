/**
 * The seam under everything: the requests Fluxo makes of a broker, as plain typed objects in and out. `wire/` speaks them over
 * sockets; a simulation answers them itself, and everything above this line runs in it unchanged.
 *
 * Error codes arrive as numbers inside the answers and are never thrown (`error-codes.ts` says what each demands). The one thing
 * thrown is `TransportFailure`: no answer came. Every call settles within the time its connection was dialled with.
 * Offsets and producer ids are plain numbers: both stay below 2^53 in any cluster that exists.
 */
export type BrokerAddress = { readonly host: string; readonly port: number };

/** No answer came. 'not-sent': the broker cannot have seen the request. 'unanswered': it may have, and may have obeyed. */
export class TransportFailure extends Error {
  override readonly name = 'TransportFailure';
  readonly kind: 'not-sent' | 'unanswered';

  constructor(kind: 'not-sent' | 'unanswered', message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export interface BrokerDialer {
  /** Fails with a `TransportFailure` of kind 'not-sent'. `requestTimeoutMs` bounds every request on the connection. */
  dial(address: BrokerAddress, options: { readonly requestTimeoutMs: number }): Promise<BrokerConnection>;
}

/** One connection to one broker. After an unanswered request it is closed: a late answer must not meet the next request. */
export interface BrokerConnection extends BrokerRequests {
  readonly isOpen: boolean;
  close(): Promise<void>;
}

/** Versions are fixed where the meaning depends on them: those of KIP-890 part 2 for transactions. */
export interface BrokerRequests {
  apiVersions(): Promise<ApiVersionsAnswer>;
  metadata(request: MetadataRequest): Promise<MetadataAnswer>;
  findCoordinator(request: FindCoordinatorRequest): Promise<FindCoordinatorAnswer>;
  initProducerId(request: InitProducerIdRequest): Promise<InitProducerIdAnswer>;
  produce(request: ProduceRequest): Promise<ProduceAnswer>;
  txnOffsetCommit(request: TxnOffsetCommitRequest): Promise<PartitionErrorsAnswer>;
  endTxn(request: EndTxnRequest): Promise<EndTxnAnswer>;
  listOffsets(request: ListOffsetsRequest): Promise<ListOffsetsAnswer>;
  fetch(request: FetchRequest): Promise<FetchAnswer>;
  offsetFetch(request: OffsetFetchRequest): Promise<OffsetFetchAnswer>;
  offsetCommit(request: OffsetCommitRequest): Promise<PartitionErrorsAnswer>;
  joinGroup(request: JoinGroupRequest): Promise<JoinGroupAnswer>;
  syncGroup(request: SyncGroupRequest): Promise<SyncGroupAnswer>;
  heartbeat(request: HeartbeatRequest): Promise<HeartbeatAnswer>;
  leaveGroup(request: LeaveGroupRequest): Promise<LeaveGroupAnswer>;
}

export type TopicPartition = { readonly topic: string; readonly partition: number };

/** The answer of requests that say yes or no for each partition. */
export type PartitionErrorsAnswer = {
  readonly partitions: readonly (TopicPartition & { readonly errorCode: number })[];
};

export type ApiVersionsAnswer = {
  readonly errorCode: number;
  readonly apis: readonly {
    readonly apiKey: number;
    readonly minVersion: number;
    readonly maxVersion: number;
  }[];
  /** Features the whole cluster has agreed on, such as `transaction.version`, with their level. */
  readonly finalizedFeatures: ReadonlyMap<string, number>;
};

export type MetadataRequest = { readonly topics: readonly string[] };
export type MetadataAnswer = {
  readonly brokers: readonly (BrokerAddress & { readonly nodeId: number })[];
  readonly topics: readonly {
    readonly errorCode: number;
    readonly name: string;
    readonly topicId: string;
    readonly partitions: readonly {
      readonly errorCode: number;
      readonly partition: number;
      /** Node id of the leader, −1 while there is none. */
      readonly leader: number;
      /** Each election of a leader begins another one. */
      readonly leaderEpoch: number;
    }[];
  }[];
};

export type CoordinatorKind = 'group' | 'transaction';
export type FindCoordinatorRequest = { readonly kind: CoordinatorKind; readonly key: string };
export type FindCoordinatorAnswer = BrokerAddress & {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly nodeId: number;
};

/** Who a transactional request comes from; the broker refuses all but the newest epoch. */
export type ProducerIdentity = { readonly producerId: number; readonly producerEpoch: number };

export type InitProducerIdRequest = {
  readonly transactionalId: string;
  /** The coordinator aborts a transaction that stays open longer than this. */
  readonly transactionTimeoutMs: number;
};
export type InitProducerIdAnswer = ProducerIdentity & { readonly errorCode: number };

export type ProduceRequest = {
  /** Null: outside any transaction. */
  readonly transactionalId: string | null;
  /** How long the broker may wait for the in-sync replicas. */
  readonly timeoutMs: number;
  /** At most one record batch per partition. */
  readonly batches: readonly (TopicPartition & { readonly bytes: Uint8Array })[];
};
export type ProduceAnswer = {
  /** How long the broker reads nothing more from this connection, because a quota is used up (KIP-219); 0: it goes on reading. */
  readonly throttleMs: number;
  readonly partitions: readonly (TopicPartition & {
    readonly errorCode: number;
    readonly errorMessage: string | null;
    readonly baseOffset: number;
  })[];
};

/** The membership a request is made under; −1 and '' for a plain commit from outside a group. */
export type MemberIdentity = {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly instanceId: string | null;
};

export type OffsetCommitRequest = MemberIdentity & {
  readonly offsets: readonly (TopicPartition & { readonly offset: number; readonly metadata?: string })[];
};
export type TxnOffsetCommitRequest = OffsetCommitRequest &
  ProducerIdentity & { readonly transactionalId: string };

export type EndTxnRequest = ProducerIdentity & {
  readonly transactionalId: string;
  readonly isCommit: boolean;
};
/** The identity to use for the next transaction. */
export type EndTxnAnswer = ProducerIdentity & { readonly errorCode: number };

export type Isolation = 'read_uncommitted' | 'read_committed';

/** Times that ask ListOffsets for the ends of a log. */
export const LOG_END = -1;
export const LOG_START = -2;

export type ListOffsetsRequest = {
  readonly isolation: Isolation;
  /** `LOG_END`, `LOG_START`, or a time: the first offset at or after it. */
  readonly partitions: readonly (TopicPartition & { readonly timestampMs: number })[];
};
export type ListOffsetsAnswer = {
  /** `offset` is −1 if no record is at or after the time asked for. */
  readonly partitions: readonly (TopicPartition & {
    readonly errorCode: number;
    readonly offset: number;
  })[];
};

export type FetchRequest = {
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly isolation: Isolation;
  readonly partitions: readonly {
    readonly topicId: string;
    readonly partition: number;
    /** The one in which we take it for the leader: refused by one that stands in another (KIP-320). −1: whichever. */
    readonly leaderEpoch: number;
    readonly offset: number;
    readonly maxBytes: number;
  }[];
};
export type FetchAnswer = {
  readonly errorCode: number;
  /** Partitions may be missing from the answer: a broker that throttles answers with none. */
  readonly partitions: readonly FetchedPartition[];
};
export type FetchedPartition = {
  readonly topicId: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  /** Record batches one after the other; the first may begin below the offset asked for, the last may be cut off. */
  readonly records: Buffer;
};
/** A producer whose transaction, with its first record at `firstOffset`, was aborted. */
export type AbortedTransaction = { readonly producerId: number; readonly firstOffset: number };

export type OffsetFetchRequest = {
  readonly groupId: string;
  readonly topic: string;
  readonly partitions: readonly number[];
  /** Answer UNSTABLE_OFFSET_COMMIT while a pending transaction may still change the offset (KIP-447). */
  readonly requireStable: boolean;
};
export type OffsetFetchAnswer = {
  readonly errorCode: number;
  /** `offset` is −1 if none is committed; `metadata` is whatever was committed with it. */
  readonly partitions: readonly (TopicPartition & {
    readonly errorCode: number;
    readonly offset: number;
    readonly metadata: string;
  })[];
};

export type JoinGroupRequest = {
  readonly groupId: string;
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly sessionTimeoutMs: number;
  /** How long the coordinator waits for all members to join again. */
  readonly rebalanceTimeoutMs: number;
  readonly protocolName: string;
  readonly metadata: Uint8Array;
};
export type JoinGroupAnswer = {
  readonly errorCode: number;
  readonly generationId: number;
  readonly memberId: string;
  readonly leader: string;
  /** True for a leader that came back as the same static member: the assignment in force stays (KIP-814). */
  readonly skipAssignment: boolean;
  /** All members with their metadata; empty for all but the leader. */
  readonly members: readonly {
    readonly memberId: string;
    readonly instanceId: string | null;
    readonly metadata: Uint8Array;
  }[];
};

export type SyncGroupRequest = MemberIdentity & {
  readonly protocolName: string;
  /** From the leader: what each member gets; empty from all others. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
};
export type SyncGroupAnswer = { readonly errorCode: number; readonly assignment: Uint8Array };

export type HeartbeatRequest = MemberIdentity;
export type HeartbeatAnswer = { readonly errorCode: number };

export type LeaveGroupRequest = {
  readonly groupId: string;
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly reason: string;
};
export type LeaveGroupAnswer = { readonly errorCode: number };
