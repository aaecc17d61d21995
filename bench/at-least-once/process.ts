/** The at-least-once processor under measurement: one process, beside the stack that our own processors run in. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { portOffsets } from '@fluxo/stack';
import { type OurOptions, OurProcesses } from '../pipeline/our-processes.ts';

const PROGRAM = fileURLToPath(new URL('./main.ts', import.meta.url));
const POLL_MS = 10;

export class AtLeastOnceProcess extends OurProcesses {
  override readonly name: string = 'fluxo, at least once';
  readonly #options: OurOptions;
  #process: ChildProcess | null = null;

  constructor(options: OurOptions) {
    super(options);
    this.#options = options;
  }

  override async start(): Promise<void> {
    const { addresses } = this.#options.stack;
    this.#process = spawn(process.execPath, [PROGRAM], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        NODE_OPTIONS: '--max-semi-space-size=64',
        FLUXO_LOG_LEVEL: 'warn',
        FLUXO_KAFKA: addresses.kafka,
        FLUXO_REGISTRY: addresses.registry,
        FLUXO_HTTP_PORT: String(this.#port),
      },
    });
  }

  override pids(): readonly number[] {
    const pid = this.#process?.pid;
    if (pid === undefined || this.#process?.exitCode !== null)
      throw new Error('the at-least-once processor does not run; what it said last is above');
    return [pid];
  }

  /** When it was assigned its partitions it does not say: 0. */
  override async ready(): Promise<number> {
    while (
      !(await fetch(`http://127.0.0.1:${this.#port}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ))
    ) {
      this.pids();
      await sleep(POLL_MS);
    }
    return 0;
  }

  override async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  override async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const running = this.#process;
    if (running === null || running.exitCode !== null) return;
    running.kill(signal);
    await once(running, 'exit');
  }

  get #port(): number {
    return this.#options.stack.place.portBase + portOffsets.streams + 1;
  }
}
