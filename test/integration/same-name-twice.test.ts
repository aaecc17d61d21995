/**
 * Two processors with one name. The second takes over, the first is fenced, and must then END: a process that has given up
 * but still answers heartbeats would hold its partitions for nobody, for ever. Needs Kafka and the registry.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startStack, type TestStack } from '../../testing/stacks.ts';

const program = fileURLToPath(new URL('../../streams/main.ts', import.meta.url));

let stack: TestStack;
const started: ChildProcess[] = [];

beforeAll(async () => {
  stack = await startStack({ only: ['kafka', 'registry', 'provision'] });
}, 180_000);
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  await stack?.destroy();
}, 60_000);

/** A processor called streams-1; `port` is where it says how it is. */
function startProcessor(port: number): ChildProcess {
  const { kafka, registry } = stack.addresses;
  const child = spawn(process.execPath, [program], {
    stdio: 'ignore',
    env: {
      ...process.env,
      FLUXO_KAFKA: kafka,
      FLUXO_REGISTRY: registry,
      FLUXO_INSTANCE: 'streams-1',
      FLUXO_HTTP_PORT: String(port),
    },
  });
  started.push(child);
  return child;
}

async function untilReady(port: number): Promise<void> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (response?.status === 200) return;
    await sleep(100);
  }
}

test('the second takes over, the first is fenced and ends with exit code 1', async () => {
  const firstPort = stack.place.portBase + 21;
  const first = startProcessor(firstPort);
  const ended = once(first, 'exit');
  await untilReady(firstPort);
  startProcessor(firstPort + 1);
  expect(await ended).toEqual([1, null]);
  await untilReady(firstPort + 1);
}, 60_000);
