/**
 * The first two rows of spec.md 3.2, those about the record itself: is it a submission at all (`malformed`), and is it where
 * it belongs (`key-mismatch`, `wrong-partition`)? Everything behind needs the merchant and is `submit`'s.
 */
import { isUtf8 } from 'node:buffer';
import { parseSubmission, type RejectionCode, type Submission } from '@fluxo/domain';
import { partitionOf } from '@fluxo/schemas';
import type { LogRecord } from '../engine/ports.ts';
import type { RecordCodec } from './record-codec.ts';

export type Refusal = { readonly code: RejectionCode; readonly detail: string };

export type Place = { readonly partition: number; readonly partitions: number };

/** The submission in this record, or why it is refused. */
export function admit(record: LogRecord, codec: RecordCodec, place: Place): Submission | Refusal {
  const decoded = codec.decode(record.value);
  if (decoded.kind === 'malformed') return malformed(decoded.detail);
  if (decoded.kind === 'unknown-schema')
    return malformed(`schema id ${decoded.schemaId} is not registered under a subject of this topic`);
  if (record.key === null) return malformed('the record has no key');
  if (!isUtf8(record.key)) return malformed('the key is not UTF-8');
  const parsed = parseSubmission(decoded.type, decoded.value);
  if ('problem' in parsed) return malformed(parsed.problem);
  return misplaced(record.key, parsed.submission, place) ?? parsed.submission;
}

function misplaced(key: Uint8Array, submission: Submission, place: Place): Refusal | undefined {
  const { merchantId } = submission.value;
  if (Buffer.from(key.buffer, key.byteOffset, key.length).toString() !== merchantId)
    return { code: 'key-mismatch', detail: `the record key is not the merchantId ${merchantId}` };
  const home = partitionOf(key, place.partitions);
  if (home !== place.partition)
    return { code: 'wrong-partition', detail: `merchant ${merchantId} belongs to partition ${home}` };
  return undefined;
}

function malformed(detail: string): Refusal {
  return { code: 'malformed', detail };
}
