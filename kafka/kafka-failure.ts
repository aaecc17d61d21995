/**
 * What can go wrong between this process and the cluster, named by the reaction it demands. The first eight codes are the words
 * of the engine's ports; the others end a process, because waiting or repeating mends none of them.
 */
export type KafkaFailureCode =
  /** Another process uses this transactional id or instance id: stop, it owns the work now. */
  | 'producer-fenced'
  /** The group has moved on without this member: forget what was read ahead, join again. */
  | 'stale-generation'
  /** The open transaction certainly did not happen and cannot be completed any more. */
  | 'transaction-aborted'
  /** Whether a request took effect is unknown. Never repeat it: `init` again, then read the committed offsets. */
  | 'outcome-unknown'
  /** The log no longer (or not yet) has the position that was asked for. */
  | 'offset-out-of-range'
  /** The cluster cannot be reached or is busy electing; the same call may succeed later. */
  | 'temporarily-unavailable'
  /** Committed offsets wait for the end of a transaction, for longer than any may last. */
  | 'transaction-pending'
  /** Bytes in the log are not what Kafka writes, or stand for more than anybody can hold: nothing behind them is read. */
  | 'corrupt-log'
  /** The topic or partition does not exist. */
  | 'unknown-topic'
  /** An existing topic is not what the catalogue says it must be. */
  | 'topic-mismatch'
  /** The cluster refuses for good: authorization, limits, or a protocol it does not speak. */
  | 'refused';

export class KafkaFailure extends Error {
  override readonly name = 'KafkaFailure';
  readonly code: KafkaFailureCode;

  constructor(code: KafkaFailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A batch whose header is whole and whose records cannot be read. */
export class UnreadableBatch extends KafkaFailure {
  readonly baseOffset: number;
  readonly lastOffset: number;

  constructor(batch: { readonly baseOffset: number; readonly lastOffset: number }, cause: KafkaFailure) {
    super(cause.code, cause.message, { cause });
    this.baseOffset = batch.baseOffset;
    this.lastOffset = batch.lastOffset;
  }
}

/** What stands next in this partition cannot be read. Others can, so whoever reads many may go on without it. */
export class UnreadablePartition extends KafkaFailure {
  readonly partition: number;
  /** The batch, where it is known from where to where it goes. */
  readonly batch: UnreadableBatch | null;

  constructor(place: { topic: string; partition: number; offset: number }, cause: Error) {
    const { topic, partition, offset } = place;
    super(
      'corrupt-log',
      `${topic}-${partition} cannot be read on at offset ${offset}. ${cause.message} ` +
        'Nothing is skipped. What to do: see "A batch that nobody can read" in docs/reliability.md.',
      { cause },
    );
    this.partition = partition;
    this.batch = cause instanceof UnreadableBatch ? cause : null;
  }
}
