/** Why the judge can say nothing: not that something is wrong, but that it could not look. Messages say what to do. */
export type AuditErrorCode =
  /** The log of the submissions no longer begins at its beginning, so nothing can be recounted. */
  | 'log-truncated'
  /** Outputs exist, but the processor's committed offsets are gone. */
  | 'offsets-lost'
  /** A view does not answer, or answers with a failure. */
  | 'view-unavailable'
  /** A view has not caught up with the topic in time. */
  | 'view-lags';

export class AuditError extends Error {
  override readonly name = 'AuditError';
  readonly code: AuditErrorCode;

  constructor(code: AuditErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
