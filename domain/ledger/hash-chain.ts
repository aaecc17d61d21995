/**
 * The hash chain of a merchant's ledger (spec.md 2.2, I5). The last 64 bytes of every encoded ledger record are `prevHash`
 * and `hash`, 32 bytes each, which Avro writes as they are: so a record is sealed without knowing Avro, and
 * checked so as well (`audit/ledger-chain.ts`).
 *
 *   body = … other fields … | prevHash (32) | hash (32)      hash = SHA-256(body without its last 32 bytes)
 *
 * The body is what follows the five header bytes of the wire format. Hashing is passed in: the domain imports nothing.
 */

/** The 32 bytes of a SHA-256, in memory of their own: a head outlives whatever it was computed with. */
type Sha256 = (bytes: Uint8Array) => Uint8Array;

const HASH_BYTES = 32;

/** What the first record of a chain has for its previous hash, and every record before it is sealed. Not to be written to. */
export const ZERO_HASH = new Uint8Array(HASH_BYTES);

/** Writes both hashes into the body, in place. Returns the new head of the chain, 32 bytes that nothing else holds. */
export function seal(body: Uint8Array, previousHead: Uint8Array, sha256: Sha256): Uint8Array {
  const hashAt = body.length - HASH_BYTES;
  body.set(previousHead, hashAt - HASH_BYTES);
  const head = sha256(body.subarray(0, hashAt));
  body.set(head, hashAt);
  return head;
}
