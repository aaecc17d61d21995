/**
 * A durable queue on disk: what `append` has resolved survives a crash of process or machine, and is read back in its order
 * until it is acknowledged. Records are numbered 1, 2, 3 … for the life of the directory.
 *
 * Files: `<number of the first record>.spool` hold frames (frame.ts) and are only ever appended to; each opening starts a new
 * one. `acknowledged` holds the number of the last record that needs no sending; it may lag behind after a crash, then some
 * records are read again. Files whose records are all acknowledged are removed. Appends that wait together are written and
 * synced together. Not for several processes, of one container or several (spool-lock.ts), not for records above 1 MiB.
 */
import { mkdir, open, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProducerError } from '../producer-error.ts';
import { frameOf } from './frame.ts';
import { type SpooledRecord, SpoolFile } from './spool-file.ts';
import { SpoolLock } from './spool-lock.ts';

export type { SpooledRecord } from './spool-file.ts';

/** A new file is begun when one has grown to this, so that acknowledged ones can go. */
const FILE_BYTES = 4 * 1024 * 1024;

type Waiting = {
  readonly frame: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

export class Spool {
  readonly #directory: string;
  readonly #lock: SpoolLock;
  /** In order; the last one is written to, the first ones are read from. */
  readonly #files: SpoolFile[];
  #acknowledged: number;
  /** The last one that the disk has taken. */
  #noted: number;
  /** Number of the next record to be appended. */
  #next: number;
  /** Number of the last record handed out by `read`. */
  #read: number;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;
  #failure: unknown = null;

  private constructor(
    directory: string,
    lock: SpoolLock,
    state: { files: SpoolFile[]; acknowledged: number },
  ) {
    this.#directory = directory;
    this.#lock = lock;
    this.#files = state.files;
    this.#acknowledged = state.acknowledged;
    this.#noted = state.acknowledged;
    this.#read = state.acknowledged;
    this.#next = Math.max(state.acknowledged, state.files.at(-1)?.last ?? 0) + 1;
  }

  /** Opens or creates the spool. Fails with `spool-locked`, or with `spool-damaged` when records in its middle are lost. */
  static async open(directory: string): Promise<Spool> {
    await mkdir(directory, { recursive: true });
    const lock = await SpoolLock.acquire(directory);
    try {
      const spool = new Spool(directory, lock, await loadState(directory));
      await spool.#beginFile();
      return spool;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** The number the next appended record gets. */
  get nextNumber(): number {
    return this.#next;
  }

  /** Records that are durable or about to be and not yet acknowledged. */
  get pending(): number {
    return this.#next - 1 - this.#acknowledged;
  }

  /** Whether `read` would give something. */
  get hasUnread(): boolean {
    return this.#files.some((file) => file.last > this.#read);
  }

  /**
   * Resolves when the record is on the disk. Records are numbered in the order of the calls. Rejected with the system's error
   * where the disk does not take it: then it is not in the spool, and the next one gets its number. Rejected with `spool-failed`
   * where that is not known; then nothing is taken until the next opening.
   */
  append(payload: Uint8Array): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const frame = frameOf(payload);
    this.#next += 1;
    const written = new Promise<void>((resolve, reject) => this.#waiting.push({ frame, resolve, reject }));
    this.#writing ??= this.#writeWaiting();
    return written;
  }

  /** The next durable records behind those read before, at least one and at most `bytesMax` if there is any. */
  async read(bytesMax: number): Promise<readonly SpooledRecord[]> {
    const file = this.#files.find((each) => each.last > this.#read);
    if (file === undefined) return [];
    const records = await file.readAfter(this.#read, bytesMax);
    this.#read = records.at(-1)?.number ?? this.#read;
    return records;
  }

  /**
   * Everything up to this number never needs to be read again. Where the disk does not take that, the same or more may be said again; a
   * restart before reads some of it again.
   */
  async acknowledge(number: number): Promise<void> {
    if (this.#failure !== null) return;
    this.#acknowledged = Math.max(number, this.#acknowledged);
    // First what makes room: the disk may be full of it. A file is forgotten once it is gone: one that stayed while those behind it go would
    // look like a loss at the next opening.
    while (this.#files.length > 1 && (this.#files[0] as SpoolFile).last <= this.#acknowledged) {
      await (this.#files[0] as SpoolFile).remove();
      this.#files.shift();
    }
    if (this.#noted === this.#acknowledged) return;
    await this.#replace('acknowledged', String(this.#acknowledged));
    this.#noted = this.#acknowledged;
  }

  /** Waits for what is being written, then gives the spool free. Nothing is lost: the next opening goes on from here. */
  async close(): Promise<void> {
    await this.#writing;
    this.#failure ??= new ProducerError('closed', 'the spool is closed');
    for (const file of this.#files) await file.close();
    this.#lock.release();
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        this.#lock.assertHeld();
        await this.#beginFileWhenFull();
        await this.#current.append(group.map(({ frame }) => frame));
        // Held after the frames were on the disk: whoever takes the spool over from now on reads them.
        this.#lock.assertHeld();
        for (const { resolve } of group) resolve();
      } catch (error) {
        await this.#takeBack(error);
        for (const { reject } of [...group, ...this.#waiting.splice(0)]) reject(this.#failure ?? error);
      }
      // At once, so that a full file can go when it is acknowledged. Where that fails, the next group cannot be written before it.
      await this.#beginFileWhenFull().catch(() => {});
    }
    this.#writing = null;
  }

  /**
   * A full disk takes some frames of a group, and what was refused must not be sent after the next opening. What waits was
   * numbered behind the group, and is refused with it.
   */
  async #takeBack(error: unknown): Promise<void> {
    try {
      this.#lock.assertHeld();
      await this.#current.cutBack();
    } catch (failure) {
      this.#failure = failure instanceof ProducerError ? failure : failedBy(error, this.#directory);
    }
    this.#next = this.#current.last + 1;
  }

  get #current(): SpoolFile {
    return this.#files.at(-1) as SpoolFile;
  }

  async #beginFileWhenFull(): Promise<void> {
    if (this.#failure === null && this.#current.bytes >= FILE_BYTES) await this.#beginFile();
  }

  /** May be tried again, as long as nothing was appended in between. */
  async #beginFile(): Promise<void> {
    const first = (this.#files.at(-1)?.last ?? this.#acknowledged) + 1;
    const file = await SpoolFile.create(this.#directory, first);
    try {
      await syncDirectory(this.#directory);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#files.push(file);
  }

  async #replace(name: string, text: string): Promise<void> {
    const path = join(this.#directory, name);
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  }
}

async function loadState(directory: string): Promise<{ files: SpoolFile[]; acknowledged: number }> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.spool')).toSorted();
  const found: SpoolFile[] = [];
  for (const name of names) found.push(await SpoolFile.load(directory, name));
  refuseGaps(found, directory);
  const acknowledged = await readAcknowledged(directory, found);
  const files = found.filter((file) => file.last >= file.first && file.last > acknowledged);
  for (const file of found) if (!files.includes(file)) await file.remove();
  return { files, acknowledged };
}

/** Each file must hold every record up to the next file's first; only the last one may end in a torn write. */
function refuseGaps(files: readonly SpoolFile[], directory: string): void {
  for (const [index, file] of files.entries()) {
    const next = files[index + 1];
    if (next === undefined || next.first === file.last + 1) continue;
    throw new ProducerError(
      'spool-damaged',
      `${file.path} should hold the records ${file.first} to ${next.first - 1} but only ${file.first} to ${file.last} can be read: accepted submissions are missing. ` +
        `Copy ${directory} for inspection, then move that file away to send what is left.`,
    );
  }
}

/** Lost or unreadable: then everything that is still there is sent again, which is safe. */
async function readAcknowledged(directory: string, files: readonly SpoolFile[]): Promise<number> {
  const text = await readFile(join(directory, 'acknowledged'), 'utf8').catch(() => '');
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  return Math.max(number, (files[0]?.first ?? 1) - 1);
}

function failedBy(cause: unknown, directory: string): ProducerError {
  const message =
    `the disk of the spool ${directory} failed (${(cause as Error).message}) and could not be put right: it is not known whether what was refused is sent after the next start. ` +
    'Start again when the disk is well, and submit that under the ids it had, or look for it in the ledger first.';
  return new ProducerError('spool-failed', message, cause);
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
