/**
 * A processor that cannot go on must END. One that has given up and still sends heartbeats would hold its partitions for
 * nobody, for ever, and whoever watches processes would see nothing wrong; and so would one of whose threads only the others go on. Needs Kafka and the registry.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { topics } from '@fluxo/schemas';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
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

/** A processor called streams-1, of two threads; `port` is where it says how it is. */
function startProcessor(port: number): ChildProcess {
  const { kafka, registry } = stack.addresses;
  const child = spawn(process.execPath, [program], {
    stdio: 'ignore',
    env: {
      ...process.env,
      FLUXO_KAFKA: kafka,
      FLUXO_REGISTRY: registry,
      FLUXO_INSTANCE: 'streams-1',
      FLUXO_STREAM_THREADS: '2',
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

test('fenced by a second one of the same name, which takes over', async () => {
  const port = stack.place.portBase + 21;
  const first = startProcessor(port);
  const ended = once(first, 'exit');
  await untilReady(port);
  const second = startProcessor(port + 1);
  expect(await ended).toEqual([1, null]);
  await untilReady(port + 1);
  second.kill('SIGKILL');
  await once(second, 'exit');
}, 60_000);

test('told to stop, also while somebody has not finished a question', async () => {
  const port = stack.place.portBase + 22;
  const processor = startProcessor(port);
  const ended = once(processor, 'exit');
  await untilReady(port);
  const asker = connect(port, '127.0.0.1', () => asker.write('GET /readyz HTTP/1.1\r\n'));
  asker.on('error', () => undefined);
  await once(asker, 'connect');
  await sleep(100);
  processor.kill('SIGTERM');
  expect(await Promise.race([ended, sleep(20_000, null, { ref: false })])).toEqual([0, null]);
  asker.destroy();
}, 60_000);

test('refused by the cluster in one thread, while memberships and the other thread are in the best of health', async () => {
  const port = stack.place.portBase + 23;
  const processor = startProcessor(port);
  const ended = once(processor, 'exit');
  await untilReady(port);
  await forbidRejections();
  await submitGarbage();
  expect(await ended).toEqual([1, null]);
}, 60_000);

const client = (): Kafka =>
  new Kafka({ brokers: stack.addresses.kafka.split(','), logLevel: logLevel.NOTHING });

/** From now on no record fits into the rejections topic. */
async function forbidRejections(): Promise<void> {
  const admin = client().admin();
  await admin.connect();
  const configEntries = [{ name: 'max.message.bytes', value: '10' }];
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topics.rejections.name, configEntries }],
  });
  await admin.disconnect();
}

async function submitGarbage(): Promise<void> {
  const producer = client().producer();
  await producer.connect();
  await producer.send({
    topic: topics.submissions.name,
    messages: [{ key: 'm', value: 'no Avro', partition: 0 }],
  });
  await producer.disconnect();
}
