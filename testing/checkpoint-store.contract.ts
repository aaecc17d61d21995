/** What every store of checkpoints keeps to (`CheckpointStore`), wherever it keeps them. */
import { describe, expect, test } from '@jest/globals';
import type { CheckpointStore } from '../streams/engine/checkpoint.ts';

export const bytesOf = (...texts: string[]): Uint8Array[] => texts.map((text) => Buffer.from(text));

/** The blocks of a checkpoint as texts. */
export async function blocksIn(store: CheckpointStore, partition: number): Promise<string[]> {
  const texts: string[] = [];
  for await (const block of store.read(partition)) texts.push(Buffer.from(block).toString());
  return texts;
}

export function checkpointStoreContract(name: string, open: () => CheckpointStore): void {
  describe(`checkpoints in ${name}`, () => {
    test('there is none until one is written', async () => {
      expect(await blocksIn(open(), 0)).toEqual([]);
    });

    test('are read as they were written, each partition for itself', async () => {
      const store = open();
      expect(await store.write(0, bytesOf('a', 'bc', 'def'))).toBeGreaterThanOrEqual(6);
      await store.write(7, bytesOf('g'));
      expect(await blocksIn(store, 0)).toEqual(['a', 'bc', 'def']);
      expect(await blocksIn(store, 7)).toEqual(['g']);
    });

    test('a new one stands in place of the old one', async () => {
      const store = open();
      await store.write(0, bytesOf('old', 'older'));
      await store.write(0, bytesOf('new'));
      expect(await blocksIn(store, 0)).toEqual(['new']);
    });

    test('one that could not be written to its end leaves the old one', async () => {
      const store = open();
      await store.write(0, bytesOf('old'));
      const broken = (function* () {
        yield* bytesOf('new');
        throw new Error('the state is gone');
      })();
      await expect(store.write(0, broken)).rejects.toThrow('the state is gone');
      expect(await blocksIn(store, 0)).toEqual(['old']);
    });

    test('is gone when it is removed, also twice', async () => {
      const store = open();
      await store.write(0, bytesOf('a'));
      await store.remove(0);
      await store.remove(0);
      expect(await blocksIn(store, 0)).toEqual([]);
    });

    test('whoever has begun to read the old one reads it to its end', async () => {
      const store = open();
      await store.write(0, bytesOf('old 1', 'old 2'));
      const blocks = store.read(0)[Symbol.asyncIterator]();
      expect(Buffer.from((await blocks.next()).value ?? []).toString()).toBe('old 1');
      await store.write(0, bytesOf('new'));
      expect(Buffer.from((await blocks.next()).value ?? []).toString()).toBe('old 2');
      expect((await blocks.next()).done).toBe(true);
    });
  });
}
