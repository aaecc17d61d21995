/** Files that were cut, changed or never finished are not trusted: a checkpoint is read as it was written, or it fails, or there is none. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';
import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { blocksIn, bytesOf, checkpointStoreContract } from '../../testing/checkpoint-store.contract.ts';
import { InMemoryCheckpoints } from '../../testing/in-memory-checkpoints.ts';
import { FileCheckpoints } from './file-checkpoints.ts';

const root = mkdtempSync(join(tmpdir(), 'fluxo-checkpoints-'));
afterAll(() => rmSync(root, { recursive: true }));

const newFolder = (): string => mkdtempSync(join(root, 'f-'));
const fileIn = (folder: string): string => join(folder, 'partition-0.checkpoint');

checkpointStoreContract('files', () => new FileCheckpoints(newFolder()));
checkpointStoreContract('memory', () => new InMemoryCheckpoints());

/** A checkpoint of many blocks, some larger than a page of the disk. */
async function written(): Promise<{ folder: string; store: FileCheckpoints; bytes: Buffer }> {
  const folder = newFolder();
  const store = new FileCheckpoints(folder);
  const sizes = [1, 100, 4_096, 70_000, 3, 30_000];
  await store.write(
    0,
    sizes.map((size, index) => Buffer.alloc(size, index + 1)),
  );
  return { folder, store, bytes: readFileSync(fileIn(folder)) };
}

test('cut at any page of the disk, and near it, it fails', async () => {
  const { folder, store, bytes } = await written();
  const ends = new Set([0, 1, bytes.length - 1]);
  for (let page = 0; page < bytes.length; page += 4_096)
    for (const end of [page - 1, page, page + 1]) if (end >= 0) ends.add(end);
  expect(ends.size).toBeGreaterThan(70);
  for (const end of ends) {
    writeFileSync(fileIn(folder), bytes.subarray(0, end));
    await expect(blocksIn(store, 0)).rejects.toThrow(/it is no file of|its file/);
  }
});

test('what the dead have left and cannot be removed, as on a disk that has become read-only, keeps nobody from starting', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'partition-0.checkpoint.999999999-0.unfinished'));
  const store = new FileCheckpoints(folder);
  await store.write(0, [Buffer.from('a')]);
  await expect(blocksIn(store, 0)).resolves.toHaveLength(1);
});

test('pages that never reached the disk are noticed', async () => {
  const { folder, store, bytes } = await written();
  for (let page = 0; page < bytes.length; page += 4_096) {
    const torn = Buffer.from(bytes).fill(0, page, Math.min(page + 4_096, bytes.length));
    writeFileSync(fileIn(folder), torn);
    await expect(blocksIn(store, 0)).rejects.toThrow(/it is no file of|its file/);
  }
});

test('any bit that changed is noticed', async () => {
  const { folder, store, bytes } = await written();
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      writeFileSync(fileIn(folder), changed);
      await expect(blocksIn(store, 0)).rejects.toThrow(/it is no file of|its file/);
    }),
    { numRuns: 300 },
  );
});

test('something behind its end is noticed', async () => {
  const { folder, store, bytes } = await written();
  writeFileSync(fileIn(folder), Buffer.concat([bytes, bytes]));
  await expect(blocksIn(store, 0)).rejects.toThrow('longer than it was written');
});

test('a file that was never finished is cleared away at the next start and hides nothing', async () => {
  const { folder, bytes } = await written();
  const before = await blocksIn(new FileCheckpoints(folder), 0);
  const { pid: dead } = spawnSync('true');
  for (const writer of [`${dead}-0`, `${process.pid}-${threadId}`])
    writeFileSync(`${fileIn(folder)}.${writer}.unfinished`, bytes.subarray(0, 5_000));
  expect(await blocksIn(new FileCheckpoints(folder), 0)).toEqual(before);
  expect(readdirSync(folder)).toEqual(['partition-0.checkpoint']);
});

test('what another process or thread is writing is left alone', async () => {
  const folder = newFolder();
  const writers = [`${process.ppid}-0`, `${process.pid}-${threadId + 1}`];
  for (const writer of writers) writeFileSync(`${fileIn(folder)}.${writer}.unfinished`, '');
  const store = new FileCheckpoints(folder);
  expect(readdirSync(folder)).toHaveLength(writers.length);
  expect(await blocksIn(store, 0)).toEqual([]);
});

const openingProgram = `
  const { FileCheckpoints } = await import(process.argv[1]);
  new FileCheckpoints(process.argv[2]);`;

test('several that start at the same time clear the same folder', async () => {
  const folder = newFolder();
  const { pid: dead } = spawnSync('true');
  for (let partition = 0; partition < 2_000; partition++)
    writeFileSync(join(folder, `partition-${partition}.checkpoint.${dead}-0.unfinished`), '');
  const module = fileURLToPath(new URL('./file-checkpoints.ts', import.meta.url));
  const ended = Array.from({ length: 3 }, () => {
    const opener = spawn(process.execPath, ['--input-type=module', '-e', openingProgram, module, folder]);
    return new Promise((resolve) => opener.once('close', resolve));
  });
  expect(await Promise.all(ended)).toEqual([0, 0, 0]);
  expect(readdirSync(folder)).toEqual([]);
});

/** Writes checkpoints without end: version n is n times the digit, in blocks of 64 KiB. */
const writerProgram = `
  const { FileCheckpoints } = await import(process.argv[1]);
  const store = new FileCheckpoints(process.argv[2]);
  for (let n = 0; ; n++) {
    await store.write(0, Array.from({ length: 100 }, () => Buffer.alloc(65536, n)));
    process.stdout.write('.');
  }`;

test('a process that is killed while it writes leaves the old one or the new one', async () => {
  const folder = newFolder();
  const module = fileURLToPath(new URL('./file-checkpoints.ts', import.meta.url));
  for (let kill = 0; kill < 5; kill++) {
    const writer = spawn(process.execPath, ['--input-type=module', '-e', writerProgram, module, folder]);
    await firstOutput(writer);
    await sleep(kill * 7);
    writer.kill('SIGKILL');
    await new Promise((resolve) => writer.once('close', resolve));
    const blocks = await blocksIn(new FileCheckpoints(folder), 0);
    expect(blocks).toHaveLength(100);
    expect(new Set(blocks.map((block) => block.length)).size).toBe(1);
    expect(new Set(blocks).size).toBe(1);
  }
});

async function firstOutput(writer: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    writer.stdout?.once('data', () => resolve());
    writer.once('close', (status) => reject(new Error(`the writer ended with ${status}`)));
  });
}

test('a folder that cannot be written to fails the write and keeps what is there', async () => {
  const folder = newFolder();
  const store = new FileCheckpoints(folder);
  rmSync(folder, { recursive: true });
  await expect(store.write(0, bytesOf('a'))).rejects.toThrow('ENOENT');
  expect(await blocksIn(store, 0)).toEqual([]);
});
