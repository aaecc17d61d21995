/**
 * The fear: processes are killed anywhere in a transaction, come back, join and leave, and in the end a record is missing, counts
 * twice or has changed its place. Numbered records are copied from topic to topic by processes that get no peace; the copy is
 * read by our reader and by librdkafka. Needs Kafka.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { FetchAnswer } from '../../kafka/requests.ts';
import { eventually, hasKcat, KafkaScene } from './kafka-scene.ts';

const PARTITIONS = 4;
const RECORDS = 6_000;
const COPIER = fileURLToPath(new URL('./kafka-copier.ts', import.meta.url));

let scene: KafkaScene;
const running = new Set<Copier>();

beforeAll(async () => {
  scene = await KafkaScene.open('fear-kill', { partitions: PARTITIONS });
}, 60_000);

afterEach(() => {
  for (const copier of running) copier.kill();
});

afterAll(async () => scene.close());

class Copier {
  readonly #process: ChildProcess;
  readonly lines: string[] = [];
  errors = '';

  constructor(instance: string, isStatic: boolean) {
    const { broker, input, output, groupId } = scene;
    const names = { BROKER: broker, INPUT: input, OUTPUT: output, GROUP: groupId, INSTANCE: instance };
    this.#process = spawn(process.execPath, ['--no-warnings', COPIER], {
      env: { ...process.env, ...names, STATIC: isStatic ? '1' : '0' },
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

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#process.kill(signal);
    running.delete(this);
  }

  async stop(): Promise<number | null> {
    this.kill('SIGTERM');
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
    return this.#process.exitCode;
  }
}

/** Numbered records in all partitions. */
async function writeInput(): Promise<void> {
  for (let from = 0; from < RECORDS; from += 2_000) {
    for (let partition = 0; partition < PARTITIONS; partition++)
      await scene.submit(
        Array.from({ length: 2_000 }, (_, index) => `${partition}:${from + index}`),
        partition,
      );
  }
}

async function expectCopied(): Promise<void> {
  const readers = hasKcat ? [scene.readByKcat(scene.output)] : [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const numbered = Array.from({ length: RECORDS }, (_, index) => `${partition}:${index}`);
    expect(await scene.read(scene.output, partition)).toEqual(numbered);
    for (const seen of readers)
      expect(seen.filter((value) => value.startsWith(`${partition}:`))).toEqual(numbered);
  }
}

test('killed after every few commits, beside others that join and leave: everything once, in order', async () => {
  await writeInput();
  for (let life = 0; life < 4; life++) {
    const copier = new Copier('one', true);
    await eventually(() => copier.commits() >= 3);
    copier.kill();
  }
  const [staying, dying] = [new Copier('one', true), new Copier('two', false)];
  await eventually(() => dying.lines.length > 0);
  dying.kill();
  const leaving = new Copier('three', false);
  await eventually(() => leaving.lines.length > 0);
  expect(await leaving.stop()).toBe(0);
  await eventually(async () => (await countCopies()) >= PARTITIONS * RECORDS);
  expect(await staying.stop()).toBe(0);
  expect([staying.errors, leaving.errors]).toEqual(['', '']);
  await expectCopied();
  expect(openTransactionsKilled()).toBeGreaterThan(0);
}, 180_000);

async function countCopies(): Promise<number> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  const copies = await Promise.all(partitions.map((partition) => scene.read(scene.output, partition)));
  return copies.flat().length;
}

/** Transactions that stand aborted in the output: those the kills really hit, and those a rebalance refused. */
function openTransactionsKilled(): number {
  const answers = scene.exchanges.flatMap(({ request, answer }) =>
    request === 'fetch' ? (answer as FetchAnswer).partitions : [],
  );
  const aborted = answers.flatMap((part) =>
    part.aborted.map(({ producerId, firstOffset }) => ({ part, producerId, firstOffset })),
  );
  return new Set(
    aborted.map(
      ({ part, producerId, firstOffset }) => `${part.topicId} ${part.partition} ${producerId} ${firstOffset}`,
    ),
  ).size;
}
