/**
 * Checkpoints as files of one folder, one per partition; processes and threads of one machine may share it. A new one is written beside the old
 * one, forced to the disk, and only then given its name, so that whoever looks finds the old one or the new one. Behind each block
 * stands the SHA-256 of everything before it: nothing is handed out that was not written just so.
 *
 *   file  => magic block* end
 *   block => length (u32, little-endian, not 0) bytes digest
 *   end   => 0 (u32) digest
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { CheckpointStore } from '../engine/checkpoint.ts';

const MAGIC = Buffer.from('fluxo checkpoint 1\n');
const LENGTH_BYTES = 4;
const DIGEST_BYTES = 32;
const UNFINISHED = '.unfinished';
/** In the name of what this thread has not finished. */
const WRITER = `${process.pid}-${threadId}`;

export class FileCheckpoints implements CheckpointStore {
  readonly #folder: string;

  /** Makes the folder if it is not there, readable for its owner only, and clears away what was left half written by the dead. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder))
      if (name.endsWith(UNFINISHED) && !isBeingWritten(name)) clearAway(join(folder, name));
  }

  async write(partition: number, blocks: Iterable<Uint8Array>): Promise<number> {
    const unfinished = `${this.#pathOf(partition)}.${WRITER}${UNFINISHED}`;
    try {
      const bytes = await writeFile(unfinished, blocks);
      await rename(unfinished, this.#pathOf(partition));
      await syncFolder(this.#folder);
      return bytes;
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }

  async *read(partition: number): AsyncGenerator<Uint8Array> {
    const file = await openIfThere(this.#pathOf(partition));
    if (file === null) return;
    try {
      yield* readBlocks(new CheckedReader(file, (await file.stat()).size));
    } finally {
      await file.close();
    }
  }

  async remove(partition: number): Promise<void> {
    await rm(this.#pathOf(partition), { force: true });
  }

  #pathOf(partition: number): string {
    return join(this.#folder, `partition-${partition}.checkpoint`);
  }
}

function clearAway(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A disk that has become read-only takes nothing away either, and nothing depends on it.
  }
}

/** Whether another thread or process that lives may be writing it. Of one's own name is only what one before us has left. */
function isBeingWritten(name: string): boolean {
  const writer = name.slice(0, -UNFINISHED.length).split('.').at(-1) as string;
  return writer !== WRITER && isAlive(Number.parseInt(writer, 10));
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function writeFile(path: string, blocks: Iterable<Uint8Array>): Promise<number> {
  const file = await open(path, 'w', 0o600);
  try {
    const writer = new DigestingWriter(file);
    await writer.put(MAGIC);
    for (const block of blocks) {
      await writer.put(lengthOf(block.length));
      await writer.put(block);
      await writer.seal();
    }
    await writer.put(lengthOf(0));
    await writer.seal();
    await file.sync();
    return writer.bytes;
  } finally {
    await file.close();
  }
}

class DigestingWriter {
  readonly #file: FileHandle;
  readonly #digest = createHash('sha256');
  bytes = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async put(part: Uint8Array): Promise<void> {
    this.#digest.update(part);
    await writeAll(this.#file, part);
    this.bytes += part.length;
  }

  /** Puts the digest of what is there. */
  async seal(): Promise<void> {
    await this.put(this.#digest.copy().digest());
  }
}

/** A write may take less than it was given. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(bytes);
  return length;
}

/** Without this the new name may be forgotten although the file is on the disk. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function* readBlocks(reader: CheckedReader): AsyncGenerator<Uint8Array> {
  if (!MAGIC.equals(await reader.take(MAGIC.length))) throw new Error('it is no file of checkpoints');
  for (;;) {
    const length = (await reader.take(LENGTH_BYTES)).readUInt32LE();
    const block = await reader.takeSealed(length);
    if (length === 0) break;
    yield block;
  }
  reader.assertEnd();
}

/** Reads a file from its beginning, digesting what it reads. What it returns is lent until it reads on. */
class CheckedReader {
  readonly #file: FileHandle;
  readonly #digest = createHash('sha256');
  #left: number;
  #buffer = Buffer.alloc(0);

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#left = size;
  }

  async take(length: number): Promise<Buffer> {
    const bytes = await this.#read(length);
    this.#digest.update(bytes);
    return bytes;
  }

  /** So many bytes, and the digest of all behind them. Fails unless that is right. */
  async takeSealed(length: number): Promise<Buffer> {
    const bytes = await this.#read(length + DIGEST_BYTES);
    this.#digest.update(bytes.subarray(0, length));
    const seal = bytes.subarray(length);
    if (!this.#digest.copy().digest().equals(seal))
      throw new Error('its file is not what was written: a digest differs');
    this.#digest.update(seal);
    return bytes.subarray(0, length);
  }

  assertEnd(): void {
    if (this.#left !== 0) throw new Error('its file is longer than it was written');
  }

  async #read(length: number): Promise<Buffer> {
    this.#left -= length;
    if (this.#left < 0) throw new Error('its file ends too early');
    if (this.#buffer.length < length) this.#buffer = Buffer.alloc(length);
    const bytes = this.#buffer.subarray(0, length);
    for (let at = 0; at < length; ) {
      const { bytesRead } = await this.#file.read(bytes, at, length - at);
      if (bytesRead === 0) throw new Error('its file ends too early');
      at += bytesRead;
    }
    return bytes;
  }
}
