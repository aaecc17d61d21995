import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assign, type Candidate } from './assignor.ts';

function member(memberId: string, owned: number[] = [], generationId = 1): Candidate {
  return { memberId, instanceId: null, owned, generationId };
}

function shares(candidates: readonly Candidate[], partitions: number): Record<string, readonly number[]> {
  return Object.fromEntries(assign(candidates, partitions));
}

describe('sharing', () => {
  test('one member gets everything', () => {
    expect(shares([member('a')], 4)).toEqual({ a: [0, 1, 2, 3] });
  });

  test('more members than partitions: the rest get none, and are named', () => {
    expect(shares([member('a'), member('b'), member('c')], 2)).toEqual({ a: [0], b: [1], c: [] });
  });

  test('a member that joins takes no more than its share', () => {
    expect(shares([member('a', [0, 1, 2, 3, 4, 5]), member('b')], 6)).toEqual({ a: [0, 1, 2], b: [3, 4, 5] });
  });

  test('those who stay keep what they have when one leaves', () => {
    expect(shares([member('a', [0, 3]), member('c', [2, 5])], 6)).toEqual({ a: [0, 1, 3], c: [2, 4, 5] });
  });

  test('the newer claim to a partition counts, and of two equally old ones neither', () => {
    const zombie = member('z', [0, 1], 4);
    expect(shares([zombie, member('a', [0, 1], 5)], 2)).toEqual({ a: [0], z: [1] });
    expect(shares([member('b', [1], 5), member('a', [1], 5)], 2)).toEqual({ a: [0], b: [1] });
  });

  test('claims to partitions that do not exist are ignored', () => {
    expect(shares([member('a', [7])], 2)).toEqual({ a: [0, 1] });
  });
});

const groups = fc.record({
  partitions: fc.integer({ min: 1, max: 40 }),
  candidates: fc.uniqueArray(
    fc.record({
      memberId: fc.string({ minLength: 1, maxLength: 4 }),
      instanceId: fc.constant(null),
      owned: fc.uniqueArray(fc.nat({ max: 45 }), { maxLength: 20 }),
      generationId: fc.integer({ min: -1, max: 3 }),
    }),
    { minLength: 1, maxLength: 10, selector: ({ memberId }) => memberId },
  ),
});

describe('always', () => {
  test('every partition has one owner, and no member has two more than another', () => {
    fc.assert(
      fc.property(groups, ({ candidates, partitions }) => {
        const result = [...assign(candidates, partitions).values()];
        expect(result.flat().toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: partitions }, (_, p) => p),
        );
        const sizes = result.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(result).toHaveLength(candidates.length);
      }),
    );
  });

  test('the order in which members are listed does not matter', () => {
    fc.assert(
      fc.property(groups, ({ candidates, partitions }) => {
        expect(shares(candidates.toReversed(), partitions)).toEqual(shares(candidates, partitions));
      }),
    );
  });

  test('joining again without a change moves nothing', () => {
    fc.assert(
      fc.property(groups, ({ candidates, partitions }) => {
        const first = assign(candidates, partitions);
        const again = candidates.map(({ memberId }) => member(memberId, [...(first.get(memberId) ?? [])]));
        expect(assign(again, partitions)).toEqual(first);
      }),
    );
  });
});
