/**
 * Conformance of the whole pipeline on real servers, while the processor is hurt: generated submissions go in through
 * `fluxo submit`; the processor, two threads of it, is killed with SIGKILL again and again, a second instance joins and leaves; then the dumps of
 * all topics must be exactly what the contract's own recount expects. Needs Kafka, the registry and the oracle beside the checkout.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { portOffsets } from '../../stack/addresses.ts';
import { logFile } from '../../stack/place.ts';
import { fluxo } from '../../testing/fluxo-command.ts';
import { generateSubmissions, hasOracle, saved } from '../../testing/oracle.ts';
import { differencesOf } from '../../testing/pipeline-judge.ts';
import { startStack, type TestStack } from '../../testing/stacks.ts';

const KILLS = 10;

let folder = '';
let stack: TestStack;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Submits in the background, file after file, so that entries flow while the test does harm. */
async function submitAll(seeds: readonly number[]): Promise<void> {
  for (const seed of seeds) {
    const text = await generateSubmissions({ seed, merchants: 12, entries: 2_500, trouble: 0.3, days: 20 });
    const file = await saved(join(folder, `submissions-${seed}.jsonl`), text);
    await fluxo(['submit', file], stack.env);
  }
}

/** How many partitions each thread of streams-1 was given last, by its name, as the log says. */
function lastAssigned(): Readonly<Record<string, number>> {
  const lines = readFileSync(logFile(stack.place, 'streams-1'), 'utf8').trim().split('\n');
  const said = lines.map((line) => JSON.parse(line) as { name: string; msg: string; partitions: number[] });
  const assigned = said.filter(({ msg }) => msg === 'assigned');
  return Object.fromEntries(assigned.map(({ name, partitions }) => [name, partitions.length]));
}

async function isProcessed(): Promise<boolean> {
  const { groups } = JSON.parse(await fluxo(['lag', '--json'], stack.env)) as {
    groups: { group: string; behind: number }[];
  };
  return groups.some(({ group, behind }) => group === 'fluxo-streams' && behind === 0);
}

async function differences(): Promise<string> {
  while (!(await isProcessed())) await sleep(200);
  return differencesOf(stack.env);
}

(hasOracle ? describe : describe.skip)('the pipeline equals the oracle', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fluxo-pipeline-'));
    stack = await startStack({
      only: ['kafka', 'registry', 'provision', 'streams-1'],
      env: { FLUXO_STREAM_THREADS: '2' },
    });
  }, 180_000);
  afterAll(async () => {
    await stack.destroy();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  test('on a quiet day', async () => {
    await submitAll([21]);
    expect(await differences()).toMatch(/: 0 differences$/);
  }, 240_000);

  test('by both threads of the processor, which speak with one voice', async () => {
    const url = `http://127.0.0.1:${stack.place.portBase + portOffsets.streams + 1}`;
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('\nfluxo_streams_assigned_partitions 12\n');
    const { positions } = (await (await fetch(`${url}/readyz`)).json()) as { positions: object };
    expect(Object.keys(positions)).toHaveLength(12);
    expect(lastAssigned()).toEqual({ 'streams-1': 6, 'streams-1.2': 6 });
  }, 60_000);

  test(`with the processor killed ${KILLS} times while entries flow`, async () => {
    const submitting = submitAll([22, 23, 24]);
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(300 + 150 * (kill % 5));
      await stack.kill('streams-1');
      await stack.start('streams-1');
    }
    await submitting;
    expect(await differences()).toMatch(/: 0 differences$/);
  }, 300_000);

  test('with a second instance joining and leaving', async () => {
    const submitting = submitAll([25, 26]);
    for (let round = 0; round < 3; round++) {
      await stack.start('streams-2');
      await sleep(1_000);
      if (round === 1) await stack.kill('streams-2');
      else await stack.stop('streams-2');
    }
    await submitting;
    expect(await differences()).toMatch(/: 0 differences$/);
  }, 300_000);

  test('every chain of hashes verifies', async () => {
    expect(JSON.parse(await fluxo(['verify-chain', '--json'], stack.env))).toMatchObject({ broken: 0 });
  }, 60_000);
});
