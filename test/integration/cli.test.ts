/**
 * The `fluxo` command on real servers: Kafka and the schema registry, no processor. What is submitted is what is dumped, in its order
 * and at its place; what cannot be sent is named; what lags is named; a forged ledger is found out.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { IdempotentProducer } from '@fluxo/kafka';
import { partitionOf, topics } from '@fluxo/schemas';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { startStack, type TestStack } from '../../testing/stacks.ts';

const STEP_MS = 120_000;
jest.setTimeout(STEP_MS);
const PARTITIONS = 12;
const command = fileURLToPath(new URL('../../cli/bin/fluxo.js', import.meta.url));

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack({ only: ['kafka', 'registry', 'provision'] });
});
afterAll(() => stack.destroy());

type Run = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

function fluxo(args: readonly string[], input = ''): Promise<Run> {
  const child = spawn(process.execPath, [command, ...args], { env: { ...process.env, ...stack.env } });
  const run = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      run[stream] += text;
    });
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...run }));
  });
}

function linesOf<T>(text: string): T[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

type Dumped = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly type: string | null;
  readonly value: unknown;
  readonly raw?: string;
};

async function dump(...args: readonly string[]): Promise<Dumped[]> {
  const { status, stdout, stderr } = await fluxo(['dump', ...args]);
  expect([status, stderr]).toEqual([0, expect.not.stringContaining('fluxo:')]);
  return linesOf<Dumped>(stdout);
}

function reopening(key: string, number: number) {
  return {
    key,
    type: 'DayReopenRequested',
    value: {
      merchantId: key,
      submittedAt: 1_795_000_000_000 + number,
      source: { system: 'test', deviceId: null, sequence: Number.MAX_SAFE_INTEGER - number },
      requestId: `not judged here: ${number}`,
      businessDate: '2026-11-23',
      requestedBy: 'gerente',
      reason: 'café à mesa ☕',
    },
  };
}

function homeOf(key: string): number {
  return partitionOf(Buffer.from(key), PARTITIONS);
}

const byText = (a = '', b = '') => (a < b ? -1 : 1);
const jsonLines = (lines: readonly unknown[]) => lines.map((line) => JSON.stringify(line)).join('\n');

describe('fluxo submit and fluxo dump', () => {
  const orderly = Array.from({ length: 3_000 }, (_, number) => reopening(`m-${number % 40}`, number));
  const odd = [
    { key: 'm-1', raw: Buffer.from('no avro').toString('base64') },
    { key: 'm-1', raw: '' },
    { ...reopening('m-1', 9_001), partition: 5 },
    { key: null, raw: 'AAAA', partition: 7 },
  ];

  test('what goes in comes out: in order, at its place, stamped by the broker', async () => {
    const before = Date.now();
    const { status, stdout } = await fluxo(['submit', '-', '--json'], jsonLines([...orderly, ...odd]));
    expect([status, JSON.parse(stdout)]).toEqual([0, { submitted: 3_004 }]);
    const records = await dump('submissions', '--raw');
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const here = records.filter((record) => record.partition === partition);
      expect(here.map(({ offset }) => offset)).toEqual(here.map((_, index) => index));
      const sent = [...orderly, ...odd].filter(
        (line) => ('partition' in line ? line.partition : homeOf(line.key)) === partition,
      );
      expect(here.map(({ key, type, value }) => ({ key, type, value }))).toEqual(
        sent.map((line) =>
          'type' in line
            ? { key: line.key, type: line.type, value: line.value }
            : { key: line.key, type: null, value: null },
        ),
      );
    }
    expect(
      records
        .filter(({ type }) => type === null)
        .map(({ raw }) => raw)
        .toSorted(byText),
    ).toEqual(['', 'AAAA', 'bm8gYXZybw==']);
    for (const { timestamp } of records) expect(Math.abs(timestamp - before)).toBeLessThan(60_000);
  });

  test('the full name of a topic will do as well, and raw bytes only come when asked for', async () => {
    const [first] = await dump(topics.submissions.name);
    expect(Object.keys(first as Dumped)).toEqual([
      'topic',
      'partition',
      'offset',
      'timestamp',
      'key',
      'type',
      'value',
    ]);
  });

  test('a line that cannot be encoded is named; those before it are sent, none behind it', async () => {
    const before = (await dump('submissions')).length;
    const wrong = {
      ...reopening('m-2', 1),
      value: { ...reopening('m-2', 1).value, submittedAt: '2026-11-23' },
    };
    const lines = [reopening('m-2', 0), reopening('m-2', 1), wrong, reopening('m-2', 3)];
    const { status, stdout, stderr } = await fluxo(['submit', '-'], jsonLines(lines));
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('standard input, line 3: $.submittedAt');
    expect(stderr).toContain('2 submissions acknowledged before that');
    expect((await dump('submissions')).length).toBe(before + 2);
  });

  test('a dump of the submissions can be submitted as it is', async () => {
    const before = await dump('submissions', '--raw');
    const { status } = await fluxo(['submit', '-'], jsonLines(before));
    expect(status).toBe(0);
    const after = await dump('submissions', '--raw');
    expect(after).toHaveLength(before.length * 2);
    expect(after.map(({ raw }) => raw).toSorted(byText)).toEqual(
      [...before, ...before].map(({ raw }) => raw).toSorted(byText),
    );
  });

  test('a reader that leaves early ends the dump quietly', async () => {
    const child = spawn(process.execPath, [command, 'dump', 'submissions'], {
      env: { ...process.env, ...stack.env },
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('fluxo:')]);
  });
});

describe('fluxo topics and fluxo wait', () => {
  test('show what nobody has read yet', async () => {
    const { stdout } = await fluxo(['topics', '--json']);
    const reports = JSON.parse(stdout) as {
      topic: string;
      offsets: number;
      groups: { group: string; lag: number }[];
    }[];
    const submissions = reports.find(({ topic }) => topic === topics.submissions.name);
    expect(reports).toHaveLength(5);
    expect(submissions?.offsets).toBeGreaterThan(3_000);
    expect(submissions?.groups).toMatchObject([{ group: 'fluxo-streams', lag: submissions?.offsets }]);
    expect((await fluxo(['topics'])).stdout).toContain(topics.ledger.name);
  });

  test('waiting for a processor that does not run fails when time is up, and says what lags', async () => {
    const { status, stdout, stderr } = await fluxo(['wait', '--timeout', '1']);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /After 1 second the processor still lags by [\d,]+ offsets:\n {2}cash\.submissions\.v1, partition 0: at 0 of \d+\n/,
    );
  });
});

const configured = (merchantId: string) => ({
  topic: topics.submissions.name,
  partition: homeOf(merchantId),
  timestamp: 1_795_000_000_000,
  key: merchantId,
  type: 'MerchantConfigured',
  value: {
    merchantId,
    submittedAt: 1_795_000_000_000,
    source: { system: 'test', deviceId: null, sequence: null },
    configId: '00000000-0000-4000-8000-000000000001',
    name: 'Loja',
    zone: 'America/Sao_Paulo',
    cutoffMinutes: 0,
    effectiveFrom: '2020-01-01',
    lateEntries: 'BOOK_TODAY',
    backdateLimitDays: 10,
    accounts: [{ accountId: 'main', name: 'Main', type: 'DRAWER', currency: 'BRL' }],
  },
});

/** Ledger records as the topology makes them, put into the topic by hand. */
async function ledgerOf(merchantIds: readonly string[]): Promise<Dumped[]> {
  const history = merchantIds.flatMap((merchantId) => {
    const first = configured(merchantId);
    const renamed = { ...first.value, configId: '00000000-0000-4000-8000-000000000002', name: 'Loja nova' };
    return [first, { ...first, value: renamed }];
  });
  const { stdout } = await fluxo(
    ['fold', '-', '--raw'],
    jsonLines(history.map((line, offset) => ({ ...line, offset }))),
  );
  return linesOf<Dumped>(stdout).filter(({ topic }) => topic === topics.ledger.name);
}

async function append(records: readonly Dumped[]): Promise<void> {
  const producer = await IdempotentProducer.connect({ brokers: [stack.addresses.kafka], clientId: 'forger' });
  const messages = records.map(({ partition, key, raw }) => ({
    partition,
    key,
    value: Buffer.from(raw as string, 'base64'),
  }));
  await producer.send(topics.ledger.name, messages);
  await producer.close();
}

describe('fluxo verify-chain', () => {
  test('verifies what the topology seals, and names the first record that does not fit', async () => {
    const records = await ledgerOf(['m-a', 'm-b']);
    expect(records).toHaveLength(4);
    await append(records);
    const sound = await fluxo(['verify-chain', '--json']);
    expect([sound.status, JSON.parse(sound.stdout)]).toEqual([
      0,
      { records: 4, merchants: 2, broken: 0, breaks: [] },
    ]);

    const [first] = records.filter(({ key }) => key === 'm-a') as [Dumped];
    await append([first]);
    const broken = await fluxo(['verify-chain', '--json']);
    expect(broken.status).toBe(1);
    expect(JSON.parse(broken.stdout)).toMatchObject({
      broken: 1,
      breaks: [{ merchantId: 'm-a', ledgerSeq: 3 }],
    });
    expect((await fluxo(['verify-chain'])).stdout).toMatch(
      /^m-a #3 \(partition \d+, offset \d+\): it says ledgerSeq 1/,
    );
    expect((await fluxo(['verify-chain', 'm-b'])).stdout).toBe(
      '2 ledger records of 1 merchant: every hash and every link verified.\n',
    );
    expect((await fluxo(['verify-chain', 'm-c'])).status).toBe(1);
  });
});
