/**
 * What an audit costs: a whole stack digests a preloaded topic, then `fluxo audit` judges all of it. Prints one JSON line: submissions a second, seconds, the peak of its memory, and that it found nothing. Stack and
 * judge share this machine. Run by `npm run bench -- audit`; BENCH_ENTRIES says how many entries (400,000).
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { IdempotentProducer, SchemaRegistryClient, TopicCodec } from '@fluxo/kafka';
import { PARTITIONS_DEFAULT, partitionOf, topics } from '@fluxo/schemas';
import { fluxo } from '../testing/fluxo-command.ts';
import { startStack } from '../testing/stacks.ts';
import { configurationOf, entryAt, MERCHANTS, standardWorkload } from './workload.ts';

const ENTRIES = Number(process.env['BENCH_ENTRIES'] ?? 400_000);
const SEND_AT_ONCE = 10_000;
const SAMPLE_MS = 50;

const stack = await startStack();
try {
  await preload();
  await fluxo(['wait', '--timeout', '600'], stack.env);
  console.log(JSON.stringify(await measure()));
} finally {
  await stack.destroy();
}

async function preload(): Promise<void> {
  const { kafka, registry } = stack.addresses;
  const codec = await TopicCodec.open(new SchemaRegistryClient(registry), topics.submissions);
  const producer = await IdempotentProducer.connect({ brokers: [kafka], clientId: 'bench-producer' });
  const endMs = Date.now();
  const send = (values: readonly { readonly merchantId: string; readonly bytes: Buffer }[]) =>
    producer.send(
      topics.submissions.name,
      values.map(({ merchantId, bytes }) => {
        const key = Buffer.from(merchantId);
        return { key, value: bytes, partition: partitionOf(key, PARTITIONS_DEFAULT) };
      }),
    );
  const configurations = Array.from({ length: MERCHANTS }, (_, index) => configurationOf(index, endMs));
  await send(
    configurations.map((each) => ({
      merchantId: each.merchantId,
      bytes: Buffer.from(codec.encode('MerchantConfigured', each)),
    })),
  );
  for (let at = 0; at < ENTRIES; at += SEND_AT_ONCE) {
    const entries = Array.from({ length: Math.min(SEND_AT_ONCE, ENTRIES - at) }, (_, n) =>
      entryAt(at + n, standardWorkload(ENTRIES, endMs)),
    );
    await send(
      entries.map((each) => ({
        merchantId: each.merchantId,
        bytes: Buffer.from(codec.encode('EntrySubmitted', each)),
      })),
    );
  }
  await producer.close();
  console.error(`${ENTRIES} entries preloaded`);
}

async function measure(): Promise<object> {
  const startedMs = performance.now();
  const command = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
  const child = spawn(process.execPath, [command, 'audit', '--json'], {
    env: { ...process.env, ...stack.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const usage = { rssKb: 0, cpuTicks: 0 };
  const timer = setInterval(() => sample(child.pid ?? 0, usage), SAMPLE_MS);
  let text = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) text += String(chunk);
  clearInterval(timer);
  const seconds = (performance.now() - startedMs) / 1_000;
  const verdict = JSON.parse(text) as Record<string, number>;
  const { submissions = 0, balances, differences } = verdict;
  return {
    bench: 'audit',
    submissions,
    balances,
    differences,
    seconds: Math.round(seconds * 10) / 10,
    cpuSeconds: usage.cpuTicks / 100,
    submissionsPerSecond: Math.round(submissions / seconds),
    peakMb: Math.round(usage.rssKb / 1_024),
  };
}

/** From /proc, as the kernel counts it; a process that has just ended keeps what was seen last. */
function sample(pid: number, usage: { rssKb: number; cpuTicks: number }): void {
  try {
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (peak !== undefined) usage.rssKb = Number(peak);
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    usage.cpuTicks = Number(fields[11]) + Number(fields[12]);
  } catch {
    // It has ended.
  }
}
