import { expect, test } from '@jest/globals';
import { InMemoryCluster } from '../../testing/in-memory-cluster.ts';
import { InputFetch } from './input-fetch.ts';

test('a partition that could not be read is asked for once more, then left out at that offset and at no other', async () => {
  const cluster = new InMemoryCluster(2);
  for (const partition of [0, 1])
    for (const value of ['a', 'b'])
      cluster.append('numbers', partition, { key: null, value: Buffer.from(value) });
  const fetch = new InputFetch(cluster.member('group', 'numbers', 'm'));
  const fetched = async (offset: number): Promise<number[]> => {
    fetch.start(new Map([0, 1].map((partition) => [partition, offset])));
    return (await fetch.take()).map(({ partition }) => partition);
  };
  expect(fetch.leaveOut(0, 1)).toBe(false);
  expect(await fetched(1)).toEqual([0, 1]);
  expect(fetch.leaveOut(0, 1)).toBe(true);
  expect(await fetched(1)).toEqual([1]);
  expect(await fetched(0)).toEqual([0, 1]);
});
