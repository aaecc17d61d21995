/** The disk takes a part of a write and no more, as a full one does: what callers are told must be what the spool holds. */
import { type FileHandle, mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalRegistry } from '@fluxo/kafka';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { isMountable, SmallDisk } from '../../test/faults/small-disk.ts';
import { TillProducer } from '../till-producer.ts';
import { frameOf } from './frame.ts';
import { Spool } from './spool.ts';

type Write = (bytes: Buffer, start: number, length: number, position: number) => Promise<unknown>;
type Handle = { write: Write; truncate: () => Promise<void>; datasync: () => Promise<void> };

let directory: string;
let handles: Handle;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fluxo-full-disk-'));
  const handle = await open(join(directory, 'any'), 'w');
  handles = Object.getPrototypeOf(handle) as Handle;
  await handle.close();
});

afterEach(async () => {
  jest.restoreAllMocks();
  await rm(directory, { recursive: true });
});

/** From now on files end here. */
function fillDisk(bytesLeft: number): void {
  const { write } = handles;
  jest.spyOn(handles, 'write').mockImplementation(function (
    this: FileHandle,
    bytes,
    start,
    length,
    position,
  ) {
    const taken = Math.min(length, bytesLeft - position);
    return taken > 0 ? write.call(this, bytes, start, taken, position) : Promise.reject(fullDisk());
  });
}

function fullDisk(): Error {
  return Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
}

/** What became of each, in order: null, or the message it was rejected with. */
async function append(spool: Spool, ...texts: string[]): Promise<(string | null)[]> {
  const appended = texts.map((text) => spool.append(Buffer.from(text)));
  return Promise.all(
    appended.map((each) =>
      each.then(
        () => null,
        (error: Error) => error.message,
      ),
    ),
  );
}

async function drain(spool: Spool): Promise<string[]> {
  const records = await spool.read(1_000);
  return records.map(({ number, payload }) => `${number} ${payload.toString()}`);
}

const frame = frameOf(Buffer.from('a')).length;
const refused = expect.stringContaining('ENOSPC');

test('what was refused is not in the spool, though whole frames of it were written', async () => {
  let spool = await Spool.open(directory);
  await append(spool, 'a');
  fillDisk(4 * frame - 4);
  // The first goes to the disk alone, the others as one group behind it.
  expect(await append(spool, 'b', 'c', 'd', 'e')).toEqual([null, refused, refused, refused]);
  expect([spool.nextNumber, spool.pending]).toEqual([3, 2]);
  await spool.close();
  spool = await Spool.open(directory);
  expect(await drain(spool)).toEqual(['1 a', '2 b']);
  await spool.close();
});

test('with room again the same spool takes records again, under the numbers that were not given', async () => {
  let spool = await Spool.open(directory);
  fillDisk(frame - 4);
  // What came while the disk was being tried is refused with it, so that records keep the numbers of their calls.
  expect(await append(spool, 'a', 'b')).toEqual([refused, refused]);
  jest.restoreAllMocks();
  expect(await append(spool, 'c', 'd')).toEqual([null, null]);
  expect(await drain(spool)).toEqual(['1 c', '2 d']);
  await spool.close();
  spool = await Spool.open(directory);
  expect(await drain(spool)).toEqual(['1 c', '2 d']);
  await spool.close();
});

test('a disk that does not take the refusal either gets nothing more: nobody knows what it holds', async () => {
  const spool = await Spool.open(directory);
  await append(spool, 'a');
  fillDisk(2 * frame - 4);
  jest.spyOn(handles, 'truncate').mockRejectedValue(new Error('EIO'));
  const failed = expect.stringContaining('it is not known whether');
  expect(await append(spool, 'b')).toEqual([failed]);
  jest.restoreAllMocks();
  expect(await append(spool, 'c')).toEqual([failed]);
  expect(spool.pending).toBe(1);
  expect(await drain(spool)).toEqual(['1 a']);
  await spool.close();
});

test('a next file that the disk does not take is begun as soon as it does', async () => {
  const spool = await Spool.open(directory);
  const sync = jest.spyOn(handles as never as FileHandle, 'sync').mockRejectedValue(fullDisk());
  const megabyte = 'x'.repeat(1024 * 1024);
  for (const text of [megabyte, megabyte, megabyte, megabyte])
    expect(await append(spool, text)).toEqual([null]);
  expect(await append(spool, 'a')).toEqual([refused]);
  sync.mockRestore();
  expect(await append(spool, 'b')).toEqual([null]);
  await spool.close();
  const again = await Spool.open(directory);
  while (again.hasUnread) await again.read(1);
  expect(again.nextNumber).toBe(6);
  await again.close();
});

test('a flush does not wait for a sale that the disk did not take', async () => {
  const till = await TillProducer.connect({
    brokers: ['127.0.0.1:9'],
    registry: new LocalRegistry(),
    source: { system: 'till-test' },
    spoolDirectory: directory,
  });
  fillDisk(10);
  const sale = till.reopenDay({
    merchantId: 'loja-1',
    businessDate: 20_000,
    requestedBy: 'ana',
    reason: 'late',
  });
  const flushed = till.flush();
  await expect(sale).rejects.toThrow('ENOSPC');
  await flushed;
  jest.restoreAllMocks();
  await till.close();
});

const onSmallDisk = isMountable() ? test : test.skip;

onSmallDisk('a process that died on a full disk leaves room for the next one: its lock', async () => {
  const disk = new SmallDisk(join(directory, 'disk'), 1);
  try {
    const spoolDirectory = join(directory, 'disk', 'spool');
    await mkdir(spoolDirectory);
    await writeFile(join(spoolDirectory, 'lock'), '4194305 1');
    disk.fill();
    const spool = await Spool.open(spoolDirectory);
    await spool.close();
  } finally {
    disk.unmount();
  }
});
