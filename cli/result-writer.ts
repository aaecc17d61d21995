/**
 * Results on standard output, as fast as they are taken and no faster: a write resolves when the stream has taken the bytes, so
 * memory stays bounded behind a slow reader. A reader that has gone (`fluxo dump … | head`) ends the command quietly.
 */
import type { Writable } from 'node:stream';
import { CliError } from './cli-error.ts';

export class ResultWriter {
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** Writes each text as a line of its own. Fails with `output-closed` when nobody reads any more. */
  async lines(texts: readonly string[]): Promise<void> {
    if (texts.length > 0) await this.#write(`${texts.join('\n')}\n`);
  }

  /** Writes one JSON document, indented for people and still one document for programs. */
  async json(document: unknown): Promise<void> {
    await this.#write(`${JSON.stringify(document, null, 2)}\n`);
  }

  #write(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(text, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(asCliError(error));
      });
    });
  }
}

function asCliError(error: NodeJS.ErrnoException): Error {
  const isClosed = error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED';
  if (isClosed) return new CliError('output-closed', 'The reader of the output has gone.');
  return new Error(`Standard output takes no more, so what it holds is incomplete: ${error.message}`, {
    cause: error,
  });
}
