/**
 * The day-end export: what lies where in its bucket. `query-api/exports` writes it; whoever keeps books or feeds a warehouse reads it.
 *
 *   exports/businessDate=2026-03-01/merchantId=m-1/closing=0000000000000042/
 *     statement.json, statement.csv   the statement of that day as it stood at the closing
 *     closing.json                    written last: who closed, what was counted, length and SHA-256 of the others (`ClosingFile`)
 *   positions/closings.json           how far each partition of the ledger was exported; nobody but the export reads it
 *
 * A closing is named by its `ledgerSeq`, in sixteen digits, so that of several in a list the last is the newest. What lies below `exports/`
 * is never written over.
 */
import type { ClosedAccountBody } from '../http/ledger.ts';

export const EXPORTS_PREFIX = 'exports/';
export const EXPORT_POSITIONS_KEY = 'positions/closings.json';

const SEQUENCE_DIGITS = 16;

export type ExportName = 'statement.json' | 'statement.csv' | 'closing.json';

export type ExportPlace = {
  readonly merchantId: string;
  /** YYYY-MM-DD. */
  readonly businessDate: string;
  /** `ledgerSeq` of the DayClosed that closed the day. */
  readonly ledgerSeq: number;
};

export function exportKey({ merchantId, businessDate, ledgerSeq }: ExportPlace, name: ExportName): string {
  const closing = String(ledgerSeq).padStart(SEQUENCE_DIGITS, '0');
  return `${EXPORTS_PREFIX}businessDate=${businessDate}/merchantId=${merchantId}/closing=${closing}/${name}`;
}

/** `closing.json`. Money in whole minor units, dates YYYY-MM-DD, instants RFC 3339 in UTC with milliseconds, hashes lower-case hex. */
export type ClosingFile = {
  readonly merchantId: string;
  /** Of the files. */
  readonly businessDate: string;
  readonly closing: {
    readonly ledgerSeq: number;
    /** The day that was closed by name; the one of the files, or a later one. */
    readonly businessDate: string;
    readonly requestId: string;
    readonly requestedBy: string;
    readonly recordedAt: string;
    /** Of the record in the merchant's chain (spec.md section 2.2). */
    readonly hash: string;
    /** Every account on the day that was closed by name, with what was counted. */
    readonly accounts: readonly ClosedAccountBody[];
  };
  readonly files: readonly { readonly name: ExportName; readonly bytes: number; readonly sha256: string }[];
};

/** Where the bucket is. */
export type ExportBucket = {
  readonly bucket: string;
  readonly endpoint: string;
  readonly region: string;
  /** Not AWS but a server that speaks S3 on this machine, which takes any credentials. */
  readonly isLocal: boolean;
};

const REGION_OF_AWS = /^s3\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;
const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/**
 * What FLUXO_EXPORTS says: endpoint and bucket in one address, `https://s3.sa-east-1.amazonaws.com/fluxo-exports` or, of a server on this
 * machine, `http://127.0.0.1:5000/fluxo-exports`. Throws a `RangeError` that says what is wrong.
 */
export function exportBucketOf(address: string): ExportBucket {
  const url = URL.parse(address);
  const bucket = url?.pathname.slice(1) ?? '';
  const region = REGION_OF_AWS.exec(url?.hostname ?? '')?.[1];
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    !BUCKET_NAME.test(bucket) ||
    (url.protocol === 'https:' && region === undefined)
  )
    throw new RangeError(
      `${JSON.stringify(address)} is no address of a bucket. It must be https://s3.<region>.amazonaws.com/<bucket>, or http://<host>:<port>/<bucket> of a server of one's own.`,
    );
  return { bucket, endpoint: url.origin, region: region ?? 'us-east-1', isLocal: url.protocol === 'http:' };
}
