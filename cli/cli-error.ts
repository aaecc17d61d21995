/**
 * The failures a command can end with. The message is for the person at the terminal and says what happened, what it means
 * and what to do; the code decides the exit code. Any other error is a bug, or a failure of a library that no command expected,
 * and is shown as it is.
 */
export type CliErrorCode =
  /** The command line is wrong; nothing was done. */
  | 'usage'
  /** The answer to the question asked is "no": something differs, lags or is broken. */
  | 'differences'
  /** The question asked cannot be answered: the judge could not look at what it has to judge. */
  | 'cannot-judge'
  /** A file or a line of it cannot be used. */
  | 'bad-input'
  /** Something of the stack does not answer, or answers with a failure. */
  | 'stack-failed'
  /** There is no such merchant, balance or topic. */
  | 'not-found'
  /** What was asked for must not be done as things stand; nothing was done. */
  | 'refused'
  /** Ctrl-C, or SIGTERM. */
  | 'interrupted'
  /** Whoever read our output has closed it, such as `head`. */
  | 'output-closed';

export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** 0 done, 1 failed or differences, 2 usage, or no judgement, 3 refused; 130 is what a shell expects of a program ended by Ctrl-C. */
export function exitCodeOf(code: CliErrorCode): number {
  switch (code) {
    case 'usage':
    case 'cannot-judge':
      return 2;
    case 'refused':
      return 3;
    case 'interrupted':
      return 130;
    case 'output-closed':
      return 0;
    case 'differences':
    case 'bad-input':
    case 'stack-failed':
    case 'not-found':
      return 1;
  }
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
