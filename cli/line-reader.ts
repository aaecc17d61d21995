/**
 * Text files line by line, in bounded memory and at the speed of the disk: bytes come in as the stream cuts them, whole lines go
 * out in batches with their numbers, so that every complaint can name its line. Strict about encoding: a line that is not UTF-8
 * is an error, never a replacement character. It knows nothing of JSON.
 */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { CliError, messageOf } from './cli-error.ts';
import type { Terminal } from './terminal.ts';

/** A line of `fluxo dump --raw` is at most the broker's 1 MiB in base64 beside the same value as JSON; this is several times that. */
export const LINE_BYTES_MAX = 16 * 1024 * 1024;

const CHUNK_BYTES = 256 * 1024;
const LINE_FEED = 0x0a;

export type Line = { readonly number: number; readonly text: string };

export type LineBatch = {
  readonly lines: readonly Line[];
  /** Bytes of the input up to the end of this batch. */
  readonly bytesRead: number;
};

export type Input = {
  /** How the person calls it. */
  readonly name: string;
  /** Null for a pipe. */
  readonly bytes: number | null;
  readonly chunks: AsyncIterable<Uint8Array>;
};

/** Opens a file, or standard input for `-`. Fails with `bad-input` if it cannot be read. */
export async function openInput(path: string, terminal: Terminal): Promise<Input> {
  if (path === '-')
    return { name: 'standard input', bytes: null, chunks: addAbortSignal(terminal.signal, terminal.stdin) };
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new Error('it is a directory');
    const chunks = createReadStream(path, { highWaterMark: CHUNK_BYTES, signal: terminal.signal });
    return { name: path, bytes: found.isFile() ? found.size : null, chunks };
  } catch (error) {
    throw cannotRead(path, error);
  }
}

/** `bad-input` for a file that cannot be opened or read. */
export function cannotRead(path: string, error: unknown): CliError {
  const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
  const reason = isAbsent ? 'there is no such file' : messageOf(error);
  return new CliError('bad-input', `${path} cannot be read: ${reason}. Nothing was done.`, { cause: error });
}

/** The lines of the input that are not blank. Fails with `bad-input`, naming the line, on a line that is not UTF-8 or too long. */
export async function* readLines(input: Input): AsyncGenerator<LineBatch> {
  const cutter = new LineCutter(input.name);
  for await (const chunk of input.chunks) {
    const lines = cutter.push(chunk);
    if (lines.length > 0) yield { lines, bytesRead: cutter.bytesRead };
  }
  const last = cutter.end();
  if (last.length > 0) yield { lines: last, bytesRead: cutter.bytesRead };
}

class LineCutter {
  readonly #name: string;
  /** The beginning of a line whose end has not come yet. */
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  #lineNumber = 0;
  bytesRead = 0;

  constructor(name: string) {
    this.#name = name;
  }

  push(chunk: Uint8Array): readonly Line[] {
    this.bytesRead += chunk.length;
    const end = chunk.lastIndexOf(LINE_FEED);
    if (end < 0) {
      this.#keep(chunk);
      return [];
    }
    const whole = Buffer.concat([...this.#rest, chunk.subarray(0, end)]);
    this.#rest = [];
    this.#restBytes = 0;
    this.#keep(chunk.subarray(end + 1));
    return this.#cut(whole);
  }

  /** The last line, when no line feed ended it. */
  end(): readonly Line[] {
    return this.#restBytes === 0 ? [] : this.#cut(Buffer.concat(this.#rest));
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#rest.push(bytes);
    this.#restBytes += bytes.length;
    if (this.#restBytes > LINE_BYTES_MAX)
      throw this.#complaint(this.#lineNumber + 1, `is longer than ${LINE_BYTES_MAX / 1024 / 1024} MiB`);
  }

  #cut(whole: Buffer): readonly Line[] {
    if (!isUtf8(whole)) throw this.#complaint(this.#lineNumber + firstInvalidLine(whole), 'is not UTF-8');
    const lines: Line[] = [];
    for (const text of whole.toString().split('\n')) {
      this.#lineNumber += 1;
      if (text !== '' && text.trim() !== '') lines.push({ number: this.#lineNumber, text });
    }
    return lines;
  }

  #complaint(lineNumber: number, what: string): CliError {
    return new CliError('bad-input', `${this.#name}, line ${lineNumber} ${what}. Is it the right file?`);
  }
}

/** Counted from 1. Only called when there is one. */
function firstInvalidLine(bytes: Buffer): number {
  let number = 1;
  for (let start = 0; start <= bytes.length; number += 1) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const end = feed < 0 ? bytes.length : feed;
    if (!isUtf8(bytes.subarray(start, end))) return number;
    start = end + 1;
  }
  return number;
}
