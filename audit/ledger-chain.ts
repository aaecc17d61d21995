/**
 * The ledger's hash chain, checked from the bytes alone (spec.md 2.2): SHA-256 of the Avro body without its last 32 bytes equals
 * these, the 32 before them are the hash of the merchant's previous record, and ledgerSeq counts 1, 2, 3 … (I5). It shares no
 * code with what writes the ledger, needs no schema, and stays right when fields are added: only the first two fields (merchantId,
 * ledgerSeq) and the last two (prevHash, hash) are looked at.
 */
import { hash } from 'node:crypto';

const HEADER_BYTES = 5;
const HASH_BYTES = 32;
const ID_BYTES_MAX = 64;
const GENESIS = new Uint8Array(HASH_BYTES);

export type LedgerRecord = { readonly key: Uint8Array | null; readonly value: Uint8Array | null };

/** The place in the log, for the report. */
export type Place = { readonly partition: number; readonly offset: number };

/** The first record of a merchant at which the chain does not hold; what comes after it is not judged. */
export type ChainBreak = Place & {
  /** Null if not even that can be read. */
  readonly merchantId: string | null;
  /** The sequence number the record should have. */
  readonly ledgerSeq: number;
  readonly problem: string;
};

type Head = { ledgerSeq: number; hash: Uint8Array; isBroken: boolean };

export class ChainVerifier {
  readonly #heads = new Map<string, Head>();
  readonly breaks: ChainBreak[] = [];
  records = 0;

  get merchants(): number {
    return this.#heads.size;
  }

  /** Takes the next record of the ledger; each merchant's records must come in the order of the log. */
  take(record: LedgerRecord, place: Place): void {
    this.records += 1;
    const sealed = readSealed(record.value);
    if (typeof sealed === 'string') {
      this.breaks.push({ ...place, merchantId: null, ledgerSeq: 0, problem: sealed });
      return;
    }
    const head = this.#headOf(sealed.merchantId);
    if (head.isBroken) return;
    const problem = problemOf(sealed, head, record.key);
    head.ledgerSeq += 1;
    head.hash = Uint8Array.from(sealed.hash);
    head.isBroken = problem !== null;
    if (problem !== null)
      this.breaks.push({ ...place, merchantId: sealed.merchantId, ledgerSeq: head.ledgerSeq, problem });
  }

  #headOf(merchantId: string): Head {
    const known = this.#heads.get(merchantId);
    if (known !== undefined) return known;
    const head = { ledgerSeq: 0, hash: GENESIS, isBroken: false };
    this.#heads.set(merchantId, head);
    return head;
  }
}

type Sealed = {
  readonly merchantId: string;
  readonly ledgerSeq: number;
  readonly hashed: Uint8Array;
  readonly prevHash: Uint8Array;
  readonly hash: Uint8Array;
};

function problemOf(sealed: Sealed, head: Head, key: Uint8Array | null): string | null {
  if (key === null || Buffer.compare(key, Buffer.from(sealed.merchantId)) !== 0)
    return 'the record key is not the merchantId in its value';
  if (sealed.ledgerSeq !== head.ledgerSeq + 1)
    return `it says ledgerSeq ${sealed.ledgerSeq}, but the record before it is number ${head.ledgerSeq}`;
  if (Buffer.compare(hash('sha256', sealed.hashed, 'buffer'), sealed.hash) !== 0)
    return 'its hash is not the SHA-256 of its bytes, so they were changed after it was written';
  if (Buffer.compare(sealed.prevHash, head.hash) !== 0)
    return 'its prevHash is not the hash of the record before it, so one of the two was replaced';
  return null;
}

/** The parts of a ledger record, or why the bytes are none. */
function readSealed(value: Uint8Array | null): Sealed | string {
  if (value === null) return 'there is no value';
  const end = value.length - 2 * HASH_BYTES;
  if (end < HEADER_BYTES || value[0] !== 0) return 'the value is not a sealed record in wire format';
  const length = readLong(value, HEADER_BYTES);
  const idEnd = length.next + length.value;
  if (!(length.value >= 1 && length.value <= ID_BYTES_MAX && idEnd < end))
    return 'the merchantId cannot be read';
  const ledgerSeq = readLong(value, idEnd);
  if (!(ledgerSeq.next <= end)) return 'the ledgerSeq cannot be read';
  return {
    merchantId: Buffer.from(value.subarray(length.next, idEnd)).toString(),
    ledgerSeq: ledgerSeq.value,
    hashed: value.subarray(HEADER_BYTES, value.length - HASH_BYTES),
    prevHash: value.subarray(end, value.length - HASH_BYTES),
    hash: value.subarray(value.length - HASH_BYTES),
  };
}

/**
 * An Avro long (zigzag, seven bits a byte, least significant first) in plain arithmetic, since it may have 53 bits; NaN if it
 * does not end within the bytes.
 */
function readLong(bytes: Uint8Array, start: number): { readonly value: number; readonly next: number } {
  let [zigzag, scale] = [0, 1];
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    zigzag += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) return { value: zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2, next: at + 1 };
  }
  return { value: Number.NaN, next: Number.NaN };
}
