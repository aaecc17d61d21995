/** Headers of records that we write ourselves, and what of them is taken for a trace. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { headersOf, type LogRecord, readRecords, recordBatches } from './record-batch-reader.ts';
import { sampleBatch } from './record-batch-samples.ts';
import { BATCH_OVERHEAD_BYTES, encodeRecordBatch, recordBytesMax } from './record-batch-writer.ts';
import { traceparentOf } from './trace-header.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function stored(headers: readonly (Readonly<Record<string, string>> | undefined)[]): readonly LogRecord[] {
  const records = headers.map((each) => ({ key: Buffer.from('k'), value: Buffer.from('v'), headers: each }));
  const found: LogRecord[] = [];
  for (const batch of recordBatches(sampleBatch({ baseOffset: 0, records })))
    readRecords(batch, { from: 0, to: records.length }, found);
  return found;
}

const word = (part: Uint8Array | null) => Buffer.from(part ?? []).toString();

describe('headers', () => {
  test('come back as they were written, and the records around them too', () => {
    const name = fc.string({ unit: 'binary', maxLength: 300 });
    const headers = fc.option(fc.dictionary(name, name, { maxKeys: 63 }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(headers, { minLength: 1, maxLength: 5 }), (all) => {
        const found = stored(all);
        expect(found.map(({ key, value }) => [word(key), word(value)])).toEqual(all.map(() => ['k', 'v']));
        expect(
          found.map((record) => headersOf(record).map(({ key, value }) => [word(key), word(value)])),
        ).toEqual(all.map((each) => Object.entries(each ?? {})));
      }),
    );
  });

  test('are counted in what a record may take', () => {
    const header = {
      producerId: 1,
      producerEpoch: 0,
      baseSequence: 0,
      isTransactional: true,
      timestampMs: 0,
    };
    const record = { key: null, value: null, headers: { traceparent: TRACEPARENT.repeat(200) } };
    const bytes = encodeRecordBatch([record], header).length;
    expect(BATCH_OVERHEAD_BYTES + recordBytesMax(record)).toBeGreaterThanOrEqual(bytes);
    expect(bytes).toBeGreaterThan(record.headers.traceparent.length);
  });
});

describe('the trace of a record', () => {
  const traceOf = (headers: Readonly<Record<string, string>> | undefined) =>
    traceparentOf(stored([headers])[0] as LogRecord);

  test('is what its header says, wherever it stands among others', () => {
    expect(traceOf({ 'fluxo-replayed-by': 'ana', traceparent: TRACEPARENT })).toBe(TRACEPARENT);
  });

  test.each([
    ['without headers', undefined],
    ['with others', { tracestate: TRACEPARENT }],
    ['that nobody records', { traceparent: TRACEPARENT.replace(/01$/, '00') }],
    ['of another version', { traceparent: TRACEPARENT.replace(/^00/, '01') }],
    ['that goes on', { traceparent: `${TRACEPARENT}-00` }],
    ['in capitals', { traceparent: TRACEPARENT.toUpperCase() }],
    ['cut off', { traceparent: TRACEPARENT.slice(0, -1) }],
    ['that is anything', { traceparent: 'x'.repeat(100_000) }],
  ])('is none for a record %s', (_, headers) => {
    expect(traceOf(headers)).toBeNull();
  });

  test('is none for a record that no broker has given', () => {
    expect(traceparentOf({ offset: 0 })).toBeNull();
  });
});
