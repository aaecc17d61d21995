import { partitionOf } from '@fluxo/schemas';
import { describe, expect, test } from '@jest/globals';
import { shardOf } from './shard.ts';

describe('what a process holds in memory', () => {
  test.each([undefined, ''])('is everything with %j', (text) => {
    expect(shardOf(text, 3)).toMatchObject({ partitions: [0, 1, 2], isWhole: true });
    expect(shardOf(text, 3).holds('m-1')).toBe(true);
  });

  test.each([
    ['0', [0], false],
    ['2,0', [0, 2], false],
    ['1-3,1', [1, 2, 3], false],
    ['0-3', [0, 1, 2, 3], true],
  ])('is with %j these partitions', (text, partitions, isWhole) => {
    expect(shardOf(text, 4)).toMatchObject({ partitions, isWhole });
  });

  test('are the merchants whose keys are sent there', () => {
    const shard = shardOf('1', 4);
    const merchants = Array.from({ length: 200 }, (_, index) => `m-${index}`);
    const held = merchants.filter((merchant) => shard.holds(merchant));
    expect(held).toEqual(merchants.filter((merchant) => partitionOf(Buffer.from(merchant), 4) === 1));
    expect(held.length).toBeGreaterThan(20);
  });

  test.each(['4', '0-4', '3-1', '-1', 'a', '0,', '1 2', '0x1', '1e1'])('is refused with %j', (text) => {
    expect(() => shardOf(text, 4)).toThrow('must list partitions from 0 to 3');
  });
});
