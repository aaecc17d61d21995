/** What the forms of a statement have in common: a name that callers ask for them by, and a way to write the parts as they come. */
import type { StatementPart, StatementParts } from './statement.ts';

export type StatementForm = {
  /** As in Accept. */
  readonly mediaType: string;
  readonly contentType: string;
  /** Of the file a browser makes of it; null: it is shown. */
  readonly extension: string | null;
  /** Longer ones are for the other forms; null: there is no end. */
  readonly entriesMax: number | null;
  /** The statement, written as its parts are read; ends early, with an error, where they do. */
  readonly write: (parts: StatementParts) => AsyncGenerator<string | Uint8Array>;
};

/** Writes text part by part. `writerOf` makes what writes one statement, and may remember what it wrote. */
export function textual(writerOf: () => (part: StatementPart) => string): StatementForm['write'] {
  return async function* (parts) {
    const write = writerOf();
    for await (const part of parts) {
      const text = write(part);
      if (text !== '') yield text;
    }
  };
}
