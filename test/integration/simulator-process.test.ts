/**
 * The simulator as a process: it becomes ready, ends within seconds of SIGTERM with nothing left in its spool, and after a
 * restart, even with another seed, states the very same configurations. Needs Kafka and the registry of a stack.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Cluster, LogReader, SchemaRegistryClient, TopicCodec } from '@fluxo/kafka';
import { type MerchantConfigured, PARTITIONS_DEFAULT, topics } from '@fluxo/schemas';
import { portOffsets } from '@fluxo/stack';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startStack, type TestStack } from '../../testing/stacks.ts';

const MERCHANTS = 20;
const main = fileURLToPath(new URL('../../producers/simulator/main.ts', import.meta.url));

let stack: TestStack;
let home: string;
let running: ChildProcess | null = null;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'fluxo-simulator-'));
  stack = await startStack({ only: ['kafka', 'registry', 'provision'] });
}, 120_000);

afterAll(async () => {
  running?.kill('SIGKILL');
  await stack.destroy();
  await rm(home, { recursive: true, force: true });
}, 60_000);

/** Runs the simulator until it has been ready for a second, then ends it; says how it ended. */
async function play(seed: number): Promise<{ code: number | null; stoppedMs: number; pending: unknown }> {
  const port = stack.place.portBase + portOffsets.simulator;
  const child = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      FLUXO_KAFKA: stack.addresses.kafka,
      FLUXO_REGISTRY: stack.addresses.registry,
      FLUXO_HOME: home,
      FLUXO_HTTP_PORT: String(port),
      FLUXO_SIMULATOR_MERCHANTS: String(MERCHANTS),
      FLUXO_SIMULATOR_RATE: '300',
      FLUXO_SIMULATOR_SEED: String(seed),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running = child;
  let log = '';
  child.stderr.on('data', (text: Buffer) => {
    log += text.toString();
  });
  while (!(await isReady(port))) await sleep(50);
  await sleep(1_000);
  const startedMs = performance.now();
  child.kill('SIGTERM');
  const [code] = (await once(child, 'close')) as [number | null];
  const last = JSON.parse(log.trim().split('\n').at(-1) ?? '{}') as { pending?: unknown };
  return { code, stoppedMs: performance.now() - startedMs, pending: last.pending };
}

async function isReady(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
  return response?.status === 200;
}

/** Every submission so far by its type. */
async function submissions(): Promise<Map<string, object[]>> {
  const cluster = await Cluster.connect({ brokers: [stack.addresses.kafka], clientId: 'test' });
  const reader = new LogReader(cluster);
  const codec = await TopicCodec.open(new SchemaRegistryClient(stack.addresses.registry), topics.submissions);
  const byType = new Map<string, object[]>();
  const topic = topics.submissions.name;
  for (let partition = 0; partition < PARTITIONS_DEFAULT; partition += 1) {
    const to = await reader.endOffset(topic, partition);
    for await (const records of reader.read({ topic, partition, from: 0, to }))
      for (const record of records) {
        const decoded = codec.decode(record.value);
        if (decoded.kind !== 'record')
          throw new Error(`partition ${partition}, offset ${record.offset}: ${decoded.kind}`);
        byType.set(decoded.type, [...(byType.get(decoded.type) ?? []), decoded.value]);
      }
  }
  await cluster.close();
  return byType;
}

test('becomes ready, plays, ends with nothing left behind, and starts again as the same merchants', async () => {
  const first = await play(1);
  expect(first).toMatchObject({ code: 0, pending: 0 });
  expect(first.stoppedMs).toBeLessThan(20_000);
  const played = await submissions();
  expect(played.get('MerchantConfigured')).toHaveLength(MERCHANTS);
  expect(played.get('EntrySubmitted')?.length).toBeGreaterThan(100);

  await play(2);
  const configured = ((await submissions()).get('MerchantConfigured') ?? []) as MerchantConfigured[];
  expect(configured).toHaveLength(2 * MERCHANTS);
  const contents = new Set(
    configured.map((value) => JSON.stringify({ ...value, submittedAt: null, source: null })),
  );
  expect(contents.size).toBe(MERCHANTS);
}, 120_000);
