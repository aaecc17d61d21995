/**
 * The trace that a record belongs to, from its header (spec.md section 2). Anybody who may write can put anything there, so what is no
 * `traceparent` of W3C Trace Context, or of a trace that nobody records, is none.
 */
import { TRACE_HEADER } from '@fluxo/schemas';
import { headersOf, type LogRecord } from './record-batch-reader.ts';

const RECORDED = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f][13579bdf]$/;

const NAME = Buffer.from(TRACE_HEADER);

/** Null for nearly every record, which costs a look at one byte. Fails like `headersOf`. */
export function traceparentOf(record: Pick<LogRecord, 'offset'>): string | null {
  for (const { key, value } of headersOf(record)) {
    if (value === null || !NAME.equals(key)) continue;
    const text = Buffer.from(value).toString('latin1');
    return RECORDED.test(text) ? text : null;
  }
  return null;
}
