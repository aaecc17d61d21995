/**
 * What goes wrong inside the domain through no fault of a submission: a bug of ours or damaged state. A refused submission
 * is not an error but a `Decision`; these are thrown, and whoever catches one must not go on with the state at hand.
 */
type DomainErrorCode = 'invariant-violated' | 'unknown-zone' | 'empty-calendar';

export class DomainError extends Error {
  readonly code: DomainErrorCode;

  constructor(code: DomainErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The invariants of spec.md section 4 that the domain asserts while it runs. */
type InvariantNumber = 'I9' | 'I13';

/** Throws `invariant-violated` unless the condition holds; `explain` is only called then. */
export function invariant(number: InvariantNumber, holds: boolean, explain: () => string): asserts holds {
  if (!holds) throw new DomainError('invariant-violated', `${number} does not hold: ${explain()}`);
}
