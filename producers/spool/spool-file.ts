/** One file of a spool: frames of consecutive records, appended and synced, read back from any of them. */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ProducerError } from '../producer-error.ts';
import { FRAME_HEADER_BYTES, PAYLOAD_BYTES_MAX, payloadAt } from './frame.ts';

export type SpooledRecord = { readonly number: number; readonly payload: Buffer };

/** Where a record begins, so that reading goes on without looking at what was read before. */
type Position = { readonly number: number; readonly byte: number };

const SCAN_BYTES = 1024 * 1024;
const NUMBER_DIGITS = 16;

export class SpoolFile {
  readonly path: string;
  /** Number of the first record. */
  readonly first: number;
  /** Number of the last whole and durable record; `first` − 1 when there is none. */
  last: number;
  /** Bytes up to the end of the last whole record. */
  bytes = 0;
  readonly #handle: FileHandle;
  #next: Position;

  private constructor(path: string, first: number, handle: FileHandle) {
    this.path = path;
    this.first = first;
    this.last = first - 1;
    this.#handle = handle;
    this.#next = { number: first, byte: 0 };
  }

  /** A file for records from this number on, empty, whatever was under its name: nothing in that was whole. */
  static async create(directory: string, first: number): Promise<SpoolFile> {
    const path = join(directory, `${String(first).padStart(NUMBER_DIGITS, '0')}.spool`);
    return new SpoolFile(path, first, await open(path, 'w+'));
  }

  /** Finds out what an existing file holds. */
  static async load(directory: string, name: string): Promise<SpoolFile> {
    const path = join(directory, name);
    const file = new SpoolFile(path, Number.parseInt(name, 10), await open(path, 'r'));
    const { size } = await file.#handle.stat();
    for (;;) {
      const records = await file.#readAt({ number: file.last + 1, byte: file.bytes }, SCAN_BYTES, size);
      if (records.length === 0) return file;
      for (const { payload } of records) file.bytes += FRAME_HEADER_BYTES + payload.length;
      file.last += records.length;
    }
  }

  /** Resolves when all frames are on the disk. After a failure some may be: `cutBack` before anything else is appended. */
  async append(frames: readonly Buffer[]): Promise<void> {
    const group = Buffer.concat(frames);
    await writeFully(this.#handle, group, this.bytes);
    await this.#handle.datasync();
    this.bytes += group.length;
    this.last += frames.length;
  }

  /** Resolves when nothing is on the disk behind the last record that counts. */
  async cutBack(): Promise<void> {
    await this.#handle.truncate(this.bytes);
    await this.#handle.datasync();
  }

  /** The records behind this number, at least one and at most `bytesMax` bytes of them. Fails with `spool-damaged` where the next one is gone. */
  async readAfter(number: number, bytesMax: number): Promise<readonly SpooledRecord[]> {
    if (this.#next.number !== number + 1) await this.#seek(Math.max(number + 1, this.first));
    const records = await this.#readAt(this.#next, bytesMax, this.bytes);
    if (records.length === 0) throw damaged(this.path, this.#next.number);
    this.#next = behind(this.#next, records);
    return records;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async remove(): Promise<void> {
    await this.close();
    await rm(this.path, { force: true });
  }

  async #seek(number: number): Promise<void> {
    this.#next = { number: this.first, byte: 0 };
    while (this.#next.number < number) {
      const records = await this.#readAt(this.#next, SCAN_BYTES, this.bytes);
      if (records.length === 0) return;
      this.#next = behind(this.#next, records.slice(0, number - this.#next.number));
    }
  }

  /** Whole records from a position on; a record larger than `bytesMax` comes alone. */
  async #readAt(from: Position, bytesMax: number, end: number): Promise<readonly SpooledRecord[]> {
    const records = await this.#readRun(from, Math.min(bytesMax, end - from.byte));
    if (records.length > 0 || end - from.byte <= bytesMax) return records;
    const [large] = await this.#readRun(
      from,
      Math.min(FRAME_HEADER_BYTES + PAYLOAD_BYTES_MAX, end - from.byte),
    );
    return large === undefined ? [] : [large];
  }

  async #readRun(from: Position, bytes: number): Promise<SpooledRecord[]> {
    if (bytes <= 0) return [];
    const buffer = await readFully(this.#handle, bytes, from.byte);
    const records: SpooledRecord[] = [];
    let at = 0;
    for (;;) {
      const payload = payloadAt(buffer, at);
      if (payload === null) return records;
      records.push({ number: from.number + records.length, payload });
      at += FRAME_HEADER_BYTES + payload.length;
    }
  }
}

function damaged(path: string, number: number): ProducerError {
  return new ProducerError(
    'spool-damaged',
    `record ${number} of ${path} was accepted and can be read no more: nothing behind it is sent. Copy the directory for inspection before anything is started on it again.`,
  );
}

function behind(from: Position, records: readonly SpooledRecord[]): Position {
  const bytes = records.reduce((sum, { payload }) => sum + FRAME_HEADER_BYTES + payload.length, 0);
  return { number: from.number + records.length, byte: from.byte + bytes };
}

/** So many bytes, or as many as there are: a disk that fails behind some of them gives those first. */
async function readFully(handle: FileHandle, bytes: number, position: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(bytes);
  let done = 0;
  while (done < bytes) {
    const { bytesRead } = await handle.read(buffer, done, bytes - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

async function writeFully(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}
