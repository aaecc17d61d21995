/**
 * Processors as processes under a test's control: started without waiting, killed, stopped in the middle, woken. What is still
 * there when the tests of a file are over is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { portOffsets } from '../../stack/addresses.ts';
import { logTail } from '../../stack/native-process.ts';
import { logFile } from '../../stack/place.ts';
import type { TestStack } from '../../testing/stacks.ts';

const PROGRAM = fileURLToPath(new URL('../../streams/main.ts', import.meta.url));

export class Processor {
  readonly name: string;
  readonly #stack: TestStack;
  readonly #kafka: string;
  readonly #env: Readonly<Record<string, string>>;
  #process: ChildProcess | null = null;

  /** `kafka` is the address it is given: the broker's, or that of a proxy before it. */
  constructor(stack: TestStack, number: number, kafka: string, env: Readonly<Record<string, string>> = {}) {
    this.name = `streams-${number}`;
    this.#stack = stack;
    this.#kafka = kafka;
    this.#env = { ...env, FLUXO_HTTP_PORT: String(stack.place.portBase + portOffsets.streams + number) };
  }

  get isAlive(): boolean {
    return this.#process !== null && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  get logFile(): string {
    return logFile(this.#stack.place, this.name);
  }

  start(): void {
    const log = openSync(this.logFile, 'a');
    this.#process = spawn(process.execPath, [PROGRAM], {
      stdio: ['ignore', log, log],
      env: {
        ...process.env,
        FLUXO_KAFKA: this.#kafka,
        FLUXO_REGISTRY: this.#stack.addresses.registry,
        FLUXO_INSTANCE: this.name,
        FLUXO_HOME: this.#stack.place.home,
        ...this.#env,
      },
    });
  }

  /** Sends the signal. Throws if the process does not run: then nothing was tested. */
  signal(name: NodeJS.Signals): void {
    if (!this.isAlive || this.#process?.kill(name) !== true)
      throw new Error(`${this.name} does not run, so ${name} hit nothing`);
  }

  /** Resolves with exit code and signal once it has ended. */
  async ended(): Promise<readonly [number | null, NodeJS.Signals | null]> {
    if (this.#process === null) return [null, null];
    if (this.isAlive) await once(this.#process, 'exit');
    return [this.#process.exitCode, this.#process.signalCode];
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended();
  }

  /** Asks it to end; resolves with its exit code. */
  async stop(): Promise<number | null> {
    this.signal('SIGTERM');
    return (await this.ended())[0];
  }

  /** What it says about itself under `/metrics`: the value of the first line that begins so. */
  async metric(name: string): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.#env['FLUXO_HTTP_PORT']}/metrics`);
    const line = (await response.text()).split('\n').find((each) => each.startsWith(name));
    return Number(line?.split(' ').at(-1) ?? Number.NaN);
  }

  /** The end of its log, for messages. */
  lastWords(): string {
    return `${this.name} said last:\n${logTail(this.#stack.place, this.name)}`;
  }

  async isReady(): Promise<boolean> {
    const url = `http://127.0.0.1:${this.#env['FLUXO_HTTP_PORT']}/readyz`;
    return (await fetch(url).catch(() => null))?.status === 200;
  }
}
