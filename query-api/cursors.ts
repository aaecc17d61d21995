/**
 * Cursors: where a listing goes on, as text that callers give back. A cursor counts only for who got it, for the same merchant and the same
 * filter, and only as it was given: it carries an HMAC-SHA256 over all of that. What it says, a place in the ledger, is no secret. Any
 * process with the same key takes it.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { Problem } from './problems.ts';

/** What a cursor is bound to: whatever JSON tells apart. */
export type Binding = readonly unknown[];

const PLACE_BYTES = 8;
const MAC_BYTES = 16;

export class Cursors {
  readonly #key: Uint8Array;

  /** `secret` has enough entropy to be a key; the key is derived from it for this purpose alone (RFC 5869). */
  constructor(secret: string) {
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'fluxo query-api cursor 1', 32));
  }

  seal(binding: Binding, ledgerSeq: number): string {
    const place = Buffer.alloc(PLACE_BYTES);
    place.writeBigUInt64BE(BigInt(ledgerSeq));
    return Buffer.concat([place, this.#mac(binding, place)]).toString('base64url');
  }

  /** The place in it. Throws `cursor-invalid`. */
  open(binding: Binding, cursor: string): number {
    const bytes = Buffer.from(cursor, 'base64url');
    const place = bytes.subarray(0, PLACE_BYTES);
    const mac = bytes.subarray(PLACE_BYTES);
    const isOurs =
      mac.length === MAC_BYTES &&
      timingSafeEqual(mac, this.#mac(binding, place)) &&
      bytes.toString('base64url') === cursor;
    if (!isOurs) throw cursorInvalid();
    return Number(place.readBigUInt64BE());
  }

  #mac(binding: Binding, place: Buffer): Buffer {
    const bound = JSON.stringify(binding);
    return createHmac('sha256', this.#key).update(place).update(bound).digest().subarray(0, MAC_BYTES);
  }
}

function cursorInvalid(): Problem {
  return new Problem(
    'cursor-invalid',
    'The cursor does not belong to this question: a cursor continues the listing it came from, of the same merchant with the same filter, for the same caller. Ask without it, and go on with the cursors that come then.',
    { errors: [{ in: 'query', parameter: 'cursor', detail: 'must be the nextCursor of the same listing' }] },
  );
}
