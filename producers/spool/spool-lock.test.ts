/** Containers that share a volume do not see each other's processes, and both are often process 1. */
import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Spool } from './spool.ts';

let directory: string;
let lock: string;
/** What this process writes into a lock: pid, start time, boot, pid namespace. */
let own: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fluxo-spool-lock-'));
  lock = join(directory, 'lock');
  const spool = await Spool.open(directory);
  own = (await readFile(lock, 'utf8')).split(' ');
  await spool.close();
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** The first process of another container on this machine. */
function elsewhere(): string {
  const [, , boot = ''] = own;
  return `1 12345 ${boot} pid:[1]`;
}

test('the lock of another container is kept while its heart beats', async () => {
  await writeFile(lock, elsewhere());
  // A clock that was put back: what counts is that the time changes.
  let seconds = 1_000;
  const heart = setInterval(() => void utimes(lock, seconds, seconds++), 500);
  try {
    await expect(Spool.open(directory)).rejects.toMatchObject({
      code: 'spool-locked',
      message: expect.stringContaining('process 1 of another container'),
    });
  } finally {
    clearInterval(heart);
  }
  expect(await readFile(lock, 'utf8')).toBe(elsewhere());
});

test('the lock of a container that was killed is taken over after ten seconds of silence', async () => {
  await writeFile(lock, elsewhere());
  const begun = performance.now();
  const spool = await Spool.open(directory);
  expect(performance.now() - begun).toBeGreaterThan(9_000);
  await spool.append(Buffer.from('a'));
  await spool.close();
}, 30_000);

test('the heart of an open spool beats, and of a closed one no more', async () => {
  const spool = await Spool.open(directory);
  const { mtimeMs } = await stat(lock);
  await sleep(2_500);
  expect((await stat(lock)).mtimeMs).toBeGreaterThan(mtimeMs);
  await spool.close();
  await writeFile(lock, elsewhere());
  const after = await stat(lock);
  await sleep(2_500);
  expect((await stat(lock)).mtimeMs).toBe(after.mtimeMs);
}, 30_000);

test('a lock from before the machine started again is taken over at once', async () => {
  const [pid, startTime, , namespace] = own;
  await writeFile(lock, `${pid} ${startTime} 00000000-0000-4000-8000-000000000000 ${namespace}`);
  const spool = await Spool.open(directory);
  expect(await readFile(lock, 'utf8')).toBe(own.join(' '));
  await spool.close();
});

test('a lock of an earlier release, without boot and namespace, is kept while its process lives', async () => {
  await writeFile(lock, own.slice(0, 2).join(' '));
  await expect(Spool.open(directory)).rejects.toMatchObject({ code: 'spool-locked' });
});

test('a process that stood still until its spool was taken over accepts nothing more and touches nothing', async () => {
  const spool = await Spool.open(directory);
  await spool.append(Buffer.from('a'));
  const file = join(directory, '0000000000000001.spool');
  const before = await readFile(file);
  await writeFile(lock, elsewhere());
  for (const text of ['b', 'c'])
    await expect(spool.append(Buffer.from(text))).rejects.toMatchObject({ code: 'spool-locked' });
  await spool.close();
  expect([await readFile(file), await readFile(lock, 'utf8')]).toEqual([before, elsewhere()]);
});

test('nor does one whose lock is gone: whoever took the spool over and gave it back has given its numbers to other records', async () => {
  const spool = await Spool.open(directory);
  await spool.append(Buffer.from('a'));
  await rm(lock);
  const other = await Spool.open(directory);
  await other.append(Buffer.from('b'));
  await other.close();
  await expect(spool.append(Buffer.from('c'))).rejects.toMatchObject({ code: 'spool-locked' });
  await spool.acknowledge(2);
  await spool.close();
  const again = await Spool.open(directory);
  expect(again.pending).toBe(2);
  await again.close();
});
