/**
 * The first two rows of spec.md 3.2, those about the record itself: is it a submission at all (`malformed`), and is it where
 * it belongs (`key-mismatch`, `wrong-partition`)? Everything behind needs the merchant and is `submit`'s.
 */
import { isUtf8 } from 'node:buffer';
import { parseSubmission, type RejectionCode, type Submission } from '@fluxo/domain';
import { partitionOf } from '@fluxo/schemas';
import type { LogRecord } from '../engine/ports.ts';
import type { MerchantState } from './merchant-state.ts';
import type { RecordCodec } from './record-codec.ts';

export type Refusal = { readonly code: RejectionCode; readonly detail: string };

/** Who asks: the partition the record stands in, and the merchants that are known to live there. */
export type Place = {
  readonly partition: number;
  readonly partitions: number;
  readonly merchants: ReadonlyMap<string, MerchantState>;
};

export type Admitted = { readonly submission: Submission; readonly merchant: MerchantState | undefined };

/** The submission in this record with its merchant, if that is known, or why it is refused. */
export function admit(record: LogRecord, codec: RecordCodec, place: Place): Admitted | Refusal {
  const decoded = codec.decode(record.value);
  if (decoded.kind === 'malformed') return malformed(decoded.detail);
  if (decoded.kind === 'unknown-schema')
    return malformed(`schema id ${decoded.schemaId} is not registered under a subject of this topic`);
  const { key } = record;
  if (key === null) return malformed('the record has no key');
  const parsed = parseSubmission(decoded.type, decoded.value);
  if ('problem' in parsed) return malformed(parsed.problem);
  const { submission } = parsed;
  const merchant = place.merchants.get(submission.value.merchantId);
  if (merchant !== undefined && isSame(key, merchant.key)) return { submission, merchant };
  return misplaced(key, submission.value.merchantId, place) ?? { submission, merchant };
}

const NOT_UTF8 = 'the key is not UTF-8';

/** Row 2; and of row 1 that a key must be text. A merchant already known under its own key needs neither question. */
function misplaced(key: Uint8Array, merchantId: string, place: Place): Refusal | undefined {
  if (!isUtf8(key)) return malformed(NOT_UTF8);
  if (!isSame(key, Buffer.from(merchantId)))
    return { code: 'key-mismatch', detail: `the record key is not the merchantId ${merchantId}` };
  const home = partitionOf(key, place.partitions);
  if (home === place.partition) return undefined;
  return { code: 'wrong-partition', detail: `merchant ${merchantId} belongs to partition ${home}` };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

function malformed(detail: string): Refusal {
  return { code: 'malformed', detail };
}
