/**
 * Copying processes (`kafka-copier.ts`) under a test's control, the numbered records they copy, and the judgement on the copy:
 * everything once and in order, as our reader and as librdkafka see it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import { hasKcat, type KafkaScene } from './kafka-scene.ts';

const PROGRAM = fileURLToPath(new URL('./kafka-copier.ts', import.meta.url));
const SUBMIT_RECORDS = 2_000;

const running = new Set<Copier>();

export class Copier {
  readonly #process: ChildProcess;
  /** What it has said: assignments, commits, failures. */
  readonly lines: string[] = [];
  errors = '';

  /** With `openAfter` it leaves the transaction after so many commits open and waits to be killed. */
  constructor(
    scene: KafkaScene,
    { instance, isStatic, openAfter }: { instance: string; isStatic: boolean; openAfter?: number },
  ) {
    const { broker, input, output, groupId } = scene;
    const names = { BROKER: broker, INPUT: input, OUTPUT: output, GROUP: groupId, INSTANCE: instance };
    const fault = openAfter === undefined ? {} : { OPEN_AFTER: String(openAfter) };
    this.#process = spawn(process.execPath, ['--no-warnings', PROGRAM], {
      env: { ...process.env, ...names, ...fault, STATIC: isStatic ? '1' : '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this);
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      this.errors += chunk.toString();
    });
    createInterface({ input: this.#process.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.lines.push(line);
    });
  }

  commits(): number {
    return this.lines.filter((line) => line.startsWith('committed')).length;
  }

  /** Whether it stands still in the middle of a transaction. */
  get hasOpenTransaction(): boolean {
    return this.lines.includes('open');
  }

  /** For messages: what it said last. */
  situation(): string {
    return `The copier said last: ${this.lines.slice(-5).join(' | ')} ${this.errors}`;
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  kill(): void {
    this.signal('SIGKILL');
    running.delete(this);
  }

  /** Ends it gracefully; resolves with its exit code. */
  async stop(): Promise<number | null> {
    this.signal('SIGTERM');
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
    running.delete(this);
    return this.#process.exitCode;
  }
}

export function killRunningCopiers(): void {
  for (const copier of running) copier.kill();
}

/** Records `partition:number`, with the numbers from `from` up to, not including, `to`, in every partition of the input. */
export async function submitNumbered(scene: KafkaScene, range: { from: number; to: number }): Promise<void> {
  for (let partition = 0; partition < scene.partitions; partition++)
    for (let from = range.from; from < range.to; from += SUBMIT_RECORDS)
      await scene.submit(
        numbered(partition, { from, to: Math.min(range.to, from + SUBMIT_RECORDS) }),
        partition,
      );
}

function numbered(partition: number, { from, to }: { from: number; to: number }): string[] {
  return Array.from({ length: to - from }, (_, index) => `${partition}:${from + index}`);
}

export async function countCopies(scene: KafkaScene): Promise<number> {
  const partitions = Array.from({ length: scene.partitions }, (_, partition) => partition);
  const copies = await Promise.all(partitions.map((partition) => scene.read(scene.output, partition)));
  return copies.flat().length;
}

/** Fails unless every partition holds its numbers once and in order, for every reader there is. */
export async function expectCopied(scene: KafkaScene, count: number): Promise<void> {
  const seenByOther = hasKcat ? scene.readByKcat(scene.output) : null;
  for (let partition = 0; partition < scene.partitions; partition++) {
    const expected = numbered(partition, { from: 0, to: count });
    expect(await scene.read(scene.output, partition)).toEqual(expected);
    const other = seenByOther?.filter((value) => value.startsWith(`${partition}:`));
    if (other !== undefined) expect(other).toEqual(expected);
  }
}
