import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { ChainVerifier } from './ledger-chain.ts';

/** A ledger record as spec.md 2.2 lays it out, with arbitrary bytes between the first and the last two fields. */
function ledgerRecord({
  merchantId = 'm-1',
  ledgerSeq = 1,
  middle = 'anything',
  prevHash = Buffer.alloc(32),
} = {}) {
  const body = Buffer.concat([
    Buffer.from([merchantId.length * 2]),
    Buffer.from(merchantId),
    zigzag(ledgerSeq),
    Buffer.from(middle),
    prevHash,
  ]);
  const hash = createHash('sha256').update(body).digest();
  return {
    key: Buffer.from(merchantId),
    value: Buffer.concat([Buffer.from([0, 0, 0, 0, 9]), body, hash]),
    hash,
  };
}

function zigzag(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value) * 2n;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

function chain(length: number, merchantId = 'm-1') {
  const records: ReturnType<typeof ledgerRecord>[] = [];
  for (let ledgerSeq = 1; ledgerSeq <= length; ledgerSeq += 1)
    records.push(ledgerRecord({ merchantId, ledgerSeq, prevHash: records.at(-1)?.hash ?? Buffer.alloc(32) }));
  return records as readonly Taken[];
}

type Taken = { readonly key: Uint8Array | null; readonly value: Uint8Array | null };

function verify(records: readonly Taken[]): ChainVerifier {
  const verifier = new ChainVerifier();
  for (const [offset, record] of records.entries()) verifier.take(record, { partition: 3, offset });
  return verifier;
}

describe('the ledger chain, from bytes alone', () => {
  test('of several merchants interleaved verifies, also beyond two-byte sequence numbers', () => {
    const [one, two] = [chain(300, 'm-1'), chain(300, 'm-2')];
    const verifier = verify(one.flatMap((record, index) => [record, two[index] as Taken]));
    expect(verifier).toMatchObject({ records: 600, merchants: 2, breaks: [] });
  });

  test('breaks where any single bit of a record was changed', () => {
    const records = chain(3);
    const target = { value: Buffer.from(records[1]?.value ?? []) };
    for (let bit = 5 * 8; bit < target.value.length * 8; bit += 1) {
      const forged = Buffer.from(target.value);
      forged[bit >> 3] = (forged[bit >> 3] as number) ^ (1 << (bit & 7));
      const { breaks } = verify([
        records[0] as Taken,
        { ...target, key: Buffer.from('m-1'), value: forged },
        records[2] as Taken,
      ]);
      expect(breaks[0]?.offset).toBe(1);
    }
  });

  test('breaks where a record is missing, doubled, swapped or replaced by one that hashes right', () => {
    const [a, b, c] = chain(3) as readonly [Taken, Taken, Taken];
    const other = ledgerRecord({ ledgerSeq: 2, middle: 'other', prevHash: Buffer.alloc(32, 7) });
    expect(verify([a, c]).breaks).toMatchObject([
      { offset: 1, ledgerSeq: 2, problem: expect.stringContaining('ledgerSeq 3') },
    ]);
    expect(verify([a, a, b]).breaks).toMatchObject([{ offset: 1, ledgerSeq: 2 }]);
    expect(verify([b, a, c]).breaks).toMatchObject([{ offset: 0, ledgerSeq: 1 }]);
    expect(verify([a, other]).breaks).toMatchObject([
      { offset: 1, problem: expect.stringContaining('prevHash') },
    ]);
  });

  test('names only the first break of a merchant and goes on with the others', () => {
    const [a, , c] = chain(4) as readonly [Taken, Taken, Taken, Taken];
    const { breaks, merchants } = verify([a, c, ...chain(2, 'm-2'), c]);
    expect(breaks).toEqual([
      { partition: 3, offset: 1, merchantId: 'm-1', ledgerSeq: 2, problem: expect.any(String) },
    ]);
    expect(merchants).toBe(2);
  });

  test('does not accept a record under the key of another merchant', () => {
    const [record] = chain(1) as readonly [Taken];
    expect(verify([{ ...record, key: Buffer.from('m-2') }]).breaks).toHaveLength(1);
  });

  test('calls bytes that are no ledger record what they are', () => {
    const values = [null, Buffer.alloc(0), Buffer.alloc(68), Buffer.alloc(200), Buffer.alloc(200, 0xff)];
    const { breaks, records } = verify(values.map((value) => ({ key: null, value })));
    expect(records).toBe(5);
    expect(breaks.map(({ merchantId }) => merchantId)).toEqual([null, null, null, null, null]);
  });
});
