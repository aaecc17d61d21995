import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { withLock } from './file-lock.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluxo-test-'));
  path = join(folder, 'deep', 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('one at a time, in spite of errors', async () => {
  let inside = 0;
  let most = 0;
  const enter = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await sleep(5);
    inside -= 1;
    throw new Error('work failed');
  };
  const all = await Promise.allSettled(
    Array.from({ length: 4 }, () => withLock(path, { waitMs: 5_000 }, enter)),
  );
  expect(all.map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
  expect(most).toBe(1);
  expect(existsSync(path)).toBe(false);
});

test('a lock whose holder was killed is taken over', async () => {
  await withLock(path, { waitMs: 100 }, async () => undefined);
  writeFileSync(path, JSON.stringify({ pid: process.pid, startTime: 'of a process long gone' }));
  expect(await withLock(path, { waitMs: 100 }, async () => JSON.parse(readFileSync(path, 'utf8')).pid)).toBe(
    process.pid,
  );
});

test('a lock that is not given up is an error that names its holder', async () => {
  let told = 0;
  await withLock(path, { waitMs: 100 }, async () => {
    const second = withLock(path, { waitMs: 150, onWait: (pid) => (told = pid) }, async () => undefined);
    await expect(second).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining(`pid ${process.pid}`),
    });
  });
  expect(told).toBe(process.pid);
});

test('a lock that names nobody, as a full disk or an older release leaves it, is taken over', async () => {
  await withLock(path, { waitMs: 100 }, async () => undefined);
  writeFileSync(path, '');
  const inside = withLock(path, { waitMs: 100 }, async () => readdirSync(dirname(path)));
  expect(await inside).toEqual(['lock']);
});
