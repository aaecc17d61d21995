/**
 * One more query API beside that of a stack, as a process of its own: what an installation with several of them has. It reads what the
 * stack's reads, and nobody but whoever started it stops it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PORT_OFFSET_MAX, serviceNamed } from '@fluxo/stack';
import type { TestStack } from './stacks.ts';

const PROGRAM = fileURLToPath(new URL('../query-api/main.ts', import.meta.url));
const READY_WITHIN_MS = 60_000;
const POLL_MS = 50;
const LOG_CHARACTERS = 4_000;

export class QueryApiProcess {
  readonly address: string;
  readonly #child: ChildProcess;
  /** The end of its log, for whoever has to find out why it did not start. */
  #log = '';

  private constructor(child: ChildProcess, address: string) {
    this.#child = child;
    this.address = address;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#log = (this.#log + text).slice(-LOG_CHARACTERS);
    });
  }

  /** Resolves when it is ready; `env` is added to what the stack gives its own. Throws if it ends, or is not ready within a minute. */
  static async start(stack: TestStack, env: Readonly<Record<string, string>> = {}): Promise<QueryApiProcess> {
    const service = serviceNamed('query-api');
    if (service.kind !== 'worker') throw new Error(`query-api is a ${service.kind}`);
    const port = stack.place.portBase + PORT_OFFSET_MAX;
    const child = spawn(process.execPath, [PROGRAM], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        ...stack.place.env,
        ...service.environment(stack.addresses),
        FLUXO_INSTANCE: 'query-api-beside',
        FLUXO_HTTP_PORT: String(port),
        ...env,
      },
    });
    const api = new QueryApiProcess(child, `http://127.0.0.1:${port}`);
    await api.#ready();
    return api;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Gracefully; resolves when it has ended. */
  async stop(signalName: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signalName);
    await ended;
  }

  async #ready(): Promise<void> {
    const deadlineMs = performance.now() + READY_WITHIN_MS;
    while (!(await isReady(this.address))) {
      if (this.#child.exitCode === null && performance.now() < deadlineMs) await sleep(POLL_MS);
      else {
        await this.stop('SIGKILL');
        throw new Error(
          `the query API at ${this.address} ended, or was not ready within ${READY_WITHIN_MS} ms: ${this.#log}`,
        );
      }
    }
  }
}

async function isReady(address: string): Promise<boolean> {
  const answer = await fetch(`${address}/readyz`).catch(() => null);
  return answer?.status === 200;
}
