/** Documents as they were read back, and the memory they stand in. */
import { asBusinessDate } from '@fluxo/domain';
import { expect, test } from '@jest/globals';
import { RestoredDay, Shelf } from './restored-day.ts';

const document = { businessDate: 20_000, revision: 7 } as never;

test('a document is decoded when it is asked for, once, and never for its date', () => {
  const decoded: Uint8Array[] = [];
  const day = new RestoredDay(asBusinessDate(20_000), Uint8Array.of(1, 2), (value) => {
    decoded.push(value);
    return document;
  });
  expect(day.businessDate).toBe(20_000);
  expect(decoded).toEqual([]);
  expect([day.figures, day.stamp, day.figures]).toEqual([document, document, document]);
  expect(decoded).toEqual([Uint8Array.of(1, 2)]);
});

test('what is on the shelf stays as it was, and keeps nothing else in memory', () => {
  const shelf = new Shelf();
  const sizes = [0, 1, 300, 8_191, 8_192, 8_193, 70_000, 5_000, 5_000, 5_000];
  const fetched = sizes.map((size, index) => new Uint8Array(2 * size + 1).fill(index + 1, 0, size));
  const kept = fetched.map((value, index) => shelf.keep(value.subarray(0, sizes[index])));
  for (const value of fetched) value.fill(0xff);
  expect(kept).toEqual(sizes.map((size, index) => new Uint8Array(size).fill(index + 1)));
  for (const value of fetched) expect(kept.map(({ buffer }) => buffer)).not.toContain(value.buffer);
});
