/**
 * The failures the engine tells apart, each named by the reaction it demands. Adapters throw errors that carry one of these
 * codes in `code`, whatever their class, so that the engine need not import them. Anything else came out of a bug and ends
 * the process.
 */

export type FailureCode =
  /** Another process uses this transactional id: stop, it owns the work now. */
  | 'producer-fenced'
  /** The group has moved on without us: abort, forget what was read ahead, join again, go on from what is committed. */
  | 'stale-generation'
  /** The transaction certainly did not happen: abort it, roll the state back, go on from what is committed. */
  | 'transaction-aborted'
  /**
   * A request timed out, its connection broke or its answer makes no sense: whether it took effect is unknown. Never repeat
   * it on this producer; init again, then the committed offsets say what happened (reliability.md 2.1, KIP-890).
   */
  | 'outcome-unknown'
  /** Retention overtook the position: going on would lose entries, so the process refuses and says what to do. */
  | 'offset-out-of-range'
  /** Something needed to go on cannot be reached now (broker, registry): keep the position, wait, try again. */
  | 'temporarily-unavailable'
  /**
   * A transaction that has not ended stands before what is needed, for longer than transactions last: wait, and never go on
   * without it. Only an operator can end one that hangs (reliability.md section 6).
   */
  | 'transaction-pending'
  /** What stands next in one partition cannot be read, and nothing is skipped: that one stands still, the others go on. */
  | 'corrupt-log';

const codes: ReadonlySet<unknown> = new Set<FailureCode>([
  'producer-fenced',
  'stale-generation',
  'transaction-aborted',
  'outcome-unknown',
  'offset-out-of-range',
  'temporarily-unavailable',
  'transaction-pending',
  'corrupt-log',
]);

/** The code of a failure an adapter reported; undefined for an error the engine knows nothing about. */
export function failureCodeOf(error: unknown): FailureCode | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return codes.has(code) ? (code as FailureCode) : undefined;
}

/** The partition that alone cannot be read on; undefined for a failure of any other kind. */
export function unreadablePartitionOf(error: unknown): number | undefined {
  if (failureCodeOf(error) !== 'corrupt-log') return undefined;
  return (error as { readonly partition?: number }).partition;
}

const transient: ReadonlySet<FailureCode> = new Set([
  'temporarily-unavailable',
  'transaction-pending',
  'outcome-unknown',
  'stale-generation',
]);

/** Whether trying again later can help. A stale generation or an unknown outcome outside a transaction changes nothing. */
export function isTransient(error: unknown): boolean {
  const code = failureCodeOf(error);
  return code !== undefined && transient.has(code);
}

/** What is read waits for the end of a transaction, for longer than any may last. */
export class TransactionPendingError extends Error {
  override readonly name = 'TransactionPendingError';
  readonly code = 'transaction-pending';

  constructor(place: string, waitedMs: number) {
    super(
      `${place} has shown nothing for ${Math.round(waitedMs / 1_000)} s: a transaction before its end has neither been committed nor aborted. ` +
        'Nobody can read on there, so this process waits. If it lasts, the transaction hangs: see "A transaction that hangs" in docs/reliability.md.',
    );
  }
}

/** A promise of spec.md section 4 was found broken: state can no longer be trusted, so the process ends. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Asserts an invariant of spec.md section 4 by its number; `what` says what was found. */
export function invariant(number: `I${number}`, holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new InvariantError(`${number} violated: ${what()}`);
}
