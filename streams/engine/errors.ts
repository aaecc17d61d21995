/**
 * The failures the engine tells apart, each named by the reaction it demands. Whatever is none of these came out of a bug
 * and ends the process.
 */

/** What went wrong, as a stable word for logs and metrics. */
export type EngineErrorCode =
  | 'producer-fenced'
  | 'stale-generation'
  | 'transaction-aborted'
  | 'outcome-unknown'
  | 'offset-out-of-range'
  | 'temporarily-unavailable'
  | 'poison-record';

export abstract class EngineError extends Error {
  abstract readonly code: EngineErrorCode;
  override readonly name = new.target.name;
}

/** Another process uses this transactional id: stop, it owns the work now. */
export class ProducerFencedError extends EngineError {
  readonly code = 'producer-fenced';
}

/** The group has moved on without us: abort, forget what was read ahead, join again, go on from what is committed. */
export class StaleGenerationError extends EngineError {
  readonly code = 'stale-generation';
}

/** The transaction certainly did not happen: abort it, roll the state back, go on from what is committed. */
export class TransactionAbortedError extends EngineError {
  readonly code = 'transaction-aborted';
}

/**
 * A request timed out, its connection broke or its answer makes no sense: whether it took effect is unknown. Never repeat
 * it on this producer; init again, then the committed offsets say what happened (reliability.md 2.1, KIP-890).
 */
export class OutcomeUnknownError extends EngineError {
  readonly code = 'outcome-unknown';
}

/** Retention overtook the position: going on would lose entries, so the process refuses and says what to do. */
export class OffsetOutOfRangeError extends EngineError {
  readonly code = 'offset-out-of-range';
}

/** Something needed to understand a record cannot be reached now: pause, keep the position, try again. */
export class TemporarilyUnavailableError extends EngineError {
  readonly code = 'temporarily-unavailable';
}
