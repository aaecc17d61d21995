/**
 * A transactional producer by version 2 of the protocol (KIP-890): partitions and the group join the open transaction by the
 * first request that touches them, and every transaction ends with a new producer epoch, so that a request held up anywhere can
 * never join a later one. Sequence numbers start at 0 in each transaction and continue over its `produce` calls.
 *
 * A refusal that is certain to have had no effect is repeated, with the same bytes. A request without an answer never is, and
 * a transaction is not carried on to a broker that could not be reached in between: the producer then stands broken and refuses
 * everything but `init` (reliability.md 2.1).
 */
import { BatchSender } from './batch-sender.ts';
import type { Cluster } from './cluster.ts';
import { kafkaErrors } from './error-codes.ts';
import { KafkaFailure } from './kafka-failure.ts';
import type { Lane } from './lane.ts';
import { type OutgoingRecord, TransactionBatches } from './outgoing-batches.ts';
import { repeatRequest } from './repeat-request.ts';
import {
  type BrokerConnection,
  type CoordinatorKind,
  type ProducerIdentity,
  TransportFailure,
} from './requests.ts';
import type { RetryLimits } from './retry-budget.ts';

type TransactionalProducerOptions = {
  readonly cluster: Cluster;
  readonly transactionalId: string;
  /** The group whose offsets the transactions carry, and the topic these offsets are of. */
  readonly groupId: string;
  readonly inputTopic: string;
  /** The coordinator aborts a transaction that stays open longer. */
  readonly transactionTimeoutMs?: number;
  /** How long a request may go without an answer before its outcome counts as unknown. */
  readonly requestTimeoutMs?: number;
};

/** Structurally the identity of the engine's ports. */
export type GroupIdentity = {
  readonly generationId: number;
  readonly memberId: string;
  readonly instanceId: string | null;
};

type State =
  | { readonly kind: 'ready'; readonly identity: ProducerIdentity }
  | { readonly kind: 'open'; readonly identity: ProducerIdentity; readonly batches: TransactionBatches }
  /** The transaction can only be aborted. */
  | { readonly kind: 'doomed'; readonly identity: ProducerIdentity; readonly cause: KafkaFailure }
  /** Nothing is known; only `init` helps. */
  | { readonly kind: 'broken'; readonly cause: KafkaFailure | null };

const TRANSACTION_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 8_000;

/** The level of the feature `transaction.version` at which a cluster speaks version 2. */
const TRANSACTION_VERSION = 2;

/** The transaction before takes a few milliseconds to complete; an abandoned one its timeout and the coordinator's next look. */
const REQUEST_LIMITS: RetryLimits = { budgetMs: 9_000, pauseFirstMs: 2, pauseMaxMs: 10 };
const INIT_LIMITS: RetryLimits = { budgetMs: 40_000, pauseFirstMs: 2, pauseMaxMs: 200 };

export class KafkaTransactionalProducer {
  readonly #options: TransactionalProducerOptions;
  readonly #lanes: Readonly<Record<CoordinatorKind | 'produce', Lane>>;
  readonly #sender: BatchSender;
  #state: State = { kind: 'broken', cause: null };
  #isClusterChecked = false;

  constructor(options: TransactionalProducerOptions) {
    this.#options = options;
    const { cluster, transactionalId, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
    const lane = (): Lane => cluster.lane(requestTimeoutMs);
    this.#lanes = { produce: lane(), group: lane(), transaction: lane() };
    this.#sender = new BatchSender({
      cluster,
      lane: this.#lanes.produce,
      transactionalId,
      limits: REQUEST_LIMITS,
    });
  }

  /**
   * Registers the transactional id: whoever used it before is fenced, and what it left open is ended first. Connections are
   * new afterwards. Fails with `temporarily-unavailable`, or `refused` if the cluster does not speak version 2.
   */
  async init(): Promise<void> {
    this.#state = { kind: 'broken', cause: null };
    await this.#closeLanes();
    await this.#checkCluster();
    const { cluster, transactionalId, transactionTimeoutMs = TRANSACTION_TIMEOUT_MS } = this.#options;
    await repeatRequest({
      request: 'initProducerId',
      clock: cluster.clock,
      limits: INIT_LIMITS,
      exhausted: 'temporarily-unavailable',
      attempt: () =>
        this.#unansweredAsUnavailable(async () => {
          const broker = await this.#coordinator('transaction');
          const answer = await broker.initProducerId({ transactionalId, transactionTimeoutMs });
          if (answer.errorCode === kafkaErrors.NONE) this.#becomeReady(answer);
          return [answer.errorCode];
        }),
      refresh: () => this.#forgetCoordinator('transaction'),
    });
  }

  /** Appends the records in the given order per partition, in the open transaction. */
  async produce(records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return;
    const { identity, batches } = await this.#openTransaction();
    const rounds = batches.encode(records, identity, this.#options.cluster.clock.nowMs());
    await this.#inTransaction(async () => {
      for (const round of rounds) await this.#sender.send(round);
    });
  }

  /** Puts the input positions (partition → next offset) into the open transaction, under this membership. */
  async sendOffsets(offsets: ReadonlyMap<number, number>, member: GroupIdentity): Promise<void> {
    await this.#sendPositions(
      [...offsets].map(([partition, offset]) => ({ partition, offset })),
      member,
    );
  }

  /** The same with a note beside each offset; the next commit of a partition erases it. */
  async sendNotes(
    notes: ReadonlyMap<number, { readonly offset: number; readonly note: string }>,
    member: GroupIdentity,
  ): Promise<void> {
    await this.#sendPositions(
      [...notes].map(([partition, { offset, note }]) => ({ partition, offset, metadata: note })),
      member,
    );
  }

  async #sendPositions(
    positions: readonly { readonly partition: number; readonly offset: number; readonly metadata?: string }[],
    member: GroupIdentity,
  ): Promise<void> {
    if (positions.length === 0) return;
    const { groupId, inputTopic, transactionalId } = this.#options;
    const { identity } = await this.#openTransaction();
    const offsets = positions.map((position) => ({ topic: inputTopic, ...position }));
    const request = { ...identity, ...member, transactionalId, groupId, offsets };
    await this.#inTransaction(() =>
      this.#untilDone('txnOffsetCommit', 'group', async (broker) => {
        const { partitions } = await broker.txnOffsetCommit(request);
        return partitions.map(({ errorCode }) => errorCode);
      }),
    );
  }

  /** Commits or aborts the open transaction. Without one nothing is sent. */
  async end(outcome: 'commit' | 'abort'): Promise<void> {
    const state = this.#state;
    if (state.kind === 'ready') return;
    if (state.kind === 'broken') throw this.#unusable(state.cause);
    if (state.kind === 'doomed' && outcome === 'commit') throw state.cause;
    const { transactionalId } = this.#options;
    const request = { ...state.identity, transactionalId, isCommit: outcome === 'commit' };
    await this.#inTransaction(() =>
      this.#untilDone('endTxn', 'transaction', async (broker) => {
        const answer = await broker.endTxn(request);
        if (answer.errorCode === kafkaErrors.NONE) this.#becomeReady(answer);
        return [answer.errorCode];
      }),
    );
  }

  /** Closes the connections. A transaction left open is ended by the next `init` or by its timeout. */
  async close(): Promise<void> {
    this.#state = { kind: 'broken', cause: null };
    await this.#closeLanes();
  }

  #becomeReady({ producerId, producerEpoch }: ProducerIdentity): void {
    this.#state = { kind: 'ready', identity: { producerId, producerEpoch } };
  }

  /** Where a broker is not listening, because a quota is used up, none is opened until it is: an open one may last only so long. */
  async #openTransaction(): Promise<Extract<State, { kind: 'open' }>> {
    if (this.#state.kind === 'ready') await this.#sender.untilHeard();
    const state = this.#state;
    if (state.kind === 'open') return state;
    if (state.kind === 'broken') throw this.#unusable(state.cause);
    if (state.kind === 'doomed') throw state.cause;
    const open = { kind: 'open', identity: state.identity, batches: new TransactionBatches() } as const;
    this.#state = open;
    return open;
  }

  #unusable(cause: KafkaFailure | null): KafkaFailure {
    const message = `The producer ${this.#options.transactionalId} must be initialised before it is used, also after any unknown outcome.`;
    return new KafkaFailure('outcome-unknown', message, { cause });
  }

  /** Runs a request of the open transaction and keeps in mind what its failure means for that transaction. */
  async #inTransaction(work: () => Promise<void>): Promise<void> {
    const before = this.#state;
    try {
      await work();
    } catch (error) {
      const failure = asTransactionFailure(error);
      const isAbortable = failure.code === 'transaction-aborted' || failure.code === 'stale-generation';
      if (!isAbortable || before.kind === 'doomed') this.#state = { kind: 'broken', cause: failure };
      else if (this.#state.kind === 'open')
        this.#state = { kind: 'doomed', identity: this.#state.identity, cause: failure };
      throw failure;
    }
  }

  async #untilDone(
    request: 'txnOffsetCommit' | 'endTxn',
    kind: CoordinatorKind,
    send: (broker: BrokerConnection) => Promise<readonly number[]>,
  ): Promise<void> {
    await repeatRequest({
      request,
      clock: this.#options.cluster.clock,
      limits: REQUEST_LIMITS,
      exhausted: 'outcome-unknown',
      attempt: async () => await send(await this.#coordinator(kind)),
      refresh: () => this.#forgetCoordinator(kind),
    });
  }

  async #coordinator(kind: CoordinatorKind): Promise<BrokerConnection> {
    const node = await this.#options.cluster.coordinatorOf(kind, this.#coordinatorKey(kind));
    return await this.#lanes[kind].to(node);
  }

  #forgetCoordinator(kind: CoordinatorKind): void {
    this.#options.cluster.forgetCoordinator(kind, this.#coordinatorKey(kind));
  }

  #coordinatorKey(kind: CoordinatorKind): string {
    return kind === 'group' ? this.#options.groupId : this.#options.transactionalId;
  }

  /** Registering again is always safe, so a registration without an answer may be repeated; the newest one counts. */
  async #unansweredAsUnavailable(send: () => Promise<readonly number[]>): Promise<readonly number[]> {
    try {
      return await send();
    } catch (failure) {
      if (!(failure instanceof TransportFailure)) throw failure;
      await this.#lanes.transaction.close();
      return [kafkaErrors.COORDINATOR_NOT_AVAILABLE];
    }
  }

  async #checkCluster(): Promise<void> {
    if (this.#isClusterChecked) return;
    const level = await this.#options.cluster.featureLevel('transaction.version');
    if (level < TRANSACTION_VERSION)
      throw new KafkaFailure(
        'refused',
        `The cluster stands at transaction.version ${level}, but only version ${TRANSACTION_VERSION} keeps a delayed request out of a later ` +
          'transaction (KIP-890). Upgrade it: `kafka-features.sh upgrade --feature transaction.version=2`.',
      );
    this.#isClusterChecked = true;
  }

  async #closeLanes(): Promise<void> {
    await Promise.all(Object.values(this.#lanes).map((lane) => lane.close()));
  }
}

/** Inside a transaction a request without an answer, and a cluster that cannot be reached, leave the outcome unknown. */
function asTransactionFailure(error: unknown): KafkaFailure {
  const isKafkaFailure = error instanceof KafkaFailure;
  if (isKafkaFailure && error.code !== 'temporarily-unavailable') return error;
  if (!isKafkaFailure && !(error instanceof TransportFailure)) throw error;
  return new KafkaFailure(
    'outcome-unknown',
    `What became of the open transaction is unknown: ${error.message}`,
    {
      cause: error,
    },
  );
}
