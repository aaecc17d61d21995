/** What every store of exports keeps to (`ExportStore`). */
import { describe, expect, test } from '@jest/globals';
import type { ExportFile, ExportStore } from './export-store.ts';

export type StoreHarness = {
  /** Another process at the same store, which was emptied since the last test. */
  readonly open: () => ExportStore;
  /** What is there under this key; null: nothing. */
  readonly read: (key: string) => Promise<string | null>;
};

const KEY = 'exports/businessDate=2026-03-01/merchantId=m~1.x_y-z/closing=0000000000000007/statement.csv';

function file(text: string, key = KEY): ExportFile {
  return { key, contentType: 'text/csv; charset=utf-8', body: Buffer.from(text) };
}

export function exportStoreContract(name: string, { open, read }: StoreHarness): void {
  describe(`exports in ${name}`, () => {
    test('a file is there once it was put', async () => {
      expect(await read(KEY)).toBeNull();
      expect(await open().putOnce(file('olá\r\n'))).toBe(true);
      expect(await read(KEY)).toBe('olá\r\n');
    });

    test('one that is there stays as it is', async () => {
      await open().putOnce(file('first'));
      expect(await open().putOnce(file('second'))).toBe(false);
      expect(await read(KEY)).toBe('first');
    });

    test('of many at the same time one wins', async () => {
      const texts = Array.from({ length: 8 }, (_, index) => `of ${index}`);
      const won = await Promise.all(texts.map((text) => open().putOnce(file(text))));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await read(KEY)).toBe(texts[won.indexOf(true)]);
    });

    test('says which are there, by the whole of their keys', async () => {
      const store = open();
      expect(await store.has(KEY)).toBe(false);
      await store.putOnce(file('olá', `${KEY}.gz`));
      expect(await store.has(KEY)).toBe(false);
      await store.putOnce(file('olá'));
      expect(await store.has(KEY)).toBe(true);
    });

    test('an empty one is one', async () => {
      expect(await open().putOnce(file(''))).toBe(true);
      expect(await open().putOnce(file('later'))).toBe(false);
    });

    test('positions are those kept last; at first there are none', async () => {
      expect(await open().positions()).toEqual(new Map());
      await open().keepPositions(new Map([[0, 12]]));
      await open().keepPositions(
        new Map([
          [0, 11],
          [11, 9_007_199_254_740_991],
        ]),
      );
      expect(await open().positions()).toEqual(
        new Map([
          [0, 11],
          [11, 9_007_199_254_740_991],
        ]),
      );
    });
  });
}
