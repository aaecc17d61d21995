import { spawn } from 'node:child_process';
import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  rmdir,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { frameOf } from './frame.ts';
import { Spool } from './spool.ts';

let directory: string;
const opened: Spool[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fluxo-spool-'));
});

afterEach(async () => {
  for (const spool of opened.splice(0)) await spool.close();
  await rm(directory, { recursive: true });
});

async function openSpool(): Promise<Spool> {
  const spool = await Spool.open(directory);
  opened.push(spool);
  return spool;
}

async function reopen(spool: Spool): Promise<Spool> {
  await spool.close();
  return openSpool();
}

async function append(spool: Spool, ...texts: string[]): Promise<void> {
  await Promise.all(texts.map((text) => spool.append(Buffer.from(text))));
}

/** Everything that is left, as "number text". */
async function drain(spool: Spool, bytesMax = 1_000): Promise<string[]> {
  const all: string[] = [];
  for (;;) {
    const records = await spool.read(bytesMax);
    if (records.length === 0) return all;
    all.push(...records.map(({ number, payload }) => `${number} ${payload.toString()}`));
  }
}

async function files(): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.spool')).toSorted();
}

test('what was appended is read once, in its order', async () => {
  const spool = await openSpool();
  await append(spool, 'a', 'b');
  expect(await drain(spool)).toEqual(['1 a', '2 b']);
  await append(spool, 'c');
  expect(await drain(spool)).toEqual(['3 c']);
  expect(spool.pending).toBe(3);
});

test('what was not acknowledged is read again after a restart, and only that', async () => {
  const spool = await openSpool();
  await append(spool, 'a', 'b', 'c');
  await drain(spool);
  await spool.acknowledge(2);
  const again = await reopen(spool);
  await append(again, 'd');
  expect([again.pending, await drain(again)]).toEqual([2, ['3 c', '4 d']]);
});

test('records keep their numbers through any number of restarts', async () => {
  let spool = await openSpool();
  for (const text of ['a', 'b', 'c']) {
    await append(spool, text);
    spool = await reopen(spool);
  }
  expect(await drain(spool, 1)).toEqual(['1 a', '2 b', '3 c']);
  await spool.acknowledge(3);
  spool = await reopen(spool);
  expect([await drain(spool), spool.nextNumber, await files()]).toEqual([[], 4, ['0000000000000004.spool']]);
});

test('a record larger than the reader asked for comes alone', async () => {
  const spool = await openSpool();
  await append(spool, 'a', 'x'.repeat(5_000), 'b');
  const sizes = [await spool.read(100), await spool.read(100), await spool.read(100)];
  expect(sizes.map((records) => records.map(({ payload }) => payload.length))).toEqual([[1], [5_000], [1]]);
});

test('files whose records are all acknowledged are removed, and only they', async () => {
  const spool = await openSpool();
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  for (let n = 0; n < 9; n += 1) await spool.append(megabyte);
  expect(await files()).toHaveLength(3);
  while ((await spool.read(10_000_000)).length > 0);
  await spool.acknowledge(5);
  expect(await files()).toHaveLength(2);
  await spool.acknowledge(9);
  expect(await files()).toHaveLength(1);
});

test('an acknowledgement that could not be written is written when it is given again', async () => {
  const spool = await openSpool();
  await append(spool, 'a', 'b');
  await drain(spool);
  const inTheWay = join(directory, 'acknowledged.new');
  await mkdir(inTheWay);
  await expect(spool.acknowledge(1)).rejects.toThrow('EISDIR');
  await rmdir(inTheWay);
  await spool.acknowledge(1);
  expect(spool.pending).toBe(1);
  expect(await drain(await reopen(spool))).toEqual(['2 b']);
});

test('what is acknowledged goes also from a disk that is so full of it that nothing can be noted', async () => {
  const spool = await openSpool();
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  for (let n = 0; n < 5; n += 1) await spool.append(megabyte);
  await mkdir(join(directory, 'acknowledged.new'));
  await expect(spool.acknowledge(4)).rejects.toThrow('EISDIR');
  expect([spool.pending, await files()]).toEqual([1, ['0000000000000005.spool']]);
  expect((await reopen(spool)).pending).toBe(1);
});

test('what can be read no more is damage, not the end of the queue', async () => {
  const spool = await openSpool();
  await append(spool, 'aaaa', 'bbbb');
  const file = await open(join(directory, (await files())[0] as string), 'r+');
  await file.write(Buffer.of(0), 0, 1, 2 * frameOf(Buffer.from('aaaa')).length - 1);
  await file.close();
  const read = async () => (await spool.read(1_000)).map(({ payload }) => payload.toString());
  expect(await read()).toEqual(['aaaa']);
  await expect(read()).rejects.toMatchObject({
    code: 'spool-damaged',
    message: expect.stringContaining('record 2 of'),
  });
});

describe('a crash in the middle of a write', () => {
  test.each([1, 7, 8, 10])(
    'leaves %d bytes of a frame: they were never accepted and are passed over',
    async (bytes) => {
      const spool = await openSpool();
      await append(spool, 'a', 'b');
      await spool.close();
      const torn = Buffer.from([0, 0, 0, 9, 1, 2, 3, 4, 5, 6]).subarray(0, bytes);
      await appendFile(join(directory, (await files())[0] as string), torn);
      let again = await openSpool();
      await append(again, 'c');
      again = await reopen(again);
      expect(await drain(again)).toEqual(['1 a', '2 b', '3 c']);
    },
  );

  test('leaves a file with nothing whole in it: its number is used again', async () => {
    const spool = await openSpool();
    await append(spool, 'a');
    await spool.close();
    await writeFile(join(directory, '0000000000000002.spool'), 'torn');
    const again = await openSpool();
    await append(again, 'b');
    expect(await drain(again)).toEqual(['1 a', '2 b']);
    await again.acknowledge(1);
    expect(await drain(await reopen(again))).toEqual(['2 b']);
  });

  test('loses `acknowledged`: everything still there is read again', async () => {
    const spool = await openSpool();
    await append(spool, 'a', 'b');
    await spool.acknowledge(1);
    await spool.close();
    await truncate(join(directory, 'acknowledged'), 0);
    expect(await drain(await openSpool())).toEqual(['1 a', '2 b']);
  });
});

test('a record lost in the middle is damage, not the end of the queue', async () => {
  let spool = await openSpool();
  await append(spool, 'aaaa', 'bbbb');
  spool = await reopen(spool);
  await append(spool, 'cccc');
  await spool.close();
  const [first = ''] = await files();
  const bytes = await readFile(join(directory, first));
  bytes[bytes.length - 1] = 0;
  await writeFile(join(directory, first), bytes);
  await expect(openSpool()).rejects.toMatchObject({
    code: 'spool-damaged',
    message: expect.stringMatching(/records 1 to 2 but only 1 to 1/),
  });
});

describe('one process per spool', () => {
  test('a second one is refused and told why', async () => {
    await openSpool();
    await expect(Spool.open(directory)).rejects.toMatchObject({
      code: 'spool-locked',
      message: expect.stringContaining(`process ${process.pid}`),
    });
  });

  test.each([
    ['a process that died', async () => `${await pidOfDeadProcess()} 12345`],
    ['another process that had our pid', async () => `${process.pid} 1`],
    ['nobody', async () => ''],
  ])('the lock of %s is taken over', async (_, owner) => {
    await writeFile(join(directory, 'lock'), await owner());
    const spool = await openSpool();
    await append(spool, 'a');
    expect(await drain(spool)).toEqual(['1 a']);
  });
});

async function pidOfDeadProcess(): Promise<number> {
  const child = spawn('true');
  await new Promise((resolve) => child.once('close', resolve));
  return child.pid as number;
}
