/** Why there is no answer, as far as the page can tell: a code it has words for, and whether asking again may help. */
import { HttpErrorResponse } from '@angular/common/http';
import type { ProblemBody } from '@fluxo/schemas';

export type Problem = {
  /** Of the answer (RFC 9457), or `offline` when there was none. */
  readonly code: string;
  readonly status: number;
  /** In English, from whoever answered; shown where the page has no words of its own. */
  readonly detail: string | null;
  readonly requestId: string | null;
};

const RETRY_AFTER_SECONDS = 5;

/** When to ask again for what passes by itself; null: asking again brings the same. */
export function retryAfterSecondsOf({ status }: Problem): number | null {
  return status === 0 || status === 429 || status >= 500 ? RETRY_AFTER_SECONDS : null;
}

export function problemOf(error: unknown): Problem {
  // Signals that hold an error wrap what was thrown.
  const cause = error instanceof Error && error.cause instanceof HttpErrorResponse ? error.cause : error;
  if (!(cause instanceof HttpErrorResponse))
    return { code: 'unknown', status: 0, detail: null, requestId: null };
  if (cause.status === 0) return { code: 'offline', status: 0, detail: null, requestId: null };
  const body = cause.error as Partial<ProblemBody> | null;
  return {
    code: typeof body?.code === 'string' ? body.code : `http-${cause.status}`,
    status: cause.status,
    detail: typeof body?.detail === 'string' ? body.detail : null,
    requestId: typeof body?.requestId === 'string' ? body.requestId : null,
  };
}
