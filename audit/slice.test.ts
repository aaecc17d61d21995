import { describe, expect, test } from '@jest/globals';
import { KEPT_BYTES_MAX, slicesOf } from './slice.ts';

describe('passes over a partition', () => {
  const slices = slicesOf({ partition: 0, partitions: 12 }, 1_000_000);
  const passesOf = (key: Uint8Array | null) =>
    slices.flatMap(({ holds }, pass) => (holds(key) ? [pass] : []));

  test('share the keys between them: each is in one, and no pass is without', () => {
    const keys = Array.from({ length: 200 }, (_, index) => Buffer.from(`m-${index}`));
    const passes = keys.map((key) => passesOf(key));
    expect(passes.every((each) => each.length === 1)).toBe(true);
    expect(new Set(passes.flat())).toEqual(new Set(slices.keys()));
    expect(passesOf(null)).toEqual([0]);
  });

  test('a submission whose key is too long to be kept whole is in the pass of its rejection', () => {
    const keys = Array.from({ length: 50 }, (_, index) => Buffer.alloc(70_000, `k${index}`));
    for (const key of keys) expect(passesOf(key)).toEqual(passesOf(key.subarray(0, KEPT_BYTES_MAX)));
  });
});
