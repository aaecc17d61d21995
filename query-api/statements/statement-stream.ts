/**
 * A statement on its way to a caller: read and written as fast as the caller takes it, so what is in memory is a page. It ends with the
 * reading closed, whichever way it ends: all sent, caller gone, caller asleep, or broken off. A caller that takes nothing for a while is
 * cut, because the snapshot it holds keeps Postgres from cleaning up, and its place another statement from being read.
 */
import type { Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { StatementReading } from '../views/statement-view.ts';
import type { StatementParts } from './statement.ts';
import type { StatementForm } from './statement-form.ts';

export const STALLED_AFTER_MS = 30_000;

export type StatementStreamOptions = {
  readonly parts: StatementParts;
  readonly form: StatementForm;
  readonly reading: Pick<StatementReading, 'close'>;
  /** Is given every byte on its way. */
  readonly digest: Hash;
  /** Told once, when the statement breaks off by our own fault: its caller sees a broken connection and nothing else. */
  readonly reportFailure: (error: unknown) => void;
  readonly stalledAfterMs?: number;
};

export function statementStream({
  parts,
  form,
  reading,
  digest,
  reportFailure,
  stalledAfterMs = STALLED_AFTER_MS,
}: StatementStreamOptions): Readable {
  const stream: Readable = Readable.from(chunks(), { objectMode: false });
  stream.once('error', reportFailure);
  stream.once('close', () => void reading.close());
  return stream;

  async function* chunks(): AsyncGenerator<string | Uint8Array> {
    for await (const chunk of form.write(parts)) {
      digest.update(chunk);
      const stalled = setTimeout(() => stream.destroy(stalledError(stalledAfterMs)), stalledAfterMs);
      try {
        yield chunk;
      } finally {
        clearTimeout(stalled);
      }
    }
  }
}

function stalledError(afterMs: number): Error {
  return new Error(
    `A statement was broken off because its caller took nothing of it for ${afterMs / 1_000} s. It can ask again.`,
  );
}
