/**
 * The transaction coordinator by version 2 of the protocol (KIP-890 part 2): every transaction ends with a higher producer
 * epoch; partitions join by the first request that touches them; the markers that end a transaction are written some time after
 * the decision, each partition at its own moment, and until the last one is there every request for the next transaction is put
 * off. The transition rules are those of Kafka 4.3's TransactionCoordinator, compared with a real one by
 * `test/simulation/broker-transactions.contract.ts`.
 */
import { kafkaErrors } from '../../../kafka/error-codes.ts';
import type {
  EndTxnAnswer,
  EndTxnRequest,
  InitProducerIdAnswer,
  InitProducerIdRequest,
  ProducerIdentity,
} from '../../../kafka/requests.ts';
import type { Timeline } from '../timeline.ts';
import type { Marker } from './stored-batch.ts';

/** How often the coordinator looks for transactions that are open too long; the local stack sets the same. */
const EXPIRY_CHECK_MS = 2_000;

type State = 'empty' | 'ongoing' | 'completing-commit' | 'completing-abort' | 'committed' | 'aborted';

type Transaction = {
  readonly transactionalId: string;
  readonly producerId: number;
  epoch: number;
  state: State;
  timeoutMs: number;
  startedMs: number;
  /** Places that joined: a partition of a topic, or a group's offsets. */
  places: Set<string>;
};

/** What a decision is about, told before any marker is written. */
export type Decision = {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly isCommit: boolean;
  readonly places: ReadonlySet<string>;
};

export type TransactionCoordinatorOptions = {
  readonly timeline: Timeline;
  readonly writeMarker: (place: string, marker: Marker) => void;
  /** How long after the decision the marker of this place is written, milliseconds. */
  readonly markerDelayMs: (place: string) => number;
  readonly onDecision: (decision: Decision) => void;
};

export class TransactionCoordinator {
  readonly #options: TransactionCoordinatorOptions;
  readonly #transactions = new Map<string, Transaction>();
  #nextProducerId = 1_000;

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options;
    this.#expireLater();
  }

  initProducerId({ transactionalId, transactionTimeoutMs }: InitProducerIdRequest): InitProducerIdAnswer {
    const known = this.#transactions.get(transactionalId);
    if (known === undefined) return this.#register(transactionalId, transactionTimeoutMs);
    if (known.state === 'ongoing') this.#decide(known, false);
    if (isCompleting(known)) return { ...nobody, errorCode: kafkaErrors.CONCURRENT_TRANSACTIONS };
    known.epoch += 1;
    known.state = 'empty';
    known.timeoutMs = transactionTimeoutMs;
    return { ...identityOf(known), errorCode: kafkaErrors.NONE };
  }

  endTxn(request: EndTxnRequest): EndTxnAnswer {
    const transaction = this.#transactions.get(request.transactionalId);
    if (transaction === undefined || transaction.producerId !== request.producerId)
      return { ...nobody, errorCode: kafkaErrors.INVALID_PRODUCER_ID_MAPPING };
    const errorCode = this.#end(transaction, request);
    return errorCode === kafkaErrors.NONE
      ? { ...identityOf(transaction), errorCode }
      : { ...nobody, errorCode };
  }

  /** Adds a place to the open transaction, or opens one with it. Resolves to an error code. */
  join(transactionalId: string, identity: ProducerIdentity, place: string): number {
    const transaction = this.#transactions.get(transactionalId);
    if (transaction === undefined || transaction.producerId !== identity.producerId)
      return kafkaErrors.INVALID_PRODUCER_ID_MAPPING;
    if (transaction.epoch !== identity.producerEpoch) return kafkaErrors.PRODUCER_FENCED;
    if (isCompleting(transaction)) return kafkaErrors.CONCURRENT_TRANSACTIONS;
    if (transaction.state !== 'ongoing') {
      transaction.state = 'ongoing';
      transaction.startedMs = this.#options.timeline.nowMs;
      transaction.places = new Set();
    }
    transaction.places.add(place);
    return kafkaErrors.NONE;
  }

  /** How many transactions are open or not completely marked. */
  get unfinished(): number {
    return [...this.#transactions.values()].filter((each) => each.state === 'ongoing' || isCompleting(each))
      .length;
  }

  #register(transactionalId: string, timeoutMs: number): InitProducerIdAnswer {
    const transaction: Transaction = {
      transactionalId,
      producerId: this.#nextProducerId++,
      epoch: 0,
      state: 'empty',
      timeoutMs,
      startedMs: 0,
      places: new Set(),
    };
    this.#transactions.set(transactionalId, transaction);
    return { ...identityOf(transaction), errorCode: kafkaErrors.NONE };
  }

  #end(transaction: Transaction, { producerEpoch, isCommit }: EndTxnRequest): number {
    const isRepeated = transaction.epoch === producerEpoch + 1;
    const isCurrent = transaction.epoch === producerEpoch;
    switch (transaction.state) {
      case 'ongoing':
        if (!isCurrent) return kafkaErrors.PRODUCER_FENCED;
        this.#decide(transaction, isCommit);
        return kafkaErrors.NONE;
      case 'completing-commit':
      case 'completing-abort':
        if (!isRepeated) return kafkaErrors.PRODUCER_FENCED;
        return isCommit === (transaction.state === 'completing-commit')
          ? kafkaErrors.CONCURRENT_TRANSACTIONS
          : kafkaErrors.INVALID_TXN_STATE;
      case 'committed':
      case 'aborted':
        if (!isRepeated) return this.#endNothing(transaction, { producerEpoch, isCommit });
        return isCommit === (transaction.state === 'committed')
          ? kafkaErrors.NONE
          : kafkaErrors.INVALID_TXN_STATE;
      case 'empty':
        return this.#endNothing(transaction, { producerEpoch, isCommit });
    }
  }

  /** The end of a transaction that has touched nothing: there is nothing to commit, and an abort only moves the epoch on. */
  #endNothing(
    transaction: Transaction,
    { producerEpoch, isCommit }: Pick<EndTxnRequest, 'producerEpoch' | 'isCommit'>,
  ): number {
    if (transaction.epoch !== producerEpoch) return kafkaErrors.PRODUCER_FENCED;
    if (isCommit) return kafkaErrors.INVALID_TXN_STATE;
    transaction.epoch += 1;
    transaction.state = 'aborted';
    return kafkaErrors.NONE;
  }

  #decide(transaction: Transaction, isCommit: boolean): void {
    const { transactionalId, producerId, places } = transaction;
    const { timeline, markerDelayMs, writeMarker, onDecision } = this.#options;
    transaction.epoch += 1;
    transaction.state = isCommit ? 'completing-commit' : 'completing-abort';
    onDecision({ transactionalId, producerId, isCommit, places });
    const marker = { producerId, producerEpoch: transaction.epoch, isCommit };
    let missing = places.size;
    for (const place of places)
      timeline.afterQuietly(markerDelayMs(place), () => {
        writeMarker(place, marker);
        missing -= 1;
        if (missing === 0) transaction.state = isCommit ? 'committed' : 'aborted';
      });
  }

  #expireLater(): void {
    const { timeline } = this.#options;
    timeline.afterQuietly(EXPIRY_CHECK_MS, () => {
      for (const each of this.#transactions.values())
        if (each.state === 'ongoing' && timeline.nowMs > each.startedMs + each.timeoutMs)
          this.#decide(each, false);
      this.#expireLater();
    });
  }
}

const nobody: ProducerIdentity = { producerId: -1, producerEpoch: -1 };

function identityOf({ producerId, epoch }: Transaction): ProducerIdentity {
  return { producerId, producerEpoch: epoch };
}

function isCompleting({ state }: Transaction): boolean {
  return state === 'completing-commit' || state === 'completing-abort';
}
