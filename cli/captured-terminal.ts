/** A terminal for tests: what a command reads is given as text, what it writes is kept. */
import { Readable, Writable } from 'node:stream';
import type { Terminal } from './terminal.ts';

export type CapturedTerminal = Terminal & {
  output(): string;
  errors(): string;
  readonly stop: AbortController;
};

export type CaptureOptions = {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
};

export function captureTerminal({ stdin = '', env = {} }: CaptureOptions = {}): CapturedTerminal {
  const [stdout, stderr] = [new Capture(), new Capture()];
  const stop = new AbortController();
  return {
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout,
    stderr,
    env,
    stop,
    signal: stop.signal,
    output: () => stdout.text,
    errors: () => stderr.text,
  };
}

class Capture extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
