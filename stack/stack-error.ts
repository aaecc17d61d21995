/** The one error of the stack: a message for the person at the terminal, and a code for programs. */
export type StackErrorCode =
  | 'usage'
  | 'unknown-service'
  | 'port-taken'
  | 'not-ready'
  | 'died-at-start'
  | 'busy'
  | 'tool-missing'
  | 'install-failed'
  | 'download-failed'
  | 'page-not-built';

export class StackError extends Error {
  readonly code: StackErrorCode;

  constructor(code: StackErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StackError';
    this.code = code;
  }
}
