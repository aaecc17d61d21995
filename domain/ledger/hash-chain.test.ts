import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { seal, ZERO_HASH } from './hash-chain.ts';

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

function body(text: string): Uint8Array {
  return Buffer.concat([Buffer.from(text), Buffer.alloc(64, 0xee)]);
}

describe('the hash chain (I5)', () => {
  test('writes the previous head and the hash into the last 64 bytes, as anyone can recompute without Avro', () => {
    const first = body('first');
    const head = seal(first, ZERO_HASH, sha256);
    expect(Buffer.from(first.subarray(0, 5)).toString()).toBe('first');
    expect(first.subarray(-64, -32)).toEqual(Buffer.alloc(32));
    expect(first.subarray(-32)).toEqual(sha256(first.subarray(0, -32)));
    expect(Buffer.from(head)).toEqual(Buffer.from(first.subarray(-32)));

    const second = body('second');
    seal(second, head, sha256);
    expect(Buffer.from(second.subarray(-64, -32))).toEqual(Buffer.from(head));
    expect(second.subarray(-32)).toEqual(sha256(second.subarray(0, -32)));
  });

  test('the head is a copy: what becomes of the body later does not reach it', () => {
    const sealed = body('x');
    const head = Buffer.from(seal(sealed, ZERO_HASH, sha256));
    sealed.fill(0);
    expect(head.some((byte) => byte !== 0)).toBe(true);
  });

  test('nothing has written to the zero hash', () => {
    expect(Buffer.from(ZERO_HASH)).toEqual(Buffer.alloc(32));
  });
});
