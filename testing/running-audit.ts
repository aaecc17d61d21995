/** `fluxo audit` beside a stack, as a process of its own that goes on until it is ended. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { TestStack } from './stacks.ts';

const command = fileURLToPath(new URL('../cli/bin/fluxo.js', import.meta.url));

export class RunningAudit {
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

/** `args` behind the command's name, such as `['audit', '--watch', '--port', '9000']`. */
export function startAudit({ env }: TestStack, args: readonly string[]): RunningAudit {
  const child = spawn(process.execPath, [command, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return new RunningAudit(child);
}
