/**
 * What a command sees of the world it was started in: the three streams, the environment and the wish to stop. Commands take it
 * as an argument and never touch `process`, so that a test runs them in its own.
 */
import type { Readable, Writable } from 'node:stream';

export type Terminal = {
  readonly stdin: Readable;
  /** For results only. */
  readonly stdout: Writable & { readonly isTTY?: boolean };
  /** For progress, notes and errors. */
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the person wants the command to end. */
  readonly signal: AbortSignal;
};

/** Writes one line for the person, beside the results. */
export function note(terminal: Terminal, line: string): void {
  terminal.stderr.write(`${line}\n`);
}
