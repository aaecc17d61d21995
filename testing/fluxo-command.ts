/** Runs the `fluxo` command as a user would: as a process of its own, from the checkout. */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const command = fileURLToPath(new URL('../cli/bin/fluxo.js', import.meta.url));
const OUTPUT_BYTES_MAX = 2 ** 28;
const run = promisify(execFile);

/** What the command printed on standard output. Fails with its standard error when it exits with another status than 0. */
export async function fluxo(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = { env: { ...process.env, ...env }, maxBuffer: OUTPUT_BYTES_MAX };
  return (await run(process.execPath, [command, ...args], options)).stdout;
}

/** The same with standard output written to a file, for results of any size. Returns the file's path. */
export async function fluxoToFile(
  path: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = spawn(process.execPath, [command, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4_000);
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await pipeline(child.stdout, createWriteStream(path));
  const status = await exited;
  if (status !== 0) throw new Error(`fluxo ${args.join(' ')} exited with ${status}: ${complaint}`);
  return path;
}

/** The command as a process that goes on until it is ended. */
export class RunningCommand {
  readonly stdout: Readable;
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  readonly #ended: Promise<unknown[]>;

  constructor(child: ChildProcessByStdio<null, Readable, null>) {
    this.#child = child;
    this.stdout = child.stdout.setEncoding('utf8');
    this.#ended = once(child, 'close');
  }

  /** As Ctrl-C would; with which status it ended. */
  async end(): Promise<unknown> {
    this.stdout.resume();
    this.#child.kill('SIGTERM');
    const [status] = await this.#ended;
    return status;
  }
}

/** With standard output to be read; what it says on standard error is nobody's. */
export function startFluxo(args: readonly string[], env: Readonly<Record<string, string>>): RunningCommand {
  const child = spawn(process.execPath, [command, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return new RunningCommand(child);
}
