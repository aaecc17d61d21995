/**
 * Names a trace with everything that is asked of the back end (`traceparent`, W3C Trace Context), so that what a person did can be found behind it. The page
 * records nothing itself, and says so; whether the trace is recorded is for the back end to decide.
 */
import type { HttpInterceptorFn } from '@angular/common/http';

const TRACE_BYTES = 16;
const SPAN_BYTES = 8;

export const traceInterceptor: HttpInterceptorFn = (request, next) =>
  next(request.clone({ setHeaders: { traceparent: newTraceparent() } }));

export function newTraceparent(): string {
  return `00-${randomHex(TRACE_BYTES)}-${randomHex(SPAN_BYTES)}-00`;
}

/** Not all zeros but once in the life of the universe. */
function randomHex(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
