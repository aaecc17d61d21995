/** What can go wrong on the producers' side, one code each. */
export type ProducerErrorCode =
  /** The submission breaks a rule that can be judged at the till: it was not accepted and nothing was sent. */
  | 'invalid-submission'
  /** Another process uses this spool. */
  | 'spool-locked'
  /** The spool holds something that it has not written. */
  | 'spool-damaged'
  /** The spool's disk failed in a way that leaves open what it holds. */
  | 'spool-failed'
  /** The producer has been closed. */
  | 'closed'
  /** The mapping of an import makes no sense. */
  | 'invalid-mapping'
  /** A row of an imported file makes no sense. */
  | 'invalid-row'
  /** What this file was imported with is not what it is to be imported with now, or the file is being written. */
  | 'import-conflict'
  /** The cluster or the registry did not take the submissions in time. */
  | 'not-acknowledged';

export class ProducerError extends Error {
  override readonly name = 'ProducerError';
  readonly code: ProducerErrorCode;

  constructor(code: ProducerErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
