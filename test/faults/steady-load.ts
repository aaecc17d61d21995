/**
 * Submissions that keep coming at a steady rate while a test does harm: generated ones with something of everything, through one
 * `fluxo submit`. Whoever reads the topic later finds exactly these, so the judge needs nothing from here.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { generateSubmissions } from '../../testing/oracle.ts';
import type { TestStack } from '../../testing/stacks.ts';

const COMMAND = fileURLToPath(new URL('../../cli/bin/fluxo.js', import.meta.url));
const TICK_MS = 20;
const CHUNK_ENTRIES = 2_500;

export type LoadOptions = {
  readonly perSecond: number;
  readonly seed: number;
  /** How much of it is wrong in one way or another, 0 to 1; some of that names schemas nobody knows. */
  readonly trouble: number;
};

export class SteadyLoad {
  readonly #perTick: number;
  readonly #trouble: number;
  readonly #process: ChildProcess;
  readonly #feeding: Promise<void>;
  #complaint = '';
  #isStopping = false;
  sent = 0;

  constructor(stack: TestStack, { perSecond, seed, trouble }: LoadOptions) {
    this.#trouble = trouble;
    this.#perTick = Math.max(1, Math.round((perSecond * TICK_MS) / 1_000));
    this.#process = spawn(process.execPath, [COMMAND, 'submit', '-'], {
      env: { ...process.env, ...stack.env },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    this.#process.stdin?.on('error', () => undefined); // it says why on standard error
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString()).slice(-2_000);
    });
    this.#feeding = this.#feed(seed);
  }

  /** Resolves when everything sent is acknowledged. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#feeding;
    this.#process.stdin?.end();
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
    if (this.#process.exitCode !== 0) throw new Error(`fluxo submit failed: ${this.#complaint}`);
  }

  async #feed(firstSeed: number): Promise<void> {
    for (let seed = firstSeed; !this.#isStopping; seed++) {
      const options = { seed, merchants: 12, entries: CHUNK_ENTRIES, trouble: this.#trouble, days: 20 };
      const lines = (await generateSubmissions(options)).trimEnd().split('\n');
      for (let from = 0; from < lines.length && !this.#isStopping; from += this.#perTick) {
        const part = lines.slice(from, from + this.#perTick);
        this.#process.stdin?.write(`${part.join('\n')}\n`);
        this.sent += part.length;
        await sleep(TICK_MS);
      }
    }
  }
}
