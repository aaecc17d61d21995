/**
 * What can go wrong between this process and the cluster, named by the reaction it demands. The first seven codes are the words
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
  /** The topic or partition does not exist. */
  | 'unknown-topic'
  /** An existing topic is not what the catalogue says it must be. */
  | 'topic-mismatch'
  /** The cluster refuses for good: authorization, limits, or a protocol it does not speak. */
  | 'refused'
  /** Bytes in the log are not what Kafka writes. */
  | 'corrupt-log';

export class KafkaFailure extends Error {
  override readonly name = 'KafkaFailure';
  readonly code: KafkaFailureCode;

  constructor(code: KafkaFailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
